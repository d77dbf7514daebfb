// Package wire is connections inside the program: streams and datagrams that know their addresses, and what listens for
// them. It must not know who has an address, nor what is said.
package wire

import (
	"net"
	"net/netip"
	"sync"
)

// Stream makes the two ends of a TCP connection.
func Stream(client, server netip.AddrPort) (near, far net.Conn) {
	near, far = net.Pipe()
	return addressed{near, net.TCPAddrFromAddrPort(client), net.TCPAddrFromAddrPort(server)}, addressed{far, net.TCPAddrFromAddrPort(server), net.TCPAddrFromAddrPort(client)}
}

// addressed is a connection with addresses of its own.
type addressed struct {
	net.Conn
	local, remote net.Addr
}

func (a addressed) LocalAddr() net.Addr  { return a.local }
func (a addressed) RemoteAddr() net.Addr { return a.remote }

// Listener accepts the streams that Connect makes. Its methods may be called from any goroutine.
type Listener struct {
	address netip.AddrPort
	waiting chan net.Conn
	done    chan struct{}
	close   func()
}

// NewListener listens at an address; closed is called once when it ends.
func NewListener(address netip.AddrPort, closed func()) *Listener {
	l := &Listener{address: address, waiting: make(chan net.Conn), done: make(chan struct{})}
	l.close = sync.OnceFunc(func() {
		close(l.done)
		closed()
	})
	return l
}

// Connect opens a stream from an address; nil when nobody listens any more.
func (l *Listener) Connect(from netip.AddrPort) net.Conn {
	select {
	case <-l.done:
		return nil
	default:
	}
	near, far := Stream(from, l.address)
	go func() {
		select {
		case l.waiting <- far:
		case <-l.done:
			far.Close()
		}
	}()
	return near
}

// Accept waits for the next stream. After Close the error is net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.waiting:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends the listener; streams that were accepted go on.
func (l *Listener) Close() error {
	l.close()
	return nil
}

// Addr is the address.
func (l *Listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.address) }
