package agnhost

// This file opens ports, and has the servers that are little more than that.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// serve answers HTTP on a port, by TLS where a configuration says how, until the program ends.
func (p *program) serve(port int, secure *tls.Config, handler http.Handler) error {
	return p.serveWith(port, secure, &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute, ErrorLog: p.log})
}

func (p *program) serveWith(port int, secure *tls.Config, server *http.Server) error {
	listener, err := p.Listen(port)
	if err != nil {
		return err
	}
	defer listener.Close()
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	defer context.AfterFunc(p.ctx, func() { server.Close() })()
	return server.Serve(listener)
}

// certificate reads what a server proves itself with.
func (p *program) certificate(certificate, key string) (*tls.Config, error) {
	public, err := p.ReadFile(certificate)
	if err != nil {
		return nil, err
	}
	private, err := p.ReadFile(key)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(public, private)
	return &tls.Config{Certificates: []tls.Certificate{pair}}, err
}

// layOutCertificate makes the file of a certificate that the image comes with, unless it is there.
func (p *program) layOutCertificate() error {
	const path = "/localhost.crt"
	if _, err := p.Stat(path); err == nil {
		return nil
	}
	own, err := ownCertificate()
	if err != nil {
		return err
	}
	return p.Write(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificates[0].Certificate[0]}), 0o644)
}

// ownCertificate is one that a server makes of itself, for localhost.
func ownCertificate() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0)}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{signed}, PrivateKey: key}}}, err
}

// answerPackets answers each datagram of a port, until the program ends; nil is no answer.
func (p *program) answerPackets(port int, answer func(text string, from net.Addr) []byte) error {
	socket, err := p.ListenPacket(port)
	if err != nil {
		return err
	}
	defer socket.Close()
	defer context.AfterFunc(p.ctx, func() { socket.Close() })()
	buffer := make([]byte, 2048)
	for {
		n, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return err
		}
		if text := answer(string(buffer[:n]), from); text != nil {
			socket.WriteTo(text, from) // an answer that does not arrive is lost
		}
	}
}

// client asks by HTTP through the container's network; the roots are the only ones it trusts.
func (p *program) client(roots *x509.CertPool) *http.Client {
	return &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			host, port, err := splitPort(address)
			if err != nil {
				return nil, err
			}
			return p.Dial(ctx, host, port)
		},
	}}
}

func splitPort(address string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port, err = strconv.Atoi(number)
	return host, port, err
}

// get is the body of an answer.
func (p *program) get(address string) (string, error) {
	answer, err := p.client(nil).Get(address)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

// liveness is well for ten seconds.
func liveness(p *program) func() int {
	return func() int {
		started := time.Now()
		routes := http.NewServeMux()
		routes.HandleFunc("/started", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, time.Since(started)) })
		routes.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
			if age := time.Since(started); age > 10*time.Second {
				w.WriteHeader(http.StatusInternalServerError)
				fmt.Fprintf(w, "error: %v", age.Seconds())
				return
			}
			fmt.Fprint(w, "ok")
		})
		routes.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
			to, err := url.QueryUnescape(r.FormValue("loc"))
			if err != nil {
				http.Error(w, fmt.Sprintf("invalid redirect: %q", r.FormValue("loc")), http.StatusBadRequest)
				return
			}
			http.Redirect(w, r, to, http.StatusFound)
		})
		return p.fatal(p.serve(8080, nil, routes))
	}
}

// serveHostname says by HTTP, or by TCP and UDP, on which host it is.
func serveHostname(p *program) func() int {
	byTCP, byUDP := p.flags.Bool("tcp", false, ""), p.flags.Bool("udp", false, "")
	byHTTP, closes := p.flags.Bool("http", true, ""), p.flags.Bool("close", false, "")
	port := p.flags.Int("port", 9376, "")
	return func() int {
		if *byHTTP && (*byTCP || *byUDP) {
			return p.fatal(errors.New("Can't serve TCP/UDP mode and HTTP mode at the same time"))
		}
		failed := make(chan error, 3)
		if *byTCP {
			go func() { failed <- p.hangUpWith(*port, p.Hostname()) }()
		}
		if *byUDP {
			go func() {
				failed <- p.answerPackets(*port, func(string, net.Addr) []byte { return []byte(p.Hostname()) })
			}()
		}
		if *byHTTP {
			go func() {
				failed <- p.serve(*port, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					p.log.Printf("HTTP request from %s", r.RemoteAddr)
					if *closes {
						w.Header().Set("Connection", "close")
					}
					fmt.Fprint(w, p.Hostname())
				}))
			}()
		}
		p.log.Printf("Serving on port %d.", *port)
		select {
		case err := <-failed:
			return p.fatal(err)
		case <-p.terminated:
			// It serves on until whoever deletes the Pod has no patience left.
			p.log.Print("Shutting down after receiving signal: terminated.\nAwaiting pod deletion.")
		}
		select {
		case <-time.After(time.Minute):
		case <-p.ctx.Done():
		}
		return 0
	}
}

// hangUpWith says a word to whoever connects.
func (p *program) hangUpWith(port int, word string) error {
	listener, err := p.Listen(port)
	if err != nil {
		return err
	}
	defer listener.Close()
	defer context.AfterFunc(p.ctx, func() { listener.Close() })()
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			io.WriteString(connection, word) // whoever connected may be gone
			connection.Close()
		}()
	}
}

// porter answers on each port that a variable names with the variable's value.
func porter(p *program) func() int {
	asJSON := p.flags.Bool("json-response", false, "")
	return func() int {
		failed := make(chan error, 1)
		serve := func(number string, listen func(port int) error) {
			port, err := strconv.Atoi(number)
			if err != nil {
				return
			}
			go func() { failed <- listen(port) }()
		}
		for _, variable := range p.Environment() {
			name, value, _ := strings.Cut(variable, "=")
			handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !*asJSON {
					fmt.Fprint(w, value)
					return
				}
				w.Header().Set("Content-Type", "application/json")
				json.NewEncoder(w).Encode(struct{ Method, Body string }{r.Method, value}) // whoever asked may be gone
			})
			plain := func(port int) error { return p.serve(port, nil, handler) }
			for prefix, listen := range map[string]func(int) error{
				"SERVE_PORT_": plain, "SERVE_TCP_PORT_": plain,
				"SERVE_UDP_PORT_": func(port int) error {
					return p.answerPackets(port, func(string, net.Addr) []byte { return []byte(value) })
				},
				"SERVE_TLS_PORT_": func(port int) error { return p.serveTLS(port, handler) },
			} {
				if number, is := strings.CutPrefix(name, prefix); is {
					serve(number, listen)
				}
			}
		}
		for {
			select {
			case err := <-failed:
				// The other ports stay open.
				p.log.Print(err)
			case <-p.ctx.Done():
				return 0
			}
		}
	}
}

func (p *program) serveTLS(port int, handler http.Handler) error {
	secure, err := ownCertificate()
	if file := p.variable("CERT_FILE"); file != "" {
		secure, err = p.certificate(file, p.variable("KEY_FILE"))
	}
	if err != nil {
		return err
	}
	return p.serve(port, secure, handler)
}

// testWebserver serves the container's files.
func testWebserver(p *program) func() int {
	port := p.flags.Int("port", 80, "")
	return func() int {
		if err := p.layOutCertificate(); err != nil {
			p.log.Print(err)
		}
		return p.fatal(p.serve(*port, nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "private")
			p.serveFile(w, path.Clean("/"+r.URL.Path))
		})))
	}
}

func (p *program) serveFile(w http.ResponseWriter, name string) {
	if entries, err := p.ReadDir(name); err == nil {
		fmt.Fprintln(w, "<!doctype html>\n<pre>")
		for _, entry := range entries {
			fmt.Fprintf(w, "<a href=%q>%s</a>\n", entry.Name(), entry.Name())
		}
		fmt.Fprintln(w, "</pre>")
		return
	}
	text, err := p.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.Error(w, "404 page not found", http.StatusNotFound)
	case err != nil:
		http.Error(w, "500 Internal Server Error", http.StatusInternalServerError)
	default:
		w.Write(text) // whoever asked may be gone
	}
}
