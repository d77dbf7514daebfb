package workload

// This file is `dig`. It asks a name server for a record of any type and shows what came, as BIND's does. digflags.go reads its
// command line.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/miekg/dns"

	"sandbox/resolver"
)

// digUDP is how long an answer by UDP may be, as dig says with its question.
const digUDP = 1232

func dig(c *call) int {
	o, code := c.digOptions()
	if code != 0 {
		return code
	}
	config := resolver.Configuration(c.world)
	servers := config.Servers
	if o.server != "" {
		address, err := c.addressOf(o.server)
		if errors.Is(err, ErrNotSimulated) {
			c.say("couldn't get address for '%s' (%s)", o.server, ErrNotSimulated)
			return 9
		}
		if err != nil {
			c.say("couldn't get address for '%s': not found", o.server)
			return 10
		}
		servers = []string{address}
	}
	names := []string{dns.Fqdn(o.name)}
	if o.isSearching {
		names = config.NameList(o.name)
	}
	for i, name := range names {
		question := new(dns.Msg).SetQuestion(name, o.kind)
		question.SetEdns0(digUDP, false)
		answer, took, server := c.digAll(o, servers, question)
		if answer == nil {
			if o.shows["cmd"] && !o.isShort {
				c.digHead()
			}
			c.print(";; no servers could be reached")
			return 9
		}
		if answer.Rcode != dns.RcodeNameError || i == len(names)-1 {
			c.digAnswer(o, answer, took, server)
			break
		}
	}
	return 0
}

// digAll asks the servers in their order, as often as is wanted; no answer: none of them did.
func (c *call) digAll(o *digOptions, servers []string, question *dns.Msg) (answer *dns.Msg, took time.Duration, server string) {
	for range o.tries {
		for _, server := range servers {
			begun := time.Now()
			answer, err := c.digOnce(o, server, question)
			if err == nil && answer.Truncated && !o.isTCP {
				c.print(";; Truncated, retrying in TCP mode.")
				o.isTCP = true
				answer, err = c.digOnce(o, server, question)
			}
			switch {
			case c.ctx.Err() != nil:
				return nil, 0, ""
			case err == nil:
				return answer, time.Since(begun), server
			}
			c.print(";; communications error to %s#%d: %s", server, o.port, digTrouble(err))
		}
	}
	return nil, 0, ""
}

func digTrouble(err error) string {
	switch {
	case errors.Is(err, ErrNotSimulated):
		return ErrNotSimulated.Error()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ENETUNREACH):
		return "network unreachable"
	case isTimeout(err):
		return "timed out"
	}
	return "end of file"
}

func (c *call) digOnce(o *digOptions, server string, question *dns.Msg) (*dns.Msg, error) {
	return c.query(server, o.port, o.timeout, o.isTCP, question)
}

// query sends a question to a server and takes the answer.
func (c *call) query(server string, port int, timeout time.Duration, isTCP bool, question *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(c.ctx, timeout)
	defer cancel()
	dial, protocol := c.world.DialPacket, "udp"
	if isTCP {
		dial, protocol = c.world.Dial, "tcp"
	}
	connection, err := dial(ctx, server, port)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	return resolver.Exchange(ctx, connection, protocol, question)
}

// addressOf is a name server's address, by its name or as it stands.
func (c *call) addressOf(server string) (string, error) {
	if net.ParseIP(server) != nil {
		return server, nil
	}
	_, found, err := c.world.Lookup(c.ctx, server)
	if err != nil {
		return "", err
	}
	return found[0], nil
}

// digHead is the first thing that dig says.
func (c *call) digHead() {
	c.print("\n; <<>> DiG 9.18.28 <<>> %s\n;; global options: +cmd", strings.Join(c.arguments[1:], " "))
}

func (c *call) digAnswer(o *digOptions, answer *dns.Msg, took time.Duration, server string) {
	if o.isShort {
		for _, record := range answer.Answer {
			c.print("%s", data(record))
		}
		return
	}
	if o.shows["cmd"] {
		c.digHead()
	}
	extra := answer.IsEdns0()
	var additional []dns.RR
	for _, record := range answer.Extra {
		if record != dns.RR(extra) {
			additional = append(additional, record)
		}
	}
	if o.shows["comments"] {
		c.print(";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: %s, id: %d", dns.RcodeToString[answer.Rcode], answer.Id)
		c.print(";; flags:%s; QUERY: %d, ANSWER: %d, AUTHORITY: %d, ADDITIONAL: %d", flags(answer), len(answer.Question), len(answer.Answer), len(answer.Ns), len(answer.Extra))
		if answer.RecursionDesired && !answer.RecursionAvailable {
			c.print(";; WARNING: recursion requested but not available")
		}
		c.print("")
		if extra != nil {
			c.print(";; OPT PSEUDOSECTION:\n; EDNS: version: %d, flags:; udp: %d", extra.Version(), extra.UDPSize())
		}
	}
	if o.shows["question"] {
		if o.shows["comments"] {
			c.print(";; QUESTION SECTION:")
		}
		for _, asked := range answer.Question {
			c.print("%s", inColumns(";"+asked.Name, "", "IN", dns.TypeToString[asked.Qtype]))
		}
		c.print("")
	}
	c.digSection(o, "answer", answer.Answer)
	c.digSection(o, "authority", answer.Ns)
	c.digSection(o, "additional", additional)
	if o.shows["stats"] {
		protocol := "UDP"
		if o.isTCP {
			protocol = "TCP"
		}
		c.print(";; Query time: %d msec\n;; SERVER: %s#%d(%s) (%s)\n;; WHEN: %s\n;; MSG SIZE  rcvd: %d\n", took.Milliseconds(), server, o.port, server, protocol,
			time.Now().UTC().Format("Mon Jan 02 15:04:05 UTC 2006"), answer.Len())
	}
}

func (c *call) digSection(o *digOptions, name string, records []dns.RR) {
	if !o.shows[name] || len(records) == 0 {
		return
	}
	if o.shows["comments"] {
		c.print(";; %s SECTION:", strings.ToUpper(name))
	}
	for _, record := range records {
		head := record.Header()
		c.print("%s", inColumns(head.Name, fmt.Sprint(head.Ttl), dns.ClassToString[head.Class], dns.TypeToString[head.Rrtype], data(record)))
	}
	if o.shows["comments"] || o.shows["stats"] {
		c.print("")
	}
}

// data is what a record says, without the name, the time to live and the type.
func data(record dns.RR) string {
	return strings.TrimPrefix(record.String(), record.Header().String())
}

func flags(answer *dns.Msg) string {
	text := ""
	for _, flag := range []struct {
		name  string
		isSet bool
	}{
		{"qr", answer.Response}, {"aa", answer.Authoritative}, {"tc", answer.Truncated}, {"rd", answer.RecursionDesired},
		{"ra", answer.RecursionAvailable}, {"ad", answer.AuthenticatedData}, {"cd", answer.CheckingDisabled},
	} {
		if flag.isSet {
			text += " " + flag.name
		}
	}
	return text
}

// inColumns puts fields at every eighth column from the 24th on, by tabs; one that is past its column follows after a space, and an empty
// one leaves its column out.
func inColumns(fields ...string) string {
	text, at := fields[0], len(fields[0])
	for i, field := range fields[1:] {
		column := 24 + 8*i
		if field == "" {
			continue
		}
		if at >= column {
			text, at = text+" ", at+1
		}
		for at < column {
			text, at = text+"\t", at-at%8+8
		}
		text, at = text+field, at+len(field)
	}
	return text
}
