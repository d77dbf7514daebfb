package shell

// This file starts a shell: on a script, on a file, or at a prompt. It must not know what a command does.

import (
	"context"
	"errors"
	"strings"
	"sync"

	"mvdan.cc/sh/v3/syntax"
)

// Run runs a script to its end and returns its status.
func Run(ctx context.Context, o Options, script string) int {
	return within(ctx, o, func(s *state) { s.script(script) })
}

func (s *state) script(script string) {
	// A script is read as it is run: what comes before an error of its syntax is done.
	if statements, err := s.parse(script, s.name); err == nil {
		s.list(statements)
	} else {
		s.syntaxError(err)
	}
}

// within is a shell from its start to the end of all that it started.
func within(ctx context.Context, o Options, do func(*state)) int {
	ctx, cancel := context.WithCancel(ctx)
	s := newState(ctx, o)
	s.guarded(func() { do(s) })
	s.isOver()
	s.guarded(s.runExitTrap)
	cancel()
	s.parts.Wait()
	return s.status & 255
}

// Read runs what comes on standard input, statement by statement, so that a command of it can read what follows.
func Read(ctx context.Context, o Options) int {
	return within(ctx, o, func(s *state) { s.readStatements(nil) })
}

// Prompt talks to a person: interrupts end the command that runs and not the shell.
func Prompt(ctx context.Context, o Options, interrupts <-chan struct{}) int {
	return within(ctx, o, func(s *state) {
		s.isPrompting = true
		p := &prompter{s: s, interrupts: interrupts}
		go p.listen(s.ctx)
		s.readStatements(p)
	})
}

// prompter shows the prompt before a line is read, and hears of interrupts.
type prompter struct {
	s          *state
	interrupts <-chan struct{}

	mu sync.Mutex
	// end ends what runs; nil: nothing does.
	end       context.CancelCauseFunc
	isPending bool
}

func (p *prompter) show(isMore bool) {
	if isMore {
		p.s.say("> ")
		return
	}
	p.s.say("%s", p.s.prompt())
}

// listen hears of interrupts for as long as the shell lives: each ends what runs, or what runs next.
func (p *prompter) listen(ctx context.Context) {
	for {
		select {
		case <-p.interrupts:
			if inner := p.s.prompting.Load(); inner != nil {
				select {
				case *inner <- struct{}{}:
				default:
				}
				continue
			}
			p.mu.Lock()
			if p.end != nil {
				p.end(Interrupted)
			} else {
				p.isPending = true
			}
			p.mu.Unlock()
		case <-ctx.Done():
			return
		}
	}
}

// guard is a context that an interrupt ends, until stop is called.
func (p *prompter) guard(ctx context.Context) (guarded context.Context, stop func()) {
	guarded, cancel := context.WithCancelCause(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end = cancel; p.isPending {
		p.isPending = false
		cancel(Interrupted)
	}
	return guarded, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.end = nil
		cancel(nil)
	}
}

// prompt is PS1 where somebody has set it, without what only a terminal of more skill can do.
func (s *state) prompt() string {
	sign := "$"
	if s.options.IsRoot {
		sign = "#"
	}
	folder := s.folder
	if home := s.vars.find("HOME").String(); home == folder && folder != "/" {
		folder = "~"
	}
	if own := s.vars.find("PS1"); own.IsSet() {
		user := map[bool]string{true: "root", false: "user"}[s.options.IsRoot]
		return strings.NewReplacer(`\w`, folder, `\W`, folder, `\h`, s.options.Host, `\u`, user, `\$`, sign, `\n`, "\n").Replace(own.String())
	}
	switch s.options.Style {
	case Bash:
		user := map[bool]string{true: "root", false: "I have no name!"}[s.options.IsRoot]
		return user + "@" + s.options.Host + ":" + folder + sign + " "
	case Dash:
		return sign + " "
	default:
		return folder + " " + sign + " "
	}
}

// readStatements reads lines until they are whole statements, and runs those. p is nil where nobody is prompted.
func (s *state) readStatements(p *prompter) {
	var pending strings.Builder
	for s.flow != exiting && s.ctx.Err() == nil {
		text, ok, isInterrupted := s.readLine(p, pending.Len() > 0)
		if isInterrupted {
			pending.Reset()
			s.stdin.discard()
			s.status = 130
			s.say("\n")
			continue
		}
		if !ok && text == "" {
			if pending.Len() > 0 {
				s.runLines(pending.String(), true, p)
			} else if p != nil && s.ctx.Err() == nil {
				s.say("\n")
			}
			return
		}
		pending.WriteString(text + "\n")
		if s.runLines(pending.String(), pending.Len() > longestScript, p) {
			pending.Reset()
		}
	}
}

// runLines runs lines; it is false where a statement is not whole yet and more may come.
func (s *state) runLines(lines string, isLast bool, p *prompter) bool {
	statements, err := s.parse(lines, s.name)
	var wrong syntax.ParseError
	if err != nil && !isLast && errors.As(err, &wrong) && (wrong.Incomplete || isUnclosed(wrong.Text)) {
		return false
	}
	outer := s.ctx
	stop := func() {}
	if p != nil {
		s.ctx, stop = p.guard(outer)
	}
	s.hasFailed = false
	if err != nil {
		s.syntaxError(err)
	} else {
		s.guarded(func() { s.statements(statements) })
	}
	if p != nil && context.Cause(s.ctx) == Interrupted {
		s.hasFailed = true
		s.say("\n")
	}
	stop()
	s.ctx = outer
	if p != nil && s.flow == exiting && s.hasFailed {
		s.flow = onward
	}
	return true
}

// statements runs the statements of a line, if any: an empty line changes no status.
func (s *state) statements(all []*syntax.Stmt) {
	for _, statement := range all {
		if s.statement(statement); s.flow != onward {
			return
		}
	}
}

// isUnclosed is true of a here-document whose end has not come: the parser takes that for whole.
func isUnclosed(said string) bool { return strings.Contains(said, "unclosed here-document") }

// readLine is a line of the input that no command has taken.
func (s *state) readLine(p *prompter, isMore bool) (text string, ok, isInterrupted bool) {
	if p == nil {
		text, ok = line(s.stdin.reader(s.ctx))
		return text, ok, false
	}
	p.show(isMore)
	ctx, stop := p.guard(s.ctx)
	defer stop()
	text, ok = line(s.stdin.reader(ctx))
	return text, ok, context.Cause(ctx) == Interrupted
}
