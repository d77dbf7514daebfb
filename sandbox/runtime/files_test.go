package runtime

import (
	"path/filepath"
	"testing"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const keeper = `format_version: 1
image: registry.example.internal/keeper
tags: ["1"]
entrypoint: /app
steps:
  - keep_file: {path: /data/journal, text: begun, log: began}
`

func TestWhereTheRootIsReadOnlyOnlyAVolumeKeepsFiles(t *testing.T) {
	for name, c := range map[string]struct {
		isMounted, isReadOnly bool
		want, log             string
	}{
		"root":                   {false, false, "running since 0s", "2000-01-01T00:00:00.000000000Z stdout F began\n"},
		"read-only root":         {false, true, "Error 1 from 0s to 0s", "2000-01-01T00:00:00.000000000Z stderr F open /data/journal: read-only file system\n"},
		"volume, read-only root": {true, true, "running since 0s", "2000-01-01T00:00:00.000000000Z stdout F began\n"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n := newNode(t, "10.0.16.0/24")
				volume := filepath.Dir(n.write("kubelet/pods/a/volumes/data/other", ""))
				_, id := n.create("a", "registry.example.internal/keeper:1", nil, func(config *runtimeapi.ContainerConfig) {
					config.Linux.SecurityContext = &runtimeapi.LinuxContainerSecurityContext{ReadonlyRootfs: c.isReadOnly}
					if c.isMounted {
						config.Mounts = []*runtimeapi.Mount{{ContainerPath: "/data", HostPath: volume}}
					}
				})
				if err := n.StartContainer(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				n.expect(id, c.want)
				if got := n.log(id); got != c.log {
					t.Errorf("log: got %q, want %q", got, c.log)
				}
			})
		})
	}
}
