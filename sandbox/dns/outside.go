package dns

// This file is the resolver of the VPC, which answers for the nodes and for a small part of the world beyond the cluster.
// The addresses are those that documents use. It must not know who answers at them.

import (
	"hash/fnv"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"sandbox/wire"
)

// Resolver is where a VPC's resolver is asked: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
var Resolver = netip.MustParseAddr("169.254.169.253")

// world are the domains whose names all exist.
var world = []string{
	"amazonaws.com.", "aws.amazon.com.", "example.com.", "example.net.", "example.org.", "kubernetes.io.", "k8s.io.", "github.com.", "docker.io.", "docker.com.",
	"quay.io.", "google.com.", "cloudflare.com.", "debian.org.", "ubuntu.com.", "alpinelinux.org.", "pypi.org.", "npmjs.org.",
}

// answering are those of them whose hosts answer: https://www.rfc-editor.org/rfc/rfc6761#section-6.5
var answering = []string{"example.com.", "example.net.", "example.org."}

// Where the names lead, TEST-NET-3 and TEST-NET-2: https://www.rfc-editor.org/rfc/rfc5737
var (
	silent = [3]byte{203, 0, 113}
	heard  = [3]byte{198, 51, 100}
)

// Hosts are the addresses at which somebody answers.
func Hosts() (all []netip.Addr) {
	for number := range uint32(hosts) {
		all = append(all, host(heard, number))
	}
	return all
}

// hosts is how many each of the two has.
const hosts = 254

func host(of [3]byte, number uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{of[0], of[1], of[2], byte(1 + number)})
}

// Outside is the resolver; it is made by NewOutside.
type Outside struct {
	packets *wire.Packets
	streams *wire.Listener
	node    func(name string) (netip.Addr, bool)
	mute    []string
}

// NewOutside starts a resolver that knows the nodes by name, until close is called. It waits in vain for the name servers of the
// domains that are mute, longer than anybody waits for itself.
func NewOutside(node func(name string) (netip.Addr, bool), mute []string) (o *Outside, close func()) {
	at := netip.AddrPortFrom(Resolver, 53)
	o = &Outside{packets: wire.NewPackets(at, func() {}), streams: wire.NewListener(at, func() {}), node: node}
	for _, domain := range mute {
		o.mute = append(o.mute, dns.Fqdn(domain))
	}
	// Both servers end with what they listen on.
	go func() { _ = dns.ActivateAndServe(nil, o.packets, dns.HandlerFunc(o.answer)) }()
	go func() { _ = dns.ActivateAndServe(o.streams, nil, dns.HandlerFunc(o.answer)) }()
	return o, func() { _, _ = o.packets.Close(), o.streams.Close() }
}

// Connect opens a connection to the resolver; nil: at no other port anybody listens.
func (o *Outside) Connect(protocol string, port uint16, from netip.AddrPort) net.Conn {
	switch {
	case port != 53:
		return nil
	case protocol == "udp":
		return o.packets.Connect(from)
	default:
		return o.streams.Connect(from)
	}
}

func (o *Outside) answer(w dns.ResponseWriter, question *dns.Msg) {
	answer := new(dns.Msg)
	answer.SetReply(question)
	answer.RecursionAvailable = true
	if len(question.Question) == 1 {
		asked := question.Question[0]
		if slices.ContainsFunc(o.mute, func(domain string) bool { return dns.IsSubDomain(domain, asked.Name) }) {
			return
		}
		address, exists := o.find(strings.ToLower(asked.Name))
		switch {
		case !exists:
			answer.Rcode = dns.RcodeNameError
		case asked.Qtype == dns.TypeA:
			answer.Answer = []dns.RR{&dns.A{Hdr: dns.RR_Header{Name: asked.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: 60}, A: address.AsSlice()}}
		}
		if len(answer.Answer) == 0 {
			answer.Ns = []dns.RR{&dns.SOA{Hdr: dns.RR_Header{Name: ".", Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 60}, Ns: "a.root-servers.net.", Mbox: "nstld.verisign-grs.com.",
				Serial: 1, Refresh: 1800, Retry: 900, Expire: 604800, Minttl: 60}}
		}
	}
	// Who asked may be gone.
	_ = w.WriteMsg(answer)
}

// find is the address of a whole name.
func (o *Outside) find(name string) (netip.Addr, bool) {
	if address, known := o.node(strings.TrimSuffix(name, ".")); known {
		return address, true
	}
	isIn := func(domain string) bool { return dns.IsSubDomain(domain, name) }
	if !slices.ContainsFunc(world, isIn) {
		return netip.Addr{}, false
	}
	of := silent
	if slices.ContainsFunc(answering, isIn) {
		of = heard
	}
	sum := fnv.New32a()
	sum.Write([]byte(name))
	return host(of, sum.Sum32()%hosts), true
}
