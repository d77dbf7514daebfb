package shell

// This file is the compound commands of the language: lists, loops, conditions, functions. It must not know what a simple
// command does.

import (
	"context"
	"errors"
	"regexp"
	"runtime"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

func (s *state) list(statements []*syntax.Stmt) {
	if len(statements) == 0 {
		s.status = 0
	}
	for _, statement := range statements {
		if s.statement(statement); s.flow != onward {
			return
		}
	}
}

// statement does one statement with its redirections.
func (s *state) statement(statement *syntax.Stmt) {
	// A loop without end must not keep the processor from the cluster, which is the same program.
	runtime.Gosched()
	if s.isOver() {
		return
	}
	s.runTraps()
	if s.flow != onward || s.flags.noExec {
		return
	}
	s.line = int(statement.Pos().Line())
	if statement.Background || statement.Coprocess {
		s.background(statement)
		return
	}
	lenient := statement.Negated
	if lenient {
		s.lenient++
	}
	s.withRedirections(statement)
	if lenient {
		s.lenient--
		s.status = not(s.status)
	}
	s.errExit(statement)
	if s.ctx.Err() != nil && s.flow == onward {
		s.isOver()
	}
}

func not(status int) int {
	if status == 0 {
		return 1
	}
	return 0
}

// errExit ends a script of `set -e` whose command failed where nobody looks at its status.
func (s *state) errExit(statement *syntax.Stmt) {
	if s.status == 0 || !s.flags.errExit || s.lenient > 0 || statement.Negated || s.flow != onward {
		return
	}
	if binary, ok := statement.Cmd.(*syntax.BinaryCmd); ok && (binary.Op == syntax.AndStmt || binary.Op == syntax.OrStmt) {
		return
	}
	s.flow = exiting
}

// isOver is true when the shell's time has ended; a shell that is killed by a signal has its status.
func (s *state) isOver() bool {
	if s.ctx.Err() == nil {
		return false
	}
	if s.flow != exiting {
		s.flow, s.status = exiting, statusOf(s.ctx)
	}
	return true
}

// statusOf is what a part answers that was ended from outside.
func statusOf(ctx context.Context) int {
	cause := context.Cause(ctx)
	if by := Signalled(0); errors.As(cause, &by) {
		return 128 + int(by)
	}
	switch cause {
	case errBrokenPipe:
		return 141
	case Interrupted:
		return 130
	default:
		return 143
	}
}

// leniently runs what is only asked.
func (s *state) leniently(statements []*syntax.Stmt) int {
	s.lenient++
	s.list(statements)
	s.lenient--
	return s.status
}

func (s *state) command(command syntax.Command) {
	switch c := command.(type) {
	case nil:
		s.status = 0
	case *syntax.CallExpr:
		s.call(c)
	case *syntax.Block:
		s.list(c.Stmts)
	case *syntax.Subshell:
		s.subshell(c.Stmts)
	case *syntax.BinaryCmd:
		s.binary(c)
	case *syntax.IfClause:
		s.ifClause(c)
	case *syntax.WhileClause:
		s.while(c)
	case *syntax.ForClause:
		s.forClause(c)
	case *syntax.CaseClause:
		s.caseClause(c)
	case *syntax.FuncDecl:
		s.functions[c.Name.Value] = c.Body
		s.status = 0
	case *syntax.ArithmCmd:
		s.status = s.truth(c.X)
	case *syntax.LetClause:
		for _, expression := range c.Exprs {
			s.status = s.truth(expression)
		}
	case *syntax.TestClause:
		s.testClause(c)
	case *syntax.DeclClause:
		s.declare(c)
	case *syntax.TimeClause:
		s.time(c)
	default:
		s.complain("syntax error: this shell does not simulate that")
		s.failed(2)
	}
}

func (s *state) binary(c *syntax.BinaryCmd) {
	switch c.Op {
	case syntax.Pipe, syntax.PipeAll:
		s.pipeline(c)
		return
	}
	s.lenient++
	s.statement(c.X)
	s.lenient--
	if s.flow == onward && (s.status == 0) == (c.Op == syntax.AndStmt) {
		s.statement(c.Y)
	}
}

func (s *state) ifClause(c *syntax.IfClause) {
	for ; c != nil; c = c.Else {
		// An `else` has no condition.
		if len(c.Cond) == 0 || s.leniently(c.Cond) == 0 && s.flow == onward {
			s.list(c.Then)
			return
		}
		if s.flow != onward {
			return
		}
	}
	s.status = 0
}

// round is the end of one round of a loop; it is true where the loop goes on.
func (s *state) round() bool {
	if s.flow != breaking && s.flow != continuing {
		return s.flow == onward
	}
	goesOn := s.flow == continuing && s.levels <= 1
	if s.levels--; s.levels <= 0 || s.loops <= 1 {
		s.flow = onward
	}
	return goesOn
}

func (s *state) while(c *syntax.WhileClause) {
	s.loops++
	defer func() { s.loops-- }()
	status := 0
	for {
		asked := s.leniently(c.Cond)
		if s.flow != onward {
			if !s.round() {
				break
			}
			continue
		}
		if (asked == 0) == c.Until {
			break
		}
		s.list(c.Do)
		if status = s.status; !s.round() {
			break
		}
	}
	if s.flow == onward {
		s.status = status
	}
}

func (s *state) forClause(c *syntax.ForClause) {
	if c.Select {
		s.complain("`select` is not simulated")
		s.failed(2)
		return
	}
	s.loops++
	defer func() { s.loops-- }()
	switch loop := c.Loop.(type) {
	case *syntax.WordIter:
		items := s.parameters
		if loop.InPos.IsValid() {
			var ok bool
			if items, ok = s.fields(loop.Items); !ok {
				return
			}
		}
		s.status = 0
		for _, item := range items {
			if !s.set(loop.Name.Value, item) {
				return
			}
			if s.list(c.Do); !s.round() {
				return
			}
		}
	case *syntax.CStyleLoop:
		if loop.Init != nil {
			s.truth(loop.Init)
		}
		s.status = 0
		for s.flow == onward && (loop.Cond == nil || s.truth(loop.Cond) == 0) {
			if s.list(c.Do); !s.round() || s.isOver() {
				return
			}
			if loop.Post != nil {
				s.truth(loop.Post)
			}
		}
	}
}

func (s *state) caseClause(c *syntax.CaseClause) {
	word, ok := s.literal(c.Word)
	if !ok {
		return
	}
	s.status = 0
	isFalling := false
	for _, item := range c.Items {
		hit := isFalling
		for _, wanted := range item.Patterns {
			hit = hit || s.fits(word, wanted)
		}
		if !hit || s.flow != onward {
			continue
		}
		s.list(item.Stmts)
		switch item.Op {
		case syntax.Fallthrough:
			isFalling = true
		case syntax.Resume, syntax.ResumeKorn:
			isFalling = false
		default:
			return
		}
	}
}

// fits compares a text with a pattern of the language.
func (s *state) fits(text string, wanted *syntax.Word) bool {
	glob, ok := s.expand(func() (string, error) { return expand.Pattern(s.config, wanted) })
	if !ok {
		return false
	}
	return matches(glob, text)
}

func matches(glob, text string) bool {
	expression, err := pattern.Regexp(glob, pattern.EntireString)
	if err != nil {
		return glob == text
	}
	compiled, err := regexp.Compile(expression)
	return err == nil && compiled.MatchString(text)
}

// truth is the status of an arithmetic expression: 0 where it is not 0.
func (s *state) truth(expression syntax.ArithmExpr) int {
	s.vars.read = 0
	n, err := expand.Arithm(s.config, expression)
	if err != nil {
		s.complain("arithmetic: %v", err)
		s.failed(2)
		return 2
	}
	if n == 0 {
		return 1
	}
	return 0
}
