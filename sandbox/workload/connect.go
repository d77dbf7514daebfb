package workload

// This file is the commands that resolve names and open connections, and what all commands say when that fails. They
// reach what the World reaches.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sandbox/resolver"
)

// ErrNotSimulated is World.Dial's and World.Lookup's answer where there is no network. Its text follows the tool's own words.
var ErrNotSimulated = errors.New("this sandbox simulates no DNS and no other Pods here; only the Pod itself (localhost) answers")

// errNoSuchServer says that the name of a name server leads nowhere.
var errNoSuchServer = errors.New("the name of the server leads nowhere")

// isTimeout is true where the time was over, by whosever clock.
func isTimeout(err error) bool {
	var timing interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timing) && timing.Timeout()
}

// isUnresolved is true where a name server was asked and has no address.
func isUnresolved(err error) bool {
	var resolving *net.DNSError
	return errors.As(err, &resolving)
}

// whyNot is what a C program says of a connection that did not come about.
func whyNot(err error) string {
	var number syscall.Errno
	switch {
	case errors.As(err, &number):
		return words(number)
	case isTimeout(err):
		return "Operation timed out"
	default:
		return "Connection refused"
	}
}

func nslookup(c *call) int {
	var operands []string
	for _, argument := range c.arguments[1:] {
		if strings.HasPrefix(argument, "-") {
			return c.refuse("knows no options")
		}
		operands = append(operands, argument)
	}
	if len(operands) != 1 && len(operands) != 2 {
		return c.refuse("needs one name, and may be told one name server to ask")
	}
	ctx, cancel := context.WithTimeout(c.ctx, defaultTimeout)
	defer cancel()
	name, addresses, server, err := c.lookUp(ctx, operands[0], operands[1:])
	if errors.Is(err, ErrNotSimulated) {
		fmt.Fprintf(c.Stderr, "nslookup: can't resolve '%s' (%s)\n", operands[0], ErrNotSimulated)
		return 1
	}
	if errors.Is(err, errNoSuchServer) {
		fmt.Fprintf(c.Stderr, "nslookup: bad address '%s'\n", server)
		return 1
	}
	fmt.Fprintf(c.Stdout, "Server:\t\t%s\nAddress:\t%s\n\n", server, net.JoinHostPort(server, "53"))
	if err != nil {
		switch {
		case isMissing(err):
			fmt.Fprintf(c.Stdout, "** server can't find %s: NXDOMAIN\n\n", operands[0])
		case isTimeout(err):
			fmt.Fprintln(c.Stdout, ";; connection timed out; no servers could be reached")
		default:
			fmt.Fprintf(c.Stdout, "** server can't find %s: SERVFAIL\n\n", operands[0])
		}
		return 1
	}
	for _, address := range addresses {
		fmt.Fprintf(c.Stdout, "Name:\t%s\nAddress: %s\n", name, address)
	}
	fmt.Fprintln(c.Stdout)
	return 0
}

// lookUp resolves a name, at the server that is named or else at the container's own, and tells which was asked. A server may be named by
// name.
func (c *call) lookUp(ctx context.Context, host string, servers []string) (name string, addresses []string, server string, err error) {
	if len(servers) == 0 {
		name, addresses, err = c.world.Lookup(ctx, host)
		return name, addresses, nameServer(c.world), err
	}
	server = servers[0]
	if net.ParseIP(server) == nil {
		_, found, err := c.world.Lookup(ctx, server)
		if err != nil {
			return "", nil, server, errNoSuchServer
		}
		server = found[0]
	}
	name, addresses, err = c.world.LookupAt(ctx, server, host)
	return name, addresses, server, err
}

// isMissing is true where a name server says that there is no such name.
func isMissing(err error) bool {
	var resolving *net.DNSError
	return errors.As(err, &resolving) && resolving.IsNotFound
}

// nameServer is the first one that the container's own files name.
func nameServer(world World) string { return resolver.Configuration(world).Servers[0] }

func nc(c *call) int {
	var operands []string
	timeout := defaultTimeout
	var scan, isPacket bool
	for i := 1; i < len(c.arguments); i++ {
		option := c.arguments[i]
		switch {
		case option == "-w" && i+1 < len(c.arguments):
			i++
			seconds, err := strconv.Atoi(c.arguments[i])
			if err != nil {
				return c.refuse("expected a number of seconds after -w")
			}
			timeout = time.Duration(seconds) * time.Second
		case option == "-l" || option == "-lk":
			return c.refuse("does not listen")
		case strings.HasPrefix(option, "-") && strings.Trim(option, "-zvntu") == "":
			scan = scan || strings.Contains(option, "z")
			isPacket = isPacket || strings.Contains(option, "u")
		case strings.HasPrefix(option, "-"):
			return c.refuse("knows the options -z, -v, -n, -t, -u and -w")
		default:
			operands = append(operands, option)
		}
	}
	if len(operands) != 2 {
		return c.refuse("needs a host and a port")
	}
	port, err := strconv.Atoi(operands[1])
	if err != nil {
		fmt.Fprintf(c.Stderr, "nc: port number invalid: %s\n", operands[1])
		return 1
	}
	ctx, cancel := context.WithTimeout(c.ctx, timeout)
	defer cancel()
	connection, err := c.dial(ctx, operands[0], port, isPacket)
	if errors.Is(err, ErrNotSimulated) {
		fmt.Fprintf(c.Stderr, "nc: bad address '%s' (%s)\n", operands[0], ErrNotSimulated)
		return 1
	}
	if isUnresolved(err) {
		fmt.Fprintf(c.Stderr, "nc: bad address '%s'\n", operands[0])
		return 1
	}
	if err != nil {
		fmt.Fprintf(c.Stderr, "nc: %s (%s:%d): %s\n", operands[0], operands[0], port, whyNot(err))
		return 1
	}
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { connection.Close() })()
	if scan {
		fmt.Fprintf(c.Stderr, "%s (%s:%d) open\n", operands[0], operands[0], port)
		return 0
	}
	if c.Stdin != nil {
		go io.Copy(connection, c.Stdin)
	}
	io.Copy(c.Stdout, connection)
	return 0
}

// dial opens a connection, or a socket for datagrams.
func (c *call) dial(ctx context.Context, host string, port int, isPacket bool) (net.Conn, error) {
	if !isPacket {
		return c.world.Dial(ctx, host, port)
	}
	if net.ParseIP(host) == nil {
		_, addresses, err := c.world.Lookup(ctx, host)
		if err != nil {
			return nil, err
		}
		host = addresses[0]
	}
	return c.world.DialPacket(ctx, host, port)
}

// getent tells a host's address as the C library finds it.
func getent(c *call) int {
	if len(c.arguments) != 3 || c.arguments[1] != "hosts" && c.arguments[1] != "ahosts" {
		return c.refuse("knows the database hosts, and one name")
	}
	ctx, cancel := context.WithTimeout(c.ctx, defaultTimeout)
	defer cancel()
	name, addresses, err := c.world.Lookup(ctx, c.arguments[2])
	if errors.Is(err, ErrNotSimulated) {
		return c.refuse("has no name server: %s", err)
	}
	if err != nil {
		return 2
	}
	c.print("%-15s %s", addresses[0], name)
	return 0
}
