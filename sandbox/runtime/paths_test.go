package runtime

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/rights"
)

// Whatever a Pod's configuration names as a path, the runtime stays in the folders that it was given.
func TestNoPathOfAPodLeadsOutOfTheRuntimesFolders(t *testing.T) {
	n := newNode(t, "10.0.16.0/24")
	beside := filepath.Join(n.folder, "beside")
	if err := os.Mkdir(beside, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(n.folder, "kubelet", "link")
	if err := os.Symlink(beside, link); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{
		"..", "/", beside, link, link + "/logs", n.folder + "/kubelet/../beside/logs", n.folder + "/kubelet/a\x00", n.folder + "/kubelet/" + strings.Repeat("a", 300),
	} {
		config := n.sandboxConfig("lost")
		config.LogDirectory = folder
		if _, err := n.RunPodSandbox(t.Context(), config, ""); err == nil && folder != link {
			t.Errorf("a Pod has its logs in %q", folder)
		}
		log := n.openLog(filepath.Join(folder, "0.log"))
		if file, err := log.open(); err == nil {
			file.Close()
			t.Errorf("a container has its log in %q", folder)
		}
	}
	for _, id := range []string{"", "..", "../../beside", "/", beside, "a\x00", strings.Repeat("a", 300)} {
		if err := n.save(kindContainers, id, "x"); err == nil && id != "" && id != ".." {
			t.Errorf("a container was written down as %q", id)
		}
		if err := n.forget(kindContainers, id); err == nil && id != "" && id != ".." {
			t.Errorf("a container %q was forgotten", id)
		}
	}
	mounted := &files{roots: []string{filepath.Join(n.folder, "kubelet")}, own: newLayer(rights.Root, false), who: rights.Root, mounts: []*runtimeapi.Mount{
		{ContainerPath: "/link", HostPath: link}, {ContainerPath: "/beside", HostPath: beside}, {ContainerPath: "/up", HostPath: n.folder + "/kubelet/.."},
	}}
	for _, name := range []string{"/link/work", "/beside/work", "/up/beside/work", "/link/../beside/work"} {
		if err := mounted.make(name, "x"); err == nil {
			t.Errorf("a container made %q", name)
		}
		if _, err := mounted.read(name); err == nil {
			t.Errorf("a container read %q", name)
		}
	}
	if entries, err := os.ReadDir(beside); err != nil || len(entries) != 0 {
		t.Errorf("beside the runtime's folders there is %v, %v", entries, err)
	}
}
