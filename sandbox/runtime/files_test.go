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
  - keep_file: {path: /data/journal, folder_from: DATA, text: begun, log: began}
`

func TestAFileIsKeptWhereTheRootAndTheUserAllowIt(t *testing.T) {
	const began = "stdout F began"
	for name, c := range map[string]struct {
		isMounted, isReadOnly bool
		user                  int64
		data                  string
		want                  string
	}{
		"root":                         {want: began},
		"read-only root":               {isReadOnly: true, want: "stderr F open /data/journal: read-only file system"},
		"volume, read-only root":       {isMounted: true, isReadOnly: true, want: began},
		"user":                         {user: 10001, want: "stderr F open /data/journal: permission denied"},
		"user, volume":                 {user: 10001, isMounted: true, want: began},
		"user, another folder":         {user: 10001, data: "/else/where", want: "stderr F open /else/where/journal: permission denied"},
		"user, folder of the volume":   {user: 10001, isMounted: true, data: "/data/deep/down", want: began},
		"root, another folder":         {data: "/else/where", want: began},
		"read-only, another folder":    {isReadOnly: true, isMounted: true, data: "/else", want: "stderr F open /else/journal: read-only file system"},
		"read-only, shared memory":     {user: 10001, isReadOnly: true, data: "/dev/shm", want: began},
		"a folder that is a file":      {data: "/etc/hostname", want: "stderr F open /etc/hostname/journal: not a directory"},
		"user, read-only root, volume": {user: 10001, isReadOnly: true, isMounted: true, want: began},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n := newNode(t, "10.0.16.0/24")
				volume := filepath.Dir(n.write("kubelet/pods/a/volumes/data/other", ""))
				_, id := n.create("a", "registry.example.internal/keeper:1", nil, func(config *runtimeapi.ContainerConfig) {
					config.Linux.SecurityContext = &runtimeapi.LinuxContainerSecurityContext{ReadonlyRootfs: c.isReadOnly, RunAsUser: &runtimeapi.Int64Value{Value: c.user}}
					config.Envs = []*runtimeapi.KeyValue{{Key: "DATA", Value: []byte(c.data)}}
					if c.isMounted {
						config.Mounts = []*runtimeapi.Mount{{ContainerPath: "/data", HostPath: volume}}
					}
				})
				if err := n.StartContainer(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				state := "running since 0s"
				if c.want != began {
					state = "Error 1 from 0s to 0s"
				}
				n.expect(id, state)
				if got, want := n.log(id), "2000-01-01T00:00:00.000000000Z "+c.want+"\n"; got != want {
					t.Errorf("log: got %q, want %q", got, want)
				}
			})
		})
	}
}
