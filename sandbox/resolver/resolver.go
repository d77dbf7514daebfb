// Package resolver finds a name's addresses as the C library in a container does: by its own hosts file, search list,
// `ndots` and name servers. It asks over connections that it is given, and never the host's resolver.
package resolver

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Container is what a resolver sees of its container.
type Container interface {
	ReadFile(path string) ([]byte, error)
	// Dial opens a connection by `tcp` or `udp`.
	Dial(ctx context.Context, protocol, host string, port int) (net.Conn, error)
}

// Lookup resolves a name: the whole name that an answer was found for, and its addresses, IPv4 first.
//
// # Errors
// [*net.DNSError]: IsNotFound when a name server says that there is no such name, or none with an address; IsTimeout when
// none answers; IsTemporary when one fails.
func Lookup(ctx context.Context, container Container, name string) (whole string, addresses []string, err error) {
	if found := inHosts(container, name); len(found) > 0 {
		return name, found, nil
	}
	config := Configuration(container)
	failed := &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	for _, candidate := range config.NameList(name) {
		found, err := askBoth(ctx, container, config, candidate)
		switch {
		case len(found) > 0:
			return strings.TrimSuffix(candidate, "."), found, nil
		case err == nil:
			continue
		}
		failed.Err, failed.IsNotFound = err.Error(), false
		failed.IsTimeout = errors.Is(err, errNoServer)
		failed.IsTemporary = !failed.IsTimeout
		// No answer at all ends the search; after one that fails, glibc and Go try the next name, and remember that one failed.
		if failed.IsTimeout {
			return "", nil, failed
		}
	}
	return "", nil, failed
}

// At is a container whose files name one server, and no hosts.
func At(container Container, server string) Container { return at{container, server} }

type at struct {
	Container
	server string
}

func (a at) ReadFile(path string) ([]byte, error) {
	if path != "/etc/resolv.conf" {
		return nil, nil
	}
	own, _ := a.Container.ReadFile(path) // without it there is no search list
	text := []byte("nameserver " + a.server + "\n")
	for line := range bytes.Lines(own) {
		if !bytes.HasPrefix(line, []byte("nameserver")) {
			text = append(text, line...)
		}
	}
	return text, nil
}

// inHosts are a name's addresses in /etc/hosts.
func inHosts(container Container, name string) (addresses []string) {
	// Without the file there is nothing in it.
	text, _ := container.ReadFile("/etc/hosts")
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		for i := 1; i < len(fields); i++ {
			if address, err := netip.ParseAddr(fields[0]); err == nil && address.Is4() && strings.EqualFold(fields[i], strings.TrimSuffix(name, ".")) {
				addresses = append(addresses, fields[0])
			}
		}
	}
	return addresses
}

// Configuration reads a container's /etc/resolv.conf; where it has none, or one that cannot be read, this machine is asked, as in the C library.
func Configuration(container interface {
	ReadFile(path string) ([]byte, error)
}) *dns.ClientConfig {
	text, err := container.ReadFile("/etc/resolv.conf")
	config, unread := dns.ClientConfigFromReader(bytes.NewReader(text))
	if err != nil || unread != nil {
		config = &dns.ClientConfig{Ndots: 1, Timeout: 5, Attempts: 2}
	}
	if len(config.Servers) == 0 {
		config.Servers = []string{"127.0.0.1"}
	}
	if config.Port == "" {
		config.Port = "53"
	}
	return config
}

var (
	errNoServer = errors.New("no servers could be reached")
	errFailed   = errors.New("server misbehaving")
)

// askBoth asks for a name's addresses of both kinds at once, as the C library does. No address and no error: a server says
// that there is none.
func askBoth(ctx context.Context, container Container, config *dns.ClientConfig, name string) ([]string, error) {
	type result struct {
		addresses []string
		err       error
	}
	asked := []uint16{dns.TypeA, dns.TypeAAAA}
	results := make([]chan result, len(asked))
	for i, kind := range asked {
		results[i] = make(chan result, 1)
		go func() {
			addresses, err := ask(ctx, container, config, name, kind)
			results[i] <- result{addresses, err}
		}()
	}
	var all []string
	var failed error
	for _, one := range results {
		r := <-one
		all = append(all, r.addresses...)
		failed = errors.Join(failed, r.err)
	}
	if len(all) > 0 {
		failed = nil
	}
	return all, failed
}

// ask sends one question to the servers in their order, and all of it again as often as the configuration says.
func ask(ctx context.Context, container Container, config *dns.ClientConfig, name string, kind uint16) ([]string, error) {
	question := new(dns.Msg)
	question.SetQuestion(name, kind)
	failed := errNoServer
	for range max(1, config.Attempts) {
		for _, server := range config.Servers {
			answer, err := exchange(ctx, container, config, server, question)
			switch {
			case ctx.Err() != nil:
				return nil, errNoServer
			case err != nil:
				continue
			case answer.Rcode == dns.RcodeSuccess || answer.Rcode == dns.RcodeNameError:
				return addressesIn(answer), nil
			}
			failed = errFailed
		}
	}
	return nil, failed
}

func exchange(ctx context.Context, container Container, config *dns.ClientConfig, server string, question *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(max(1, config.Timeout))*time.Second)
	defer cancel()
	port, err := strconv.Atoi(config.Port)
	if err != nil {
		return nil, err
	}
	for _, protocol := range []string{"udp", "tcp"} {
		answer, err := over(ctx, container, protocol, server, port, question)
		if err != nil || !answer.Truncated {
			return answer, err
		}
	}
	return nil, errFailed
}

func over(ctx context.Context, container Container, protocol, server string, port int, question *dns.Msg) (*dns.Msg, error) {
	conn, err := container.Dial(ctx, protocol, server, port)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return Exchange(ctx, conn, protocol, question)
}

// Exchange sends a question over an open connection by `tcp` or `udp`, and takes the answer, before ctx ends.
//
// # Errors
// Those of the connection, and an answer that is none.
func Exchange(ctx context.Context, conn net.Conn, protocol string, question *dns.Msg) (*dns.Msg, error) {
	if deadline, bounded := ctx.Deadline(); bounded {
		if err := conn.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	client := dns.Client{Net: protocol}
	answer, _, err := client.ExchangeWithConnContext(ctx, question, &dns.Conn{Conn: conn})
	return answer, err
}

func addressesIn(answer *dns.Msg) (addresses []string) {
	for _, record := range answer.Answer {
		switch r := record.(type) {
		case *dns.A:
			addresses = append(addresses, r.A.String())
		case *dns.AAAA:
			addresses = append(addresses, r.AAAA.String())
		}
	}
	return addresses
}
