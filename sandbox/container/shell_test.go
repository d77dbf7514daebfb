package main

// The shell of an image over the real system.

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAScriptSeesTheRealFilesAndProcesses(t *testing.T) {
	i := newImage(t, "steps: []\nexec: [sh, cat, grep, wc, rm, mkdir, env, sleep, kill]\n", "bin/sh")
	folder := filepath.Join(string(i), "data")
	for _, c := range []struct {
		script string
		code   int
		output string
	}{
		{"mkdir -p " + folder + "; cd " + folder + "; echo one > f; echo two >> f; cat f | wc -l; pwd", 0, "2\n" + folder + "\n"},
		{"cat < " + folder + "/f | grep two; exit 4", 4, "two\n"},
		{"rm " + folder + "/f; cat " + folder + "/f", 1, "cat: can't open '" + folder + "/f': No such file or directory\n"},
		{"echo x > /proc/none/x", 1, "sh: can't create /proc/none/x: No such file or directory\n"},
		{"X=2 env | grep ^X; echo $URL", 0, "X=2\nx\n"},
		{"/usr/bin/env; ls", 127, "sh: ls: not found\n"},
		{"kill -0 $$ 999999999", 1, "kill: can't kill pid 999999999: No such process\n"},
	} {
		command := i.tool("sh", "-c", c.script)
		// The exit code says it all.
		said, _ := command.CombinedOutput()
		if command.ProcessState.ExitCode() != c.code || !strings.HasSuffix(string(said), c.output) {
			t.Errorf("%s: %d, %q", c.script, command.ProcessState.ExitCode(), said)
		}
	}
}

func TestAScriptAsProcessOneHearsOfSIGTERM(t *testing.T) {
	i := newImage(t, "steps: []\nexec: [sh, sleep]\n", "bin/sh")
	command := i.tool("sh", "-c", "trap 'echo bye; exit 9' TERM; echo up; sleep 1000 & wait")
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID}
	probe := i.tool("sh", "-c", ":")
	probe.SysProcAttr = command.SysProcAttr
	if err := probe.Run(); err != nil {
		t.Skipf("this machine makes no namespaces for whoever runs the tests: %v", err)
	}
	running := start(t, command)
	running.says("up")
	running.terminate()
	running.says("bye")
	running.ends(9)
}

func TestAScriptThatIsNotProcessOneEndsBySignal(t *testing.T) {
	i := newImage(t, "steps: []\nexec: [sh, sleep]\n", "bin/sh")
	running := start(t, i.tool("sh", "-c", "echo up; sleep 1000"))
	running.says("up")
	running.terminate()
	running.ends(-int(syscall.SIGTERM))
}
