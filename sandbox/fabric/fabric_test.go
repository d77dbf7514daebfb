package fabric

// Connections over nodes in memory: what is refused, what nobody answers, and what a daemon that ended leaves.

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	v1 "k8s.io/api/core/v1"
)

// listening is a host whose Pods listen at these addresses.
type listening map[string]bool

func (l listening) Accept(_ string, at netip.AddrPort, seen netip.Addr) (net.Conn, error) {
	switch open, known := l[at.String()]; {
	case open:
		near, far := net.Pipe()
		go func() {
			far.Write([]byte(at.String() + " saw " + seen.String()))
			far.Close()
		}()
		return near, nil
	case known:
		return nil, syscall.ECONNREFUSED
	}
	return nil, ErrNobody
}

// cluster is a network whose objects can be exchanged, with one host for all nodes.
func cluster(w *world, host Host) (*Fabric, *atomic.Pointer[Objects]) {
	objects := &atomic.Pointer[Objects]{}
	objects.Store(&w.Objects)
	f := New(func() Objects { return *objects.Load() })
	for _, node := range []string{"a", "b", "c"} {
		f.Attach(node, host)
	}
	return f, objects
}

func ask(t *testing.T, f *Fabric, who, to string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	conn, err := f.Dial(ctx, "tcp", from(who), netip.MustParseAddrPort(to))
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	text := make([]byte, 100)
	n, err := conn.Read(text)
	if err != nil {
		return err.Error()
	}
	return string(text[:n])
}

func TestDialSaysWhatAConnectionSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := cluster(newWorld().ends("b0", "ready"), listening{"10.0.2.11:8080": true, "10.0.2.11:81": false})
		f.RunProxy(t.Context(), "a")
		for _, c := range []struct{ who, to, expected string }{
			{"a0", web, "10.0.2.11:8080 saw 10.0.2.1"},
			{"a0", "10.0.2.11:81", "dial tcp 10.0.2.11:81: connect: connection refused"},
			{"c0", web, "dial tcp 172.20.0.50:80: i/o timeout"},
			{"a0", "10.0.2.12:80", "dial tcp 10.0.2.12:80: i/o timeout"},
			{"a0", "[2001:db8::1]:80", "dial tcp [2001:db8::1]:80: connect: network is unreachable"},
		} {
			if found := ask(t, f, c.who, c.to); found != c.expected {
				t.Errorf("from %s to %s: expected %q, found %q", c.who, c.to, c.expected, found)
			}
		}
		began := time.Now()
		_, err := f.Dial(t.Context(), "tcp", from("c0"), netip.MustParseAddrPort(web))
		if !errors.Is(err, syscall.ETIMEDOUT) || time.Since(began) != givesUp {
			t.Errorf("without a limit: %v after %s", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err = f.Dial(ctx, "tcp", from("c0"), netip.MustParseAddrPort(web)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("with a limit: %v", err)
		}
	})
}

func TestTheRulesOfAKubeProxyThatEndedStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, objects := cluster(newWorld().ends("b0", "ready"), listening{"10.0.2.11:8080": true, "10.0.2.21:8080": true})
		ctx, end := context.WithCancel(t.Context())
		f.RunProxy(ctx, "a")
		if found := ask(t, f, "a0", web); !strings.HasPrefix(found, "10.0.2.11:8080") {
			t.Fatal(found)
		}
		end()
		synctest.Wait()
		objects.Store(&newWorld().ends("c0", "ready").Objects)
		f.Changed()
		if found := ask(t, f, "a0", web); !strings.HasPrefix(found, "10.0.2.11:8080") {
			t.Errorf("the old rule leads to %q", found)
		}
		f.RunProxy(t.Context(), "a")
		if found := ask(t, f, "a0", web); !strings.HasPrefix(found, "10.0.2.21:8080") {
			t.Errorf("the new rule leads to %q", found)
		}
	})
}

func TestAConnectionComesAboutWhenTheWayIsMendedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := cluster(newWorld().ends("b0", "ready"), listening{"10.0.2.11:8080": true})
		time.AfterFunc(2*time.Second, func() { f.RunProxy(t.Context(), "a") })
		began := time.Now()
		if found := ask(t, f, "a0", web); found != "10.0.2.11:8080 saw 10.0.2.1" || time.Since(began) != 3*time.Second {
			t.Errorf("%q after %s", found, time.Since(began))
		}
	})
}

func TestANodeThatIsCutOffReachesOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := cluster(newWorld(), listening{"10.0.2.11:8080": true})
		f.Cut("b", true)
		if found := ask(t, f, "a0", "10.0.2.11:8080"); !strings.HasSuffix(found, "i/o timeout") {
			t.Errorf("from another node: %q", found)
		}
		if found := ask(t, f, "b1", "10.0.2.11:8080"); !strings.HasPrefix(found, "10.0.2.11:8080 saw") {
			t.Errorf("on the node itself: %q", found)
		}
		f.Cut("b", false)
		if found := ask(t, f, "a0", "10.0.2.11:8080"); !strings.HasPrefix(found, "10.0.2.11:8080 saw") {
			t.Errorf("when it is joined again: %q", found)
		}
	})
}

func TestSessionAffinityIsRememberedForItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld().ends("a0", "ready").ends("b0", "ready").ends("c0", "ready")
		w.service.Spec.SessionAffinity = v1.ServiceAffinityClientIP
		f, _ := cluster(w, listening{"10.0.2.1:8080": true, "10.0.2.11:8080": true, "10.0.2.21:8080": true})
		f.RunProxy(t.Context(), "a")
		first := ask(t, f, "a1", web)
		for range 50 {
			if found := ask(t, f, "a1", web); found != first {
				t.Fatalf("first %q, then %q", first, found)
			}
		}
		// After its time chance decides again: of thirty times once at the latest for another one.
		for range 30 {
			time.Sleep(3*time.Hour + time.Second)
			if ask(t, f, "a1", web) != first {
				return
			}
		}
		t.Error("it lasts for ever")
	})
}

func TestADatagramIsLostOrRefusedAtTheRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := cluster(newWorld(), listening{"10.0.2.11:53": false})
		for to, expected := range map[string]string{
			"10.0.2.11:53": "->10.0.2.11:53: recvfrom: connection refused", "10.0.2.12:53": "->10.0.2.12:53: i/o timeout",
		} {
			conn, err := f.Dial(t.Context(), "udp", from("a0"), netip.MustParseAddrPort(to))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := conn.Write([]byte("hello")); err != nil {
				t.Error(err)
			}
			conn.SetReadDeadline(time.Now().Add(time.Second))
			if _, err := conn.Read(make([]byte, 9)); err == nil || !strings.HasSuffix(err.Error(), expected) {
				t.Errorf("to %s: expected %q, found %v", to, expected, err)
			}
		}
		if _, err := f.Dial(t.Context(), "udp", from("a0"), netip.MustParseAddrPort("[2001:db8::1]:53")); !errors.Is(err, syscall.ENETUNREACH) {
			t.Error(err)
		}
	})
}

func TestSomebodyOutsideIsReachedUnlessTheNodeIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _ := cluster(newWorld(), listening{})
		f.AttachOutside(netip.MustParseAddr("203.0.113.7"), listening{"203.0.113.7:443": true})
		if found := ask(t, f, "a0", "203.0.113.7:443"); found != "203.0.113.7:443 saw 10.0.2.1" {
			t.Error(found)
		}
		f.Cut("a", true)
		if found := ask(t, f, "a0", "203.0.113.7:443"); !strings.HasSuffix(found, "i/o timeout") {
			t.Error(found)
		}
	})
}
