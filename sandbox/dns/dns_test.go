package dns

// One CoreDNS over a Pod in memory: what it answers, logs and refuses, and how it reloads and ends.

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"sandbox/wire"
)

// pod is one in memory: what it listens on is reached by its ports, and the VPC's resolver by its address.
type pod struct {
	outside *Outside

	mu    sync.Mutex
	files map[string]string
	open  map[string]interface {
		Connect(netip.AddrPort) net.Conn
	}
	lines []string
	exit  int
	held  int64
	// nDialled gives each connection a port of its own, from 40000 on.
	nDialled uint16
}

var at = netip.MustParseAddr("10.0.2.7")

func (p *pod) ReadFile(path string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if text, there := p.files[path]; there {
		return []byte(text), nil
	}
	return nil, fs.ErrNotExist
}

func (p *pod) Listen(port int) (net.Listener, error) {
	key := fmt.Sprint("tcp", port)
	l := wire.NewListener(netip.AddrPortFrom(at, uint16(port)), func() { p.closed(key) })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[key] = l
	return l, nil
}

func (p *pod) ListenPacket(port int) (net.PacketConn, error) {
	key := fmt.Sprint("udp", port)
	l := wire.NewPackets(netip.AddrPortFrom(at, uint16(port)), func() { p.closed(key) })
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[key] = l
	return l, nil
}

func (p *pod) closed(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, key)
}

func (p *pod) Dial(_ context.Context, protocol, host string, port int) (net.Conn, error) {
	p.mu.Lock()
	own := 40000 + p.nDialled
	p.nDialled++
	p.mu.Unlock()
	from, to := netip.AddrPortFrom(at, own), netip.AddrPortFrom(netip.MustParseAddr(host), uint16(port))
	if to.Addr() == Resolver {
		if conn := p.outside.Connect(protocol, to.Port(), from); conn != nil {
			return conn, nil
		}
		return wire.Nowhere(from, to, nil), nil
	}
	p.mu.Lock()
	listening := p.open[fmt.Sprint(protocol, port)]
	p.mu.Unlock()
	if to.Addr().IsLoopback() && listening != nil {
		return listening.Connect(netip.AddrPortFrom(to.Addr(), own)), nil
	}
	return wire.Nowhere(from, to, nil), nil
}

func (p *pod) log(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
}

// said is its log when all has come to rest: an answer is logged after it was sent.
func (p *pod) said() string {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

func (p *pod) write(corefile string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files["Corefile"] = corefile
}

// begin starts a CoreDNS in the Pod; it ends with the test.
func begin(t *testing.T, corefile string) *pod {
	t.Helper()
	outside, end := NewOutside(func(name string) (netip.Addr, bool) { return netip.MustParseAddr("10.0.1.1"), name == "node-a" }, []string{"partner.example"})
	p := &pod{outside: outside, exit: -1, files: map[string]string{"/etc/resolv.conf": "nameserver 169.254.169.253\n"}, open: map[string]interface {
		Connect(netip.AddrPort) net.Conn
	}{}}
	p.write(corefile)
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		end()
	})
	exit := func(code int) {
		p.mu.Lock()
		p.exit = code
		p.mu.Unlock()
		cancel()
	}
	hold := func(bytes int64) {
		p.mu.Lock()
		p.held += bytes
		p.mu.Unlock()
	}
	Run(ctx, Options{Pod: p, Log: p.log, Exit: exit, Hold: hold}, time.Minute)
	return p
}

// ask says what the server answers: the addresses, or why there is none.
func (p *pod) ask(name string) string {
	question := new(dns.Msg)
	question.SetQuestion(name, dns.TypeA)
	answer, err := exchange(context.Background(), p, "udp", "127.0.0.1", 53, question)
	switch {
	case err != nil:
		return err.Error()
	case len(answer.Answer) == 0:
		return dns.RcodeToString[answer.Rcode]
	}
	return answer.Answer[0].(*dns.A).A.String()
}

func TestACorefileIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, ".:53 {\n errors\n log\n health {\n lameduck 5s\n }\n ready\n prometheus :9153\n forward . /etc/resolv.conf\n cache 30\n loop\n loadbalance\n rewrite name old.example.com new.example.com\n}\n")
		for name, expected := range map[string]string{"node-a.": "10.0.1.1", "nobody.invalid.": "NXDOMAIN"} {
			if found := p.ask(name); found != expected {
				t.Errorf("%s: expected %q, found %q", name, expected, found)
			}
		}
		if old, now := p.ask("old.example.com."), p.ask("new.example.com."); old != now {
			t.Errorf("the rewritten name has %s, and the other one %s", old, now)
		}
		said := p.said()
		for _, expected := range []string{".:53\n", "CoreDNS-1.13.2\n", "\"A IN node-a. udp", "NOERROR"} {
			if !strings.Contains(said, expected) {
				t.Errorf("its log lacks %q:\n%s", expected, said)
			}
		}
		time.Sleep(time.Minute)
	})
}

func TestNamesThatAreWrittenDownAreAnsweredAndTheRestIsHandedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, ".:53 {\n hosts /etc/names example.com {\n 10.1.1.1 one.example.com\n fallthrough\n }\n forward . /etc/resolv.conf\n}\n")
		alone := begin(t, ".:53 {\n hosts {\n 10.1.1.1 one.example.com ONE.example.org\n ::1 six.example.com\n }\n}\n")
		for name, expected := range map[string]string{"one.example.com.": "10.1.1.1", "node-a.": "10.0.1.1", "nobody.invalid.": "NXDOMAIN"} {
			if found := p.ask(name); found != expected {
				t.Errorf("%s: expected %q, found %q", name, expected, found)
			}
		}
		for name, expected := range map[string]string{"one.example.org.": "10.1.1.1", "six.example.com.": "NOERROR", "two.example.com.": "SERVFAIL"} {
			if found := alone.ask(name); found != expected {
				t.Errorf("alone, %s: expected %q, found %q", name, expected, found)
			}
		}
	})
}

func TestALineForOneDomainHandsOnNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, ".:53 {\n errors\n forward example.net dns://169.254.169.253\n}\nexample.org:53 {\n forward . /etc/resolv.conf\n}\n")
		for name, expected := range map[string]string{"a.example.com.": "SERVFAIL", "a.example.net.": "198.51.100.", "a.example.org.": "198.51.100."} {
			if found := p.ask(name); !strings.HasPrefix(found, expected) {
				t.Errorf("%s: expected %q, found %q", name, expected, found)
			}
		}
		if said := p.said(); !strings.Contains(said, "[ERROR] plugin/errors: 2 a.example.com. A: plugin/forward: no next plugin found") {
			t.Errorf("the log is\n%s", said)
		}
	})
}

func TestHealthAndReadinessAreAnsweredAtTheirPorts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, ". {\n health\n ready :8282\n whoami\n}\n")
		for port, expected := range map[int]string{8080: "GET /health", 8282: "GET /ready"} {
			conn, err := p.Dial(t.Context(), "tcp", "127.0.0.1", port)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "%s HTTP/1.0\r\n\r\n", expected)
			if text, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(text), "\r\n\r\nOK") {
				t.Errorf("port %d answers %q, %v", port, text, err)
			}
		}
	})
}

func TestACorefileThatIsRefusedEndsTheProcess(t *testing.T) {
	for text, says := range map[string]string{
		".:53 {\n foo\n}\n":                  "Corefile:2 - Error during parsing: Unknown directive 'foo'",
		".:53 {\n forward . nowhere\n}\n":    "plugin/forward: not an IP address or file: \"nowhere\"",
		".:53 {\n cache 30 {\n bad\n }\n}\n": "plugin/cache: Corefile:3 - Error during parsing: ",
		"import /etc/passwd\n":               "in this sandbox a Corefile imports no other file",
		// The parser takes these for the same.
		". { import /etc/passwd\n}\n":                                              "in this sandbox a Corefile imports no other file",
		". {\n \"import\" /etc/passwd\n}\n":                                        "in this sandbox a Corefile imports no other file",
		". {\n imp\rort /etc/passwd\n}\n":                                          "in this sandbox a Corefile imports no other file",
		". {\n template ANY ANY {$HOME}\n}\n":                                      "in this sandbox a Corefile reads no environment variable",
		". {\n template ANY ANY {\r%HOME%}\n}\n":                                   "in this sandbox a Corefile reads no environment variable",
		". {\n forward . tls://1.1.1.1\n}\n":                                       "in this sandbox CoreDNS speaks plain DNS only",
		"tls://.:53 {\n whoami\n}\n":                                               "in this sandbox CoreDNS speaks plain DNS only",
		". {\n kubernetes cluster.local {\n endpoint https://203.0.113.7\n }\n}\n": "asks the API server of its own cluster only",
	} {
		synctest.Test(t, func(t *testing.T) {
			p := begin(t, text)
			if said := p.said(); p.exit != 1 || !strings.Contains(said, says) || strings.Contains(said, "root:") {
				t.Errorf("%q: exit %d, it says %q", text, p.exit, said)
			}
		})
	}
}

func TestAServerOutsideThatDoesNotAnswerIsAnErrorInTheLogOfItsOwnPod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := begin(t, ".:53 {\n errors\n forward . 10.9.9.9\n}\n")
		other := begin(t, ".:53 {\n errors\n log\n forward . /etc/resolv.conf\n}\n")
		question := new(dns.Msg)
		question.SetQuestion("example.com.", dns.TypeA)
		conn, _ := broken.Dial(t.Context(), "udp", "127.0.0.1", 53)
		defer conn.Close()
		client := dns.Client{Net: "udp", Timeout: time.Minute}
		begun := time.Now()
		answer, _, err := client.ExchangeWithConn(question, &dns.Conn{Conn: conn})
		if took := time.Since(begun); err != nil || answer.Rcode != dns.RcodeServerFailure || took != 6*time.Second {
			t.Fatal(answer, err, took)
		}
		other.ask("example.com.")
		synctest.Wait()
		if said := broken.said(); !strings.Contains(said, "[ERROR] plugin/errors: 2 example.com. A: read udp 10.0.2.7:") || !strings.Contains(said, "->10.9.9.9:53: i/o timeout") {
			t.Errorf("the log is\n%s", said)
		}
		if said := other.said(); strings.Contains(said, "timeout") || !strings.Contains(said, "\"A IN example.com.") {
			t.Errorf("the other's log is\n%s", said)
		}
	})
}

func TestALoopEndsTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, ".:53 {\n loop\n forward . 127.0.0.1\n}\n")
		time.Sleep(10 * time.Second)
		if said := p.said(); p.exit != 1 || !strings.Contains(said, "[FATAL] plugin/loop: Loop (127.0.0.1:4000") || !strings.Contains(said, " -> :53) detected for zone \".\", see https://coredns.io/plugins/loop#troubleshooting. Query: \"HINFO ") {
			t.Errorf("exit %d, it says\n%s", p.exit, said)
		}
	})
}

func TestAChangedCorefileIsReloadedAndAWrongOneIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const first = ".:53 {\n reload 10s 5s\n forward . /etc/resolv.conf\n}\n"
		p := begin(t, first)
		if found := p.ask("node-a."); found != "10.0.1.1" {
			t.Fatal(found)
		}
		p.write(strings.Replace(first, "forward", "forwart", 1))
		time.Sleep(time.Minute)
		if found, said := p.ask("node-a."), p.said(); found != "10.0.1.1" || strings.Count(said, "reload failed: Corefile:3 - Error during parsing: Unknown directive 'forwart'") != 1 {
			t.Errorf("%s, it says\n%s", found, said)
		}
		p.write(strings.Replace(first, "/etc/resolv.conf", "/etc/resolv.conf {\n except node-a\n }", 1))
		time.Sleep(time.Minute)
		if found, said := p.ask("node-a."), p.said(); found == "10.0.1.1" || !strings.HasSuffix(said, "[INFO] Reloading complete") || strings.Count(said, "Running configuration SHA512") != 2 {
			t.Errorf("%s, it says\n%s", found, said)
		}
	})
}

func TestAContainerThatEndsListensNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pod{files: map[string]string{"Corefile": ".:53 {\n health\n whoami\n}\n"}, open: map[string]interface {
			Connect(netip.AddrPort) net.Conn
		}{}}
		ctx, cancel := context.WithCancel(t.Context())
		Run(ctx, Options{Pod: p, Log: p.log}, time.Minute)
		if len(p.open) != 3 {
			t.Errorf("it listens at %d ports", len(p.open))
		}
		cancel()
		synctest.Wait()
		if len(p.open) != 0 {
			t.Errorf("it still listens at %d ports", len(p.open))
		}
	})
}
