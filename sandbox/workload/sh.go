package workload

// This file is `sh` and `bash`: the shell over an image's own tools and a container's own files. It must not know how a
// script is run.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"sandbox/shell"
)

func sh(c *call) int {
	name := strings.TrimPrefix(path.Base(c.arguments[0]), "-")
	ctx, end := context.WithCancelCause(c.ctx)
	defer end(nil)
	c.ctx, c.end = ctx, end
	user, _ := c.world.User()
	o := shell.Options{
		System: system{c}, Style: c.style(name), Name: strings.TrimPrefix(c.arguments[0], "-"), Environment: c.variables(), Folder: c.in(), ID: c.id(),
		Streams: shell.Streams{Stdin: c.stdin(), Stdout: c.Stdout, Stderr: c.Stderr},
		Signals: c.signals, Host: c.world.Hostname(), IsRoot: user == 0,
	}
	rest := c.arguments[1:]
	var set []string
	isCommand, isAsked := false, false
	for len(rest) > 0 && len(rest[0]) > 1 && (rest[0][0] == '-' || rest[0][0] == '+') {
		option := rest[0]
		rest = rest[1:]
		if option == "--" {
			break
		}
		if strings.HasPrefix(option, "--") {
			// Those of Bash that a login has, which change nothing here.
			continue
		}
		for _, letter := range option[1:] {
			switch letter {
			case 'c':
				isCommand = true
			case 'i':
				isAsked = true
			case 's', 'l':
			case 'o':
				if len(rest) == 0 {
					return c.refuse("needs a name after -o")
				}
				set = append(set, option[:1]+"o", rest[0])
				rest = rest[1:]
			default:
				set = append(set, option[:1]+string(letter))
			}
		}
	}
	o.Set = set
	switch {
	case isCommand && len(rest) == 0:
		fmt.Fprintf(c.Stderr, "%s: -c requires an argument\n", name)
		return 2
	case isCommand:
		if o.Parameters = rest[1:]; len(rest) > 1 {
			o.Name, o.Parameters = rest[1], rest[2:]
		}
		return shell.Run(c.ctx, o, rest[0])
	case len(rest) > 0:
		return c.script(o, rest)
	case c.IsTerminal || isAsked:
		return shell.Prompt(c.ctx, o, c.Interrupts)
	default:
		return shell.Read(c.ctx, o)
	}
}

// script runs a file.
func (c *call) script(o shell.Options, operands []string) int {
	text, err := c.readScript(operands[0])
	if err != nil {
		fmt.Fprintf(c.Stderr, "%s: can't open '%s': %s\n", o.Name, operands[0], words(err))
		return 127
	}
	o.Name, o.Parameters = operands[0], operands[1:]
	return shell.Run(c.ctx, o, text)
}

// readScript reads a script, no more of it than one may have.
func (c *call) readScript(name string) (string, error) {
	file, err := c.open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longestLine))
	return string(text), err
}

// style is whose shell the image has.
func (c *call) style(name string) shell.Style {
	switch {
	case name == "bash":
		return shell.Bash
	case slices.Contains(c.model.Exec, "bash") && !slices.Contains(c.model.Exec, "ash"):
		return shell.Dash
	default:
		return shell.Ash
	}
}

// findScript is a file that is called by its path.
func (m *Model) findScript(name string, about fs.FileInfo) (func(*call) int, error) {
	if about.IsDir() || about.Mode().Perm()&0o111 == 0 {
		return nil, &CommandError{fmt.Sprintf("exec: %q: permission denied", name)}
	}
	return func(c *call) int {
		text, err := c.readScript(name)
		if err != nil {
			fmt.Fprintf(c.Stderr, "%s: %s\n", name, words(err))
			return 126
		}
		first, _, _ := strings.Cut(text, "\n")
		program, isScript := strings.CutPrefix(first, "#!")
		fields := strings.Fields(program)
		if !isScript || len(fields) == 0 {
			fmt.Fprintf(c.Stderr, "exec %s: exec format error\n", name)
			return 126
		}
		// `#!/usr/bin/env sh` says so in two words.
		if path.Base(fields[0]) == "env" {
			fields = fields[1:]
		}
		code, err := c.start(c.ctx, append(append(fields, name), c.arguments[1:]...), func(inner *call) { inner.signals = c.signals })
		if err != nil {
			fmt.Fprintf(c.Stderr, "exec %s: no such file or directory\n", name)
		}
		return code
	}, nil
}

// id is the process id that a command takes itself to have.
func (c *call) id() int { return c.idOf(len(c.above)) }

// idOf is that of the nth of those that run a command.
func (c *call) idOf(n int) int {
	if c.first != nil {
		n++
	}
	if n == 0 {
		return 1
	}
	return 6 + n
}

// endCaller ends one of the shells that run a command, as its default for a signal; false: there is none of that id.
func (c *call) endCaller(id int, signal syscall.Signal) bool {
	for n, one := range c.above {
		if one.end == nil || c.idOf(n) != id || id == 1 {
			continue
		}
		if signal != 0 {
			one.end(shell.Signalled(signal))
		}
		return true
	}
	return false
}

// system is what a script of a container can reach.
type system struct{ c *call }

var _ shell.System = system{}

func (s system) Open(name string, flag int) (io.ReadWriteCloser, error) {
	return s.c.world.OpenFile(name, flag, 0o644)
}

func (s system) Stat(name string) (fs.FileInfo, error)      { return s.c.world.Stat(name) }
func (s system) ReadDir(name string) ([]fs.FileInfo, error) { return s.c.world.ReadDir(name) }

func (s system) May(file fs.FileInfo, wanted fs.FileMode) bool { return s.c.person().May(file, wanted) }

func (s system) Run(ctx context.Context, command shell.Command) (int, error) {
	name := command.Arguments[0]
	// A path is seen from the shell's folder, and a word is looked up by the image alone.
	if strings.Contains(name, "/") {
		command.Arguments = append([]string{shell.From(command.Folder, name)}, command.Arguments[1:]...)
	}
	code, err := s.c.start(ctx, command.Arguments, func(inner *call) {
		inner.Stdin, inner.Stdout, inner.Stderr = command.Stdin, command.Stdout, command.Stderr
		inner.environment, inner.folder = command.Environment, command.Folder
		if inner.environment == nil {
			inner.environment = []string{}
		}
		// A shell whose output goes elsewhere has nobody to prompt.
		inner.IsTerminal = s.c.IsTerminal && command.IsTerminal
		inner.Interrupts = nil
		if inner.IsTerminal && IsShell(name) && len(command.Arguments) == 1 {
			inner.Interrupts = command.Interrupts()
		}
	})
	var missing *CommandError
	if !errors.As(err, &missing) {
		return code, err
	}
	if strings.HasSuffix(missing.text, "permission denied") {
		return 0, &shell.NotFound{Reason: "Permission denied", Code: 126}
	}
	return 0, &shell.NotFound{Reason: "not found", Code: 127}
}

// IsShell is true for the name of a shell, with or without a path.
func IsShell(name string) bool {
	base := path.Base(name)
	return base == "sh" || base == "bash" || base == "ash"
}

func (s system) Find(name string) string { return s.c.find(name) }

// find is where a program of the image lies; empty: there is none.
func (c *call) find(name string) string {
	if strings.Contains(name, "/") {
		if about, err := c.world.Stat(c.absolute(name)); err == nil && !about.IsDir() {
			return name
		}
		return ""
	}
	if slices.Contains(c.model.Exec, name) {
		return "/bin/" + name
	}
	for _, program := range append([]Program{{Path: c.model.Entrypoint}}, c.model.Programs...) {
		if program.Path != "" && isCalled(name, program.Path) {
			return program.Path
		}
	}
	return ""
}
