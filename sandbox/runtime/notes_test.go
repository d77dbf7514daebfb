package runtime

import (
	"os"
	"path/filepath"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/disk"
)

// notes writes on a file what a node would have.
func notes(t *testing.T, path string, set func(*os.File) error) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := set(file); err != nil {
		t.Fatal(err)
	}
}

func TestAVolumesFilesHaveTheirModesForContainersAndArePrivateOnTheDisk(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newToolbox(t)
		config := n.write("kubelet/pods/a/volumes/data/config", "a")
		volume := filepath.Dir(config)
		notes(t, config, func(file *os.File) error { return disk.SetMode(file, 0o444) })
		if err := disk.SetFileSystem(volume, "tmpfs"); err != nil {
			t.Fatal(err)
		}
		notes(t, volume, func(folder *os.File) error {
			if disk.FileSystemOf(folder) == "" {
				t.Skip("this file system keeps no notes")
			}
			return nil
		})
		_, id := n.create("a", toolbox, nil, func(config *runtimeapi.ContainerConfig) {
			config.Mounts = []*runtimeapi.Mount{{ContainerPath: "/data", HostPath: volume}}
		})
		if err := n.StartContainer(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ script, want string }{
			{"stat -c '%n %a' /data/config", "/data/config 444\n"},
			{"echo b > /data/new; mkdir /data/folder; stat -c '%n %a' /data/new /data/folder", "/data/new 644\n/data/folder 755\n"},
			{"chmod 666 /data/new; stat -c %a /data/new; chmod 700 /data/new; stat -c %a /data/new", "666\n700\n"},
			{"chmod 777 /data/new; echo c >> /data/new; stat -c %a /data/new", "777\n"},
			{"mount -t tmpfs | grep /data", "tmpfs on /data type tmpfs (rw,relatime)\n"},
		} {
			if got := n.script(id, c.script); got != c.want {
				t.Errorf("%s: %q, want %q", c.script, got, c.want)
			}
		}
		for _, name := range []string{"config", "new", "folder"} {
			if about, err := os.Stat(filepath.Join(volume, name)); err != nil || about.Mode().Perm()&0o077 != 0 {
				t.Errorf("on the disk `%s` is %v, %v", name, about.Mode(), err)
			}
		}
	})
}
