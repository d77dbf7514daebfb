package node

// The kubelet's volume plugins: the real ones for what lives in the API (ConfigMaps, Secrets, tokens,
// the downward API) and for emptyDir, and ones of our own for hostPath and for CSI (csi.go).

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
	"k8s.io/kubernetes/pkg/volume/configmap"
	"k8s.io/kubernetes/pkg/volume/downwardapi"
	"k8s.io/kubernetes/pkg/volume/emptydir"
	"k8s.io/kubernetes/pkg/volume/hostpath"
	"k8s.io/kubernetes/pkg/volume/projected"
	"k8s.io/kubernetes/pkg/volume/secret"

	"sandbox/disk"
)

// volumePlugins returns the plugins of a node whose root file system is hostRoot, with the EBS volumes that volumeFiles finds.
func volumePlugins(hostRoot string, volumeFiles func(id string) (string, error)) []volume.VolumePlugin {
	var plugins []volume.VolumePlugin
	for _, probe := range []func() []volume.VolumePlugin{
		emptydir.ProbeVolumePlugins,
		secret.ProbeVolumePlugins,
		downwardapi.ProbeVolumePlugins,
		configmap.ProbeVolumePlugins,
		projected.ProbeVolumePlugins,
	} {
		for _, plugin := range probe() {
			plugins = append(plugins, ownerless{plugin})
		}
	}
	for _, plugin := range hostpath.ProbeVolumePlugins(volume.VolumeConfig{}) {
		plugins = append(plugins, simulatedHostPath{VolumePlugin: plugin, root: hostRoot})
	}
	return append(plugins, &simulatedCSI{files: volumeFiles})
}

// ownerless leaves a volume's files to the user this program runs as, and to no other: only root may give them to the
// Pod's `runAsUser` and `fsGroup`. Whose they are is noted on them (owners.go).
type ownerless struct{ volume.VolumePlugin }

func (p ownerless) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	mounter, err := p.VolumePlugin.NewMounter(spec, pod)
	if err != nil {
		return nil, err
	}
	return ownerlessMounter{mounter, tokens(spec)}, nil
}

type ownerlessMounter struct {
	volume.Mounter
	tokens []string
}

func (m ownerlessMounter) SetUp(arguments volume.MounterArgs) error {
	return errors.Join(m.Mounter.SetUp(withoutOwner(arguments)), m.note(m.GetPath(), arguments))
}

func (m ownerlessMounter) SetUpAt(folder string, arguments volume.MounterArgs) error {
	return errors.Join(m.Mounter.SetUpAt(folder, withoutOwner(arguments)), m.note(folder, arguments))
}

func (m ownerlessMounter) note(folder string, arguments volume.MounterArgs) error {
	if err := errors.Join(keepPrivate(folder), noteFolders(folder), noteMemory(folder)); err != nil {
		return err
	}
	if err := noteTokens(folder, m.tokens, arguments); err != nil {
		return err
	}
	return noteGroup(folder, arguments.FsGroup, m.GetAttributes().ReadOnly)
}

func withoutOwner(arguments volume.MounterArgs) volume.MounterArgs {
	arguments.FsUser = nil
	arguments.FsGroup = nil
	return arguments
}

// simulatedHostPath is the real hostPath plugin on the node's own simulated root file system: a hostPath
// volume never reaches a file of the learner's machine. Types (`Directory`, `FileOrCreate`, …) are checked
// there; without a type, an absent path becomes an empty folder, as containerd makes it.
type simulatedHostPath struct {
	volume.VolumePlugin
	root string
}

func (p simulatedHostPath) NewMounter(spec *volume.Spec, pod *v1.Pod) (volume.Mounter, error) {
	inside := *spec
	switch {
	case spec.Volume != nil && spec.Volume.HostPath != nil:
		inside.Volume = spec.Volume.DeepCopy()
		inside.Volume.HostPath.Path = p.inside(spec.Volume.HostPath.Path)
	case spec.PersistentVolume != nil && spec.PersistentVolume.Spec.HostPath != nil:
		inside.PersistentVolume = spec.PersistentVolume.DeepCopy()
		inside.PersistentVolume.Spec.HostPath.Path = p.inside(spec.PersistentVolume.Spec.HostPath.Path)
	}
	mounter, err := p.VolumePlugin.NewMounter(&inside, pod)
	if err != nil {
		return nil, err
	}
	return simulatedHostPathMounter{Mounter: mounter, root: p.root}, nil
}

func (p simulatedHostPath) inside(path string) string {
	return filepath.Join(p.root, filepath.Clean("/"+path))
}

type simulatedHostPathMounter struct {
	volume.Mounter
	root string
}

func (m simulatedHostPathMounter) SetUp(arguments volume.MounterArgs) error {
	if err := m.setUp(arguments); err != nil {
		// The message is an event of the Pod: it names the path the Pod asked for.
		return errors.New(strings.ReplaceAll(err.Error(), m.root, ""))
	}
	return nil
}

func (m simulatedHostPathMounter) setUp(arguments volume.MounterArgs) error {
	if err := os.MkdirAll(m.root, 0o700); err != nil {
		return err
	}
	// The root refuses a link that leads out of it.
	root, err := os.OpenRoot(m.root)
	if err != nil {
		return err
	}
	defer root.Close()
	inside := strings.TrimPrefix(m.GetPath(), m.root)
	if err := furnish(root, inside); err != nil {
		return err
	}
	if _, err := root.Stat(relative(inside)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := m.Mounter.SetUp(arguments); err != nil {
		return err
	}
	if _, err := root.Lstat(relative(inside)); errors.Is(err, fs.ErrNotExist) {
		if err := root.MkdirAll(relative(inside), 0o700); err != nil {
			return err
		}
	}
	return noteOfHost(root, inside)
}

// noteOfHost gives a file or a folder of the host the mode that it has on every Amazon Linux: everybody may read it, and only root
// write to it, but for what is temporary.
func noteOfHost(root *os.Root, inside string) error {
	file, err := root.OpenFile(relative(inside), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	about, err := file.Stat()
	switch {
	case err != nil || disk.HasMode(file) || !about.IsDir() && !about.Mode().IsRegular():
		return err
	case inside == "/tmp" || inside == "/var/tmp":
		return disk.SetMode(file, about.Mode()|fs.ModeSticky|0o777)
	case about.IsDir():
		return disk.SetMode(file, about.Mode()|0o755)
	}
	return disk.SetMode(file, about.Mode()|0o644)
}

// relative is a path of the node as its root file system takes it.
func relative(path string) string { return filepath.Join(".", path) }

// hostFolders are those that every Amazon Linux has and Pods of a cluster ask for.
var hostFolders = []string{
	"/dev", "/etc/cni/net.d", "/etc/kubernetes", "/home", "/lib/modules", "/opt/cni/bin", "/proc", "/root",
	"/run", "/sys/fs/bpf", "/tmp", "/usr/bin", "/var/lib/kubelet", "/var/log/pods", "/var/log/containers",
	"/var/run", "/var/tmp",
}

// hostFiles are those that every Amazon Linux has, where a Pod may look.
var hostFiles = map[string]string{
	"/etc/hosts":      "127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4\n::1         localhost6 localhost6.localdomain6\n",
	"/etc/os-release": "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"2023\"\nPLATFORM_ID=\"platform:al2023\"\nPRETTY_NAME=\"Amazon Linux 2023\"\n",
}

// furnish makes those folders and files of the simulated root file system that somebody sees who looks at path: it, what is in it,
// and what it is in. Made one by one: all of them on every node would take a tenth of a start.
func furnish(root *os.Root, path string) error {
	holds := func(outer, inner string) bool {
		return strings.HasPrefix(inner+"/", strings.TrimSuffix(outer, "/")+"/")
	}
	for _, folder := range hostFolders {
		if !holds(path, folder) && !holds(folder, path) {
			continue
		}
		if err := root.MkdirAll(relative(folder), 0o700); err != nil {
			return err
		}
	}
	for file, text := range hostFiles {
		if !holds(path, file) {
			continue
		}
		if err := furnishFile(root, file, text); err != nil {
			return err
		}
	}
	return nil
}

// furnishFile makes a file that is not there.
func furnishFile(root *os.Root, path, text string) error {
	if _, err := root.Lstat(relative(path)); err == nil {
		return nil
	}
	if err := root.MkdirAll(relative(filepath.Dir(path)), 0o700); err != nil {
		return err
	}
	return root.WriteFile(relative(path), []byte(text), 0o600)
}
