package workload

// This file is `nc` and `getent`, and what all commands say when a name or a connection fails. They reach what the World reaches.

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

// isMissing is true where a name server says that there is no such name.
func isMissing(err error) bool {
	var resolving *net.DNSError
	return errors.As(err, &resolving) && resolving.IsNotFound
}

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
	addresses, err := c.addresses(ctx, request{}, &progress{}, operands[0], port)
	var connection net.Conn
	if err == nil {
		connection, err = c.dial(ctx, addresses[0], port, isPacket)
	}
	if errors.Is(err, ErrNotSimulated) {
		fmt.Fprintf(c.Stderr, "nc: bad address '%s' (%s)\n", operands[0], ErrNotSimulated)
		return 1
	}
	if isUnresolved(err) {
		fmt.Fprintf(c.Stderr, "nc: bad address '%s'\n", operands[0])
		return 1
	}
	if err != nil {
		fmt.Fprintf(c.Stderr, "nc: %s (%s:%d): %s\n", operands[0], addresses[0], port, whyNot(err))
		return 1
	}
	defer connection.Close()
	defer context.AfterFunc(ctx, func() { connection.Close() })()
	if scan {
		fmt.Fprintf(c.Stderr, "%s (%s:%d) open\n", operands[0], addresses[0], port)
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
