package workload

// This file is `dig` and `ping`. They ask the name server that the World has.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
)

func dig(c *call) int {
	isShort, name := false, ""
	var servers []string
	for _, word := range c.arguments[1:] {
		switch {
		case word == "+short":
			isShort = true
		case strings.HasPrefix(word, "+"):
			// The others change what is shown, or how often is asked.
		case strings.HasPrefix(word, "@"):
			servers = []string{word[1:]}
		case strings.HasPrefix(word, "-"):
			return c.refuse("does not know the option %s", word)
		case strings.EqualFold(word, "A"), strings.EqualFold(word, "IN"):
		case isRecordType(word):
			return c.refuse("asks for addresses (A), and not for %s", word)
		case name == "":
			name = word
		default:
			return c.refuse("asks for one name, and not for %s too", word)
		}
	}
	if name == "" {
		return c.refuse("needs a name")
	}
	ctx, cancel := context.WithTimeout(c.ctx, defaultTimeout)
	defer cancel()
	// Unlike other programs dig takes a name as it stands, without the domains of the search list.
	whole, addresses, server, err := c.lookUp(ctx, strings.TrimSuffix(name, ".")+".", servers)
	if errors.Is(err, ErrNotSimulated) {
		c.say("couldn't get address for '%s' (%s)", name, ErrNotSimulated)
		return 9
	}
	if errors.Is(err, errNoSuchServer) {
		c.say("couldn't get address for '%s': not found", server)
		return 10
	}
	if err != nil && isTimeout(err) {
		c.print(";; communications error to %s: timed out\n;; no servers could be reached", net.JoinHostPort(server, "53"))
		return 9
	}
	if isShort {
		for _, address := range addresses {
			c.print("%s", address)
		}
		return 0
	}
	status := "NOERROR"
	switch {
	case isMissing(err):
		status = "NXDOMAIN"
	case err != nil:
		status = "SERVFAIL"
	}
	c.print(";; ->>HEADER<<- opcode: QUERY, status: %s\n;; QUESTION SECTION:\n;%s.\t\tIN\tA\n", status, strings.TrimSuffix(name, "."))
	if len(addresses) > 0 {
		c.print(";; ANSWER SECTION:")
	}
	for _, address := range addresses {
		c.print("%s.\t30\tIN\tA\t%s", strings.TrimSuffix(whole, "."), address)
	}
	c.print("\n;; SERVER: %s#53(%s)", server, server)
	return 0
}

func isRecordType(word string) bool {
	switch strings.ToUpper(word) {
	case "AAAA", "SRV", "CNAME", "MX", "TXT", "NS", "SOA", "PTR", "ANY":
		return true
	}
	return false
}

func ping(c *call) int {
	var host string
	for _, word := range c.arguments[1:] {
		if !strings.HasPrefix(word, "-") && strings.Trim(word, "0123456789") != "" {
			host = word
		}
	}
	if host == "" {
		fmt.Fprintln(c.Stderr, "ping: a host is missing")
		return 1
	}
	return c.refuse("does not send: ICMP is not simulated, and a Service would not answer it either; `nc -zv %s PORT` asks a port", host)
}
