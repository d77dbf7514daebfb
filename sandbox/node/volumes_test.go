package node

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"
	volumetest "k8s.io/kubernetes/pkg/volume/testing"

	"sandbox/volumes"

	"sandbox/disk"
)

func hostPathMounter(t *testing.T, root, path string, kind v1.HostPathType) volume.Mounter {
	t.Helper()
	host := volumetest.NewFakeKubeletVolumeHost(t, t.TempDir(), nil, nil)
	for _, plugin := range volumePlugins(root, nil) {
		if plugin.GetPluginName() != "kubernetes.io/host-path" {
			continue
		}
		if err := plugin.Init(host); err != nil {
			t.Fatal(err)
		}
		source := v1.VolumeSource{HostPath: &v1.HostPathVolumeSource{Path: path, Type: &kind}}
		mounter, err := plugin.NewMounter(volume.NewSpecFromVolume(&v1.Volume{Name: "v", VolumeSource: source}), &v1.Pod{})
		if err != nil {
			t.Fatal(err)
		}
		return mounter
	}
	t.Fatal("there is no hostPath plugin")
	return nil
}

func TestHostPathsStayInsideTheNodesFolder(t *testing.T) {
	root := t.TempDir()
	for _, path := range []string{"/etc", "/var/lib/../../../../etc", "relative", "/"} {
		mounter := hostPathMounter(t, root, path, v1.HostPathUnset)
		if !strings.HasPrefix(mounter.GetPath()+"/", root+"/") {
			t.Errorf("%s leads to %s", path, mounter.GetPath())
		}
	}
}

func TestAHostPathThatLeadsOutIsRefused(t *testing.T) {
	all := t.TempDir()
	root, beside := filepath.Join(all, "host"), filepath.Join(all, "beside")
	for _, folder := range []string{root, beside} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"up": "../beside", "away": beside, "new": "../beside/new"} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/up", "/up/in", "/away/in", "/new", "/a\x00", "/" + strings.Repeat("a", 300)} {
		for _, kind := range []v1.HostPathType{v1.HostPathUnset, v1.HostPathDirectoryOrCreate, v1.HostPathFileOrCreate, v1.HostPathDirectory} {
			if err := hostPathMounter(t, root, path, kind).SetUp(volume.MounterArgs{}); err == nil || strings.Contains(err.Error(), all) {
				t.Errorf("%q of type %q: %v", path, kind, err)
			}
		}
	}
	if entries, err := os.ReadDir(beside); err != nil || len(entries) != 0 {
		t.Errorf("beside the node's files there is %v, %v", entries, err)
	}
}

func TestAVolumeWhoseHandleIsNoIdIsNotMounted(t *testing.T) {
	all := t.TempDir()
	store, err := volumes.OpenStore(filepath.Join(all, "volumes"))
	if err != nil {
		t.Fatal(err)
	}
	beside := filepath.Join(all, "beside")
	if err := os.Mkdir(beside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(beside+".json", []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, handle := range []string{"", ".", "..", "../beside", beside, "/", "vol-0123456789abcdef0\x00", "vol-" + strings.Repeat("0", 300)} {
		m := &csiMount{files: store.Files, handle: handle}
		if err := m.SetUp(volume.MounterArgs{}); err == nil || m.GetPath() != "" {
			t.Errorf("%q is mounted from %q, %v", handle, m.GetPath(), err)
		}
	}
	if entries, err := os.ReadDir(beside); err != nil || len(entries) != 0 {
		t.Errorf("beside the volumes there is %v, %v", entries, err)
	}
}

func TestASubPathThatLeadsOutIsNotMade(t *testing.T) {
	all := t.TempDir()
	volume, beside := filepath.Join(all, "volume"), filepath.Join(all, "beside")
	for _, folder := range []string{volume, beside} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(beside, filepath.Join(volume, "link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", "..", "../beside/in", "/in", "link/in", "a\x00", strings.Repeat("a", 300)} {
		if err := (plainSubpaths{}).SafeMakeDir(path, volume, 0o750); err == nil {
			t.Errorf("%q was made", path)
		}
	}
	if err := (plainSubpaths{}).SafeMakeDir("a/b", volume, os.ModeDir|0o750); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(beside); err != nil || len(entries) != 0 {
		t.Errorf("beside the volume there is %v, %v", entries, err)
	}
}

func TestHostPathsSeeTheFoldersOfANode(t *testing.T) {
	for path, wanted := range map[string][]string{
		"/etc":            {"cni", "hosts", "kubernetes", "os-release"},
		"/var/log":        {"containers", "pods"},
		"/etc/cni/net.d":  nil,
		"/opt/cni/bin/my": nil,
		"/":               {"dev", "etc", "home", "lib", "opt", "proc", "root", "run", "sys", "tmp", "usr", "var"},
	} {
		mounter := hostPathMounter(t, t.TempDir(), path, v1.HostPathUnset)
		if err := mounter.SetUp(volume.MounterArgs{}); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(mounter.GetPath())
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		if !slices.Equal(names, wanted) {
			t.Errorf("%s has %v", path, names)
		}
	}
}

func TestHostPathWithoutATypeIsAnEmptyFolder(t *testing.T) {
	mounter := hostPathMounter(t, t.TempDir(), "/data/ledger", v1.HostPathUnset)
	if err := mounter.SetUp(volume.MounterArgs{}); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(mounter.GetPath()); err != nil || len(entries) != 0 {
		t.Errorf("the folder has %v, %v", entries, err)
	}
}

func TestOwnersAreNotAskedFor(t *testing.T) {
	user, group := int64(1000), int64(2000)
	arguments := withoutOwner(volume.MounterArgs{FsUser: &user, FsGroup: &group, Recorder: nil})
	if arguments.FsUser != nil || arguments.FsGroup != nil {
		t.Errorf("the owner is %v, %v", arguments.FsUser, arguments.FsGroup)
	}
}

func TestConfinedOSTouchesNothingOutside(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	os := confinedOS{folder: t.TempDir()}
	if err := os.MkdirAll(outside, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := os.RealOS.Stat(outside); err == nil {
		t.Error("a folder was made outside")
	}
	if _, err := os.Stat("/etc"); err == nil {
		t.Error("/etc exists")
	}
	inside := filepath.Join(os.folder, "logs", "pod")
	if err := os.MkdirAll(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(inside); err != nil {
		t.Error(err)
	}
}

func TestWhatWouldBeMountedIsNotedOnItsFolder(t *testing.T) {
	path := t.TempDir()
	if err := (noMounts{}).MountSensitiveWithoutSystemd("tmpfs", path, "tmpfs", nil, nil); err != nil {
		t.Fatal(err)
	}
	folder, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if kind := disk.FileSystemOf(folder); kind != "tmpfs" && kind != "" {
		t.Errorf("it is %q", kind)
	}
}

func TestANodeHasTheFilesOfAmazonLinuxAndKeepsWhatAPodMadeOfThem(t *testing.T) {
	root := t.TempDir()
	mounter := hostPathMounter(t, root, "/etc/hosts", v1.HostPathUnset)
	if err := mounter.SetUp(volume.MounterArgs{}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(mounter.GetPath())
	if err != nil || !strings.HasPrefix(string(text), "127.0.0.1   localhost ") {
		t.Errorf("it says %q, %v", text, err)
	}
	if err := os.WriteFile(mounter.GetPath(), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := hostPathMounter(t, root, "/etc/hosts", v1.HostPathUnset).SetUp(volume.MounterArgs{}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(mounter.GetPath()); err != nil || string(text) != "mine" {
		t.Errorf("it says %q, %v", text, err)
	}
}
