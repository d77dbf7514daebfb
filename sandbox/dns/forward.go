package dns

// This file is CoreDNS' plugin `forward` over the Pod's network. It must not use the host's.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/parse"
	"github.com/coredns/coredns/plugin/pkg/transport"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"
)

// The times of the plugin: how long a question is tried again, and how long one try may take; and how often each upstream is tried.
const (
	forwardsFor = 5 * time.Second
	answersIn   = 2 * time.Second
	tries       = 3
)

// questionHolds is the memory that a question takes while an upstream is asked, in bytes. CoreDNS reckons with 2 KiB
// (https://coredns.io/plugins/forward/, `max_concurrent`); here each stands for a thousand, for which a laptop has no room.
const questionHolds = 1000 * 2 << 10

// forward is the plugin in a chain.
type forward struct {
	next plugin.Handler
	pod  Pod
	hold func(bytes int64)
	from string
	// except are names below `from` that are not forwarded.
	except plugin.Zones
	to     []netip.AddrPort
	isTCP  bool
	// most is how many questions may be under way; 0: any number.
	most     int64
	underWay atomic.Int64
}

// forwardOptions are those that change nothing here, with how many arguments they have at least.
var forwardOptions = map[string]int{
	"expire": 1, "max_fails": 1, "policy": 1, "health_check": 1, "prefer_udp": 0, "tls_servername": 1, "max_connect_attempts": 1,
	"failfast_all_unhealthy_upstreams": 0, "next": 1, "failover": 1, "max_idle_conns": 1, "max_age": 1,
}

func setUpForward(c *caddy.Controller) error {
	for c.Next() {
		options := serverOf(c).options
		f := &forward{pod: options.Pod, hold: options.Hold}
		if err := f.parse(c); err != nil {
			return plugin.Error("forward", err)
		}
		dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
			f.next = next
			return f
		})
	}
	return nil
}

func (f *forward) parse(c *caddy.Controller) error {
	if !c.Args(&f.from) {
		return c.ArgErr()
	}
	zones := plugin.Host(f.from).NormalizeExact()
	if len(zones) == 0 {
		return fmt.Errorf("unable to normalize '%s'", f.from)
	}
	f.from = zones[0]
	to := c.RemainingArgs()
	if len(to) == 0 {
		return c.ArgErr()
	}
	for _, one := range to {
		if err := f.add(one); err != nil {
			return err
		}
	}
	for c.NextBlock() {
		switch option := c.Val(); option {
		case "except":
			for _, name := range c.RemainingArgs() {
				f.except = append(f.except, plugin.Host(name).NormalizeExact()...)
			}
		case "force_tcp":
			f.isTCP = true
		case "max_concurrent":
			if !c.NextArg() {
				return c.ArgErr()
			}
			most, err := strconv.ParseInt(c.Val(), 10, 64)
			if err != nil {
				return err
			}
			if f.most = most; most < 0 {
				return fmt.Errorf("max_concurrent can't be negative: %d", most)
			}
		default:
			least, known := forwardOptions[option]
			if !known {
				return c.Errf("unknown property '%s'", option)
			}
			if len(c.RemainingArgs()) < least {
				return c.ArgErr()
			}
		}
	}
	return nil
}

// add takes an address, with `dns://` and a port or without, or a file such as /etc/resolv.conf.
func (f *forward) add(one string) error {
	protocol, one := parse.Transport(one)
	if protocol != transport.DNS {
		return errors.New("in this sandbox CoreDNS speaks plain DNS only")
	}
	if address, err := netip.ParseAddr(one); err == nil {
		f.to = append(f.to, netip.AddrPortFrom(address, 53))
		return nil
	}
	if address, err := netip.ParseAddrPort(one); err == nil {
		f.to = append(f.to, address)
		return nil
	}
	text, err := f.pod.ReadFile(one)
	if err != nil {
		return fmt.Errorf("not an IP address or file: %q", one)
	}
	config, err := dns.ClientConfigFromReader(bytes.NewReader(text))
	if err != nil || len(config.Servers) == 0 {
		return fmt.Errorf("no nameservers found in %q", one)
	}
	for _, server := range config.Servers {
		if err := f.add(net.JoinHostPort(server, config.Port)); err != nil {
			return err
		}
	}
	return nil
}

// Name is the plugin's.
func (f *forward) Name() string { return "forward" }

// ServeDNS asks the upstreams, the first by chance, until one answers or the time is over.
func (f *forward) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	state := request.Request{W: w, Req: r}
	if !plugin.Name(f.from).Matches(state.Name()) || f.except.Matches(state.Name()) != "" {
		return plugin.NextOrFailure(f.Name(), f.next, ctx, w, r)
	}
	defer f.underWay.Add(-1)
	if f.underWay.Add(1) > f.most && f.most > 0 {
		return dns.RcodeRefused, fmt.Errorf("concurrent queries exceeded maximum %d", f.most)
	}
	f.hold(questionHolds)
	defer f.hold(-questionHolds)
	protocol := state.Proto()
	if f.isTCP {
		protocol = "tcp"
	}
	until := time.Now().Add(forwardsFor)
	to := slices.Clone(f.to)
	rand.Shuffle(len(to), func(i, j int) { to[i], to[j] = to[j], to[i] })
	failed := errors.New("no healthy proxies")
	// A refusal comes at once, so the tries are counted too.
	for i := 0; ctx.Err() == nil && time.Now().Before(until) && i < tries*len(to); i++ {
		upstream := to[i%len(to)]
		answer, err := exchange(ctx, f.pod, protocol, upstream.Addr().String(), int(upstream.Port()), r)
		if err == nil {
			return dns.RcodeSuccess, w.WriteMsg(answer)
		}
		failed = err
	}
	return dns.RcodeServerFailure, failed
}

// exchange asks one server over the Pod's network.
func exchange(ctx context.Context, pod Pod, protocol, host string, port int, question *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, answersIn)
	defer cancel()
	conn, err := pod.Dial(ctx, protocol, host, port)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	client := dns.Client{Net: protocol}
	answer, _, err := client.ExchangeWithConnContext(ctx, question, &dns.Conn{Conn: conn})
	return answer, err
}
