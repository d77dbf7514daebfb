package workload

// This file is what a process does for real where it runs as a program of its own: it takes memory and processor time, and listens. It must
// not know how the system is asked for either.

import (
	"context"
	"net"
	"time"
)

// Machine is the system that a process runs on.
type Machine interface {
	// Occupy takes memory until the process has so many bytes in all; false: it took a part and wants to be asked again.
	Occupy(bytes int64) bool
	// Burn takes so much processor time, or until the context ends.
	Burn(ctx context.Context, span time.Duration)
	// Listen opens a port to everybody who can reach the container.
	Listen(port int) (net.Listener, error)
}

// growsEvery is how often growing memory is taken.
const growsEvery = 10 * time.Millisecond

// occupy takes the memory that is due now. It returns when to go on: not after now once all is taken.
func (p *Process) occupy(now, end time.Time) time.Time {
	if p.machine == nil {
		return end
	}
	if !p.machine.Occupy(p.memoryAt(now)) || now.Before(end) {
		return now.Add(growsEvery)
	}
	return end
}

// listen opens a port once its time has come. Like a real server, the process ends when it cannot have it.
func (p *Process) listen(open *port) {
	if p.machine == nil {
		return
	}
	if open.listen.After == 0 {
		p.bind(open)
		return
	}
	time.AfterFunc(time.Duration(open.listen.After), func() {
		p.mu.Lock()
		if p.exit == nil && !p.frozen {
			p.bind(open)
		}
		p.unlock()
	})
}

func (p *Process) bind(open *port) {
	listener, err := p.machine.Listen(open.listen.Port)
	if err != nil {
		p.fail("", err.Error(), 1)
		return
	}
	if open.listen.speaks() {
		go p.serveHTTP(open, listener)
		return
	}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				// The listener is closed only by the end of the program.
				return
			}
			go p.hangUp(connection)
		}
	}()
}
