package agnhost

// This file is connect: it tries a connection and says in one word why it fails.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

func connect(p *program) func() int {
	span := p.flags.Duration("timeout", 0, "")
	protocol := p.flags.String("protocol", "tcp", "")
	text := p.flags.String("udp-data", "hostname", "")
	return func() int {
		if len(p.operands) != 1 {
			return p.refuse("UNKNOWN: accepts 1 arg(s), received %d", len(p.operands))
		}
		host, port, err := splitPort(p.operands[0])
		if err != nil {
			return p.refuse("UNKNOWN: %v", err)
		}
		if net.ParseIP(host) == nil {
			_, addresses, err := p.Lookup(p.ctx, host)
			if err != nil {
				return p.refuse("DNS: %v", err)
			}
			host = addresses[0]
		}
		switch *protocol {
		case "", "tcp":
			err = p.tryTCP(host, port, *span)
		case "udp":
			_, err = p.askPacket(p.ctx, host, port, *text+"\n", *span)
		default:
			return p.refuse("in this sandbox it knows the protocols tcp and udp, and not %s", *protocol)
		}
		var timing net.Error
		switch {
		case err == nil:
			return 0
		case errors.As(err, &timing) && timing.Timeout() || errors.Is(err, context.DeadlineExceeded):
			return p.refuse("TIMEOUT")
		case errors.Is(err, syscall.ECONNREFUSED):
			return p.refuse("REFUSED")
		}
		return p.refuse("OTHER: %v", err)
	}
}

func (p *program) tryTCP(host string, port int, span time.Duration) error {
	ctx := p.ctx
	if span > 0 {
		limited, cancel := context.WithTimeout(ctx, span)
		defer cancel()
		ctx = limited
	}
	connection, err := p.Dial(ctx, host, port)
	if err != nil {
		return err
	}
	return connection.Close()
}

func (p *program) refuse(format string, arguments ...any) int {
	fmt.Fprintf(p.Stderr, format+"\n", arguments...)
	return 1
}
