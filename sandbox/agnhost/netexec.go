package agnhost

// This file is netexec: a server by HTTP and UDP that says who asked and whom it is, asks others and runs what it is told.

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// executor is one netexec.
type executor struct {
	*program
	httpPort, udpPort int
	// isReady once it answers by UDP, where it does.
	isReady atomic.Bool
}

func netExec(p *program) func() int {
	e := &executor{program: p}
	p.flags.IntVar(&e.httpPort, "http-port", 8080, "")
	p.flags.IntVar(&e.udpPort, "udp-port", 8081, "")
	p.flags.String("udp-listen-addresses", "", "")
	override := p.flags.String("http-override", "", "")
	seconds := p.flags.Int("delay-shutdown", 0, "")
	certificate, key := p.flags.String("tls-cert-file", "", ""), p.flags.String("tls-private-key-file", "", "")
	return func() int {
		var secure *tls.Config
		if *certificate != "" {
			var err error
			if secure, err = p.certificate(*certificate, *key); err != nil {
				return p.fatal(err)
			}
		}
		go e.awaitEnd(time.Duration(*seconds) * time.Second)
		if e.udpPort != -1 {
			go func() {
				e.isReady.Store(true)
				err := p.answerPackets(e.udpPort, e.answerPacket)
				e.isReady.Store(false)
				p.exit(p.fatal(err))
			}()
		}
		p.log.Printf("Started HTTP server on port %d", e.httpPort)
		return p.fatal(p.serve(e.httpPort, secure, e.routes(*override)))
	}
}

// awaitEnd ends the program some time after a SIGTERM.
func (e *executor) awaitEnd(delay time.Duration) {
	<-e.terminated
	if delay > 0 {
		e.log.Printf("Sleeping %.0f seconds before terminating...", delay.Seconds())
	}
	time.AfterFunc(delay, func() { e.exit(0) })
}

// routes are what it answers; with an override it answers all requests as that one.
func (e *executor) routes(override string) http.Handler {
	routes := http.NewServeMux()
	say := func(pattern string, answer func(r *http.Request) string) {
		routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, answer(r))
		})
	}
	say("/", func(*http.Request) string { return fmt.Sprintf("NOW: %v", time.Now()) })
	say("/clientip", func(r *http.Request) string { return r.RemoteAddr })
	say("/serverport", func(*http.Request) string { return strconv.Itoa(e.httpPort) })
	say("/hostname", func(*http.Request) string { return e.Hostname() })
	say("/hostName", func(*http.Request) string { return e.Hostname() })
	say("/header", func(r *http.Request) string {
		if key := r.FormValue("key"); key != "" {
			return r.Header.Get(key)
		}
		return inJSON(r.Header)
	})
	say("/shell", func(r *http.Request) string { return e.shell(r) })
	say("/shutdown", func(*http.Request) string { e.exit(0); return "" })
	routes.HandleFunc("/dial", e.dial)
	routes.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		if code, err := strconv.Atoi(r.FormValue("code")); err == nil {
			w.WriteHeader(code)
		}
		fmt.Fprint(w, r.FormValue("msg"))
	})
	routes.HandleFunc("/exit", e.leave)
	routes.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if !e.isReady.Load() {
			w.WriteHeader(http.StatusPreconditionFailed)
		}
	})
	routes.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		select {
		case <-e.terminated:
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
		default:
			if !e.isReady.Load() {
				w.WriteHeader(http.StatusPreconditionFailed)
				return
			}
			fmt.Fprint(w, "ok")
		}
	})
	routes.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		code, err := strconv.Atoi(r.FormValue("code"))
		if err != nil {
			code = http.StatusFound
		}
		http.Redirect(w, r, r.FormValue("location"), code)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.log.Printf("%s %s", r.Method, r.URL.RequestURI())
		if override == "" {
			routes.ServeHTTP(w, r)
			return
		}
		instead, err := http.NewRequestWithContext(r.Context(), http.MethodGet, override, nil)
		if err != nil {
			http.Error(w, fmt.Sprintf("override request failed: %v", err), http.StatusInternalServerError)
			return
		}
		routes.ServeHTTP(w, instead)
	})
}

func inJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// leave ends the program as a request says. The time that connections may take to end is that of one still open.
func (e *executor) leave(w http.ResponseWriter, r *http.Request) {
	wait, _ := time.ParseDuration(r.FormValue("wait")) // none, or none that is one: at once
	code, _ := strconv.Atoi(r.FormValue("code"))
	time.AfterFunc(wait, func() { e.exit(code) })
}

// shell runs a command line.
func (e *executor) shell(r *http.Request) string {
	line := r.FormValue("shellCommand")
	if line == "" {
		line = r.FormValue("cmd")
	}
	var output bytes.Buffer
	code, err := e.Run(r.Context(), []string{"/bin/sh", "-c", line}, &output)
	said := map[string]string{}
	if output.Len() > 0 {
		said["output"] = output.String()
	}
	switch {
	case err != nil:
		said["error"] = err.Error()
	case code != 0:
		said["error"] = fmt.Sprintf("exit status %d", code)
	}
	return inJSON(said)
}

// dial asks another netexec several times, and tells all answers and failures.
func (e *executor) dial(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	host, request := query.Get("host"), query.Get("request")
	port, err := strconv.Atoi(query.Get("port"))
	if err != nil {
		http.Error(w, fmt.Sprintf("host and/or port param are invalid. %v", err), http.StatusBadRequest)
		return
	}
	tries, err := strconv.Atoi(query.Get("tries"))
	if err != nil {
		tries = 1
	}
	ask := e.askHTTP
	switch protocol := strings.ToLower(query.Get("protocol")); protocol {
	case "", "http":
	case "udp":
		ask = e.askUDP
	default:
		http.Error(w, "unsupported protocol. "+protocol, http.StatusBadRequest)
		return
	}
	said := map[string][]string{}
	for range tries {
		if answer, err := ask(r.Context(), host, port, request); err != nil {
			said["errors"] = append(said["errors"], err.Error())
		} else {
			said["responses"] = append(said["responses"], answer)
		}
	}
	fmt.Fprint(w, inJSON(said))
}

func (e *executor) askHTTP(_ context.Context, host string, port int, request string) (string, error) {
	return e.get("http://" + net.JoinHostPort(host, strconv.Itoa(port)) + "/" + request)
}

func (e *executor) askUDP(ctx context.Context, host string, port int, request string) (string, error) {
	return e.askPacket(ctx, host, port, request, 5*time.Second)
}

// askPacket sends a datagram and waits for one.
func (p *program) askPacket(ctx context.Context, host string, port int, text string, within time.Duration) (string, error) {
	address := host
	if net.ParseIP(host) == nil {
		_, addresses, err := p.Lookup(ctx, host)
		if err != nil {
			return "", err
		}
		address = addresses[0]
	}
	socket, err := p.DialPacket(ctx, address, port)
	if err != nil {
		return "", err
	}
	defer socket.Close()
	if _, err := socket.Write([]byte(text)); err != nil {
		return "", err
	}
	if within > 0 {
		if err := socket.SetReadDeadline(time.Now().Add(within)); err != nil {
			return "", err
		}
	}
	answer := make([]byte, 2048)
	n, err := socket.Read(answer)
	return string(answer[:n]), err
}

// answerPacket is what it says by UDP.
func (e *executor) answerPacket(text string, from net.Addr) []byte {
	text = strings.ToLower(strings.TrimSpace(text))
	echoed, isEcho := strings.CutPrefix(text, "echo ")
	switch {
	case text == "hostname":
		return []byte(e.Hostname())
	case isEcho:
		return []byte(echoed)
	case text == "clientip":
		return []byte(from.String())
	case text == "serverport":
		return []byte(strconv.Itoa(e.udpPort))
	}
	e.log.Printf("Unknown UDP command received from %s: %v", from, text)
	return nil
}
