package resolver

// What a name costs: the questions that a resolv.conf makes of it.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"sandbox/wire"
)

// container is one with files, and a name server at 172.20.0.10 that knows names.
type container struct {
	files   map[string]string
	knows   map[string]string
	fails   map[string]int
	refuses bool

	mu    sync.Mutex
	asked []string
}

func (c *container) ReadFile(path string) ([]byte, error) {
	if text, there := c.files[path]; there {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

func (c *container) Dial(_ context.Context, protocol, host string, port int) (net.Conn, error) {
	from, to := netip.MustParseAddrPort("10.0.0.9:40000"), netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port))
	if host != "172.20.0.10" {
		return wire.Nowhere(from, to, nil), nil
	}
	if c.refuses {
		return wire.Nowhere(from, to, syscall.ECONNREFUSED), nil
	}
	near, far := net.Pipe()
	go c.answer(protocol, far)
	return near, nil
}

func (c *container) answer(protocol string, far net.Conn) {
	defer far.Close()
	conn := &dns.Conn{Conn: far}
	question, err := conn.ReadMsg()
	if err != nil {
		return
	}
	asked := question.Question[0]
	c.mu.Lock()
	c.asked = append(c.asked, dns.TypeToString[asked.Qtype]+" "+asked.Name)
	c.mu.Unlock()
	answer := new(dns.Msg)
	answer.SetReply(question)
	address, known := c.knows[asked.Name]
	switch {
	case c.fails[asked.Name] != 0:
		answer.Rcode = c.fails[asked.Name]
	case !known:
		answer.Rcode = dns.RcodeNameError
	case asked.Qtype == dns.TypeA:
		record, _ := dns.NewRR(fmt.Sprintf("%s 5 IN A %s", asked.Name, address))
		answer.Answer = append(answer.Answer, record)
	}
	conn.WriteMsg(answer)
}

const inCluster = "search shop.svc.cluster.local svc.cluster.local cluster.local eu-west-1.compute.internal\nnameserver 172.20.0.10\noptions ndots:5\n"

func TestANameCostsTheQueriesThatItCostsAtWork(t *testing.T) {
	knows := map[string]string{"web.shop.svc.cluster.local.": "172.20.0.50", "example.com.": "203.0.113.7", "web.pay.svc.cluster.local.": "172.20.0.51"}
	for _, c := range []struct{ resolv, name, whole, address, asked string }{
		{inCluster, "web", "web.shop.svc.cluster.local", "172.20.0.50", "web.shop.svc.cluster.local."},
		{inCluster, "web.pay", "web.pay.svc.cluster.local", "172.20.0.51", "web.pay.shop.svc.cluster.local. web.pay.svc.cluster.local."},
		{inCluster, "example.com", "example.com", "203.0.113.7",
			"example.com.shop.svc.cluster.local. example.com.svc.cluster.local. example.com.cluster.local. example.com.eu-west-1.compute.internal. example.com."},
		{inCluster, "example.com.", "example.com", "203.0.113.7", "example.com."},
		{"search shop.svc.cluster.local\nnameserver 172.20.0.10\noptions ndots:1\n", "example.com", "example.com", "203.0.113.7", "example.com."},
		{inCluster, "db.local", "db.local", "10.0.0.77", ""},
	} {
		w := &container{knows: knows, files: map[string]string{"/etc/resolv.conf": c.resolv, "/etc/hosts": "127.0.0.1 localhost\n10.0.0.77 db db.local # ours\n"}}
		whole, addresses, err := Lookup(t.Context(), w, c.name)
		if err != nil || whole != c.whole || !slices.Equal(addresses, []string{c.address}) {
			t.Errorf("%s: %s %q, %v", c.name, whole, addresses, err)
		}
		var expected []string
		for _, name := range strings.Fields(c.asked) {
			expected = append(expected, "A "+name, "AAAA "+name)
		}
		slices.Sort(expected)
		if slices.Sort(w.asked); !slices.Equal(w.asked, expected) {
			t.Errorf("%s costs %q, expected %q", c.name, w.asked, expected)
		}
	}
}

func TestAFailureSaysWhichOneItIs(t *testing.T) {
	for name, c := range map[string]struct {
		*container
		says string
	}{
		"nobody":  {&container{}, "lookup nobody: no such host"},
		"fails":   {&container{fails: map[string]int{"fails.shop.svc.cluster.local.": dns.RcodeServerFailure}}, "lookup fails: server misbehaving\nserver misbehaving"},
		"refused": {&container{refuses: true}, "lookup refused: no servers could be reached\nno servers could be reached"},
	} {
		c.files = map[string]string{"/etc/resolv.conf": inCluster}
		if _, _, err := Lookup(t.Context(), c.container, name); err == nil || err.Error() != c.says {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestASearchGoesOnAfterAServerThatFails(t *testing.T) {
	fails := map[string]int{"web.pay.svc.eu-west-1.compute.internal.": dns.RcodeServerFailure}
	c := &container{fails: fails, knows: map[string]string{"web.pay.svc.": "172.20.0.51"}, files: map[string]string{"/etc/resolv.conf": inCluster}}
	whole, addresses, err := Lookup(t.Context(), c, "web.pay.svc")
	if err != nil || whole != "web.pay.svc" || !slices.Equal(addresses, []string{"172.20.0.51"}) {
		t.Errorf("%s %q, %v", whole, addresses, err)
	}
}

func TestAServerThatDoesNotAnswerTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &container{files: map[string]string{"/etc/resolv.conf": "nameserver 10.9.9.9\noptions timeout:2 attempts:3\n"}}
		began := time.Now()
		_, _, err := Lookup(t.Context(), w, "web")
		var failed *net.DNSError
		if !errors.As(err, &failed) || !failed.IsTimeout || time.Since(began) != 6*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}
