package workload

// This file is `ping`.

import (
	"fmt"
	"strings"
)

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
