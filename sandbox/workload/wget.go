package workload

// This file is `wget`, as BusyBox has it.

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func wget(c *call) int {
	r := request{method: http.MethodGet, timeout: defaultTimeout, headers: http.Header{"User-Agent": {"Wget"}}}
	var quiet bool
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
			output = "/dev/null"
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
	if !quiet {
		fmt.Fprintf(c.Stderr, "Connecting to %s\n", where.Host)
	}
	answer, _, err := c.fetch(r)
	if errors.Is(err, ErrNotSimulated) {
		fmt.Fprintf(c.Stderr, "wget: bad address '%s' (%s)\n", where.Hostname(), ErrNotSimulated)
		return 1
	}
	if isUnresolved(err) {
		fmt.Fprintf(c.Stderr, "wget: bad address '%s'\n", where.Hostname())
		return 1
	}
	if isTimeout(err) && !errors.Is(err, syscall.ETIMEDOUT) {
		fmt.Fprintln(c.Stderr, "wget: download timed out")
		return 1
	}
	if err != nil {
		fmt.Fprintf(c.Stderr, "wget: can't connect to remote host (%s): %s\n", where.Hostname(), whyNot(err))
		return 1
	}
	defer answer.end()
	if answer.StatusCode >= 400 {
		fmt.Fprintf(c.Stderr, "wget: server returned error: %s %s\n", answer.Proto, answer.Status)
		return 1
	}
	if output == "-" {
		io.Copy(c.Stdout, answer.Body)
	}
	return 0
}
