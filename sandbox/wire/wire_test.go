package wire

// Packets and streams in memory: their order, their ends, and what gets lost.

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var (
	one   = netip.MustParseAddrPort("10.0.0.1:40000")
	other = netip.MustParseAddrPort("10.0.0.2:53")
)

func TestAStreamKnowsItsAddresses(t *testing.T) {
	nClosed := 0
	l := NewListener(other, func() { nClosed++ })
	near := l.Connect(one)
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if far.RemoteAddr().String() != one.String() || far.LocalAddr().String() != other.String() || near.RemoteAddr().String() != other.String() {
		t.Errorf("from %s to %s, seen as %s", far.RemoteAddr(), far.LocalAddr(), near.RemoteAddr())
	}
	l.Close()
	l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) || nClosed != 1 || l.Connect(one) != nil {
		t.Errorf("after the end: %v, closed %d times", err, nClosed)
	}
}

func TestDatagramsKeepTheirBordersAndSenders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPackets(other, func() {})
		defer p.Close()
		near := p.Connect(one)
		defer near.Close()
		go func() {
			near.Write([]byte("first"))
			near.Write([]byte("second"))
		}()
		for _, expected := range []string{"first", "second"} {
			text := make([]byte, 100)
			n, from, err := p.ReadFrom(text)
			if err != nil || string(text[:n]) != expected || from.String() != one.String() {
				t.Fatalf("%q from %v, %v", text[:n], from, err)
			}
			go p.WriteTo([]byte("to "+expected), from)
			if n, err = near.Read(text); err != nil || string(text[:n]) != "to "+expected {
				t.Fatalf("the answer is %q, %v", text[:n], err)
			}
		}
		// Nobody waits for this one.
		if n, err := p.WriteTo([]byte("late"), net.UDPAddrFromAddrPort(one)); n != 4 || err != nil {
			t.Errorf("an answer that nobody wants: %d, %v", n, err)
		}
	})
}

func TestAReadOfDatagramsEndsAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPackets(other, func() {})
		p.SetReadDeadline(time.Now().Add(time.Second))
		if _, _, err := p.ReadFrom(nil); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
		p.SetReadDeadline(time.Time{})
		go p.Close()
		if _, _, err := p.ReadFrom(nil); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
}

func TestWhatGetsLostSaysSoAtTheRead(t *testing.T) {
	refused := Nowhere(one, other, syscall.ECONNREFUSED)
	if _, err := refused.Write([]byte("hello")); err != nil {
		t.Error(err)
	}
	if _, err := refused.Read(make([]byte, 9)); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
	silent := Nowhere(one, other, nil)
	silent.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := silent.Read(make([]byte, 9)); err == nil || err.Error() != "read udp 10.0.0.1:40000->10.0.0.2:53: i/o timeout" {
		t.Error(err)
	}
}
