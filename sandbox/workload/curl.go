package workload

// This file is `curl`: what it does with an answer, and what it says. curlflags.go reads its command line.

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// mostRedirects is how many curl follows.
const mostRedirects = 50

func curl(c *call) int {
	o, code := c.curlOptions()
	if code != 0 {
		return code
	}
	for _, address := range o.addresses {
		code = c.transfer(o, address)
	}
	return code
}

// transfer is one URL of the command line.
func (c *call) transfer(o *curlOptions, address string) int {
	begun := time.Now()
	t := &transferred{url: address, method: o.method}
	code, complaint := c.askAll(o, t)
	t.exit, t.complaint, t.took = code, complaint, time.Since(begun)
	if code != 0 && o.isVerbose && complaint != "" {
		o.tell("%s", complaint)
		o.tell("Closing connection")
	}
	if complaint != "" && (!o.isSilent || o.isShown || t.isNotSimulated) {
		fmt.Fprintf(c.Stderr, "curl: (%d) %s\n", code, complaint)
	}
	io.WriteString(c.Stdout, t.write(o.format, c.Stderr))
	return code
}

// askAll asks for a URL, and for those to which it is sent.
func (c *call) askAll(o *curlOptions, t *transferred) (code int, complaint string) {
	where := target(t.url)
	if where == nil {
		return 3, "URL rejected: No host part in the URL"
	}
	if where.Scheme != "http" && where.Scheme != "https" {
		return 1, fmt.Sprintf("Protocol %q not supported", where.Scheme)
	}
	for {
		r := o.request
		r.address, r.method, t.url = where.String(), t.method, where.String()
		if t.redirects > 0 && r.method != o.method {
			r.body = ""
		}
		said, w, err := c.fetch(r)
		t.way = w
		if err != nil {
			t.isNotSimulated = errors.Is(err, ErrNotSimulated)
			return trouble(err, where, r, w)
		}
		t.answer = said.Response
		o.showExchange(c, said.Response)
		next, err := said.Location()
		if !o.isFollowing || err != nil {
			defer said.end()
			return c.take(o, t, where)
		}
		said.end()
		if t.redirects++; t.redirects > mostRedirects {
			return 47, fmt.Sprintf("Maximum (%d) redirects followed", mostRedirects)
		}
		if said.StatusCode <= http.StatusSeeOther && t.method == http.MethodPost {
			t.method = http.MethodGet
		}
		o.tell("Issue another request to this URL: '%s'", next)
		where = next
	}
}

// take writes the body of an answer.
func (c *call) take(o *curlOptions, t *transferred, where *url.URL) (code int, complaint string) {
	if o.isFailing && t.answer.StatusCode >= http.StatusBadRequest {
		return 22, fmt.Sprintf("The requested URL returned error: %d", t.answer.StatusCode)
	}
	to := io.Discard
	switch name := o.file(where); name {
	case "", "-":
		to = c.Stdout
	case "/dev/null":
	default:
		file, err := c.create(name, os.O_TRUNC)
		if err != nil {
			return 23, fmt.Sprintf("client returned ERROR on write, %s: %s", name, words(err))
		}
		defer file.Close()
		to = file
	}
	n, err := io.Copy(to, t.answer.Body)
	t.size = n
	switch {
	case isTimeout(err):
		return 28, fmt.Sprintf("Operation timed out after %d milliseconds with %d bytes received", o.timeout.Milliseconds(), n)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return 18, "transfer closed with outstanding read data remaining"
	case errors.Is(err, syscall.ECONNRESET):
		return 56, "Recv failure: Connection reset by peer"
	case err != nil && c.ctx.Err() == nil:
		return 23, "Failure writing output to destination"
	}
	o.tell("Connection #0 to host %s left intact", where.Hostname())
	return 0, ""
}

// file is where a body goes; empty: to standard output.
func (o *curlOptions) file(where *url.URL) string {
	if o.isNamed {
		return path.Base(where.Path)
	}
	return o.output
}

// showExchange shows the headers that were sent and came, as far as they are wanted.
func (o *curlOptions) showExchange(c *call, said *http.Response) {
	asked := said.Request
	sent := maps.Clone(asked.Header)
	sent.Del("Host")
	if o.isVerbose {
		fmt.Fprintf(c.Stderr, "> %s %s HTTP/1.1\r\n> Host: %s\r\n", asked.Method, asked.URL.RequestURI(), asked.Host)
		for _, name := range []string{"User-Agent", "Accept"} {
			if value := sent.Get(name); value != "" {
				fmt.Fprintf(c.Stderr, "> %s: %s\r\n", name, value)
			}
			sent.Del(name)
		}
		printHeaders(c.Stderr, "> ", sent)
		if asked.ContentLength > 0 {
			fmt.Fprintf(c.Stderr, "> Content-Length: %d\r\n", asked.ContentLength)
		}
		fmt.Fprint(c.Stderr, "> \r\n")
		fmt.Fprintf(c.Stderr, "< %s %s\r\n", said.Proto, said.Status)
		printHeaders(c.Stderr, "< ", said.Header)
		fmt.Fprint(c.Stderr, "< \r\n")
	}
	if o.isIncluding {
		fmt.Fprintf(c.Stdout, "%s %s\r\n", said.Proto, said.Status)
		printHeaders(c.Stdout, "", said.Header)
		fmt.Fprint(c.Stdout, "\r\n")
	}
}

func printHeaders(to io.Writer, mark string, headers http.Header) {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		for _, value := range headers[name] {
			fmt.Fprintf(to, "%s%s: %s\r\n", mark, name, value)
		}
	}
}

// trouble is curl's exit code and words for a request without an answer.
func trouble(err error, where *url.URL, r request, w way) (code int, complaint string) {
	untrusted, notTLS := (*tls.CertificateVerificationError)(nil), tls.RecordHeaderError{}
	limit := r.timeout
	if r.connect > 0 && w.connected.IsZero() {
		limit = min(limit, r.connect)
	}
	isLate := time.Since(w.began) >= limit
	switch {
	case errors.Is(err, ErrNotSimulated):
		return 6, fmt.Sprintf("Could not resolve host: %s (%s)", where.Hostname(), ErrNotSimulated)
	case isLate && w.named.IsZero():
		return 28, fmt.Sprintf("Resolving timed out after %d milliseconds", limit.Milliseconds())
	case isLate && w.connected.IsZero():
		return 28, fmt.Sprintf("Connection timed out after %d milliseconds", limit.Milliseconds())
	case isUnresolved(err):
		return 6, "Could not resolve host: " + where.Hostname()
	case isTimeout(err):
		return 28, fmt.Sprintf("Operation timed out after %d milliseconds with 0 bytes received", r.timeout.Milliseconds())
	case errors.As(err, &untrusted):
		return 60, "SSL certificate problem: " + untrusted.Err.Error()
	case errors.As(err, &notTLS), errors.Is(err, http.ErrSchemeMismatch):
		return 35, "OpenSSL: error:0A00010B:SSL routines::wrong version number"
	case errors.Is(err, io.EOF):
		return 52, "Empty reply from server"
	case !w.connected.IsZero() && errors.Is(err, syscall.ECONNRESET):
		return 56, "Recv failure: Connection reset by peer"
	case !w.connected.IsZero() && strings.Contains(err.Error(), "malformed HTTP"):
		return 1, "Received HTTP/0.9 when not allowed"
	default:
		return 7, fmt.Sprintf("Failed to connect to %s port %s after %d ms: Couldn't connect to server", where.Hostname(), portOf(where), time.Since(w.began).Milliseconds())
	}
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

// transferred is what `--write-out` can tell of a transfer.
type transferred struct {
	url, method    string
	way            way
	answer         *http.Response
	size           int64
	redirects      int
	took           time.Duration
	exit           int
	complaint      string
	isNotSimulated bool
}

// value is what a variable of `--write-out` stands for.
func (t *transferred) value(name string) (text string, isKnown bool) {
	w := t.way
	after := func(at time.Time) string {
		if at.IsZero() {
			at = w.began
		}
		return fmt.Sprintf("%.6f", at.Sub(w.began).Seconds())
	}
	status, kind, version, next := "000", "", "0", ""
	if t.answer != nil {
		status = strconv.Itoa(t.answer.StatusCode)
		kind = t.answer.Header.Get("Content-Type")
		version = fmt.Sprintf("%d.%d", t.answer.ProtoMajor, t.answer.ProtoMinor)
		if to, err := t.answer.Location(); err == nil {
			next = to.String()
		}
	}
	remote, port := "", "0"
	if w.to.IsValid() {
		remote, port = w.to.Addr().String(), strconv.Itoa(int(w.to.Port()))
	}
	ready := w.connected
	if !w.secured.IsZero() {
		ready = w.secured
	}
	text, isKnown = map[string]string{
		"http_code": status, "response_code": status, "http_version": version, "content_type": kind,
		"method": t.method, "url": t.url, "url_effective": t.url, "redirect_url": next, "num_redirects": strconv.Itoa(t.redirects),
		"remote_ip": remote, "remote_port": port, "size_download": strconv.FormatInt(t.size, 10),
		"time_namelookup": after(w.named), "time_connect": after(w.connected), "time_appconnect": after(w.secured),
		"time_pretransfer": after(ready), "time_starttransfer": after(w.first), "time_total": fmt.Sprintf("%.6f", t.took.Seconds()),
		"exitcode": strconv.Itoa(t.exit), "errormsg": t.complaint,
	}[name]
	return text, isKnown
}

// write fills in a format of `--write-out`.
func (t *transferred) write(format string, complaints io.Writer) string {
	var text strings.Builder
	for format != "" {
		before, rest, found := strings.Cut(format, "%{")
		text.WriteString(strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", "%%", "%").Replace(before))
		name, after, isClosed := strings.Cut(rest, "}")
		if !found || !isClosed {
			break
		}
		value, isKnown := t.value(name)
		if !isKnown {
			fmt.Fprintf(complaints, "curl: unknown --write-out variable: '%s'\n", name)
		}
		text.WriteString(value)
		format = after
	}
	return text.String()
}
