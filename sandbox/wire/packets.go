package wire

// This file is datagrams. A pipe keeps the borders of what is written when it is read into enough room, so each sender has a
// pipe of its own. What nobody takes is lost, as on a real network.

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// largest is the size of a datagram at most.
const largest = 64 << 10

// takes is how long a receiver may take to fetch an answer before it is lost.
const takes = time.Second

// Packets receives datagrams at an address. Its methods may be called from any goroutine.
type Packets struct {
	address netip.AddrPort
	waiting chan packet
	done    chan struct{}
	close   func()

	mu sync.Mutex
	// senders are the far ends, by address.
	senders map[netip.AddrPort]net.Conn
	// due is closed when a read's time is over; nil: it has none.
	due   chan struct{}
	timer *time.Timer
}

type packet struct {
	text []byte
	from netip.AddrPort
}

var _ net.PacketConn = (*Packets)(nil)

// NewPackets receives at an address; closed is called once when it ends.
func NewPackets(address netip.AddrPort, closed func()) *Packets {
	p := &Packets{address: address, waiting: make(chan packet), done: make(chan struct{}), senders: map[netip.AddrPort]net.Conn{}}
	p.close = sync.OnceFunc(func() {
		p.mu.Lock()
		close(p.done)
		for _, far := range p.senders {
			far.Close()
		}
		p.mu.Unlock()
		closed()
	})
	return p
}

// Connect makes a sender's socket; nil when nobody receives any more.
func (p *Packets) Connect(from netip.AddrPort) net.Conn {
	near, far := net.Pipe()
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.done:
		return nil
	default:
	}
	p.senders[from] = far
	go p.receive(from, far)
	return socket{addressed{near, net.UDPAddrFromAddrPort(from), net.UDPAddrFromAddrPort(p.address)}}
}

// socket is a sender's. Whoever looks whether it is one of datagrams sees that it is a net.PacketConn.
type socket struct{ net.Conn }

var _ net.PacketConn = socket{}

// Read says in the words of a socket of the system what failed.
func (s socket) Read(into []byte) (int, error) {
	n, err := s.Conn.Read(into)
	if err != nil {
		err = &net.OpError{Op: "read", Net: "udp", Source: s.LocalAddr(), Addr: s.RemoteAddr(), Err: reason(err)}
	}
	return n, err
}

// reason is an error without the words of a pipe.
func reason(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return os.ErrDeadlineExceeded
	}
	return err
}

// ReadFrom is Read: all that comes is from the other side.
func (s socket) ReadFrom(into []byte) (int, net.Addr, error) {
	n, err := s.Read(into)
	return n, s.RemoteAddr(), err
}

// WriteTo is Write: there is one other side.
func (s socket) WriteTo(text []byte, _ net.Addr) (int, error) { return s.Write(text) }

func (p *Packets) receive(from netip.AddrPort, far net.Conn) {
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.senders, from)
		far.Close()
	}()
	buffer := make([]byte, largest)
	for {
		n, err := far.Read(buffer)
		if err != nil {
			return
		}
		select {
		case p.waiting <- packet{append([]byte{}, buffer[:n]...), from}:
		case <-p.done:
			return
		}
	}
}

// ReadFrom waits for the next datagram. After Close the error is net.ErrClosed.
func (p *Packets) ReadFrom(into []byte) (int, net.Addr, error) {
	p.mu.Lock()
	due := p.due
	p.mu.Unlock()
	select {
	case one := <-p.waiting:
		return copy(into, one.text), net.UDPAddrFromAddrPort(one.from), nil
	case <-due:
		return 0, nil, os.ErrDeadlineExceeded
	case <-p.done:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo answers a sender. An answer that nobody waits for is lost, which is *not* an error.
func (p *Packets) WriteTo(text []byte, to net.Addr) (int, error) {
	address, is := to.(*net.UDPAddr)
	if !is {
		return 0, net.InvalidAddrError(to.String())
	}
	p.mu.Lock()
	far := p.senders[address.AddrPort()]
	p.mu.Unlock()
	if far != nil {
		// Both fail only when the sender is gone.
		_ = far.SetWriteDeadline(time.Now().Add(takes))
		_, _ = far.Write(text)
	}
	return len(text), nil
}

// Close ends it.
func (p *Packets) Close() error {
	p.close()
	return nil
}

// LocalAddr is the address.
func (p *Packets) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(p.address) }

// SetReadDeadline bounds the reads that begin after it, and a time that is over those that wait already.
func (p *Packets) SetReadDeadline(at time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
	}
	if at.IsZero() {
		p.due, p.timer = nil, nil
		return nil
	}
	due := make(chan struct{})
	p.due, p.timer = due, time.AfterFunc(time.Until(at), func() { close(due) })
	return nil
}

// SetWriteDeadline does nothing: a write does not wait.
func (p *Packets) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline is SetReadDeadline.
func (p *Packets) SetDeadline(at time.Time) error { return p.SetReadDeadline(at) }

// Nowhere is a sender's socket whose datagrams get lost: a read fails with the error, or, without one, at its deadline.
func Nowhere(from, to netip.AddrPort, err error) net.Conn {
	near, _ := net.Pipe()
	return socket{lost{addressed{near, net.UDPAddrFromAddrPort(from), net.UDPAddrFromAddrPort(to)}, err}}
}

type lost struct {
	addressed
	err error
}

func (l lost) Write(text []byte) (int, error) { return len(text), nil }

func (l lost) Read(into []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	return l.Conn.Read(into)
}
