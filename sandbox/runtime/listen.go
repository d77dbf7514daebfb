package runtime

// This file is the ports that a node's daemons and containers' own commands open in their Pods. It must not know what is
// said there.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"syscall"

	"sandbox/wire"
)

// opening is a port of an address of the node.
type opening struct {
	protocol, address string
	port              int
}

// connector is who listens at an opening.
type connector interface {
	Connect(from netip.AddrPort) net.Conn
}

// Address is where the container's Pod is reached.
func (s Started) Address() netip.Addr {
	address, err := netip.ParseAddr(s.runtime.address(s.sandbox))
	if err != nil {
		return netip.Addr{}
	}
	return address
}

// Listen opens a TCP port in the container's Pod.
//
// # Errors
// The port is taken.
func (s Started) Listen(port int) (net.Listener, error) {
	return open(s.runtime, s.container, "tcp", port, wire.NewListener)
}

// ListenPacket opens a UDP port in the container's Pod.
//
// # Errors
// The port is taken.
func (s Started) ListenPacket(port int) (net.PacketConn, error) {
	return open(s.runtime, s.container, "udp", port, wire.NewPackets)
}

// Listen opens a TCP port in the container's Pod.
func (w *world) Listen(port int) (net.Listener, error) {
	return open(w.runtime, w.container, "tcp", port, wire.NewListener)
}

// ListenPacket opens a UDP port in the container's Pod.
func (w *world) ListenPacket(port int) (net.PacketConn, error) {
	return open(w.runtime, w.container, "udp", port, wire.NewPackets)
}

func open[T connector](r *Runtime, owner *container, protocol string, port int, make func(netip.AddrPort, func()) T) (T, error) {
	address := r.address(owner.sandbox)
	at := opening{protocol, address, port}
	// A Pod that has no address any more is not reached.
	parsed, _ := netip.ParseAddr(address)
	made := make(netip.AddrPortFrom(parsed, uint16(port)), func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.openings[at].owner == owner {
			delete(r.openings, at)
		}
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if before := r.openings[at].owner; before != nil && before.State == stateRunning {
		var none T
		return none, fmt.Errorf("listen %s :%d: bind: %w", protocol, port, syscall.EADDRINUSE)
	}
	r.openings[at] = listening{made, owner}
	return made, nil
}

// listening is who listens at an opening, in whose container. What a container that is over has left open is nobody's.
type listening struct {
	connector
	owner *container
}

// Dial connects as from inside the container.
func (s Started) Dial(ctx context.Context, protocol, host string, port int) (net.Conn, error) {
	return s.runtime.dialFrom(ctx, s.sandbox, protocol, host, port)
}

// ReadFile reads a file as from inside the container.
func (s Started) ReadFile(path string) ([]byte, error) { return s.files.read(path) }

// daemonAt is who listens at a port of the node's, or of a Pod's address; nil: no daemon does.
func (r *Runtime) daemonAt(protocol, host string, port int) connector {
	if host == "127.0.0.1" || host == "localhost" {
		host = r.options.NodeAddress
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	found := r.openings[opening{protocol, host, port}]
	if found.owner == nil || found.owner.State != stateRunning {
		return nil
	}
	return found.connector
}

// somePort is an address with a port as the kernel picks one for a client.
func somePort(address string) netip.AddrPort {
	const lowest, highest = 32768, 60999
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		parsed = netip.IPv4Unspecified()
	}
	return netip.AddrPortFrom(parsed, uint16(lowest+rand.IntN(highest-lowest+1)))
}
