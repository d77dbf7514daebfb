package shell

// This file is one shell or subshell at work: what it knows, how it is copied, what it says. It must not know what a
// command of the language does.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// shared is what a shell and its subshells have together.
type shared struct {
	options Options
	// running counts the parts that run side by side.
	running atomic.Int32
	parts   sync.WaitGroup
	// isFull is true once there were too many.
	isFull atomic.Bool
	// life is the shell's own time, which a job in the background has.
	life  context.Context
	stdin *source
	// terminal is the descriptor of standard output at the start.
	terminal *descriptor
	// prompting gets the interrupts while a shell within this one has a prompt of its own; nil: none has.
	prompting atomic.Pointer[chan struct{}]
}

// flow is where a script goes on after a statement.
type flow int

const (
	onward flow = iota
	breaking
	continuing
	returning
	exiting
)

// state is one shell.
type state struct {
	*shared
	ctx        context.Context
	name       string
	parameters []string
	vars       *variables
	functions  map[string]*syntax.Stmt
	aliases    map[string]string
	folder     string
	files      descriptors
	flags      flags
	config     *expand.Config

	status    int
	isTooMuch bool
	line      int
	// substituted is the status of the last command substitution of the present command.
	substituted int
	flow        flow
	// levels is how many loops `break` or `continue` still leave.
	levels int
	loops  int
	depth  int
	// lenient is above 0 where a failure does not end a script of `set -e`.
	lenient int
	// locals are the values to put back at the end of the function, by name; nil outside of one.
	locals  map[string]expand.Variable
	traps   map[string]string
	signals <-chan string
	jobs    []*job
	lastJob int
	// hasFailed is true after a failure that ends a script.
	hasFailed bool
	// isPrompting is true for a shell that talks to a person: an error does not end it.
	isPrompting bool
}

// newState is a shell that has done nothing.
func newState(ctx context.Context, o Options) *state {
	s := &state{shared: &shared{options: o, life: ctx}, ctx: ctx, name: o.Name, parameters: o.Parameters, functions: map[string]*syntax.Stmt{}, aliases: map[string]string{},
		folder: o.Folder, traps: map[string]string{}, signals: o.Signals}
	s.stdin = newSource(o.Stdin)
	s.files[0] = &descriptor{reader: s.stdin.reader(ctx)}
	s.files[1] = &descriptor{writer: inTurn(o.Stdout)}
	s.files[2], s.terminal = s.files[1], s.files[1]
	if o.Stderr != o.Stdout {
		s.files[2] = &descriptor{writer: inTurn(o.Stderr)}
	}
	s.vars = &variables{s: s, values: map[string]expand.Variable{}}
	for _, pair := range o.Environment {
		name, value, _ := strings.Cut(pair, "=")
		if syntax.ValidName(name) {
			s.vars.values[name] = expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: value}
		}
	}
	s.vars.values["IFS"] = text(" \t\n")
	s.vars.values["OPTIND"] = text("1")
	s.vars.values["PWD"] = expand.Variable{Set: true, Exported: true, Kind: expand.String, Str: o.Folder}
	s.configure()
	if parameters := s.parameters; len(o.Set) > 0 {
		s.setOptions(o.Set)
		s.parameters = parameters
	}
	return s
}

// sub is a copy that can be changed without the original noticing.
func (s *state) sub(ctx context.Context) *state {
	copied := *s
	copied.ctx, copied.isPrompting = ctx, false
	copied.vars = &variables{s: &copied, values: maps.Clone(s.vars.values), bytes: s.vars.bytes}
	copied.functions, copied.aliases, copied.locals = maps.Clone(s.functions), maps.Clone(s.aliases), maps.Clone(s.locals)
	copied.parameters = slices.Clone(s.parameters)
	// A subshell has no traps and no signals of its own.
	copied.traps, copied.signals, copied.jobs = map[string]string{}, nil, nil
	copied.configure()
	return &copied
}

func (s *state) random() int { return rand.IntN(1 << 15) }

// say writes to standard error.
func (s *state) say(format string, arguments ...any) {
	fmt.Fprintf(s.files.writer(2), format, arguments...)
}

// complain says what went wrong, as this kind of shell begins its messages.
func (s *state) complain(format string, arguments ...any) {
	said := fmt.Sprintf(format, arguments...)
	switch {
	case s.options.Style == Ash || s.isPrompting && s.options.Style == Bash:
		s.say("%s: %s\n", s.name, said)
	case s.options.Style == Dash:
		s.say("%s: %d: %s\n", s.name, max(1, s.line), said)
	default:
		s.say("%s: line %d: %s\n", s.name, max(1, s.line), said)
	}
}

// failed ends a script that cannot go on, as POSIX has it of an error in an expansion or a special built-in; a person at
// a prompt gets another one.
func (s *state) failed(code int) {
	s.status, s.flow, s.hasFailed = code, exiting, true
}

// input is standard input, until the present part ends.
func (s *state) input() io.Reader {
	from := s.files.reader(0)
	if own, ok := from.(*tap); ok {
		return own.source.reader(s.ctx)
	}
	return from
}

// begin counts one more part that runs by itself; it is false where there are too many.
func (s *state) begin() bool {
	if s.running.Add(1) > mostAtOnce {
		s.running.Add(-1)
		// All the parts would say the same.
		if !s.isFull.Swap(true) {
			s.complain("can't fork: Resource temporarily unavailable")
		}
		s.failed(2)
		return false
	}
	s.parts.Add(1)
	return true
}

func (s *state) end() {
	s.running.Add(-1)
	s.parts.Done()
}

// nest counts one more level of calls; it is false where they are too deep.
func (s *state) nest() bool {
	if s.depth++; s.depth > deepest {
		s.depth--
		s.complain("too many calls within each other (%d)", deepest)
		s.failed(2)
		return false
	}
	return true
}

// guarded runs a part and takes what its libraries panic of as a failure of the script: it is the learner's script, and
// the session has to live.
func (s *state) guarded(part func()) {
	defer func() {
		if fault := recover(); fault != nil {
			s.complain("not simulated: %v", fault)
			s.failed(2)
		}
	}()
	part()
}

// configure sets the expansions up.
func (s *state) configure() {
	s.config = &expand.Config{Env: s.vars, CmdSubst: s.substitute, NoUnset: s.flags.noUnset}
	if !s.flags.noGlob {
		s.config.ReadDir2 = s.glob
	}
}

// parse reads a script.
func (s *state) parse(script, name string) ([]*syntax.Stmt, error) {
	if len(script) > longestScript {
		return nil, errors.New("script too long")
	}
	variant := syntax.LangPOSIX
	if s.options.Style == Bash {
		variant = syntax.LangBash
	}
	file, err := syntax.NewParser(syntax.Variant(variant)).Parse(strings.NewReader(script), name)
	if err != nil {
		return nil, err
	}
	return file.Stmts, nil
}

// syntaxError says what is wrong with a script, and that it is not run.
func (s *state) syntaxError(err error) {
	var wrong syntax.ParseError
	var foreign syntax.LangError
	switch {
	case errors.As(err, &wrong):
		s.line = int(wrong.Pos.Line())
		s.complain("syntax error: %s", wrong.Text)
	case errors.As(err, &foreign):
		s.line = int(foreign.Pos.Line())
		s.complain("syntax error: %s is not of this shell's language", foreign.Feature)
	default:
		s.complain("%v", err)
	}
	s.failed(2)
}
