package runtime

// The shell in a container: its files, its bounds, its terminal.

import (
	"bytes"
	"fmt"
	"io"
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
			{one, "echo x > /etc; cat /etc", "sh: can't create /etc: Is a directory\ncat: can't open '/etc': Is a directory\nexit 1\n"},
			{one, "ls -d / | head -n 1; ls /", "bin\ndev\netc\nhome\nlib\nproc\nroot\nrun\nsbin\nsys\ntmp\nusr\nvar\napp\n"},
			{one, "cat /etc/hostname /etc/resolv.conf; hostname", "a\nsearch shop.svc.cluster.local\nnameserver 172.20.0.10\noptions ndots:5\na\n"},
			{one, "head -c 4 /dev/zero | wc -c; echo gone > /dev/null; cat /dev/null; echo x > /dev/full; [ -c /dev/null ] && echo device", "4\ndevice\n"},
			{one, "echo '#!/bin/sh' > /tmp/s; echo 'echo $0 $1' >> /tmp/s; /tmp/s; chmod +x /tmp/s; /tmp/s a; ls -l /tmp/s", "/tmp/s a\n-rwxr-xr-x 1 root root       21 Jan  1 00:00 /tmp/s\nsh: /tmp/s: Permission denied\n"},
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

// person is somebody at a terminal.
type person struct {
	t      *testing.T
	typing *io.PipeWriter
	shown  chan []byte
	seen   string
}

func (p *person) Write(text []byte) (int, error) {
	p.shown <- bytes.Clone(text)
	return len(text), nil
}

func (p *person) Close() error { return nil }

// sees waits until the screen has shown a text, and forgets all up to it.
func (p *person) sees(text string) {
	p.t.Helper()
	for !strings.Contains(p.seen, text) {
		select {
		case more := <-p.shown:
			p.seen += string(more)
		case <-time.After(20 * time.Second):
			p.t.Fatalf("no %q in %q", text, p.seen)
		}
	}
	_, p.seen, _ = strings.Cut(p.seen, text)
}

func (p *person) types(keys string) {
	p.t.Helper()
	if _, err := io.WriteString(p.typing, keys); err != nil {
		p.t.Fatal(err)
	}
}

func TestAPersonAtAPrompt(t *testing.T) {
	n := newToolbox(t)
	_, id := n.create("a", toolbox, nil, nil)
	if err := n.StartContainer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	keyboard, typing := io.Pipe()
	p := &person{t: t, typing: typing, shown: make(chan []byte, 100_000)}
	done := make(chan error)
	go func() {
		err := n.streams.Exec(t.Context(), id, []string{"sh"}, keyboard, p, nil, true, nil)
		p.Write(fmt.Appendf(nil, "ended: %v", err))
		done <- err
	}()
	p.sees("/ # ")
	p.types("ech\x7fho hi\r")
	p.sees("\r\n")
	p.types("echo hi\r")
	p.sees("echo hi\r\nhi\r\n/ # ")
	p.types("cd /tmp; x=5\r")
	p.sees("/tmp # ")
	p.types("for i in 1 2\r")
	p.sees("> ")
	p.types("do echo $i$x; done\r")
	p.sees("15\r\n25\r\n/tmp # ")
	p.types("cat\r")
	p.types("typed\r")
	p.sees("typed\r\ntyped\r\n")
	p.types("\x04")
	p.sees("/tmp # ")
	p.types("sleep 1000\r")
	p.sees("sleep 1000\r\n")
	p.types("\x03")
	p.sees("^C\r\n/tmp # ")
	p.types("while :; do :; done\r")
	p.types("\x03")
	p.sees("^C\r\n/tmp # ")
	p.types("echo $?\r")
	p.sees("130\r\n/tmp # ")
	p.types("half\x03")
	p.sees("half^C\r\n/tmp # ")
	p.types("${nope?gone}\r")
	p.sees("gone\r\n/tmp # ")
	p.types("if then\r")
	p.sees("syntax error")
	p.sees("/tmp # ")
	p.types("\x1b[A\x1b[A\r")
	p.sees("gone\r\n/tmp # ")
	p.types("read y; echo got $y\r")
	p.types("it\r")
	p.sees("got it\r\n/tmp # ")
	p.types("sh\r")
	p.sees("sh\r\n/tmp # ")
	p.types("half\x03")
	p.sees("half^C\r\n/tmp # ")
	p.types("sleep 1000\r\x03")
	p.sees("^C\r\n/tmp # ")
	p.types("ps | grep -c sh; exit\r")
	p.sees("\r\n2\r\n/tmp # ")
	p.types("exit 7\r")
	if err := <-done; err == nil || err.Error() != "command terminated with exit code 7" {
		t.Errorf("%v", err)
	}
	typing.Close()
}

func TestAShellThatIsLeftOpenEndsWithItsContainer(t *testing.T) {
	n := newToolbox(t)
	_, id := n.create("a", toolbox, nil, nil)
	if err := n.StartContainer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	keyboard, typing := io.Pipe()
	defer typing.Close()
	p := &person{t: t, typing: typing, shown: make(chan []byte, 1000)}
	done := make(chan error)
	go func() { done <- n.streams.Exec(t.Context(), id, []string{"sh"}, keyboard, p, nil, true, nil) }()
	p.sees("/ # ")
	if err := n.StopContainer(t.Context(), id, 0); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil || err.Error() != "command terminated with exit code 143" {
		t.Errorf("%v", err)
	}
}

// attached is somebody at the terminal of process 1 of a container that is started now.
func (n *node) attached(id string) (p *person, done chan error) {
	n.t.Helper()
	keyboard, typing := io.Pipe()
	n.t.Cleanup(func() { typing.Close() })
	p, done = &person{t: n.t, typing: typing, shown: make(chan []byte, 100_000)}, make(chan error, 1)
	if err := n.StartContainer(n.t.Context(), id); err != nil {
		n.t.Fatal(err)
	}
	go func() { done <- n.streams.Attach(n.t.Context(), id, keyboard, p, nil, true, nil) }()
	// The prompt may have come before anybody was attached.
	return p, done
}

func withTerminal(config *runtimeapi.ContainerConfig) {
	config.Stdin, config.StdinOnce, config.Tty = true, true, true
}

func TestBusyboxEndsAtOnceAndStaysForAPersonAtItsTerminal(t *testing.T) {
	n := newToolbox(t)
	_, id := n.create("a", "busybox", nil, nil)
	if err := n.StartContainer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	<-n.containers[id].exited
	if status := must(n.ContainerStatus(t.Context(), id, false)).Status; status.Reason != "Completed" || status.ExitCode != 0 {
		t.Errorf("%v", status)
	}
	_, id = n.create("b", "public.ecr.aws/docker/library/busybox:1.36", []string{"sh"}, withTerminal)
	p, done := n.attached(id)
	p.sees("/ # ")
	p.types("echo $$; hostname; ps\r")
	p.sees("1\r\nb\r\nPID   USER     TIME  COMMAND\r\n    1 root      0:00 sh\r\n    7 root      0:00 ps\r\n/ # ")
	p.types("sleep 1000\r\x03")
	p.sees("^C\r\n")
	p.types("exit 4\r")
	if err := <-done; err != nil {
		t.Error(err)
	}
	if status := must(n.ContainerStatus(t.Context(), id, false)).Status; status.ExitCode != 4 {
		t.Errorf("%v", status)
	}
}

func TestStandardInputOfProcessOneEndsWithWhoWasAttached(t *testing.T) {
	n := newToolbox(t)
	_, id := n.create("a", "busybox", []string{"sh", "-c", "cat; echo end"}, func(config *runtimeapi.ContainerConfig) { config.Stdin, config.StdinOnce = true, true })
	if err := n.StartContainer(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	exited := n.containers[id].exited
	if err := n.streams.Attach(t.Context(), id, strings.NewReader("typed\n"), nil, nil, false, nil); err != nil {
		t.Fatal(err)
	}
	<-exited
	if got := n.log(id); !strings.Contains(got, "stdout F typed\n") || !strings.Contains(got, "stdout F end\n") {
		t.Errorf("log %q", got)
	}
}

func TestAContainerThatIsAddedToDebugSeesItsTargetsProcesses(t *testing.T) {
	n := newToolbox(t)
	_, target := n.create("a", "registry.example.internal/ledger:1", nil, nil)
	if err := n.StartContainer(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	_, id := n.create("b", "busybox", nil, func(config *runtimeapi.ContainerConfig) {
		withTerminal(config)
		config.Linux.SecurityContext = &runtimeapi.LinuxContainerSecurityContext{
			NamespaceOptions: &runtimeapi.NamespaceOption{Pid: runtimeapi.NamespaceMode_TARGET, TargetId: target}}
	})
	p, done := n.attached(id)
	p.sees("/ # ")
	p.types("ps\r")
	p.sees("    1 1000      0:00 /app\r\n    7 root      0:00 sh\r\n    8 root      0:00 ps\r\n/ # ")
	p.types("cat /proc/1/root/etc/hostname; ls /proc/1/root/app\r")
	p.sees("\r\na\r\n/proc/1/root/app\r\n")
	p.types("kill 1\r")
	<-n.containers[target].exited
	p.types("exit\r")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestImagesRunWhatTheirOwnScriptsWouldRun(t *testing.T) {
	for _, c := range []struct {
		image     string
		arguments []string
		want      string
	}{
		{"alpine", []string{"echo", "a"}, "stdout F a\n"},
		{"curlimages/curl", []string{"--nope"}, "stderr F curl: in this image it does not know the option --nope\n"},
		{"curlimages/curl", []string{"sh", "-c", "id -u"}, "stdout F 100\n"},
		{"nginx", []string{"echo", "a"}, "stdout F a\n"},
		{"nginx:1.27", nil, "ready for start up\n"},
		{"redis", []string{"--appendonly", "yes"}, "Ready to accept connections"},
		{"postgres", nil, "stderr F Error: Database is uninitialized"},
		{"amazon/aws-cli", []string{"s3", "ls"}, "stdout F aws: AWS is not simulated"},
	} {
		inBubble(t, func(t *testing.T) {
			n := newToolbox(t)
			_, id := n.run("a", c.image, c.arguments...)
			wait(time.Second)
			if got := n.log(id); !strings.Contains(got, c.want) {
				t.Errorf("%s %v: %q", c.image, c.arguments, got)
			}
		})
	}
}
