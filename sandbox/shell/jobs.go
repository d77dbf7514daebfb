package shell

// This file is the jobs in the background: how they begin, are waited for and are ended. It must not know what they do.

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// job is a statement in the background.
type job struct {
	id   int
	end  context.CancelCauseFunc
	done chan struct{}
	// status is set when done is closed.
	status int
	// signal is the one that ended it, until that is told; 0: none.
	signal int
}

func (s *state) background(statement *syntax.Stmt) {
	if !s.begin() {
		return
	}
	life, end := context.WithCancelCause(s.life)
	inner := s.sub(life)
	// Without job control a job in the background has no input.
	inner.files[0] = &descriptor{reader: empty{}}
	foreground := *statement
	foreground.Background = false
	j := &job{id: s.options.ID + len(s.jobs) + 1, done: make(chan struct{}), end: end}
	go func() {
		defer close(j.done)
		defer end(nil)
		defer s.end()
		inner.guarded(func() { inner.statement(&foreground) })
		j.status = inner.status
	}()
	s.jobs = append(s.jobs, j)
	s.lastJob, s.status = j.id, 0
	if s.isPrompting {
		s.say("[%d] %d\n", len(s.jobs), j.id)
	}
}

// wait waits for jobs: those named, or all. A signal with a trap interrupts it.
func (s *state) wait(arguments []string) int {
	jobs := s.jobs
	if len(arguments) > 0 {
		jobs = nil
		for _, name := range arguments {
			if j := s.job(name); j != nil {
				jobs = append(jobs, j)
			}
		}
		if len(jobs) == 0 {
			return 127
		}
	}
	status := 0
	for _, j := range jobs {
		select {
		case <-j.done:
			status = j.status
			s.tellEnd(j)
		case signal := <-s.signals:
			if s.take(signal); s.flow == exiting {
				return s.status
			}
			return 128 + numbers[signal]
		case <-s.ctx.Done():
			return statusOf(s.ctx)
		}
	}
	if len(arguments) == 0 {
		return 0
	}
	return status
}

type empty struct{}

func (empty) Read([]byte) (int, error) { return 0, io.EOF }

// job is the one of that process id, or of that number after `%`; nil: there is none.
func (s *state) job(name string) *job {
	for i, j := range s.jobs {
		if fmt.Sprint(j.id) == name || fmt.Sprintf("%%%d", i+1) == name {
			return j
		}
	}
	return nil
}

// tellEnd says, once, that a signal ended a job.
func (s *state) tellEnd(j *job) {
	if words := map[int]string{1: "Hangup", 9: "Killed", 15: "Terminated"}[j.signal]; words != "" && s.options.Style != Bash {
		s.say("%s\n", words)
	}
	j.signal = 0
}

// kill ends jobs. Other processes are for the program of that name.
func (s *state) kill(arguments []string) int {
	signal, isKnown, rest := 15, true, arguments
	if len(rest) > 1 && strings.HasPrefix(rest[0], "-") {
		name := strings.TrimPrefix(rest[0], "-")
		rest = rest[1:]
		if name == "s" && len(rest) > 1 {
			name, rest = rest[0], rest[1:]
		}
		// What is none is for the program to complain about.
		signal, isKnown = numbers[signalName(name)]
		isKnown = isKnown || name == "0"
	}
	isJob := func(name string) bool { return strings.HasPrefix(name, "%") || s.job(name) != nil }
	if !isKnown || !slices.ContainsFunc(rest, isJob) {
		s.program(append([]string{"kill"}, arguments...))
		return s.status
	}
	code := 0
	for _, name := range rest {
		j := s.job(name)
		if j == nil {
			s.complain("kill: %s: no such job", name)
			code = 1
			continue
		}
		select {
		case <-j.done:
			s.complain("kill: %s: no such process", name)
			code = 1
		default:
			// With 0 it is only asked whether there is one.
			if signal != 0 {
				j.signal = signal
				j.end(Signalled(signal))
			}
		}
	}
	return code
}
