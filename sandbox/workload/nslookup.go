package workload

// This file is `nslookup`: BusyBox' in an image that has `busybox` and no `dig`, and otherwise one that looks for a name as programs
// do, by the search list.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"sandbox/resolver"
)

func nslookup(c *call) int {
	var operands []string
	var kinds []uint16
	for _, argument := range c.arguments[1:] {
		name, isKind := strings.CutPrefix(argument, "-type=")
		if !isKind {
			name, isKind = strings.CutPrefix(argument, "-querytype=")
		}
		kind := dns.StringToType[strings.ToUpper(name)]
		switch {
		case isKind && kind == 0:
			c.say("invalid query type \"%s\"", name)
			return 1
		case isKind:
			kinds = append(kinds, kind)
		case strings.HasPrefix(argument, "-"):
			return c.refuse("knows the options -type and -querytype")
		default:
			operands = append(operands, argument)
		}
	}
	if len(operands) != 1 && len(operands) != 2 {
		return c.refuse("needs one name, and may be told one name server to ask")
	}
	isBusyBox := slices.Contains(c.model.Exec, "busybox") && !slices.Contains(c.model.Exec, "dig")
	if isBusyBox || len(kinds) > 0 || net.ParseIP(operands[0]) != nil {
		return c.lookUpRecords(operands[0], operands[1:], kinds, !isBusyBox)
	}
	return c.lookUpAsPrograms(operands[0], operands[1:])
}

// lookUpAsPrograms shows the addresses that a program in the container gets for a name.
func (c *call) lookUpAsPrograms(host string, servers []string) int {
	ctx, cancel := context.WithTimeout(c.ctx, defaultTimeout)
	defer cancel()
	name, addresses, server, err := c.lookUp(ctx, host, servers)
	if errors.Is(err, ErrNotSimulated) {
		c.say("can't resolve '%s' (%s)", host, ErrNotSimulated)
		return 1
	}
	if errors.Is(err, errNoSuchServer) {
		c.say("bad address '%s'", server)
		return 1
	}
	c.lookUpHead(server)
	if err != nil {
		switch {
		case isMissing(err):
			c.print("** server can't find %s: NXDOMAIN\n", host)
		case isTimeout(err):
			c.print(";; connection timed out; no servers could be reached")
		default:
			c.print("** server can't find %s: SERVFAIL\n", host)
		}
		return 1
	}
	for _, address := range addresses {
		c.print("Name:\t%s\nAddress: %s", name, address)
	}
	c.print("")
	return 0
}

func (c *call) lookUpHead(server string) {
	c.print("Server:\t\t%s\nAddress:\t%s\n", server, net.JoinHostPort(server, "53"))
}

// lookUp resolves a name, at the server that is named or else at the container's own, and tells which was asked. A server may be named by
// name.
func (c *call) lookUp(ctx context.Context, host string, servers []string) (name string, addresses []string, server string, err error) {
	if len(servers) == 0 {
		name, addresses, err = c.world.Lookup(ctx, host)
		return name, addresses, nameServer(c.world), err
	}
	server, err = c.addressOf(servers[0])
	if err != nil {
		return "", nil, servers[0], errNoSuchServer
	}
	name, addresses, err = c.world.LookupAt(ctx, server, host)
	return name, addresses, server, err
}

// nameServer is the first one that the container's own files name.
func nameServer(world World) string { return resolver.Configuration(world).Servers[0] }

// lookUpRecords asks for records of some kinds, or for addresses where none is named, and shows what came for each question. BusyBox asks for
// a name with a dot as it stands, and for any other once with each domain of the search list.
func (c *call) lookUpRecords(name string, servers []string, kinds []uint16, isSearching bool) int {
	config := resolver.Configuration(c.world)
	names := []string{dns.Fqdn(name)}
	backwards, noAddress := dns.ReverseAddr(name)
	switch {
	case noAddress == nil:
		names, kinds = []string{backwards}, []uint16{dns.TypePTR}
	case len(kinds) == 0:
		kinds = []uint16{dns.TypeA, dns.TypeAAAA}
	}
	if noAddress != nil && (isSearching || !strings.Contains(name, ".")) {
		names = config.NameList(name)
		// The name as it stands comes last, and BusyBox leaves it out.
		if !isSearching && len(config.Search) > 0 {
			names = names[:len(names)-1]
		}
	}
	if len(servers) > 0 {
		address, err := c.addressOf(servers[0])
		if err != nil {
			c.say("bad address '%s'", servers[0])
			return 1
		}
		config.Servers = []string{address}
	}
	replies := c.ask(config.Servers[0], names, kinds)
	if !slices.ContainsFunc(replies, func(r reply) bool { return r.message != nil }) {
		c.print(";; connection timed out; no servers could be reached\n")
		return 1
	}
	c.lookUpHead(config.Servers[0])
	code := 0
	for _, r := range replies {
		switch {
		case r.message == nil:
			code = 1
			continue
		case r.message.Rcode != dns.RcodeSuccess:
			code = 1
			c.print("** server can't find %s: %s", strings.TrimSuffix(r.name, "."), dns.RcodeToString[r.message.Rcode])
		}
		for _, record := range r.message.Answer {
			c.print("%s", inWords(record))
		}
		c.print("")
	}
	return code
}

// reply is what came for a question; nil: nothing.
type reply struct {
	name    string
	message *dns.Msg
}

// ask asks a server for each of the names and kinds at once.
func (c *call) ask(server string, names []string, kinds []uint16) []reply {
	var waiting []chan reply
	for _, kind := range kinds {
		for _, name := range names {
			came := make(chan reply, 1)
			waiting = append(waiting, came)
			go func() {
				// An error says that nothing came in time.
				message, _ := c.query(server, 53, defaultTimeout, false, new(dns.Msg).SetQuestion(name, kind))
				came <- reply{name, message}
			}()
		}
	}
	var replies []reply
	for _, came := range waiting {
		replies = append(replies, <-came)
	}
	return replies
}

// inWords is a record as nslookup writes it.
func inWords(record dns.RR) string {
	name := strings.TrimSuffix(record.Header().Name, ".")
	switch r := record.(type) {
	case *dns.A:
		return fmt.Sprintf("Name:\t%s\nAddress: %s", name, r.A)
	case *dns.AAAA:
		return fmt.Sprintf("Name:\t%s\nAddress: %s", name, r.AAAA)
	case *dns.CNAME:
		return fmt.Sprintf("%s\tcanonical name = %s", name, strings.TrimSuffix(r.Target, "."))
	case *dns.PTR:
		return fmt.Sprintf("%s\tname = %s", name, strings.TrimSuffix(r.Ptr, "."))
	case *dns.SRV:
		return fmt.Sprintf("%s\tservice = %d %d %d %s", name, r.Priority, r.Weight, r.Port, strings.TrimSuffix(r.Target, "."))
	case *dns.MX:
		return fmt.Sprintf("%s\tmail exchanger = %d %s", name, r.Preference, strings.TrimSuffix(r.Mx, "."))
	case *dns.NS:
		return fmt.Sprintf("%s\tnameserver = %s", name, strings.TrimSuffix(r.Ns, "."))
	case *dns.TXT:
		return fmt.Sprintf("%s\ttext = \"%s\"", name, strings.Join(r.Txt, ""))
	}
	return fmt.Sprintf("%s\t%s", name, data(record))
}
