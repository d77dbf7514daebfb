package workload

// This file is what comes to a process from outside (signals, a new memory limit) and what can be asked of it. It must
// not know who asks.

import (
	"syscall"
	"time"
)

// Terminate is SIGTERM.
func (p *Process) Terminate() {
	p.mu.Lock()
	defer p.unlock()
	p.trap("TERM")
	if p.exit != nil || p.deaf || p.model.OnSigterm.Ignore {
		return
	}
	reaction := p.model.OnSigterm
	end := func() {
		if p.exit == nil && reaction.Log != "" {
			p.world.Log(time.Now(), Stdout, reaction.Log)
		}
		p.over(Exit{Code: p.model.exitAfterSigterm(), At: time.Now()})
	}
	if reaction.After == 0 {
		end()
		return
	}
	time.AfterFunc(time.Duration(reaction.After), func() {
		p.mu.Lock()
		if !p.frozen {
			end()
		}
		p.unlock()
	})
}

// Signal is a signal that a command of the container sends: process 1 is shielded from those that it does not handle, and
// from SIGKILL.
func (p *Process) Signal(signal syscall.Signal) {
	switch signal {
	case syscall.SIGTERM:
		p.Terminate()
	case syscall.SIGINT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGQUIT:
		p.trap(map[syscall.Signal]string{syscall.SIGINT: "INT", syscall.SIGHUP: "HUP", syscall.SIGUSR1: "USR1", syscall.SIGUSR2: "USR2", syscall.SIGQUIT: "QUIT"}[signal])
	}
}

// trap tells a shell that is process 1. One that does not look loses what is too much.
func (p *Process) trap(name string) {
	select {
	case p.signals <- name:
	default:
	}
}

// Kill is SIGKILL: exit code 137.
func (p *Process) Kill() {
	p.mu.Lock()
	defer p.unlock()
	p.over(Exit{Code: 137, At: time.Now()})
}

// Freeze stops the machine without an end, because the program that simulates it ends. New with Resume takes it up again.
func (p *Process) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.frozen = true
	p.shut()
}

// SetMemoryLimit changes the limit, in bytes; 0 is none. A process that is over it is killed.
func (p *Process) SetMemoryLimit(limit int64) {
	p.mu.Lock()
	defer p.unlock()
	p.limit = limit
	now := time.Now()
	p.fit(now)
	if p.exit == nil && p.n < len(p.steps) && p.steps[p.n].Memory != nil {
		p.run(now, false)
	}
}

// Hold makes the process take so many bytes more than its steps say, or fewer. A process that is over its limit is killed.
func (p *Process) Hold(more int64) {
	p.mu.Lock()
	defer p.unlock()
	p.held += more
	p.fit(time.Now())
}

// fit ends a process that takes more than its limit.
func (p *Process) fit(now time.Time) {
	if p.exit == nil && !p.frozen && p.limit > 0 && p.memoryAt(now) > p.limit {
		p.over(Exit{Code: 137, At: now, OutOfMemory: true})
	}
}

// StepsDone is how far the process is, for Options.StepsDone.
func (p *Process) StepsDone() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// MemoryBytes is what the process takes now.
func (p *Process) MemoryBytes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.memoryAt(time.Now())
}

func (p *Process) memoryAt(now time.Time) int64 {
	if p.n < len(p.steps) && p.steps[p.n].Memory != nil {
		step := p.steps[p.n].Memory
		part := min(1, float64(now.Sub(p.since))/float64(max(1, step.Over)))
		return p.held + p.memory + int64(part*float64(step.MiB<<20-p.memory))
	}
	return p.held + p.memory
}

// CommandLine is the program with its arguments, as `ps` shows it.
func (p *Process) CommandLine() []string { return p.command }

// Done is closed when the process is over or frozen.
func (p *Process) Done() <-chan struct{} { return p.done.Done() }
