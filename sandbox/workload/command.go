package workload

// This file is the commands that exist in an image: what `exec` runs and what a container's `command` may name. They
// are imitations that see the World and nothing else. commands.go and curl.go have the commands themselves.

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"
)

// Streams are a command's standard streams. Stdin may be nil.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// call is one run of a command.
type call struct {
	Streams
	ctx       context.Context
	world     World
	arguments []string
	// first is process 1, for `ps`; nil when the command is process 1 itself.
	first *Process
}

// builtins is every command there is. It is never changed.
var builtins = map[string]func(*call) int{
	"cat":      cat,
	"curl":     curl,
	"date":     date,
	"echo":     echo,
	"env":      env,
	"false":    func(*call) int { return 1 },
	"hostname": hostname,
	"ls":       ls,
	"nc":       nc,
	"nslookup": nslookup,
	"printenv": env,
	"ps":       ps,
	"sleep":    sleep,
	"true":     func(*call) int { return 0 },
	"wget":     wget,
}

// Commands lists the commands that a model's `exec` may name, sorted.
func Commands() []string { return slices.Sorted(maps.Keys(builtins)) }

// Exec runs a command beside process 1 and returns its exit code.
//
// # Errors
// [*CommandError] when the command does not exist in the image. A command that fails is *not* an error.
func (p *Process) Exec(ctx context.Context, arguments []string, streams Streams) (int, error) {
	run, err := p.model.find(arguments[0])
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.done, cancel)()
	return run(&call{Streams: streams, ctx: ctx, world: p.world, arguments: arguments, first: p}), nil
}

// Run runs a command of the image as a program of its own and returns its exit code.
//
// # Errors
// As for [Process.Exec].
func (m *Model) Run(ctx context.Context, arguments []string, streams Streams, world World) (int, error) {
	run, err := m.find(arguments[0])
	if err != nil {
		return 0, err
	}
	return run(&call{Streams: streams, ctx: ctx, world: world, arguments: arguments}), nil
}

// find looks a command up as a container runtime does: by path, or by name along PATH.
func (m *Model) find(name string) (func(*call) int, error) {
	for _, program := range m.Programs {
		if isCalled(name, program.Path) {
			return func(c *call) int {
				io.WriteString(c.Stdout, program.Output)
				return program.Exit
			}, nil
		}
	}
	base := name
	if inPath(name) {
		base = path.Base(name)
	}
	if slices.Contains(m.Exec, base) {
		return builtins[base], nil
	}
	if m.IsEntrypoint(name) {
		return func(c *call) int {
			fmt.Fprintf(c.Stderr, "%s: process 1 runs this program already, and the sandbox simulates one copy of it\n", name)
			return 1
		}, nil
	}
	if strings.Contains(name, "/") {
		return nil, &CommandError{fmt.Sprintf("exec: %q: stat %s: no such file or directory", name, name)}
	}
	return nil, &CommandError{fmt.Sprintf("exec: %q: executable file not found in $PATH", name)}
}

// IsEntrypoint is true for the entrypoint's path and, when it is along PATH, for its name.
func (m *Model) IsEntrypoint(name string) bool { return isCalled(name, m.Entrypoint) }

// isCalled is true for a program's path and, when it is along PATH, for its name.
func isCalled(name, program string) bool {
	return name == program || name == path.Base(program) && inPath(program)
}

// inPath is true for a program in one of the folders of an image's usual PATH.
func inPath(name string) bool {
	switch path.Dir(name) {
	case "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin":
		return true
	}
	return false
}

// stepsFromCommand is a command as process 1.
func stepsFromCommand(command []string) []Step {
	if path.Base(command[0]) != "sleep" || len(command) != 2 {
		return []Step{{run: command}}
	}
	// As a step, a sleep is taken up where it was after the program died.
	span, forever := sleepSpan(command[1])
	wait, zero := Duration(span), 0
	switch {
	case forever:
		return nil
	case span < 0:
		return []Step{{run: command}}
	default:
		return []Step{{Sleep: &wait}, {Exit: &zero}}
	}
}

// runCommand runs a command as process 1, with its output in the log.
func (p *Process) runCommand(command []string) {
	run, err := p.model.find(command[0])
	code := 127
	if err == nil {
		stdout, stderr := &lines{p: p, stream: Stdout}, &lines{p: p, stream: Stderr}
		code = run(&call{Streams: Streams{Stdout: stdout, Stderr: stderr}, ctx: p.done, world: p.world, arguments: command})
		stdout.flush()
		stderr.flush()
	}
	p.mu.Lock()
	if !p.frozen {
		p.over(Exit{Code: code, At: time.Now()})
	}
	p.unlock()
}

// lines cuts what is written into lines of the log.
type lines struct {
	p      *Process
	stream Stream
	rest   string
}

func (l *lines) Write(text []byte) (int, error) {
	l.rest += string(text)
	for {
		line, rest, whole := strings.Cut(l.rest, "\n")
		if !whole {
			return len(text), nil
		}
		l.p.world.Log(time.Now(), l.stream, line)
		l.rest = rest
	}
}

func (l *lines) flush() {
	if l.rest != "" {
		l.p.world.Log(time.Now(), l.stream, l.rest)
		l.rest = ""
	}
}

// lookup finds a variable in `NAME=value` lines; the last one wins.
func lookup(environment []string, name string) string {
	for _, variable := range slices.Backward(environment) {
		if value, ok := strings.CutPrefix(variable, name+"="); ok {
			return value
		}
	}
	return ""
}
