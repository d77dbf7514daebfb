package node

// The node's only connection with its cluster: out to the API server and in to the kubelet's server. It
// can be cut in both directions, because a kubelet cannot be stopped inside a process. It knows
// connections; it must not know what is said over them.

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

type link struct {
	dialer   net.Dialer
	incoming chan net.Conn

	mutex sync.Mutex
	isCut bool
	// whole is closed while the link is not cut.
	whole chan struct{}
	open  map[*linkedConn]struct{}
}

func newLink() *link {
	l := &link{incoming: make(chan net.Conn), whole: make(chan struct{}), open: map[*linkedConn]struct{}{}}
	close(l.whole)
	return l
}

// cut closes every connection. Until restore nobody gets in, and whoever dials out waits.
func (l *link) cut() {
	l.mutex.Lock()
	if !l.isCut {
		l.isCut, l.whole = true, make(chan struct{})
	}
	open := l.open
	l.open = map[*linkedConn]struct{}{}
	l.mutex.Unlock()
	for conn := range open {
		// The other side learns of the cut by the close; there is nobody to tell that closing failed.
		_ = conn.Conn.Close()
	}
}

func (l *link) restore() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.isCut {
		l.isCut = false
		close(l.whole)
	}
}

// errCut is what a dialler gets whose packets nobody answers.
func errCut() error { return os.NewSyscallError("connect", unix.EHOSTUNREACH) }

// dialOut connects to the API server. While the link is cut it waits, as a dialler does whose packets are lost: so the
// kubelet reports at once when the link is whole again, instead of at the end of a back-off.
func (l *link) dialOut(ctx context.Context, network, address string) (net.Conn, error) {
	for {
		l.mutex.Lock()
		whole := l.whole
		l.mutex.Unlock()
		select {
		case <-whole:
		case <-ctx.Done():
			return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
		}
		conn, err := l.dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if linked, err := l.keep(conn); err == nil {
			return linked, nil
		}
	}
}

// dialIn connects to the kubelet's server through a pair of connected sockets, which have no address
// anybody else could use.
func (l *link) dialIn(ctx context.Context) (net.Conn, error) {
	if l.cutNow() {
		return nil, errCut()
	}
	near, far, err := socketPair()
	if err != nil {
		return nil, err
	}
	select {
	case l.incoming <- far:
		return l.keep(near)
	case <-ctx.Done():
		near.Close()
		far.Close()
		return nil, ctx.Err()
	}
}

func (l *link) cutNow() bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.isCut
}

func (l *link) keep(conn net.Conn) (net.Conn, error) {
	linked := &linkedConn{Conn: conn, link: l}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.isCut {
		conn.Close()
		return nil, errCut()
	}
	l.open[linked] = struct{}{}
	return linked, nil
}

// linkedConn is a connection that its link can close.
type linkedConn struct {
	net.Conn
	link *link
}

func (c *linkedConn) Close() error {
	c.link.mutex.Lock()
	delete(c.link.open, c)
	c.link.mutex.Unlock()
	return c.Conn.Close()
}

// linkListener is the kubelet server's end of the link.
type linkListener struct{ link *link }

func (l linkListener) Accept() (net.Conn, error) { return <-l.link.incoming, nil }
func (l linkListener) Close() error              { return nil }
func (l linkListener) Addr() net.Addr            { return &net.UnixAddr{Name: "kubelet", Net: "unix"} }

func socketPair() (net.Conn, net.Conn, error) {
	descriptors, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("failed to make a pair of sockets: %w", err)
	}
	near, err := fileConn(descriptors[0])
	if err != nil {
		unix.Close(descriptors[1])
		return nil, nil, err
	}
	far, err := fileConn(descriptors[1])
	if err != nil {
		near.Close()
		return nil, nil, err
	}
	return near, far, nil
}

// fileConn takes the descriptor over.
func fileConn(descriptor int) (net.Conn, error) {
	file := os.NewFile(uintptr(descriptor), "kubelet")
	defer file.Close() // net.FileConn has a copy
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("failed to use a socket: %w", err)
	}
	return conn, nil
}
