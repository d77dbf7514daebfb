package shell

// This file is what runs side by side: pipelines, subshells, command substitutions, jobs in the background. It must not
// know what the parts do.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

var (
	errBrokenPipe = errors.New("broken pipe")
	// Interrupted is the cause of a context that a Ctrl-C has ended.
	Interrupted = errors.New("interrupted")
)

// pipe is the writing end; who writes to a pipe that nobody reads ends.
type pipe struct {
	to  *io.PipeWriter
	end context.CancelCauseFunc
}

func (p *pipe) Write(text []byte) (int, error) {
	n, err := p.to.Write(text)
	if err != nil {
		p.end(errBrokenPipe)
	}
	return n, err
}

// pipeline runs the left side beside the right one, in shells of their own.
func (s *state) pipeline(c *syntax.BinaryCmd) {
	if !s.begin() {
		return
	}
	reading, writing := io.Pipe()
	ctx, cancel := context.WithCancelCause(s.ctx)
	left, right := s.sub(ctx), s.sub(s.ctx)
	left.files[1] = &descriptor{writer: &pipe{writing, cancel}}
	if c.Op == syntax.PipeAll {
		left.files[2] = left.files[1]
	}
	right.files[0] = &descriptor{reader: reading}
	stop := context.AfterFunc(s.ctx, func() { reading.CloseWithError(io.EOF) })
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer s.end()
		left.guarded(func() { left.statement(c.X) })
		writing.Close()
	}()
	if s.nest() {
		right.depth = s.depth
		right.guarded(func() { right.statement(c.Y) })
		s.depth--
	}
	reading.CloseWithError(errBrokenPipe)
	// What a reader that went away left behind has nobody to go to.
	<-done
	stop()
	cancel(nil)
	s.status = right.status
	if s.flags.pipeFail && s.status == 0 {
		s.status = left.status
	}
}

func (s *state) subshell(statements []*syntax.Stmt) {
	if !s.nest() {
		return
	}
	defer func() { s.depth-- }()
	inner := s.sub(s.ctx)
	inner.guarded(func() { inner.list(statements) })
	inner.runExitTrap()
	s.status = inner.status
}

// most is a writer that takes so many bytes and no more.
type most struct {
	to   io.Writer
	left int
}

func (m *most) Write(text []byte) (int, error) {
	if m.left -= len(text); m.left < 0 {
		return 0, errTooMuch
	}
	return m.to.Write(text)
}

// substitute is what a command in an expansion writes.
func (s *state) substitute(to io.Writer, c *syntax.CmdSubst) error {
	if !s.nest() {
		return errTooMuch
	}
	defer func() { s.depth-- }()
	ctx, cancel := context.WithCancelCause(s.ctx)
	defer cancel(nil)
	inner := s.sub(ctx)
	limited := &most{to, mostText}
	inner.files[1] = &descriptor{writer: inTurn(&ending{limited, cancel})}
	inner.guarded(func() { inner.list(c.Stmts) })
	inner.runExitTrap()
	s.substituted = inner.status
	if context.Cause(ctx) == errTooMuch {
		return errTooMuch
	}
	return nil
}

// ending ends the part that writes too much.
type ending struct {
	to  *most
	end context.CancelCauseFunc
}

func (e *ending) Write(text []byte) (int, error) {
	n, err := e.to.Write(text)
	if err != nil {
		e.end(errTooMuch)
	}
	return n, err
}

// turns is a writer that several write to at the same time.
type turns struct {
	mu sync.Mutex
	to io.Writer
}

func inTurn(to io.Writer) *turns { return &turns{to: to} }

func (t *turns) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.to.Write(text)
}

// Signalled is the cause of a context that a signal of this number has ended.
type Signalled int

func (s Signalled) Error() string { return fmt.Sprintf("ended by signal %d", int(s)) }
