package shell

// What a script may try to get out of its container, or to take the session down with it.

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// bare is a System that has nothing.
type bare struct{}

func (bare) Open(name string, _ int) (io.ReadWriteCloser, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

func (bare) May(fs.FileInfo, fs.FileMode) bool { return true }

func (bare) Stat(name string) (fs.FileInfo, error) {
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

func (bare) ReadDir(string) ([]fs.FileInfo, error) { return nil, fs.ErrNotExist }
func (bare) Find(string) string                    { return "" }

func (bare) Run(context.Context, Command) (int, error) {
	return 0, &NotFound{Reason: "not found", Code: 127}
}

// counted forgets what is written and counts it.
type counted struct {
	bytes.Buffer
	n int
}

func (c *counted) Write(text []byte) (int, error) {
	if c.n += len(text); c.Len() < 1<<16 {
		c.Buffer.Write(text)
	}
	return len(text), nil
}

// try runs a script for as long as it may take.
func try(t *testing.T, style Style, script string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out, problems counted
	code = Run(ctx, Options{System: bare{}, Style: style, Name: "sh", Folder: "/", ID: 7, Environment: []string{"HOME=/root"},
		Streams: Streams{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems}}, script)
	if ctx.Err() != nil {
		t.Errorf("%q did not end", script)
	}
	return code, out.String(), problems.String()
}

// TestNothingOfTheHostIsSeen looks for a secret that lies in the host's files and environment.
func TestNothingOfTheHostIsSeen(t *testing.T) {
	const secret = "not-for-a-container"
	folder := t.TempDir()
	file := filepath.Join(folder, "secret.sh")
	if err := os.WriteFile(file, []byte("echo "+secret+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LABCTL_SECRET", secret)
	t.Setenv("BASH_ENV", file)
	t.Setenv("ENV", file)
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range []string{
		"cat " + file, ". " + file, "source " + file, file, "exec " + file, "PATH=" + folder + "; secret.sh", "PATH=" + folder + "; . secret.sh",
		"while read l; do echo $l; done < " + file, "echo $(< " + file + ")", "echo " + folder + "/*", "cd " + folder + " && echo *",
		"[ -e " + file + " ] && echo there", "[ -d " + folder + " ] && echo there", "command -v " + file, "type " + file, "[ -r /etc/passwd ] && echo there",
		"echo $LABCTL_SECRET", "set", "export -p", "env", "echo ${!LABCTL_*}", "echo ~nobody ~daemon ~" + "bin", "trap '. " + file + "' EXIT",
		"eval 'cat " + file + "'", "exec 3< " + file + "; read l <&3; echo $l", "echo x > " + file, "cat <(echo inner)", "echo x > >(cat)", "(cat " + file + ") | cat",
		"TMPDIR=" + folder + "; echo > $TMPDIR/sh-interp-x", "cat /proc/self/environ", "read l < /proc/self/cmdline; echo $l", "/bin/sh -c 'echo out'", "/usr/bin/env",
		"exec 3<>/dev/tcp/127.0.0.1/22; echo there >&3",
	} {
		for _, style := range []Style{Ash, Bash} {
			_, stdout, stderr := try(t, style, script)
			if strings.Contains(stdout+stderr, secret) || strings.Contains(stdout, "there") || strings.Contains(stdout, "out\n") || strings.Contains(stdout, host) ||
				strings.Contains(stdout, "/usr/sbin") || strings.Contains(stdout, "/sbin\n") {
				t.Errorf("%s: %q, %q", script, stdout, stderr)
			}
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "echo "+secret+"\n" {
		t.Errorf("the host's file is now %q, %v", text, err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("the host's folder now has %v, %v", entries, err)
	}
	for _, name := range []string{"$$", "$PPID", "$UID", "$EUID", "$GID"} {
		_, stdout, _ := try(t, Bash, "echo "+name)
		for _, own := range []int{os.Getpid(), os.Getppid()} {
			if strings.TrimSpace(stdout) == strconv.Itoa(own) {
				t.Errorf("%s is the host's", name)
			}
		}
	}
}

// TestAScriptThatTakesTooMuchEnds: none of these may take the session down, nor its memory.
func TestAScriptThatTakesTooMuchEnds(t *testing.T) {
	for name, c := range map[string]struct {
		style  Style
		script string
		says   string
	}{
		"a function that calls itself":         {Ash, "f() { f; }; f", "too many calls"},
		"a substitution in itself":             {Ash, "f() { x=$(f); }; f", "too many calls"},
		"eval in eval":                         {Ash, `x='eval "$x"'; eval "$x"`, "too many calls"},
		"a fork bomb":                          {Bash, ":(){ :|:; };:", "can't fork"},
		"many jobs":                            {Ash, "f() { read x <&9; }; while :; do (while :; do :; done) & done", "can't fork"},
		"a text that doubles":                  {Ash, "x=aaaaaaaa; while :; do x=$x$x; done", "out of memory"},
		"a word of many texts":                 {Ash, "x=$(printf '%01000000d' 1); y=" + strings.Repeat("$x", 1000), "out of memory"},
		"many variables":                       {Ash, "x=$(printf '%0100000d' 1); i=0; while :; do i=$((i+1)); eval v$i=$x; done", "out of memory"},
		"a substitution without end":           {Ash, "x=$(while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done)", "out of memory"},
		"many words":                           {Bash, "echo {1..1000000000}", "Argument list too long"},
		"many words of few":                    {Bash, "echo {1..1000}{1..1000}{1..1000}", "Argument list too long"},
		"a text in place of each letter":       {Bash, "x=$(printf '%01000000d' 0); y=${x//0/$x}", "out of memory"},
		"an arithmetic that has no answer":     {Ash, "echo $((1/0)); echo after", "sh: "},
		"brackets within brackets":             {Ash, strings.Repeat("(", 100_000), "syntax error"},
		"a script that is longer than allowed": {Ash, strings.Repeat("# ", 100_000), "script too long"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := try(t, c.style, c.script)
			if code == 0 || !strings.Contains(stderr, c.says) {
				t.Errorf("%d, %.200q", code, stderr)
			}
		})
	}
}

func TestOutputIsPassedOnAndNotKept(t *testing.T) {
	var out counted
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	line := strings.Repeat("x", 1<<16)
	code := Run(ctx, Options{System: bare{}, Name: "sh", Folder: "/", Environment: []string{"X=" + line}, Streams: Streams{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out}},
		"i=0; while [ $i -lt 1024 ]; do echo \"$X\"; i=$((i+1)); done")
	if code != 0 || out.n != 1024*(1<<16+1) {
		t.Errorf("%d, %d bytes", code, out.n)
	}
}

func TestAnEndFromOutsideEndsAScriptAtOnce(t *testing.T) {
	for _, script := range []string{"while :; do :; done", "read x", "f() { while :; do :; done | while read y; do :; done; }; f", "x=$(while :; do :; done)", "f() { f|f& }; f; while :; do :; done", "while :; do :; done & wait"} {
		ctx, cancel := context.WithCancel(t.Context())
		reading, writing := io.Pipe()
		done := make(chan int)
		go func() {
			var out counted
			done <- Run(ctx, Options{System: bare{}, Name: "sh", Folder: "/", Streams: Streams{Stdin: reading, Stdout: &out, Stderr: &out}}, script)
		}()
		cancel()
		select {
		case code := <-done:
			if code != 143 {
				t.Errorf("%s: %d", script, code)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s did not end", script)
		}
		writing.Close()
	}
}
