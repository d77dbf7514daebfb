package shell

// This file is simple commands: assignments, functions, built-ins, programs. It must not know what a program does.

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

func (s *state) call(c *syntax.CallExpr) {
	s.substituted = 0
	arguments, ok := s.fields(c.Args)
	if !ok {
		return
	}
	arguments = s.withoutAlias(arguments)
	if len(arguments) == 0 {
		for _, assignment := range c.Assigns {
			if !s.assign(assignment, nil) {
				return
			}
		}
		s.trace(c.Assigns, nil)
		s.status = s.substituted
		return
	}
	// What stands before a command holds for that command alone.
	before := map[string]expand.Variable{}
	for _, assignment := range c.Assigns {
		name := assignment.Name.Value
		if _, seen := before[name]; !seen {
			before[name] = s.vars.values[name]
		}
		if !s.assign(assignment, &attributes{export: true}) {
			return
		}
	}
	s.trace(nil, arguments)
	s.run(arguments)
	if arguments[0] == "exec" {
		return
	}
	for name, value := range before {
		if delete(s.vars.values, name); value.Set {
			s.vars.values[name] = value
		}
	}
}

func (s *state) withoutAlias(arguments []string) []string {
	if !s.isPrompting || len(arguments) == 0 {
		return arguments
	}
	if value, ok := s.aliases[arguments[0]]; ok {
		return append(strings.Fields(value), arguments[1:]...)
	}
	return arguments
}

func (s *state) trace(assignments []*syntax.Assign, arguments []string) {
	if !s.flags.trace {
		return
	}
	words := arguments
	for _, assignment := range assignments {
		words = append(words, assignment.Name.Value+"="+s.vars.find(assignment.Name.Value).String())
	}
	s.say("+ %s\n", strings.Join(words, " "))
}

// run runs what a name means: a function, a built-in or a program.
func (s *state) run(arguments []string) {
	name := arguments[0]
	if body, ok := s.functions[name]; ok {
		s.callFunction(body, arguments[1:])
		return
	}
	if builtin, ok := builtins[name]; ok {
		s.status = builtin(s, arguments[1:])
		return
	}
	s.program(arguments)
}

func (s *state) callFunction(body *syntax.Stmt, arguments []string) {
	if !s.nest() {
		return
	}
	parameters, locals, loops := s.parameters, s.locals, s.loops
	s.parameters, s.locals, s.loops = arguments, map[string]expand.Variable{}, 0
	s.statement(body)
	for name, value := range s.locals {
		if delete(s.vars.values, name); value.Set {
			s.vars.values[name] = value
		}
	}
	s.parameters, s.locals, s.loops = parameters, locals, loops
	s.depth--
	if s.flow == returning {
		s.flow = onward
	}
}

// program runs what is no part of the shell.
func (s *state) program(arguments []string) {
	_, isOwnInput := s.files.reader(0).(*tap)
	code, err := s.options.System.Run(s.ctx, Command{
		IsTerminal: isOwnInput && s.files[1] == s.terminal, Interrupts: s.handOver,
		Arguments: arguments, Environment: s.vars.environment(), Folder: s.folder,
		Streams: Streams{Stdin: s.input(), Stdout: s.files.writer(1), Stderr: s.files.writer(2)},
	})
	s.prompting.Store(nil)
	var missing *NotFound
	if errors.As(err, &missing) {
		said := missing.Reason
		if s.options.Style == Bash && said == "not found" && !strings.Contains(arguments[0], "/") {
			said = "command not found"
		}
		s.complain("%s: %s", arguments[0], said)
		s.status = missing.Code
		return
	}
	if s.status = code; err != nil {
		s.complain("%s: %v", arguments[0], err)
		s.status = 126
	}
}

// handOver sends interrupts to the program that runs, until it ends.
func (s *state) handOver() <-chan struct{} {
	interrupts := make(chan struct{}, 1)
	s.prompting.Store(&interrupts)
	return interrupts
}

// attributes are what a declaration adds to a variable.
type attributes struct{ export, readOnly, local bool }

// assign sets a variable; false: it could not, and the script ends.
func (s *state) assign(a *syntax.Assign, with *attributes) bool {
	name := a.Name.Value
	if with == nil {
		with = &attributes{}
	}
	if with.local {
		s.makeLocal(name)
	}
	old := s.vars.values[name]
	value := expand.Variable{Set: true, Kind: expand.String, Exported: with.export, ReadOnly: with.readOnly}
	switch {
	case a.Naked && a.Array == nil:
		value.Kind = expand.KeepValue
		if !old.Set {
			// `export NAME` of a variable that is not set yet only marks it.
			value = expand.Variable{Exported: with.export, ReadOnly: with.readOnly}
			s.vars.values[name] = value
			return true
		}
	case a.Array != nil:
		value.Kind = expand.Indexed
		if a.Append && old.Kind == expand.Indexed {
			value.List = append(value.List, old.List...)
		}
		for _, element := range a.Array.Elems {
			if element.Index != nil {
				s.complain("arrays with indices are not simulated")
				s.failed(1)
				return false
			}
			fields, ok := s.fields([]*syntax.Word{element.Value})
			if !ok {
				return false
			}
			value.List = append(value.List, fields...)
		}
	case a.Index != nil:
		s.complain("arrays with indices are not simulated")
		s.failed(1)
		return false
	default:
		text, ok := s.literal(a.Value)
		if !ok {
			return false
		}
		if value.Str = text; a.Append {
			value.Str = old.String() + text
		}
	}
	return s.store(name, value)
}

func (s *state) store(name string, value expand.Variable) bool {
	if err := s.vars.Set(name, value); err != nil {
		s.complain("%v", err)
		s.failed(2)
		return false
	}
	return true
}

// set gives a variable a text and keeps what else it is.
func (s *state) set(name, value string) bool {
	return s.store(name, expand.Variable{Set: true, Kind: expand.String, Str: value, Exported: s.vars.values[name].Exported})
}

func (s *state) makeLocal(name string) {
	if s.locals == nil {
		return
	}
	if _, seen := s.locals[name]; !seen {
		s.locals[name] = s.vars.values[name]
	}
}

// declare is `export`, `readonly`, `local`, `declare` with their assignments.
func (s *state) declare(c *syntax.DeclClause) {
	with := &attributes{}
	switch c.Variant.Value {
	case "export":
		with.export = true
	case "readonly":
		with.readOnly = true
	case "local", "declare", "typeset":
		with.local = s.locals != nil
		if c.Variant.Value == "local" && s.locals == nil {
			s.complain("local: not in a function")
			s.failed(2)
			return
		}
	default:
		s.complain("%s: is not simulated", c.Variant.Value)
		s.status = 2
		return
	}
	s.status = 0
	for _, one := range c.Args {
		if one.Name == nil {
			// An option, or a word that becomes an assignment.
			words, ok := s.fields([]*syntax.Word{one.Value})
			if !ok {
				return
			}
			for _, word := range words {
				s.declareWord(word, with)
			}
			continue
		}
		if !s.assign(one, with) {
			return
		}
	}
	if len(c.Args) == 0 {
		s.listVariables(with)
	}
}

func (s *state) declareWord(word string, with *attributes) {
	switch word {
	case "-p":
		s.listVariables(with)
		return
	case "-x":
		with.export = true
		return
	case "-r":
		with.readOnly = true
		return
	}
	name, value, has := strings.Cut(word, "=")
	if !syntax.ValidName(name) {
		s.complain("%s: bad variable name", word)
		s.status = 2
		return
	}
	if with.local {
		s.makeLocal(name)
	}
	old := s.vars.values[name]
	if !has {
		old.Exported, old.ReadOnly = old.Exported || with.export, old.ReadOnly || with.readOnly
		s.vars.values[name] = old
		return
	}
	s.store(name, expand.Variable{Set: true, Kind: expand.String, Str: value, Exported: with.export, ReadOnly: with.readOnly})
}

func (s *state) listVariables(with *attributes) {
	for _, pair := range s.vars.environment() {
		name, value, _ := strings.Cut(pair, "=")
		if !with.readOnly || s.vars.values[name].ReadOnly {
			fmt.Fprintf(s.files.writer(1), "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'"'"'`))
		}
	}
}

func (s *state) time(c *syntax.TimeClause) {
	started := time.Now()
	if c.Stmt != nil {
		s.statement(c.Stmt)
	}
	took := time.Since(started)
	s.say("real\t%dm %.2fs\nuser\t0m 0.00s\nsys\t0m 0.00s\n", int(took.Minutes()), took.Seconds()-60*float64(int(took.Minutes())))
}
