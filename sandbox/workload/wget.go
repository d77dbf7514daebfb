package workload

// This file is `wget`, as BusyBox has it.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func wget(c *call) int {
	r := request{method: http.MethodGet, timeout: defaultTimeout, headers: http.Header{"User-Agent": {"Wget"}}}
	var quiet, isSpider bool
	output := ""
	for i := 1; i < len(c.arguments); i++ {
		option := c.arguments[i]
		switch {
		case option == "-O" && i+1 < len(c.arguments):
			i++
			output = c.arguments[i]
		case option == "-T" && i+1 < len(c.arguments):
			i++
			seconds, err := strconv.Atoi(c.arguments[i])
			if err != nil {
				return c.refuse("expected a number of seconds after -T")
			}
			r.timeout = time.Duration(seconds) * time.Second
		case option == "-q" || option == "--quiet":
			quiet = true
		case option == "-qO-" || option == "-O-":
			quiet, output = quiet || option == "-qO-", "-"
		case option == "--spider":
			output, isSpider = "/dev/null", true
		case strings.HasPrefix(option, "--post-data="):
			r.method, r.body = http.MethodPost, strings.TrimPrefix(option, "--post-data=")
			r.headers.Set("Content-Type", "application/x-www-form-urlencoded")
		case strings.HasPrefix(option, "-") || r.address != "":
			return c.refuse("does not know the option %s", option)
		default:
			r.address = option
		}
	}
	if output != "-" && output != "/dev/null" {
		return c.refuse("writes no files; use -O - or -O /dev/null")
	}
	where := target(r.address)
	if where == nil {
		fmt.Fprintln(c.Stderr, "wget: a URL is missing")
		return 1
	}
	r.address = where.String()
	say := func(format string, arguments ...any) {
		if !quiet {
			fmt.Fprintf(c.Stderr, format+"\n", arguments...)
		}
	}
	address, err := c.wgetFrom(where, &r)
	if err != nil {
		if errors.Is(err, ErrNotSimulated) {
			c.say("bad address '%s' (%s)", where.Hostname(), ErrNotSimulated)
		} else {
			c.say("bad address '%s'", where.Hostname())
		}
		return 1
	}
	say("Connecting to %s (%s)", where.Host, address)
	answer, _, err := c.fetch(r)
	if isTimeout(err) && !errors.Is(err, syscall.ETIMEDOUT) {
		c.say("download timed out")
		return 1
	}
	if err != nil {
		host, _, _ := net.SplitHostPort(address) // it was joined
		c.say("can't connect to remote host (%s): %s", host, whyNot(err))
		return 1
	}
	defer answer.end()
	if answer.StatusCode >= 400 {
		fmt.Fprintf(c.Stderr, "wget: server returned error: %s %s\n", answer.Proto, answer.Status)
		return 1
	}
	if isSpider {
		say("remote file exists")
		return 0
	}
	shown := output
	if output == "-" {
		shown = "stdout"
	}
	say("writing to %s", shown)
	if output == "-" {
		io.Copy(c.Stdout, answer.Body)
	}
	say("written to %s", shown)
	return 0
}

// wgetFrom finds the address that a request goes to, and has it go there.
func (c *call) wgetFrom(where *url.URL, r *request) (address string, err error) {
	port := where.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[where.Scheme]
	}
	if port == "" {
		port = "80"
	}
	to := net.JoinHostPort(where.Hostname(), port)
	host, number, err := splitAddress(to)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(c.ctx, r.timeout)
	defer cancel()
	addresses, err := c.addresses(ctx, *r, &progress{}, host, number)
	if err != nil {
		return "", err
	}
	r.at = map[string]string{to: addresses[0]}
	return net.JoinHostPort(addresses[0], port), nil
}
