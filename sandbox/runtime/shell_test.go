package runtime

// The shell in a container: its files, its bounds.

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/workload"
)

const toolbox = "registry.example.internal/toolbox:1"

// newToolbox is a node that knows an image with every command.
func newToolbox(t *testing.T) *node {
	t.Helper()
	n := newNode(t, "10.0.16.0/24")
	n.write("images/toolbox.yaml", "format_version: 1\nimage: registry.example.internal/toolbox\ntags: [\"1\"]\nentrypoint: /app\nsteps: []\nexec: ["+strings.Join(workload.Commands(), ", ")+"]\n")
	n.kill()
	n.open()
	return n
}

// script runs one in a container and returns all that came of it in one text.
func (n *node) script(id, script string) string {
	n.t.Helper()
	var out, problems bytes.Buffer
	code, err := n.execute(n.t.Context(), id, []string{"sh", "-c", script}, workload.Streams{Stdout: &out, Stderr: &problems})
	if err != nil {
		return err.Error()
	}
	text := out.String() + problems.String()
	if code != 0 {
		text += fmt.Sprintf("exit %d\n", code)
	}
	return text
}

func TestAContainersOwnFilesLastAsLongAsItDoes(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newToolbox(t)
		_, one := n.run("a", toolbox)
		_, other := n.run("b", toolbox)
		for _, c := range []struct{ id, script, want string }{
			{one, "echo a > /tmp/x; echo b >> /tmp/x; cat /tmp/x", "a\nb\n"},
			{one, "cat /tmp/x", "a\nb\n"},
			{other, "cat /tmp/x", "cat: can't open '/tmp/x': No such file or directory\nexit 1\n"},
			{one, "mkdir -p /data/deep/er && touch /data/deep/er/f && find /data && rm -r /data && ls /data", "/data\n/data/deep\n/data/deep/er\n/data/deep/er/f\nls: /data: No such file or directory\nexit 1\n"},
			{one, "rm /tmp; rmdir /etc; mkdir /tmp", "rm: can't remove '/tmp': Is a directory\nrmdir: '/etc': Directory not empty\nmkdir: can't create directory '/tmp': File exists\nexit 1\n"},
			{one, "echo x > /etc; cat /etc", "sh: can't create /etc: Is a directory\ncat: read error: Is a directory\nexit 1\n"},
			{one, "ls -d / | head -n 1; ls /", "bin\ndev\netc\nhome\nlib\nproc\nroot\nrun\nsbin\nsys\ntmp\nusr\nvar\napp\n"},
			{one, "cat /etc/hostname /etc/resolv.conf; hostname", "a\nsearch shop.svc.cluster.local\nnameserver 172.20.0.10\noptions ndots:5\na\n"},
			{one, "head -c 4 /dev/zero | wc -c; echo gone > /dev/null; cat /dev/null; echo x > /dev/full; [ -c /dev/null ] && echo device", "4\ndevice\n"},
			{one, "echo '#!/bin/sh' > /tmp/s; echo 'echo $0 $1' >> /tmp/s; /tmp/s; chmod +x /tmp/s; /tmp/s a; ls -l /tmp/s", "/tmp/s a\n-rwxr-xr-x    1 root     root            21 Jan  1 00:00 /tmp/s\nsh: /tmp/s: Permission denied\n"},
			{one, "cp /etc/hostname /tmp/h; mv /tmp/h /tmp/i; ls /tmp; cat /tmp/i; stat -c '%n %s %a %F' /tmp/i", "i\ns\nx\na\n/tmp/i 2 644 regular file\n"},
			{one, "tar cf /tmp/t.tar /etc/hostname && mkdir /out && tar xf /tmp/t.tar -C /out && cat /out/etc/hostname && tar tf /tmp/t.tar", "a\netc/hostname\n"},
			{one, "while cat /tmp/t.tar; do :; done > /tmp/big", "exit"},
		} {
			got := n.script(c.id, c.script)
			if c.want == "exit" {
				if !strings.Contains(got, "No space left on device") {
					t.Errorf("%s: %.200q", c.script, got)
				}
				continue
			}
			if c.script[0] == 'l' {
				for _, name := range strings.Fields(c.want) {
					if !strings.Contains(got, name+"\n") {
						t.Errorf("%s: no %s in %q", c.script, name, got)
					}
				}
				continue
			}
			if sorted(got) != sorted(c.want) && !strings.Contains(c.script, "/dev/full") {
				t.Errorf("%s:\ngot  %q\nwant %q", c.script, got, c.want)
			}
		}
	})
}

// sorted compares what came on two streams, whichever came first.
func sorted(text string) int {
	sum := 0
	for line := range strings.Lines(text) {
		for i, one := range []byte(line) {
			sum += (i + 1) * int(one)
		}
	}
	return sum
}

func TestWhoMayWriteWhere(t *testing.T) {
	user := &runtimeapi.LinuxContainerSecurityContext{RunAsUser: &runtimeapi.Int64Value{Value: 1000}}
	readOnly := &runtimeapi.LinuxContainerSecurityContext{ReadonlyRootfs: true}
	for _, c := range []struct {
		context      *runtimeapi.LinuxContainerSecurityContext
		script, want string
	}{
		{nil, "echo x > /x && cat /x", "x\n"},
		{user, "id -u; echo x > /x", "1000\nsh: can't create /x: Permission denied\nexit 1\n"},
		{user, "echo x > /tmp/x && cat /tmp/x", "x\n"},
		{user, "echo x >> /etc/hostname", "sh: can't create /etc/hostname: Permission denied\nexit 1\n"},
		{user, "rm /etc/hostname", "rm: can't remove '/etc/hostname': Permission denied\nexit 1\n"},
		{user, "chmod 777 /etc/hostname", "chmod: /etc/hostname: Operation not permitted\nexit 1\n"},
		{user, "echo x > /tmp/mine; chown 0 /tmp/mine", "chown: /tmp/mine: Operation not permitted\nexit 1\n"},
		{nil, "mkdir -p /tmp/d/e; echo 1 > /tmp/d/e/f; chown -R 1000:2000 /tmp/d; chmod -R 700 /tmp/d; stat -c '%u:%g %a' /tmp/d /tmp/d/e /tmp/d/e/f; chgrp 3 /tmp/d; stat -c %u:%g /tmp/d", "1000:2000 700\n1000:2000 700\n1000:2000 700\n1000:3\n"},
		{nil, "chown somebody /tmp/d", "chown: unknown user somebody\nexit 1\n"},
		{readOnly, "chown 1000 /etc/hostname", "chown: /etc/hostname: Read-only file system\nexit 1\n"},
		{readOnly, "echo x > /tmp/x", "sh: can't create /tmp/x: Read-only file system\nexit 1\n"},
		{readOnly, "mkdir /tmp/x", "mkdir: can't create directory '/tmp/x': Read-only file system\nexit 1\n"},
		{readOnly, "echo x > /data/x && cat /data/x && rm /data/x && ls /data", "x\nother\n"},
		{nil, "echo x > /notes/x", "sh: can't create /notes/x: Read-only file system\nexit 1\n"},
		{nil, "rm /notes/other", "rm: can't remove '/notes/other': Read-only file system\nexit 1\n"},
		{nil, "rmdir /data", "rmdir: '/data': Device or resource busy\nexit 1\n"},
		{nil, "cat /data/leads-out /data/leads-up", "cat: can't open '/data/leads-out': openat pods/a/volumes/data/leads-out: path escapes from parent\n"},
		{nil, "echo x > /data/leads-out; tar cf - /data/leads-out | tar xf - -C /tmp; cat /tmp/data/leads-out", "No such file"},
	} {
		inBubble(t, func(t *testing.T) {
			n := newToolbox(t)
			volume := filepath.Dir(n.write("kubelet/pods/a/volumes/data/other", ""))
			secret := n.write("outside", "of the host")
			for name, target := range map[string]string{"leads-out": secret, "leads-up": "../../../../../outside"} {
				if err := os.Symlink(target, filepath.Join(volume, name)); err != nil {
					t.Fatal(err)
				}
				defer os.Remove(filepath.Join(volume, name))
			}
			if !strings.Contains(c.script, "leads") {
				os.Remove(filepath.Join(volume, "leads-out"))
				os.Remove(filepath.Join(volume, "leads-up"))
			}
			_, id := n.create("a", toolbox, nil, func(config *runtimeapi.ContainerConfig) {
				config.Linux.SecurityContext = c.context
				config.Mounts = []*runtimeapi.Mount{{ContainerPath: "/data", HostPath: volume}, {ContainerPath: "/notes", HostPath: volume, Readonly: true}}
			})
			if err := n.StartContainer(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			got := n.script(id, c.script)
			if strings.Contains(c.script, "leads") && strings.Contains(got, c.want) && !strings.Contains(got, "of the host") {
				if text, err := os.ReadFile(secret); err != nil || string(text) != "of the host" {
					t.Errorf("%s: the host's file is %q, %v", c.script, text, err)
				}
				return
			}
			if got != c.want {
				t.Errorf("%s:\ngot  %q\nwant %q", c.script, got, c.want)
			}
		})
	}
}

// passing counts what is written.
type passing struct{ n int }

func (p *passing) Write(text []byte) (int, error) {
	p.n += len(text)
	return len(text), nil
}

func TestAGigabyteOfOutputIsPassedOnAndNotKept(t *testing.T) {
	n := newToolbox(t)
	_, id := n.create("a", toolbox, nil, nil)
	if err := n.StartContainer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	var out passing
	code, err := n.execute(t.Context(), id, []string{"sh", "-c", "cat /dev/zero | head -c 1073741824"}, workload.Streams{Stdout: &out, Stderr: &out})
	if code != 0 || err != nil || out.n != 1<<30 {
		t.Errorf("%d, %v, %d bytes", code, err, out.n)
	}
	kept, _, err := n.ExecSync(t.Context(), id, []string{"sh", "-c", "head -c 100000000 /dev/zero"}, time.Minute)
	if err != nil || len(kept) != mostKept {
		t.Errorf("%d bytes are kept, %v", len(kept), err)
	}
}
