package dns

// This file finds loops as CoreDNS' plugin `loop` does: a question that nobody else would ask, sent to itself, must not come
// back again and again. Its own ends the whole program, and asks on the host's network.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/dnsutil"
	"github.com/miekg/dns"
)

// loop is the plugin in a chain.
type loop struct {
	next   plugin.Handler
	server *Server
	zone   string
	name   string
	port   int
	// nSeen counts the question's returns; isOver is set when it is not expected any more.
	nSeen  atomic.Int32
	isOver atomic.Bool
}

// loops is how often the question may be seen.
const loops = 2

func setUpLoop(c *caddy.Controller) error {
	l := &loop{server: serverOf(c), zone: "."}
	for n := 0; c.Next(); n++ {
		if n > 0 {
			return plugin.Error("loop", plugin.ErrOnce)
		}
		if c.NextArg() {
			return plugin.Error("loop", c.ArgErr())
		}
	}
	if zones := plugin.OriginsFromArgsOrServerBlock(nil, c.ServerBlockKeys); len(zones) > 0 {
		l.zone = zones[0]
	}
	l.name = dnsutil.Join(strconv.FormatInt(rand.Int64(), 10), strconv.FormatInt(rand.Int64(), 10), l.zone)
	config := dnsserver.GetConfig(c)
	config.AddPlugin(func(next plugin.Handler) plugin.Handler {
		l.next = next
		return l
	})
	c.OnStartup(func() error {
		var err error
		if l.port, err = strconv.Atoi(config.Port); err != nil {
			return err
		}
		go l.ask()
		return nil
	})
	return nil
}

// ask sends the question until it is answered, for half a minute at most.
func (l *loop) ask() {
	ctx, cancel := context.WithTimeout(l.server.context, 30*time.Second)
	defer cancel()
	defer l.isOver.Store(true)
	question := new(dns.Msg)
	question.SetQuestion(l.name, dns.TypeHINFO)
	for ctx.Err() == nil {
		l.nSeen.Store(0)
		_, err := exchange(ctx, l.server.options.Pod, "udp", "127.0.0.1", l.port, question)
		wait := time.Second
		if err == nil {
			wait = 2 * time.Second
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
		if err == nil {
			return
		}
	}
}

// Name is the plugin's.
func (l *loop) Name() string { return "loop" }

// ServeDNS counts the question and passes every one on.
func (l *loop) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	asked := r.Question[0]
	if asked.Qtype == dns.TypeHINFO && asked.Name == l.name && !l.isOver.Load() && l.nSeen.Add(1) > loops {
		l.isOver.Store(true)
		l.server.options.Log(fmt.Sprintf("[FATAL] plugin/loop: Loop (%s -> :%d) detected for zone %q, see https://coredns.io/plugins/loop#troubleshooting. Query: %q",
			w.RemoteAddr(), l.port, l.zone, "HINFO "+l.name))
		l.server.options.Exit(1)
	}
	return plugin.NextOrFailure(l.Name(), l.next, ctx, w, r)
}
