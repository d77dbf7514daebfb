package workload

import (
	"context"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/miekg/dns"

	"sandbox/wire"
)

// zone is what the name server of a [container] on a network knows.
const zone = `
web.shop.svc.cluster.local. 30 IN A 172.20.3.4
_http._tcp.web.shop.svc.cluster.local. 30 IN SRV 0 100 80 web.shop.svc.cluster.local.
4.3.20.172.in-addr.arpa. 30 IN PTR web.shop.svc.cluster.local.
api.example.com. 5 IN CNAME lb.example.com.
`

// DialPacket leads to name servers: 10.100.0.10 and 10.0.0.53 know the zone, 10.0.0.55 fails, 10.0.0.56 is not there, and of others nothing
// is heard.
func (c *container) DialPacket(_ context.Context, address string, _ int) (net.Conn, error) {
	at, from := netip.AddrPortFrom(netip.MustParseAddr(address), 53), netip.MustParseAddrPort("10.0.16.40:40000")
	switch address {
	case "10.100.0.10", "10.0.0.53", "10.0.0.55":
		packets := wire.NewPackets(at, func() {})
		server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, asked *dns.Msg) {
			w.WriteMsg(fromZone(asked, address == "10.0.0.55"))
		})}
		go server.ActivateAndServe()
		return packets.Connect(from), nil
	case "10.0.0.56":
		return wire.Nowhere(from, at, syscall.ECONNREFUSED), nil
	}
	return wire.Nowhere(from, at, nil), nil
}

func fromZone(asked *dns.Msg, fails bool) *dns.Msg {
	answer := new(dns.Msg).SetReply(asked)
	if answer.Authoritative = true; fails {
		return answer.SetRcode(asked, dns.RcodeServerFailure)
	}
	isKnown := false
	for record, more := dns.NewZoneParser(strings.NewReader(zone), ".", ""), true; more; {
		var one dns.RR
		if one, more = record.Next(); !more || one.Header().Name != asked.Question[0].Name {
			continue
		}
		if isKnown = true; one.Header().Rrtype == asked.Question[0].Qtype {
			answer.Answer = append(answer.Answer, one)
		}
	}
	if !isKnown {
		answer.Rcode = dns.RcodeNameError
	}
	return answer
}

func TestDig(t *testing.T) {
	m := parse(t, "steps: []\nexec: [dig]")
	for _, c := range []struct {
		command string
		code    int
		said    string
	}{
		{"dig web.shop.svc.cluster.local", 0, `
; <<>> DiG 9.18.28 <<>> web.shop.svc.cluster.local
;; global options: +cmd
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: N
;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0
;; WARNING: recursion requested but not available

;; QUESTION SECTION:
;web.shop.svc.cluster.local.	IN	A

;; ANSWER SECTION:
web.shop.svc.cluster.local. 30	IN	A	172.20.3.4

;; Query time: N msec
;; SERVER: 10.100.0.10#53(10.100.0.10) (UDP)
;; WHEN: N
;; MSG SIZE  rcvd: N

`},
		{"dig +short web.shop.svc.cluster.local", 0, "172.20.3.4\n"},
		{"dig +search +short web", 0, "172.20.3.4\n"},
		{"dig +noall +answer +search web", 0, "web.shop.svc.cluster.local. 30	IN	A	172.20.3.4\n"},
		{"dig +short SRV _http._tcp.web.shop.svc.cluster.local", 0, "0 100 80 web.shop.svc.cluster.local.\n"},
		{"dig +short -x 172.20.3.4", 0, "web.shop.svc.cluster.local.\n"},
		{"dig +noall +answer -t cname api.example.com", 0, "api.example.com.	5	IN	CNAME	lb.example.com.\n"},
		{"dig +noall +comments web", 0, ";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: N\n;; flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0\n" +
			";; WARNING: recursion requested but not available\n\n"},
		{"dig +noall +question @10.0.0.53 web", 0, ";web.				IN	A\n\n"},
		{"dig +noall +stats @10.0.0.53 web", 0, ";; Query time: N msec\n;; SERVER: 10.0.0.53#53(10.0.0.53) (UDP)\n;; WHEN: N\n;; MSG SIZE  rcvd: N\n\n"},
		{"dig +short @10.0.0.55 web", 0, ""},
		{"dig +time=1 +tries=2 +short @10.0.0.54 web", 9, ";; communications error to 10.0.0.54#53: timed out\n;; communications error to 10.0.0.54#53: timed out\n;; no servers could be reached\n"},
		{"dig +tries=1 +short @10.0.0.56 web", 9, ";; communications error to 10.0.0.56#53: connection refused\n;; no servers could be reached\n"},
		{"dig @missing web", 10, "dig: couldn't get address for 'missing': not found\n"},
		{"dig -t nonsense web", 2, "dig: in this image it does not know the option -t nonsense\n"},
		{"dig +trace web", 2, "dig: in this image it asks the server that it is told, and not the root's: it does not know +trace\n"},
		{"dig", 2, "dig: in this image it needs a name\n"},
	} {
		world := asking("")
		world.files["/etc/resolv.conf"] += "search shop.svc.cluster.local svc.cluster.local\noptions ndots:5\n"
		var said strings.Builder
		code, err := m.Run(t.Context(), strings.Fields(c.command), Streams{Stdout: &said, Stderr: &said}, world)
		found := regexp.MustCompile(`(id: |time: |WHEN: |rcvd: )[^\n ]+( [A-Z][a-z]{2} .*)?`).ReplaceAllString(said.String(), "${1}N")
		if err != nil || code != c.code || found != c.said {
			t.Errorf("%s: %d, %v\nit says %q\nexpected %q", c.command, code, err, found, c.said)
		}
	}
}
