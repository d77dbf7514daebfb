package node

// The kubelet's CSI plugin, without a driver's socket: the real one keeps its drivers in variables of the process, which
// all nodes here would share. A volume is a folder that any node can see, so nothing is staged or mounted; waiting for the
// attachment, and everything that the kubelet itself does about volumes, stays real.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/volume"
)

const (
	csiPluginName = "kubernetes.io/csi"
	ebsDriver     = "ebs.csi.aws.com"
)

// simulatedCSI mounts the volumes of the EBS driver; every other driver is one that is not installed.
type simulatedCSI struct {
	host  volume.VolumeHost
	files func(id string) (string, error)
}

var (
	_ volume.AttachableVolumePlugin = &simulatedCSI{}
	_ volume.PersistentVolumePlugin = &simulatedCSI{}
)

func (p *simulatedCSI) Init(host volume.VolumeHost) error {
	p.host = host
	return nil
}

func (p *simulatedCSI) GetPluginName() string { return csiPluginName }

// GetVolumeName is the name that the controller manager's real plugin gives, so that both mean the same volume.
func (p *simulatedCSI) GetVolumeName(spec *volume.Spec) (string, error) {
	source := csiSource(spec)
	if source == nil {
		return "", errors.New("kubernetes.io/csi: plugin.GetVolumeName failed to extract volume source from spec")
	}
	return source.Driver + "^" + source.VolumeHandle, nil
}

func (p *simulatedCSI) CanSupport(spec *volume.Spec) bool {
	return csiSource(spec) != nil || spec.Volume != nil && spec.Volume.CSI != nil
}

func (p *simulatedCSI) RequiresRemount(*volume.Spec) bool { return false }
func (p *simulatedCSI) SupportsMountOption() bool         { return true }

func (p *simulatedCSI) SupportsSELinuxContextMount(*volume.Spec) (bool, error) { return false, nil }

func (p *simulatedCSI) GetAccessModes() []v1.PersistentVolumeAccessMode {
	return []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce, v1.ReadWriteOncePod}
}

func (p *simulatedCSI) NewMounter(spec *volume.Spec, _ *v1.Pod) (volume.Mounter, error) {
	driver := ""
	source := csiSource(spec)
	switch {
	case source != nil:
		driver = source.Driver
	case spec.Volume != nil && spec.Volume.CSI != nil:
		driver = spec.Volume.CSI.Driver
	}
	if driver != ebsDriver {
		return nil, fmt.Errorf("kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name %s not found in the list of registered CSI drivers", driver)
	}
	if source == nil {
		return nil, fmt.Errorf("kubernetes.io/csi: mounter.SetUpAt failed: volume mode \"Ephemeral\" not supported by driver %s (only supports [\"Persistent\"])", driver)
	}
	return &csiMount{files: p.files, handle: source.VolumeHandle}, nil
}

// NewUnmounter has nothing to undo, and needs no volume for it.
func (p *simulatedCSI) NewUnmounter(string, types.UID) (volume.Unmounter, error) {
	return &csiMount{files: p.files}, nil
}

// ConstructVolumeSpec is never asked: a mounted volume leaves no folder of its own in the Pod's.
func (p *simulatedCSI) ConstructVolumeSpec(name, _ string) (volume.ReconstructedVolume, error) {
	return volume.ReconstructedVolume{}, fmt.Errorf("volume `%s` left nothing to rebuild it from", name)
}

// CanAttach is true for the EBS driver: its CSIDriver object says so, too, which the controller manager reads.
func (p *simulatedCSI) CanAttach(spec *volume.Spec) (bool, error) {
	source := csiSource(spec)
	return source != nil && source.Driver == ebsDriver, nil
}

func (p *simulatedCSI) VerifyExhaustedResource(*volume.Spec) bool           { return false }
func (p *simulatedCSI) CanDeviceMount(*volume.Spec) (bool, error)           { return false, nil }
func (p *simulatedCSI) GetDeviceMountRefs(string) ([]string, error)         { return nil, nil }
func (p *simulatedCSI) NewAttacher() (volume.Attacher, error)               { return attached{}, nil }
func (p *simulatedCSI) NewDetacher() (volume.Detacher, error)               { return attached{}, nil }
func (p *simulatedCSI) NewDeviceMounter() (volume.DeviceMounter, error)     { return attached{}, nil }
func (p *simulatedCSI) NewDeviceUnmounter() (volume.DeviceUnmounter, error) { return attached{}, nil }

func csiSource(spec *volume.Spec) *v1.CSIPersistentVolumeSource {
	if spec == nil || spec.PersistentVolume == nil {
		return nil
	}
	return spec.PersistentVolume.Spec.CSI
}

// csiMount is a volume in a Pod: the volume's own folder.
type csiMount struct {
	volume.MetricsNil
	files  func(id string) (string, error)
	handle string
}

func (m *csiMount) GetPath() string {
	folder, err := m.files(m.handle)
	if err != nil { // SetUp has said so
		return ""
	}
	return folder
}

func (m *csiMount) SetUp(arguments volume.MounterArgs) error {
	folder, err := m.files(m.handle)
	if err != nil {
		return fmt.Errorf("rpc error: code = Internal desc = Failed to find device path of volume %s: %w", m.handle, err)
	}
	// Every file system that is made for a volume has this folder.
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	if err := errors.Join(root.MkdirAll("lost+found", 0o700), root.Close()); err != nil {
		return err
	}
	return errors.Join(noteNew(folder, newFileSystem), m.noteGroup(folder, arguments))
}

// newFileSystem is the mode of a file system's own folder when it is made.
const newFileSystem fs.FileMode = 0o755

// noteGroup gives the files of a volume to the Pod's group: the driver leaves that to the kubelet.
func (m *csiMount) noteGroup(folder string, arguments volume.MounterArgs) error {
	policy := arguments.FSGroupChangePolicy
	if arguments.FsGroup != nil && policy != nil && *policy == v1.FSGroupChangeOnRootMismatch {
		if isIts, err := isOfGroup(folder, *arguments.FsGroup); err != nil || isIts {
			return err
		}
	}
	return noteGroup(folder, arguments.FsGroup, false)
}

func (m *csiMount) SetUpAt(_ string, arguments volume.MounterArgs) error { return m.SetUp(arguments) }
func (m *csiMount) GetAttributes() volume.Attributes                     { return volume.Attributes{Managed: true} }
func (m *csiMount) TearDown() error                                      { return nil }
func (m *csiMount) TearDownAt(string) error                              { return nil }

// attached is the kubelet's side of an attachment: it asks for WaitForAttach only when the Node's status says that the
// volume is attached.
type attached struct{}

var errNotOnTheNode = errors.New("volumes are attached by the controller manager, not by a node")

func (attached) Attach(*volume.Spec, types.NodeName) (string, error) { return "", errNotOnTheNode }
func (attached) Detach(string, types.NodeName) error                 { return errNotOnTheNode }

func (attached) VolumesAreAttached([]*volume.Spec, types.NodeName) (map[*volume.Spec]bool, error) {
	return nil, errNotOnTheNode
}

func (attached) WaitForAttach(_ *volume.Spec, device string, _ *v1.Pod, _ time.Duration) (string, error) {
	return device, nil
}

func (attached) GetDeviceMountPath(*volume.Spec) (string, error) { return "", nil }

func (attached) MountDevice(*volume.Spec, string, string, volume.DeviceMounterArgs) error { return nil }

func (attached) UnmountDevice(string) error { return nil }
