package workload

// This file asks by HTTP, for curl and wget. It connects through the World, and must not print anything itself.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const defaultTimeout = time.Minute

// request is what curl and wget have in common.
type request struct {
	method, address, body string
	headers               http.Header
	// timeout is for all of it, connect for the name and the connection; 0: no other than timeout.
	timeout, connect time.Duration
	// trusting takes any certificate of the server; else it is one of roots, or of the machine's where roots is nil.
	trusting bool
	roots    *x509.CertPool
	// from is the own address to ask from; empty: any.
	from string
	// at are addresses to take instead of those that a name has, by `HOST:PORT`.
	at map[string]string
	// tell is told what happens on the way, in curl's words; nil: nobody listens.
	tell func(format string, arguments ...any)
}

// way is how far a request came, and when; what did not happen has the time 0.
type way struct {
	began, named, connected, secured, first time.Time
	// to is who answered.
	to netip.AddrPort
}

// progress is the way while a request is on it. What still happens after its end is not noted.
type progress struct {
	tell func(format string, arguments ...any)

	mu     sync.Mutex
	way    way
	isOver bool
}

// note writes down that something happened.
func (p *progress) note(change func(*way)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isOver {
		change(&p.way)
	}
}

// say tells what happens, if somebody listens.
func (p *progress) say(format string, arguments ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isOver && p.tell != nil {
		p.tell(format, arguments...)
	}
}

// end is how far it came.
func (p *progress) end() way {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.isOver = true
	return p.way
}

// answer is the beginning of what a server says; the rest of it is its body.
type answer struct {
	*http.Response
	end func()
}

// fetch asks once, and follows no redirection. The way is known after an error too.
func (c *call) fetch(r request) (*answer, way, error) {
	p := &progress{tell: r.tell, way: way{began: time.Now()}}
	ctx, cancel := context.WithTimeout(c.ctx, r.timeout)
	asked, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, p.trace()), r.method, r.address, strings.NewReader(r.body))
	if err != nil {
		cancel()
		return nil, p.end(), err
	}
	asked.Header = r.headers
	if host := r.headers.Get("Host"); host != "" {
		asked.Host = host
	}
	transport := &http.Transport{
		DisableCompression: true,
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: r.trusting, RootCAs: r.roots},
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			return c.connect(ctx, r, p, address)
		},
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	said, err := client.Do(asked)
	if err != nil {
		transport.CloseIdleConnections()
		cancel()
		return nil, p.end(), err
	}
	return &answer{said, func() {
		said.Body.Close()
		transport.CloseIdleConnections()
		cancel()
	}}, p.end(), nil
}

// trace notes what comes after the connection.
func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotFirstResponseByte: func() { p.note(func(w *way) { w.first = time.Now() }) },
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			if err != nil {
				return
			}
			p.note(func(w *way) { w.secured = time.Now() })
			p.say("SSL connection using %s / %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
			if len(state.PeerCertificates) > 0 {
				shown := state.PeerCertificates[0]
				const day = "Jan _2 15:04:05 2006 GMT"
				p.say("Server certificate:")
				p.say(" subject: %s", shown.Subject)
				p.say(" start date: %s", shown.NotBefore.UTC().Format(day))
				p.say(" expire date: %s", shown.NotAfter.UTC().Format(day))
				p.say(" issuer: %s", shown.Issuer)
			}
		},
	}
}

// connect resolves a name and tries each of its addresses.
func (c *call) connect(ctx context.Context, r request, p *progress, to string) (net.Conn, error) {
	host, port, err := splitAddress(to)
	if err != nil {
		return nil, err
	}
	if r.connect > 0 {
		limited, cancel := context.WithTimeout(ctx, r.connect)
		defer cancel()
		ctx = limited
	}
	if r.from != "" && !c.has(ctx, r.from) {
		return nil, syscall.EADDRNOTAVAIL
	}
	addresses, err := c.addresses(ctx, r, p, host, port)
	if err != nil {
		return nil, err
	}
	p.note(func(w *way) { w.named = time.Now() })
	for _, address := range addresses {
		p.say("  Trying %s...", net.JoinHostPort(address, strconv.Itoa(port)))
		var connection net.Conn
		if connection, err = c.world.Dial(ctx, address, port); err == nil {
			p.note(func(w *way) {
				w.connected = time.Now()
				if at, err := netip.ParseAddr(address); err == nil {
					w.to = netip.AddrPortFrom(at, uint16(port))
				}
			})
			p.say("Connected to %s (%s) port %d", host, address, port)
			return connection, nil
		}
		if !isTimeout(err) {
			p.say("connect to %s port %d failed: %s", address, port, whyNot(err))
		}
	}
	return nil, err
}

// has says whether an address is one of the container's own.
func (c *call) has(ctx context.Context, address string) bool {
	_, own, err := c.world.Lookup(ctx, c.world.Hostname())
	return err == nil && slices.Contains(own, address)
}

// addresses are where a host may be reached.
func (c *call) addresses(ctx context.Context, r request, p *progress, host string, port int) ([]string, error) {
	if address := r.at[net.JoinHostPort(host, strconv.Itoa(port))]; address != "" {
		return []string{address}, nil
	}
	if _, err := netip.ParseAddr(host); err == nil || host == c.world.Hostname() {
		return []string{host}, nil
	}
	addresses := []string{"127.0.0.1"}
	if host != "localhost" {
		var err error
		if _, addresses, err = c.world.Lookup(ctx, host); err != nil {
			return nil, err
		}
	}
	p.say("Host %s:%d was resolved.", host, port)
	isV4 := func(address string) bool { return !strings.Contains(address, ":") }
	isV6 := func(address string) bool { return !isV4(address) }
	p.say("IPv6: %s", listed(slices.DeleteFunc(slices.Clone(addresses), isV4)))
	p.say("IPv4: %s", listed(slices.DeleteFunc(slices.Clone(addresses), isV6)))
	return addresses, nil
}

func listed(addresses []string) string {
	if len(addresses) == 0 {
		return "(none)"
	}
	return strings.Join(addresses, ", ")
}

func splitAddress(address string) (string, int, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return host, int(number), err
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
