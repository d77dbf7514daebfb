package dns

// This file is CoreDNS' plugin `hosts` over the files of its Pod. Its own reads the host's. It is set up once for each reading
// of the Corefile, so a file that changes later is not seen; and it tells no names of addresses.

import (
	"context"
	"net/netip"
	"strings"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/pkg/fall"
	"github.com/coredns/coredns/request"
	"github.com/miekg/dns"
)

// hostsLive is how long an answer may be kept, in seconds: https://coredns.io/plugins/hosts/
const hostsLive = 3600

// written is the plugin in a chain: names with the addresses that are written down for them.
type written struct {
	next  plugin.Handler
	zones plugin.Zones
	fall  fall.F
	names map[string][]netip.Addr
}

func setUpHosts(c *caddy.Controller) error {
	h := &written{names: map[string][]netip.Addr{}}
	for n := 0; c.Next(); n++ {
		if n > 0 {
			return plugin.Error("hosts", plugin.ErrOnce)
		}
		path, arguments := "/etc/hosts", c.RemainingArgs()
		if len(arguments) > 0 {
			path, arguments = arguments[0], arguments[1:]
		}
		h.zones = plugin.OriginsFromArgsOrServerBlock(arguments, c.ServerBlockKeys)
		// As with CoreDNS, a file that is not there is none.
		text, _ := serverOf(c).options.Pod.ReadFile(path)
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			h.add(strings.Fields(line))
		}
		for c.NextBlock() {
			switch property := c.Val(); {
			case property == "fallthrough":
				h.fall.SetZonesFromArgs(c.RemainingArgs())
			case property == "no_reverse" || property == "ttl" || property == "reload":
				c.RemainingArgs() // they change nothing here
			case len(h.fall.Zones) == 0:
				h.add(append([]string{property}, c.RemainingArgs()...))
			default:
				return plugin.Error("hosts", c.Errf("unknown property '%s'", property))
			}
		}
	}
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		h.next = next
		return h
	})
	return nil
}

// add takes an address and its names; a line of another form says nothing.
func (h *written) add(fields []string) {
	if len(fields) < 2 {
		return
	}
	address, err := netip.ParseAddr(fields[0])
	if err != nil {
		return
	}
	for _, name := range fields[1:] {
		name = plugin.Name(name).Normalize()
		h.names[name] = append(h.names[name], address)
	}
}

// Name is the plugin's.
func (h *written) Name() string { return "hosts" }

// ServeDNS answers for names that are written down.
func (h *written) ServeDNS(ctx context.Context, w dns.ResponseWriter, r *dns.Msg) (int, error) {
	state := request.Request{W: w, Req: r}
	name := state.Name()
	addresses, known := h.names[name]
	switch {
	case h.zones.Matches(name) == "", !known && (state.QType() == dns.TypePTR || h.fall.Through(name)):
		return plugin.NextOrFailure(h.Name(), h.next, ctx, w, r)
	case !known:
		return dns.RcodeServerFailure, nil
	}
	answer := new(dns.Msg)
	answer.SetReply(r)
	answer.Authoritative = true
	header := dns.RR_Header{Name: state.QName(), Rrtype: state.QType(), Class: dns.ClassINET, Ttl: hostsLive}
	for _, address := range addresses {
		switch {
		case state.QType() == dns.TypeA && address.Is4():
			answer.Answer = append(answer.Answer, &dns.A{Hdr: header, A: address.AsSlice()})
		case state.QType() == dns.TypeAAAA && address.Is6():
			answer.Answer = append(answer.Answer, &dns.AAAA{Hdr: header, AAAA: address.AsSlice()})
		}
	}
	return dns.RcodeSuccess, w.WriteMsg(answer)
}
