package node

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

func echoServer(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(conn, conn)
		}
	}()
	return listener.Addr().String()
}

func exchange(t *testing.T, conn net.Conn) error {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("hello")); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, make([]byte, 5))
	return err
}

func TestCutClosesConnectionsOutAndNewOnesWaitUntilRestored(t *testing.T) {
	address, l := echoServer(t), newLink()
	conn, err := l.dialOut(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := exchange(t, conn); err != nil {
		t.Fatal(err)
	}
	l.cut()
	if err := exchange(t, conn); err == nil {
		t.Error("an open connection survived the cut")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.dialOut(ended, "tcp", address); !errors.Is(err, context.Canceled) {
		t.Errorf("a new connection's error is %v", err)
	}
	waiting := make(chan error, 1)
	go func() {
		conn, err := l.dialOut(t.Context(), "tcp", address)
		if err == nil {
			err = exchange(t, conn)
		}
		waiting <- err
	}()
	l.restore()
	if err := <-waiting; err != nil {
		t.Errorf("who waited for the link got %v", err)
	}
}

func TestCutClosesAndRefusesConnectionsInUntilRestored(t *testing.T) {
	l := newLink()
	go func() {
		for {
			conn, err := linkListener{l}.Accept()
			if err != nil {
				return
			}
			go io.Copy(conn, conn)
		}
	}()
	conn, err := l.dialIn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := exchange(t, conn); err != nil {
		t.Fatal(err)
	}
	l.cut()
	if err := exchange(t, conn); err == nil {
		t.Error("an open connection survived the cut")
	}
	if _, err := l.dialIn(t.Context()); !errors.Is(err, syscall.EHOSTUNREACH) {
		t.Errorf("a new connection's error is %v", err)
	}
	l.restore()
	if conn, err = l.dialIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := exchange(t, conn); err != nil {
		t.Error(err)
	}
}

func TestDialInEndsWithItsContextWhenNobodyAccepts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newLink().dialIn(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestClosedConnectionsAreForgotten(t *testing.T) {
	l := newLink()
	conn, err := l.dialOut(t.Context(), "tcp", echoServer(t))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if len(l.open) != 0 {
		t.Errorf("%d closed connections are kept", len(l.open))
	}
}
