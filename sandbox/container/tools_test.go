package main

// The tools and other programs of an image, over the real system.

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestTools(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "real\n") }))
	defer server.Close()
	host := server.Listener.Addr().String()
	tools := []string{"cat", "curl", "date", "echo", "env", "false", "hostname", "ls", "nc", "nslookup", "printenv", "ps", "sleep", "true", "wget"}
	var links []string
	for _, tool := range tools {
		links = append(links, "bin/"+tool)
	}
	i := newImage(t, "steps: []\nexec: ["+strings.Join(tools, ", ")+"]\nprograms: [{path: ROOT/app/probe, output: \"fine\\n\", exit: 3}]\n",
		append(links, "app/probe", "bin/bash")...)
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	notes := filepath.Join(string(i), "notes")
	if err := os.WriteFile(notes, []byte("text\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		command        string
		code           int
		stdout, stderr string
	}{
		{"env", 0, "PATH=/bin\nURL=x\n", ""},
		{"printenv URL", 0, "x\n", ""},
		{"cat " + notes, 0, "text\n", ""},
		{"cat /no/such", 1, "", "cat: can't open '/no/such': No such file or directory\n"},
		{"cat " + notes + "/deeper", 1, "", "Not a directory\n"},
		{"ls " + string(i), 0, "app\nbin\nlabctl\nnotes\n", ""},
		{"ls -l " + string(i) + "/app", 0, fmt.Sprintf("lrwxrwxrwx    1 %-8s %-8s ", owned(os.Getuid()), owned(os.Getgid())), ""},
		{"hostname", 0, name + "\n", ""},
		{"echo a b", 0, "a b\n", ""},
		{"true", 0, "", ""},
		{"false", 1, "", ""},
		{"sleep 0", 0, "", ""},
		{"curl -s " + host, 0, "real\n", ""},
		{"curl 127.0.0.1:1", 7, "", "curl: (7) Failed to connect to 127.0.0.1 port 1 after "},
		{"curl no-such.invalid", 6, "", "curl: (6) Could not resolve host: no-such.invalid\n"},
		{"wget -qO- " + server.URL, 0, "real\n", ""},
		{"wget -qO- no-such.invalid", 1, "", "wget: bad address 'no-such.invalid'\n"},
		{"wget -qO- 127.0.0.1:1", 1, "", "wget: can't connect to remote host (127.0.0.1): Connection refused\n"},
		{"nc -z 127.0.0.1 1", 1, "", "nc: 127.0.0.1 (127.0.0.1:1): Connection refused\n"},
		{"nslookup localhost", 0, "Name:\tlocalhost\nAddress: 127.0.0.1\n", ""},
		{"nslookup -debug localhost", 2, "", "knows the options -type and -querytype"},
		{"bash", 127, "", "executable file not found in $PATH"},
	} {
		words := strings.Fields(c.command)
		command := i.tool(words[0], words[1:]...)
		command.Dir = filepath.Join(string(i), "bin")
		var stdout, stderr bytes.Buffer
		command.Stdout, command.Stderr = &stdout, &stderr
		// The exit code says it all.
		command.Run()
		if command.ProcessState.ExitCode() != c.code || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) ||
			c.stdout == "" && stdout.Len() > 0 || c.stderr == "" && stderr.Len() > 0 {
			t.Errorf("%s: %d\nstdout %q, want %q\nstderr %q, want %q", c.command, command.ProcessState.ExitCode(), stdout.String(), c.stdout, stderr.String(), c.stderr)
		}
	}
}

// owned is the name of a user or a group of this machine, as an image without a list of users has it.
func owned(id int) string {
	if id == 0 {
		return "root"
	}
	return strconv.Itoa(id)
}

func TestAProgramIsCalledByAPathFromTheWorkingDirectory(t *testing.T) {
	i := newImage(t, "steps: [{log: up}, {exit: 4}]\nprograms: [{path: ROOT/app/probe, output: \"fine\\n\", exit: 3}]\n", "app/probe")
	for name, want := range map[string]struct {
		code   int
		stdout string
	}{"../app/probe": {3, "fine\n"}, "./ledger": {4, "up\n"}} {
		command := i.command("app/" + path.Base(name))
		command.Args[0], command.Dir = name, filepath.Join(string(i), "app")
		// The exit code says it all.
		said, _ := command.Output()
		if command.ProcessState.ExitCode() != want.code || string(said) != want.stdout {
			t.Errorf("%s: %d, %q", name, command.ProcessState.ExitCode(), said)
		}
	}
}

func TestAToolThatWaitsForeverIsSeenAndEndsBySignal(t *testing.T) {
	i := newImage(t, "steps: []\nexec: [sleep, ps]\n", "bin/sleep", "bin/ps")
	sleeping := start(t, i.tool("sleep", "infinity"))
	own := fmt.Sprintf("%5d %-8s  0:00 sleep infinity\n", sleeping.Process.Pid, owned(os.Getuid()))
	for range 3 {
		if seen, err := i.tool("ps").Output(); err != nil || !strings.Contains(string(seen), own) {
			t.Fatalf("%v, no %q in\n%s", err, own, seen)
		}
	}
	sleeping.terminate()
	sleeping.ends(-int(syscall.SIGTERM))
}

func TestAToolAsProcessOneIsShieldedFromSIGTERM(t *testing.T) {
	i := newImage(t, "steps: []\nexec: [sleep]\n", "bin/sleep")
	command := i.tool("sleep", "infinity")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID}
	if err := command.Start(); err != nil {
		t.Skipf("this machine makes no namespaces for whoever runs the tests: %v", err)
	}
	defer func() {
		command.Process.Kill()
		command.Wait()
	}()
	status := fmt.Sprintf("/proc/%d/status", command.Process.Pid)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		text, err := os.ReadFile(status)
		if err != nil {
			t.Fatal(err)
		}
		_, ignored, _ := strings.Cut(string(text), "SigIgn:\t")
		mask, err := strconv.ParseUint(strings.Fields(ignored)[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		if mask&(1<<(syscall.SIGTERM-1)) != 0 {
			return
		}
	}
	t.Error("SIGTERM is not ignored")
}
