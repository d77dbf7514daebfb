package runtime

// This file connects to what containers listen on, without the host's network. What is on another node, or behind a
// Service, is the Network's.

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"

	"sandbox/workload"
)

// Network is what the node is connected to.
type Network interface {
	// Dial opens a connection by `tcp` or `udp` from a Pod's address, or from the node's own, to any address. Its errors are
	// those of net.Dialer.
	Dial(ctx context.Context, protocol string, from netip.Addr, to netip.AddrPort) (net.Conn, error)
}

// ErrNobody says that no Pod of this node has the address.
var ErrNobody = errors.New("no Pod of the node has the address")

// DialPod connects to a port as seen from the node: of a Pod of this node by its address, or of a hostNetwork Pod by the
// node's address; to any other address through the network.
//
// # Errors
// Nobody listens: connection refused. An address that leads nowhere: nothing answers before ctx ends.
func (r *Runtime) DialPod(ctx context.Context, host string, port int) (net.Conn, error) {
	connection, err := r.connect("tcp", host, port, r.options.NodeAddress)
	switch to, notAnAddress := netip.ParseAddr(host); {
	case err == nil:
		return connection, nil
	case !errors.Is(err, ErrNobody):
		return nil, dialError(host, port, os.NewSyscallError("connect", err))
	case r.options.Network != nil && notAnAddress == nil:
		return r.through(ctx, "tcp", r.options.NodeAddress, netip.AddrPortFrom(to, uint16(port)))
	}
	<-ctx.Done()
	if err = ctx.Err(); errors.Is(err, context.DeadlineExceeded) {
		err = os.ErrDeadlineExceeded
	}
	return nil, dialError(host, port, err)
}

// through connects by way of the network.
func (r *Runtime) through(ctx context.Context, protocol, from string, to netip.AddrPort) (net.Conn, error) {
	sender, err := netip.ParseAddr(from)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: protocol, Addr: net.TCPAddrFromAddrPort(to), Err: err}
	}
	return r.options.Network.Dial(ctx, protocol, sender, to)
}

func dialError(host string, port int, err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.ParseIP(host), Port: port}, Err: err}
}

// Accept opens a connection that comes from the network to an address of this node; seen is who asks.
//
// # Errors
// syscall.ECONNREFUSED when nobody listens, ErrNobody.
func (r *Runtime) Accept(protocol string, at netip.AddrPort, seen netip.Addr) (net.Conn, error) {
	return r.connect(protocol, at.Addr().String(), int(at.Port()), seen.String())
}

// connect finds who listens: what a daemon opened, or the process of a workload model, which speaks TCP.
func (r *Runtime) connect(protocol, host string, port int, seen string) (net.Conn, error) {
	processes, known := r.reach(host)
	if daemon := r.daemonAt(protocol, host, port); daemon != nil {
		if connection := daemon.Connect(somePort(seen)); connection != nil {
			return connection, nil
		}
	}
	for _, process := range processes {
		if protocol != "tcp" {
			break
		}
		if connection := process.Connect(port); connection != nil {
			return connection, nil
		}
	}
	if known {
		return nil, syscall.ECONNREFUSED
	}
	return nil, ErrNobody
}

// dialFrom connects as seen from inside a container: to its own Pod without the network, to any other address with it.
func (r *Runtime) dialFrom(ctx context.Context, s *sandbox, protocol, host string, port int) (net.Conn, error) {
	own := r.address(s)
	to, notAnAddress := netip.ParseAddr(host)
	// A port of the node itself may be a Service's.
	isOwn := host == own && !s.hostNetwork()
	isLoopback := host == "localhost" || notAnAddress == nil && to.IsLoopback()
	if isLoopback || host == r.hostname(s) || isOwn {
		connection, err := r.connect(protocol, own, port, own)
		if err != nil && isLoopback && s.hostNetwork() && r.options.Network != nil {
			// The node's rules for its ports hold for what it asks of itself, too.
			return r.through(ctx, protocol, own, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)))
		}
		if err != nil {
			return nil, dialError(own, port, os.NewSyscallError("connect", syscall.ECONNREFUSED))
		}
		return connection, nil
	}
	if notAnAddress != nil || r.options.Network == nil {
		return nil, workload.ErrNotSimulated
	}
	return r.through(ctx, protocol, own, netip.AddrPortFrom(to, uint16(port)))
}

func (r *Runtime) hostname(s *sandbox) string {
	if name := s.Config.value.GetHostname(); name != "" && !s.hostNetwork() {
		return name
	}
	return r.options.NodeName
}
