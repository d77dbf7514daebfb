package workload

// This file is the commands that speak HTTP. They connect through the World.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

const defaultTimeout = time.Minute

// request is what curl and wget have in common.
type request struct {
	method  string
	address string
	headers http.Header
	timeout time.Duration
	// trusting takes any certificate of the server.
	trusting bool
}

// fetch asks once, and follows no redirection.
func (c *call) fetch(r request) (*http.Response, context.CancelFunc, error) {
	ctx, cancel := context.WithTimeout(c.ctx, r.timeout)
	asked, err := http.NewRequestWithContext(ctx, r.method, r.address, nil)
	if err != nil {
		cancel()
		return nil, nil, err
	}
	asked.Header = r.headers
	var isConnected atomic.Bool
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: r.trusting}, DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
		host, port, err := splitAddress(address)
		if err != nil {
			return nil, err
		}
		connection, err := c.world.Dial(ctx, host, port)
		isConnected.Store(err == nil)
		return connection, err
	}}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(asked)
	if err != nil {
		cancel()
		if isTimeout(err) && !isConnected.Load() {
			err = errors.Join(errNoAnswer, err)
		}
		return nil, nil, err
	}
	return answer, cancel, nil
}

func splitAddress(address string) (string, int, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	number, err := strconv.Atoi(port)
	return host, number, err
}

// target completes a URL as curl and wget do; nil: there is no host in it.
func target(text string) *url.URL {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	where, err := url.Parse(text)
	if err != nil || where.Hostname() == "" {
		return nil
	}
	if where.Path == "" {
		where.Path = "/"
	}
	return where
}

// curlOptions are what the command line asks for beside the request.
type curlOptions struct {
	request
	show, silent, fail, discard bool
	format                      string
}

func curl(c *call) int {
	o, code := c.curlOptions()
	if code != 0 {
		return code
	}
	complain := func(code int, text string) int {
		if !o.silent {
			fmt.Fprintf(c.Stderr, "curl: (%d) %s\n", code, text)
		}
		return code
	}
	where := target(o.address)
	if where == nil {
		return complain(3, "URL rejected: No host part in the URL")
	}
	o.address = where.String()
	answer, cancel, err := c.fetch(o.request)
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(err, ErrNotSimulated):
		// Said even with -s: silence would look like a fault of the learner's cluster.
		fmt.Fprintf(c.Stderr, "curl: (6) Could not resolve host: %s (%s)\n", where.Hostname(), ErrNotSimulated)
		return 6
	case errors.Is(err, errNoAnswer):
		return complain(28, fmt.Sprintf("Connection timed out after %d milliseconds", o.timeout.Milliseconds()))
	case isTimeout(err):
		return complain(28, fmt.Sprintf("Operation timed out after %d milliseconds with 0 bytes received", o.timeout.Milliseconds()))
	case isUnresolved(err):
		return complain(6, "Could not resolve host: "+where.Hostname())
	case errors.As(err, &untrusted):
		return complain(60, "SSL certificate problem: "+untrusted.Err.Error())
	case errors.Is(err, io.EOF):
		return complain(52, "Empty reply from server")
	case err != nil:
		return complain(7, fmt.Sprintf("Failed to connect to %s port %s after 0 ms: Couldn't connect to server", where.Hostname(), portOf(where)))
	}
	defer cancel()
	defer answer.Body.Close()
	if o.fail && answer.StatusCode >= 400 {
		return complain(22, fmt.Sprintf("The requested URL returned error: %d", answer.StatusCode))
	}
	c.printAnswer(o, answer)
	return 0
}

func (c *call) printAnswer(o curlOptions, answer *http.Response) {
	if o.show {
		fmt.Fprintf(c.Stdout, "%s %s\r\n", answer.Proto, answer.Status)
		// A reader that went away ends the command by its context.
		answer.Header.Write(c.Stdout)
		io.WriteString(c.Stdout, "\r\n")
	}
	if !o.discard {
		io.Copy(c.Stdout, answer.Body)
	}
	status := strconv.Itoa(answer.StatusCode)
	io.WriteString(c.Stdout, strings.NewReplacer("%{http_code}", status, "%{response_code}", status, `\n`, "\n").Replace(o.format))
}

// curlOptions reads the command line; the code is not 0 when it cannot be served.
func (c *call) curlOptions() (o curlOptions, code int) {
	o.request = request{method: http.MethodGet, timeout: defaultTimeout, headers: http.Header{"User-Agent": {"curl/8.5.0"}, "Accept": {"*/*"}}}
	for i := 1; i < len(c.arguments); i++ {
		option, value := c.arguments[i], ""
		switch option {
		case "-X", "--request", "-H", "--header", "-o", "--output", "-w", "--write-out", "-m", "--max-time", "--connect-timeout":
			if i++; i == len(c.arguments) {
				fmt.Fprintf(c.Stderr, "curl: option %s: requires parameter\n", option)
				return o, 2
			}
			value = c.arguments[i]
		}
		switch option {
		case "-X", "--request":
			o.method = value
		case "-H", "--header":
			name, text, _ := strings.Cut(value, ":")
			o.headers.Set(strings.TrimSpace(name), strings.TrimSpace(text))
		case "-o", "--output":
			if o.discard = value == "/dev/null"; !o.discard {
				return o, c.refuse("writes no files; use -o /dev/null or no -o")
			}
		case "-w", "--write-out":
			o.format = value
		case "-m", "--max-time", "--connect-timeout":
			seconds, err := strconv.ParseFloat(value, 64)
			if err != nil || seconds <= 0 {
				return o, c.refuse("needs a number of seconds after %s", option)
			}
			o.timeout = time.Duration(seconds * float64(time.Second))
		case "-I", "--head":
			o.method, o.show = http.MethodHead, true
		default:
			if !o.letters(option) {
				return o, c.refuse("does not know the option %s", option)
			}
		}
	}
	return o, 0
}

// letters takes an operand or a group of short options without values.
func (o *curlOptions) letters(option string) bool {
	letters, short := strings.CutPrefix(option, "-")
	if !short {
		known := o.address == ""
		o.address = option
		return known
	}
	o.show = o.show || strings.Contains(letters, "i")
	o.silent = o.silent || strings.Contains(letters, "s") && !strings.Contains(letters, "S")
	o.fail = o.fail || strings.Contains(letters, "f")
	o.trusting = o.trusting || strings.Contains(letters, "k")
	return letters != "" && strings.Trim(letters, "sSifLk") == ""
}

func portOf(where *url.URL) string {
	if port := where.Port(); port != "" {
		return port
	}
	if where.Scheme == "https" {
		return "443"
	}
	return "80"
}

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
	answer, cancel, err := c.fetch(r)
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
	defer cancel()
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		fmt.Fprintf(c.Stderr, "wget: server returned error: %s %s\n", answer.Proto, answer.Status)
		return 1
	}
	if output == "-" {
		io.Copy(c.Stdout, answer.Body)
	}
	return 0
}
