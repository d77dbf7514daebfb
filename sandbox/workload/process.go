package workload

// This file is process 1 of a container: a small machine that does its steps by timers, so that an idle process costs
// nothing. It must not know how connections arrive (listen.go) nor what commands do (command.go).

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"
)

// Process is one running process 1. Its methods may be called from any goroutine.
type Process struct {
	model   *Model
	world   World
	machine Machine
	command []string
	steps   []Step
	// tool is true when process 1 is a command of the image and not the model's program.
	tool bool

	// done ends when the process does; it also ends the connections.
	done context.Context
	end  context.CancelFunc

	mu      sync.Mutex
	resumed bool
	// n counts the steps done; since is when the present one began.
	n       int
	since   time.Time
	timer   *time.Timer
	exit    *Exit
	frozen  bool
	deaf    bool
	console Streams
	// signals are for the traps of a shell that is process 1.
	signals chan string
	// told and nTold are what the world knows of the exit and of n.
	told   bool
	nTold  int
	limit  int64
	memory int64
	// held is what it takes beside its steps.
	held  int64
	ports map[int]*port
	// inquires begins what it asks again and again.
	inquires sync.Once
	// processor has a lock of its own.
	processor processor
}

// New makes the model's process 1; it does nothing before Run.
//
// # Errors
// [*CommandError] when the command is neither the entrypoint nor one of the image's commands.
func (m *Model) New(o Options) (*Process, error) {
	p := &Process{model: m, world: o.World, machine: o.Machine, console: o.Console, limit: o.MemoryLimit, since: o.StartedAt, memory: baseMemory, ports: map[int]*port{}, signals: make(chan string, 8),
		processor: processor{limit: o.ProcessorLimit, jobs: map[*job]bool{}, at: time.Now()}}
	if err := p.choose(o.Command, o.Arguments); err != nil {
		return nil, err
	}
	if p.resumed = o.Resume; p.resumed {
		p.replay(o.StepsDone)
		p.nTold = p.n
	}
	p.done, p.end = context.WithCancel(context.Background())
	return p, nil
}

// Run lets the process begin, once. The world may be called before it returns.
func (p *Process) Run() {
	p.mu.Lock()
	now := time.Now()
	// The clock may have been set back since the process began.
	if p.since.After(now) {
		p.since = now
	}
	p.run(now, p.resumed)
	p.unlock()
}

// baseMemory is what a process takes before its first memory step.
const baseMemory = 2 << 20

// choose works out the steps from the command line.
func (p *Process) choose(command, arguments []string) error {
	p.command = p.model.commandLine(command, arguments, p.world)
	isProgram := p.model.IsEntrypoint(p.command[0]) && !p.model.isTool(p.command[0])
	switch {
	case isProgram && p.model.Steps.FromArguments:
		p.steps = stepsFromArguments(p.command[1:])
	case isProgram:
		p.steps = p.model.Steps.List
	default:
		if _, err := p.model.find(p.command[0], p.world); err != nil {
			return err
		}
		p.tool = true
		// A shell tool installs no handler, and the kernel shields process 1 from signals that it does not handle.
		p.steps = append([]Step{{deafen: true}}, stepsFromCommand(p.command)...)
	}
	return nil
}

// replay does the effects of finished steps again, without waiting or logging.
func (p *Process) replay(n int) {
	for p.n < min(n, len(p.steps)) {
		step := p.steps[p.n]
		switch {
		case step.Sleep != nil:
			p.since = p.since.Add(time.Duration(*step.Sleep))
		case step.Memory != nil:
			p.since = p.since.Add(time.Duration(step.Memory.Over))
			p.memory = step.Memory.MiB << 20
		case step.Load != nil:
			p.carry(step.Load)
		case step.Listen != nil:
			p.open(step.Listen)
		case step.deafen:
			p.deaf = true
		}
		p.n++
	}
}

// run does steps until one must wait. When it catches up with time that passed while the program was not running, steps
// happen at the time they were due; otherwise now, so that a sleep of the machine does not date the log back.
func (p *Process) run(now time.Time, catchUp bool) {
	for p.exit == nil && p.n < len(p.steps) {
		due, waits := p.step(p.steps[p.n], now)
		if p.exit != nil || waits && p.wait(due, now) {
			return
		}
		if p.n++; waits {
			p.since = due
			if !catchUp {
				p.since = now
			}
		}
	}
	if p.exit == nil && p.model.Every != nil && !p.tool {
		p.inquires.Do(p.inquire)
		period := time.Duration(p.model.Every.Period)
		p.wait(p.since.Add(now.Sub(p.since)/period*period+period), now)
	}
}

// step does one step. It returns when a step that takes time is over; until then it is called again.
func (p *Process) step(step Step, now time.Time) (due time.Time, waits bool) {
	switch {
	case step.Sleep != nil:
		return p.since.Add(time.Duration(*step.Sleep)), true
	case step.Memory != nil:
		return p.grow(step.Memory, now), true
	case step.Log != nil:
		p.world.Log(p.since, Stdout, *step.Log)
	case step.LogError != nil:
		p.world.Log(p.since, Stderr, *step.LogError)
	case step.Flags != nil:
		p.readFlags(step.Flags)
	case step.NeedEnv != nil:
		p.needEnv(step.NeedEnv)
	case step.NeedFile != nil:
		if _, err := p.world.ReadFile(step.NeedFile.Path); err != nil {
			p.fail(step.NeedFile.Log, unreadable(step.NeedFile.Path, err), step.NeedFile.Exit)
		}
	case step.NeedAnswer != nil:
		go p.demand(step.NeedAnswer)
		// Its answer, or the lack of one, ends the step.
		return now.Add(longest), true
	case step.KeepFile != nil:
		p.keep(step.KeepFile)
	case step.Work != nil:
		go p.labour(step.Work)
		// Its end ends the step.
		return now.Add(longest), true
	case step.Load != nil:
		p.carry(step.Load)
	case step.Listen != nil:
		p.open(step.Listen)
	case step.Exit != nil:
		p.over(Exit{Code: *step.Exit, At: p.since})
	case step.deafen:
		p.deaf = true
	case step.run != nil:
		go p.runCommand(step.run)
		// The command's end ends the process.
		return now.Add(longest), true
	}
	return time.Time{}, false
}

// longest is no end that anybody waits for.
const longest = 100 * 365 * 24 * time.Hour

// grow says when the growth ends, or ends the process where it crosses the limit.
func (p *Process) grow(memory *Memory, now time.Time) time.Time {
	from, to, over := p.memory, memory.MiB<<20, time.Duration(memory.Over)
	end := p.since.Add(over)
	if p.limit > 0 && to > p.limit {
		crossing := p.since
		if from < p.limit {
			crossing = p.since.Add(time.Duration(float64(over) * float64(p.limit-from) / float64(to-from)))
		}
		if !now.Before(crossing) {
			p.over(Exit{Code: 137, At: crossing, OutOfMemory: true})
		}
		return crossing
	}
	if due := p.occupy(now, end); now.Before(due) {
		return due
	}
	p.memory = to
	return end
}

func (p *Process) keep(file *KeepFile) {
	name := file.Path
	if folder := lookup(p.world.Environment(), file.FolderFrom); folder != "" {
		name = path.Join(folder, path.Base(name))
	}
	switch err := p.world.MakeFile(name, file.Text); {
	case err == nil && file.Log != "":
		p.world.Log(p.since, Stdout, file.Log)
	case err != nil && !errors.Is(err, fs.ErrExist):
		p.fail("", "open "+name+": "+strings.ToLower(words(err)), 1)
	}
}

func (p *Process) fail(log, otherwise string, exit int) {
	if log == "" {
		log = otherwise
	}
	p.world.Log(p.since, Stderr, log)
	if exit == 0 {
		exit = 1
	}
	p.over(Exit{Code: exit, At: p.since})
}

// wait sets the timer and returns true when the time has not come yet.
func (p *Process) wait(due, now time.Time) bool {
	if !now.Before(due) {
		return false
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	if !p.frozen {
		p.timer = time.AfterFunc(due.Sub(now), p.wake)
	}
	return true
}

// wake goes on after a wait: with the present step, or with another round of `every`.
func (p *Process) wake() {
	p.mu.Lock()
	if p.exit == nil && !p.frozen {
		now := time.Now()
		if p.n == len(p.steps) {
			// Only `every` waits after the last step.
			for _, line := range p.model.Every.Log {
				p.world.Log(now, Stdout, line)
			}
		}
		p.run(now, false)
	}
	p.unlock()
}

// unlock releases the lock and tells the world what happened meanwhile; the world may call the process then.
func (p *Process) unlock() {
	ended := p.exit != nil && !p.told
	moved := p.exit == nil && p.n != p.nTold
	p.told, p.nTold = p.exit != nil, p.n
	p.mu.Unlock()
	switch {
	case ended:
		p.world.Exited(*p.exit)
	case moved:
		p.world.Changed()
	}
}

// over ends the process, once.
func (p *Process) over(exit Exit) {
	if p.exit != nil {
		return
	}
	p.exit = &exit
	p.shut()
}

// Quit ends the process as its own program does, with an exit code.
func (p *Process) Quit(code int) {
	p.mu.Lock()
	if !p.frozen {
		p.over(Exit{Code: code, At: time.Now()})
	}
	p.unlock()
}

// shut stops what runs by itself.
func (p *Process) shut() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.end()
}
