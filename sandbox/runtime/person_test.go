package runtime

// A person at the terminal of a container: a prompt, standard input of process 1, a container that is added to debug another.

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

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
