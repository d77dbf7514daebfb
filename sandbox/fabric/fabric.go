package fabric

// This file keeps the newest view, what each node's kube-proxy wrote and whom it sent where, and opens connections. It must
// not know what is said over them.

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"

	"sandbox/wire"
)

// ErrNobody is a Host's answer for an address that none of its Pods has.
var ErrNobody = errors.New("no Pod of the node has the address")

// Host is a node as the fabric reaches it.
type Host interface {
	// Accept opens a connection to what listens at an address that is a Pod's of the node or its own; seen is who asks.
	//
	// # Errors
	// syscall.ECONNREFUSED when nobody listens, ErrNobody.
	Accept(protocol string, at netip.AddrPort, seen netip.Addr) (net.Conn, error)
}

// Fabric is the network of a running cluster. Its methods may be called from any goroutine.
type Fabric struct {
	objects func() Objects

	mu    sync.Mutex
	view  *View // nil: the objects have changed since
	hosts map[string]Host
	// outside has what answers beyond the cluster, by address.
	outside map[netip.Addr]Host
	cut     map[string]bool
	// nProxies counts the kube-proxies that run on a node; rules has what the last one that ended left.
	nProxies map[string]int
	rules    map[string]*Services
	// nAgents and kept are the same of the agents that keep policies.
	nAgents map[string]int
	kept    map[string]*Policies
	sticky  map[affinity]stuck
}

// affinity is what kube-proxy remembers a sender by.
type affinity struct {
	node     string
	sender   netip.Addr
	to       netip.AddrPort
	protocol v1.Protocol
}

type stuck struct {
	to    netip.AddrPort
	until time.Time
}

// New makes a network over the objects that the function returns, which is asked again after Changed.
func New(objects func() Objects) *Fabric {
	return &Fabric{
		objects: objects, hosts: map[string]Host{}, outside: map[netip.Addr]Host{}, cut: map[string]bool{}, nProxies: map[string]int{},
		rules: map[string]*Services{}, nAgents: map[string]int{}, kept: map[string]*Policies{}, sticky: map[affinity]stuck{},
	}
}

// Changed says that objects may have changed. It costs nothing until somebody asks.
func (f *Fabric) Changed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.view = nil
}

// Attach connects a node.
func (f *Fabric) Attach(node string, host Host) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hosts[node] = host
}

// AttachOutside connects what answers beyond the cluster at an address.
func (f *Fabric) AttachOutside(address netip.Addr, host Host) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.outside[address], f.view = host, nil
}

// Detach forgets a node that is gone.
func (f *Fabric) Detach(node string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.hosts, node)
	delete(f.cut, node)
	delete(f.rules, node)
	delete(f.kept, node)
}

// Cut separates a node from all others, or joins it again. What runs on it still reaches what runs on it.
func (f *Fabric) Cut(node string, cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cut[node] = cut
}

// RunProxy is a kube-proxy on a node: its rules follow the objects until ctx ends, and stay as they are then.
func (f *Fabric) RunProxy(ctx context.Context, node string) {
	f.run(ctx, f.nProxies, node, func() { f.rules[node] = f.current().Services() })
}

// RunAgent is an agent on a node that keeps NetworkPolicies: they follow the objects until ctx ends, and stay as they are then,
// for what it has loaded into the kernel does.
func (f *Fabric) RunAgent(ctx context.Context, node string) {
	f.run(ctx, f.nAgents, node, func() { f.kept[node] = f.current().Policies() })
}

// run counts a program of a node until ctx ends; the last one leaves something behind.
func (f *Fabric) run(ctx context.Context, running map[string]int, node string, leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	running[node]++
	f.view = nil
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if running[node]--; running[node] == 0 {
			leave()
			f.view = nil
		}
	})
}

// current is the newest view; the lock is held.
func (f *Fabric) current() *View {
	if f.view == nil {
		objects := f.objects()
		objects.Outside = slices.Collect(maps.Keys(f.outside))
		v := NewView(objects)
		rules, kept := maps.Clone(f.rules), maps.Clone(f.kept)
		for node, n := range f.nProxies {
			if n > 0 {
				rules[node] = v.Services()
			}
		}
		for node, n := range f.nAgents {
			if n > 0 {
				kept[node] = v.Policies()
			}
		}
		f.view = v.WithRules(rules, kept)
	}
	return f.view
}

// decide asks the newest view, with what is remembered of the sender. The host is nil where nothing gets through to it.
func (f *Fabric) decide(q Request) (Outcome, Host) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := affinity{q.From.Node, q.From.Address, q.To, q.Protocol}
	now := time.Now()
	choice := Choice{Pick: rand.IntN}
	if before, known := f.sticky[key]; known && now.Before(before.until) {
		choice.Last = before.to
	}
	outcome := Decide(f.current(), q, choice)
	delete(f.sticky, key)
	if outcome.Sticky > 0 {
		f.sticky[key] = stuck{outcome.At, now.Add(outcome.Sticky)}
	}
	if outcome.Node != q.From.Node && (f.cut[outcome.Node] || f.cut[q.From.Node]) {
		return outcome, nil
	}
	if outcome.Node == "" {
		return outcome, f.outside[outcome.At.Addr()]
	}
	return outcome, f.hosts[outcome.Node]
}

// triesAgain is after how long Linux sends the first packet of a connection again, doubled each time, and givesUp when it
// stops to: https://man7.org/linux/man-pages/man7/tcp.7.html, tcp_syn_retries.
const (
	triesAgain = time.Second
	givesUp    = 127 * time.Second
)

// Dial opens a connection by `tcp` or `udp`. By udp nothing is sent before the first write, and what happens to it shows at the
// first read.
//
// # Errors
// Those of net.Dialer: refused, unreachable, or timed out when ctx ends or Linux gives up.
func (f *Fabric) Dial(ctx context.Context, protocol string, from Source, to netip.AddrPort) (net.Conn, error) {
	if protocol == "udp" {
		return f.dialPacket(from, to)
	}
	failed := &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(to)}
	q := Request{From: from, To: to, Protocol: v1.ProtocolTCP}
	limit := time.NewTimer(givesUp)
	defer limit.Stop()
	for wait := triesAgain; ; wait *= 2 {
		conn, err := f.try(protocol, q)
		if conn != nil {
			return conn, nil
		}
		if err != nil {
			failed.Err = os.NewSyscallError("connect", err)
			return nil, failed
		}
		again := time.NewTimer(wait)
		select {
		case <-again.C:
		case <-limit.C:
			again.Stop()
			failed.Err = os.NewSyscallError("connect", syscall.ETIMEDOUT)
			return nil, failed
		case <-ctx.Done():
			again.Stop()
			if failed.Err = ctx.Err(); errors.Is(failed.Err, context.DeadlineExceeded) {
				failed.Err = os.ErrDeadlineExceeded
			}
			return nil, failed
		}
	}
}

func (f *Fabric) dialPacket(from Source, to netip.AddrPort) (net.Conn, error) {
	conn, err := f.try("udp", Request{From: from, To: to, Protocol: v1.ProtocolUDP})
	switch {
	case conn != nil:
		return conn, nil
	case errors.Is(err, syscall.ENETUNREACH):
		return nil, &net.OpError{Op: "dial", Net: "udp", Addr: net.UDPAddrFromAddrPort(to), Err: os.NewSyscallError("connect", err)}
	case err != nil:
		err = os.NewSyscallError("recvfrom", err)
	}
	return wire.Nowhere(netip.AddrPortFrom(from.Address, uint16(32768+rand.IntN(28232))), to, err), nil
}

// try sends one packet: a connection, a refusal, or neither when nobody says anything.
func (f *Fabric) try(protocol string, q Request) (net.Conn, error) {
	outcome, host := f.decide(q)
	switch outcome.Verdict {
	case Refused:
		return nil, syscall.ECONNREFUSED
	case Unreachable:
		return nil, syscall.ENETUNREACH
	case TimesOut:
		return nil, nil
	}
	if host == nil {
		return nil, nil
	}
	conn, err := host.Accept(protocol, outcome.At, outcome.Seen)
	if errors.Is(err, ErrNobody) {
		return nil, nil
	}
	return conn, err
}
