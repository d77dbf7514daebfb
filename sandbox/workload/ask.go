package workload

// This file is what a process asks of others: one request, as often as the model says, and what becomes of the process. It
// must not know how a language tells what failed (tongues.go).

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// defaultPatience is how long a request may take that says nothing else.
const defaultPatience = 5 * time.Second

// stage is how far a request came.
type stage int

const (
	looking stage = iota
	connecting
	awaiting
	answered
)

// errand is a request that a process makes. What failed of it is in the last fields.
type errand struct {
	// asked is the address as it was given; to has its host and port.
	asked string
	to    *url.URL
	// byHTTP is unset where a connection is all that is wanted.
	byHTTP   bool
	patience time.Duration
	// ownResolver: the name has to be found within the time of the request, as in Go. Elsewhere the C library has a time of its own.
	ownResolver bool

	stage stage
	// server is who was asked for the name, address where the connection goes.
	server, address string
	status          int
	err             error
}

// demand is the step need_answer. It runs beside the process, which waits for it.
func (p *Process) demand(need *NeedAnswer) {
	for try := 1; ; try++ {
		failed := p.ask(need.Ask)
		p.mu.Lock()
		if p.exit != nil || p.frozen {
			p.mu.Unlock()
			return
		}
		p.since = time.Now()
		again := failed != "" && try < need.Tries
		switch {
		case again:
			p.world.Log(p.since, Stderr, failed)
		case failed != "":
			p.fail(failed, "", need.Exit)
		default:
			p.n++
			p.run(p.since, false)
		}
		p.unlock()
		if !again || !p.rest(time.Duration(need.Pause)) {
			return
		}
	}
}

// rest is false when the process ended meanwhile.
func (p *Process) rest(d time.Duration) bool { return pause(p.done, d) }

// pause is false when the context ended meanwhile.
func pause(ctx context.Context, d time.Duration) bool {
	over := time.NewTimer(d)
	defer over.Stop()
	select {
	case <-over.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// shortestPause is what a program leaves between two tries whatever it is told: here it is not alone on its machine.
const shortestPause = 20 * time.Millisecond

// inquire begins what a process asks beside its steps.
func (p *Process) inquire() {
	every := p.model.Every
	period := time.Duration(every.Period)
	again, err := time.ParseDuration(lookup(p.world.Environment(), every.Again))
	if err != nil {
		again = period
	}
	for _, ask := range every.Asks {
		go func() {
			for p.insist(ask, max(again, shortestPause)) && p.rest(period) {
			}
		}()
	}
}

// insist asks, and again after each pause, until one of its questions has a good answer; it does not wait for those before.
// It is false when the process ended.
func (p *Process) insist(ask *Ask, again time.Duration) bool {
	unanswered, answered := context.WithCancel(p.done)
	defer answered()
	for {
		go func() {
			if p.reaches([]*Ask{ask}) {
				answered()
			}
		}()
		if !pause(unanswered, again) {
			return p.done.Err() == nil
		}
	}
}

// reaches asks on behalf of a path, one after the other, and logs why there is no answer.
func (p *Process) reaches(asks []*Ask) bool {
	for _, ask := range asks {
		failed := p.ask(ask)
		if failed != "" && p.done.Err() == nil {
			p.world.Log(time.Now(), Stderr, failed)
		}
		if failed != "" {
			return false
		}
	}
	return true
}

// ask asks once. It returns the line that the program logs, or nothing when there was a good answer.
func (p *Process) ask(ask *Ask) string {
	before, speaks := ask.Log, ask.Speaks
	if before == "" {
		before = "error"
	}
	if speaks == "" {
		speaks = golang
	}
	e := &errand{asked: lookup(p.world.Environment(), ask.Env), patience: time.Duration(ask.Timeout), ownResolver: speaks == golang}
	if e.asked == "" && ask.Optional {
		return ""
	}
	if e.patience == 0 {
		e.patience = defaultPatience
	}
	if err := e.read(); err != nil {
		return fmt.Sprintf("%s: %s: %s", before, ask.Env, err)
	}
	if e.send(p.done, p.world) {
		return ""
	}
	return before + ": " + tongues[speaks](e)
}

// read takes a URL, or `host:port`.
func (e *errand) read() error {
	if e.asked == "" {
		return errors.New("not set")
	}
	to, err := url.Parse(e.asked)
	if e.byHTTP = err == nil && to.Scheme == "http"; !e.byHTTP {
		to = &url.URL{Host: e.asked}
	}
	if e.to = to; to.Hostname() == "" || e.port() == 0 {
		return fmt.Errorf("%q is no address", e.asked)
	}
	return nil
}

// port is 0 where there is none.
func (e *errand) port() int {
	text := e.to.Port()
	if text == "" && e.byHTTP {
		text = "80"
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int(number)
}

// send is true when there was a good answer.
func (e *errand) send(ctx context.Context, world World) bool {
	e.server = nameServer(world)
	until := time.Now().Add(e.patience)
	addresses := e.find(ctx, until, world)
	if !e.ownResolver {
		until = time.Now().Add(e.patience)
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	conn := e.connect(ctx, world, addresses)
	if conn == nil {
		return false
	}
	defer conn.Close()
	return !e.byHTTP || e.get(ctx, conn)
}

// find looks the name up.
func (e *errand) find(ctx context.Context, until time.Time, world World) (addresses []string) {
	host := e.to.Hostname()
	if net.ParseIP(host) != nil {
		return []string{host}
	}
	if e.ownResolver {
		bounded, cancel := context.WithDeadline(ctx, until)
		defer cancel()
		ctx = bounded
	}
	_, addresses, e.err = world.Lookup(ctx, host)
	return addresses
}

// connect tries one address after the other.
func (e *errand) connect(ctx context.Context, world World, addresses []string) (conn net.Conn) {
	for _, address := range addresses {
		e.stage = connecting
		e.address = net.JoinHostPort(address, strconv.Itoa(e.port()))
		if conn, e.err = world.Dial(ctx, address, e.port()); e.err == nil {
			return conn
		}
	}
	return nil
}

func (e *errand) get(ctx context.Context, conn net.Conn) bool {
	e.stage = awaiting
	asked, err := http.NewRequestWithContext(ctx, http.MethodGet, e.asked, nil)
	if e.err = err; err != nil {
		return false
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
	answer, err := transport.RoundTrip(asked)
	if e.err = err; err != nil {
		return false
	}
	defer answer.Body.Close()
	// Of what it says only counts that all of it comes.
	if _, e.err = io.Copy(io.Discard, answer.Body); e.err != nil {
		return false
	}
	e.stage, e.status = answered, answer.StatusCode
	return e.status/100 == 2
}
