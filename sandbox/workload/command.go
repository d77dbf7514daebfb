package workload

// This file is the commands that exist in an image: what `exec` runs and what a container's `command` may name. They
// are imitations that see the World and nothing else. commands.go and curl.go have the commands themselves.

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"sandbox/shell"
)

// Streams are a command's standard streams. Stdin may be nil.
type Streams struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// IsTerminal: a person sits at the other end.
	IsTerminal bool
	// Interrupts come from that person's keyboard. Nil: none come.
	Interrupts <-chan struct{}
	// Signals are `TERM` and the like, for the traps of a script that is a program of its own. Nil: none come.
	Signals <-chan string
}

// call is one run of a command.
type call struct {
	Streams
	ctx       context.Context
	world     World
	model     *Model
	arguments []string
	// environment and folder are those that a shell gives; unset: the container's own.
	environment []string
	folder      string
	// first is process 1, for `ps`; nil when the command is process 1 itself.
	first *Process
	// above are the shells and the like that run the command, the outermost first.
	above []caller
	// end ends the command by a signal; nil: only its context does.
	end context.CancelCauseFunc
	// signals are for a shell's traps.
	signals <-chan string
}

// caller is a command that runs another.
type caller struct {
	arguments []string
	end       context.CancelCauseFunc
}

// start runs a program of the image within a command, with the command's own streams unless others are set.
func (c *call) start(ctx context.Context, arguments []string, change func(*call)) (int, error) {
	run, err := c.model.find(arguments[0], c.world)
	if err != nil {
		return 127, err
	}
	inner := *c
	inner.ctx, inner.arguments, inner.signals, inner.end = ctx, arguments, nil, nil
	inner.above = append(slices.Clone(c.above), caller{c.arguments, c.end})
	if change != nil {
		change(&inner)
	}
	return run(&inner), nil
}

// variables are the environment.
func (c *call) variables() []string {
	if c.environment != nil {
		return c.environment
	}
	return c.world.Environment()
}

// absolute is a name seen from the working directory.
func (c *call) absolute(name string) string { return shell.From(c.in(), name) }

// in is the working directory.
func (c *call) in() string {
	if c.folder == "" {
		return "/"
	}
	return c.folder
}

// builtins is every command there is. It is not changed once it is made.
var builtins map[string]func(*call) int

// Commands lists the commands that a model's `exec` may name, sorted.
func Commands() []string { return slices.Sorted(maps.Keys(builtins)) }

// Exec runs a command beside process 1 and returns its exit code.
//
// # Errors
// [*CommandError] when the command does not exist in the image. A command that fails is *not* an error.
func (p *Process) Exec(ctx context.Context, arguments []string, streams Streams) (int, error) {
	run, err := p.model.find(arguments[0], p.world)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.done, cancel)()
	ctx, ending := streams.interruptible(ctx, arguments)
	defer ending()
	return run(&call{Streams: streams, ctx: ctx, world: p.world, model: p.model, arguments: arguments, first: p}), nil
}

// interruptible is a context that a Ctrl-C ends, but for a shell at its prompt, which sees to that itself.
func (s Streams) interruptible(ctx context.Context, arguments []string) (interruptible context.Context, stop func()) {
	if s.Interrupts == nil || IsShell(arguments[0]) && len(arguments) == 1 {
		return ctx, func() {}
	}
	interruptible, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-s.Interrupts:
			cancel(shell.Interrupted)
		case <-interruptible.Done():
		}
	}()
	return interruptible, func() { cancel(nil) }
}

// Run runs a command of the image as a program of its own and returns its exit code.
//
// # Errors
// As for [Process.Exec].
func (m *Model) Run(ctx context.Context, arguments []string, streams Streams, world World) (int, error) {
	run, err := m.find(arguments[0], world)
	if err != nil {
		return 0, err
	}
	return run(&call{Streams: streams, ctx: ctx, world: world, model: m, arguments: arguments, signals: streams.Signals}), nil
}

// find looks a command up as a container runtime does: by path, or by name along PATH. A file with a script in it is one.
func (m *Model) find(name string, world World) (func(*call) int, error) {
	for _, program := range m.Programs {
		if !isCalled(name, program.Path) {
			continue
		}
		if program.Tool != "" {
			return builtins[program.Tool], nil
		}
		return func(c *call) int {
			io.WriteString(c.Stdout, program.Output)
			return program.Exit
		}, nil
	}
	base := name
	if inPath(name) {
		base = path.Base(name)
	}
	if base == "[" {
		// It is `test` by another name.
		base = "test"
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
		if about, err := world.Stat(name); err == nil {
			return m.findScript(name, about)
		}
		return nil, &CommandError{fmt.Sprintf("exec: %q: stat %s: no such file or directory", name, name)}
	}
	return nil, &CommandError{fmt.Sprintf("exec: %q: executable file not found in $PATH", name)}
}

// IsEntrypoint is true for the entrypoint's path and, when it is along PATH, for its name.
func (m *Model) IsEntrypoint(name string) bool { return isCalled(name, m.Entrypoint) }

// isTool is true for a program that is another name of a tool.
func (m *Model) isTool(name string) bool {
	return slices.ContainsFunc(m.Programs, func(p Program) bool { return p.Tool != "" && isCalled(name, p.Path) })
}

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

// commandLine is what process 1 is called by, as a container runtime and the image's own script at its start make it.
func (m *Model) commandLine(command, arguments []string, world World) []string {
	switch {
	case len(command) > 0:
		return append(slices.Clone(command), arguments...)
	case len(m.Command) == 0:
		return append([]string{m.Entrypoint}, arguments...)
	case len(arguments) == 0:
		return m.Command
	case strings.HasPrefix(arguments[0], "-") && !IsShell(m.Command[0]):
		// The image's script takes options for its program's.
		return append([]string{m.Command[0]}, arguments...)
	}
	if _, err := m.find(arguments[0], world); err != nil && m.Entrypoint == "" && !IsShell(m.Command[0]) {
		return append([]string{m.Command[0]}, arguments...)
	}
	return slices.Clone(arguments)
}

// IsTool is true where process 1 is a command of the image and not the program that the model describes.
func (p *Process) IsTool() bool { return p.tool }

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
	run, err := p.model.find(command[0], p.world)
	code := 127
	if err == nil {
		stdout, stderr := &lines{p: p, stream: Stdout}, &lines{p: p, stream: Stderr}
		streams := p.console
		streams.Stdout, streams.Stderr = stdout, stderr
		if screen := p.console.Stdout; screen != nil {
			streams.Stdout, streams.Stderr = io.MultiWriter(screen, stdout), io.MultiWriter(screen, stderr)
		}
		ctx, stop := streams.interruptible(p.done, command)
		code = run(&call{Streams: streams, ctx: ctx, world: p.world, model: p.model, arguments: command, signals: p.signals})
		stop()
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

	mu   sync.Mutex
	rest []byte
}

// longestLine is where a line that has no end is cut, in bytes.
const longestLine = 1 << 20

func (l *lines) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.p.done.Err() != nil {
		return 0, io.ErrClosedPipe
	}
	l.rest = append(l.rest, text...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole && len(l.rest) < longestLine {
			return len(text), nil
		}
		l.p.world.Log(time.Now(), l.stream, string(line))
		l.rest = rest
	}
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.p.world.LogRest(time.Now(), l.stream, string(l.rest))
		l.rest = nil
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
