package workload

// This file reckons how soon a process is done with what takes processor time, by the limit of its container: where there is
// less than its threads could use, all that it does becomes slower, answers and probes too. It must not know what the time is
// for, nor that a node has other containers: what they take of it is not reckoned.

import (
	"context"
	"sync"
	"time"
)

// processor shares out what a container may use. All threads that want to run get the same, and none more than one
// processor, as over some periods of the kernel's quota.
type processor struct {
	mu sync.Mutex
	// limit and load are in processors: what the container may use (0: no limit), and what the process uses by itself.
	limit, load float64
	jobs        map[*job]bool
	// at is until when all is reckoned; used is what was used until then.
	at    time.Time
	used  time.Duration
	timer *time.Timer
}

// job is work under way; left is in seconds of one processor.
type job struct {
	threads float64
	left    float64
	done    chan struct{}
}

// shares are what each thread of a job gets and what the load gets, in processors. The lock is held.
func (c *processor) shares() (thread, load float64) {
	var threads float64
	for one := range c.jobs {
		threads += one.threads
	}
	if c.limit == 0 || threads+c.load <= c.limit {
		return 1, c.load
	}
	if threads > 0 {
		// Who wants less than an even share leaves the rest to the others.
		thread = min(1, max((c.limit-c.load)/threads, c.limit/(threads+1)))
	}
	return thread, min(c.load, c.limit-threads*thread)
}

// reckon goes on until now, from one end of a job to the next. The lock is held.
func (c *processor) reckon(now time.Time) {
	for c.at.Before(now) {
		thread, load := c.shares()
		span := now.Sub(c.at)
		if first, isOne := c.next(thread); isOne {
			span = min(span, first)
		}
		c.used += time.Duration(load * float64(span))
		for one := range c.jobs {
			worked := one.threads * thread * span.Seconds()
			c.used += time.Duration(worked * float64(time.Second))
			if one.left -= worked; one.left < tiny {
				close(one.done)
				delete(c.jobs, one)
			}
		}
		c.at = c.at.Add(span)
	}
	c.plan(now)
}

// tiny is less work than a clock shows, in seconds.
const tiny = 1e-9

// next is how long it takes until a job ends. It is never nothing, so that time goes on.
func (c *processor) next(thread float64) (span time.Duration, isOne bool) {
	for one := range c.jobs {
		due := max(time.Nanosecond, time.Duration(one.left/(one.threads*thread)*float64(time.Second))+1)
		if !isOne || due < span {
			span, isOne = due, true
		}
	}
	return span, isOne
}

// plan looks again when the next job ends. The lock is held.
func (c *processor) plan(now time.Time) {
	if c.timer != nil {
		c.timer.Stop()
	}
	thread, _ := c.shares()
	if due, isOne := c.next(thread); isOne {
		c.timer = time.AfterFunc(c.at.Add(due).Sub(now), func() { c.change(func() {}) })
	}
}

// change changes something now: until now all was as it was.
func (c *processor) change(what func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.reckon(now)
	what()
	c.plan(now)
}

// do works for so long on so many threads. It is false when the context ended before.
func (c *processor) do(ctx context.Context, work time.Duration, threads int) bool {
	one := &job{threads: float64(threads), left: work.Seconds(), done: make(chan struct{})}
	c.change(func() { c.jobs[one] = true })
	select {
	case <-one.done:
		return true
	case <-ctx.Done():
		c.change(func() { delete(c.jobs, one) })
		return false
	}
}

// use is what the process uses now, in processors, and what it has used so far.
func (c *processor) use() (now float64, soFar time.Duration) {
	c.change(func() {
		thread, load := c.shares()
		now, soFar = load, c.used
		for one := range c.jobs {
			now += one.threads * thread
		}
	})
	return now, soFar
}

// works takes the processor time of something that the process does. It is false when nobody waits for it any more.
func (p *Process) works(ctx context.Context, work time.Duration, threads int) bool {
	if work == 0 {
		return true
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(p.done, cancel)()
	if p.machine == nil {
		return p.processor.do(ctx, work, threads)
	}
	var all sync.WaitGroup
	for range threads {
		all.Go(func() { p.machine.Burn(ctx, work/time.Duration(threads)) })
	}
	all.Wait()
	return ctx.Err() == nil
}

// labour is the step work. It runs beside the process, which waits for it.
func (p *Process) labour(work *Work) {
	if !p.works(p.done, time.Duration(work.Processor), max(1, work.Threads)) {
		return
	}
	p.mu.Lock()
	if p.exit == nil && !p.frozen {
		p.since = time.Now()
		p.n++
		p.run(p.since, false)
	}
	p.unlock()
}

// loadPeriod is how often a program that really runs does its share of the load.
const loadPeriod = 100 * time.Millisecond

// carry is the step load.
func (p *Process) carry(load *Load) {
	share := float64(load.Millis) / 1000
	p.processor.change(func() { p.processor.load = share })
	if p.machine == nil {
		return
	}
	go func() {
		for began := time.Now(); p.works(p.done, time.Duration(share*float64(loadPeriod)), 1); began = time.Now() {
			if !p.rest(loadPeriod - time.Since(began)) {
				return
			}
		}
	}()
}

// SetProcessorLimit changes the limit, in processors; 0 is none.
func (p *Process) SetProcessorLimit(limit float64) {
	p.processor.change(func() { p.processor.limit = limit })
}

// ProcessorUse is what the process uses now, in processors, and what it has used since it began or was taken up.
func (p *Process) ProcessorUse() (now float64, soFar time.Duration) { return p.processor.use() }
