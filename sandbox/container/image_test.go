package main

// The built program as a process of this machine, whose files are those that it sees: how images are laid out and run.

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// program is where TestMain builds it.
var program string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "labctl-container-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(folder, "program")
	built, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput()
	if err != nil {
		panic(fmt.Sprintf("%v\n%s", err, built))
	}
	code := m.Run()
	os.RemoveAll(folder)
	os.Exit(code)
}

// image is the root of an image's files.
type image string

// newImage lays an image out: the program, its model, and links to it. In the model `ROOT` is the image's root.
func newImage(t *testing.T, model string, links ...string) image {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "labctl"), 0o755); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(root, "labctl", "program")
	if err := os.Link(program, own); err != nil {
		t.Fatal(err)
	}
	text := "format_version: 1\nimage: ledger\ntags: [\"1\"]\nentrypoint: ROOT/app/ledger\n" + model
	text = strings.ReplaceAll(text, "ROOT", root)
	if err := os.WriteFile(filepath.Join(root, "labctl", "model.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, link := range append(links, "app/ledger") {
		path := filepath.Join(root, link)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(own, path); err != nil {
			t.Fatal(err)
		}
	}
	return image(root)
}

// command is a link of the image with arguments; it is called by its whole path.
func (i image) command(link string, arguments ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(string(i), link), arguments...)
	command.Dir = "/"
	command.Env = []string{"PATH=/bin", "URL=x"}
	return command
}

// tool is a link in `bin`, called as a container runtime calls what it found along PATH.
func (i image) tool(name string, arguments ...string) *exec.Cmd {
	command := i.command("bin/"+name, arguments...)
	command.Args[0] = name
	return command
}

// running is a started process whose output is read line by line.
type running struct {
	*exec.Cmd
	t     *testing.T
	lines *bufio.Scanner
}

func start(t *testing.T, command *exec.Cmd) *running {
	t.Helper()
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	// One that has ended by itself cannot be killed, and need not.
	t.Cleanup(func() { command.Process.Kill() })
	// The end of a process that says too little is what unblocks the reader.
	stop := time.AfterFunc(30*time.Second, func() { command.Process.Kill() })
	t.Cleanup(func() { stop.Stop() })
	return &running{command, t, bufio.NewScanner(output)}
}

// says waits for a line.
func (r *running) says(line string) {
	r.t.Helper()
	if !r.lines.Scan() || r.lines.Text() != line {
		r.t.Fatalf("%q, want %q", r.lines.Text(), line)
	}
}

// ends waits for the end and compares it: an exit code, or the number of a signal below zero.
func (r *running) ends(want int) {
	r.t.Helper()
	// How it ended is looked at here, whatever it is.
	r.Wait()
	got := r.ProcessState.ExitCode()
	if status := r.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		got = -int(status.Signal())
	}
	if got != want {
		r.t.Errorf("ended with %d, want %d", got, want)
	}
}

func (r *running) terminate() {
	r.t.Helper()
	if err := r.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Fatal(err)
	}
}

// freePort is one that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
