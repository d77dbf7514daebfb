package workload

// This file answers on a process's ports, over connections that never leave the program unless it has a Machine. It must
// not know who connects.

import (
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"sandbox/health"
)

// port is one open port of a process.
type port struct {
	process *Process
	listen  *Listen
	// at is when the listen step was done; the port opens listen.After later.
	at time.Time
	// connections feeds the HTTP server, which starts with the first connection.
	connections chan net.Conn
	serve       sync.Once
}

// speaks is true where there is more than the open port.
func (l *Listen) speaks() bool { return len(l.Paths) > 0 || len(l.GRPC) > 0 || l.Folder != "" }

func (p *Process) open(listen *Listen) {
	open := &port{process: p, listen: listen, at: p.since, connections: make(chan net.Conn)}
	p.ports[listen.Port] = open
	p.listen(open)
}

// Connect opens a connection to one of the process's ports. It returns nil when nothing listens there.
func (p *Process) Connect(number int) net.Conn {
	p.mu.Lock()
	open := p.ports[number]
	p.mu.Unlock()
	if open == nil || p.done.Err() != nil || time.Since(open.at) < time.Duration(open.listen.After) {
		return nil
	}
	near, far := net.Pipe()
	if !open.listen.speaks() {
		go p.hangUp(far)
		return near
	}
	open.serve.Do(func() { go p.serveHTTP(open, &pipes{open.connections, p.done.Done()}) })
	go func() {
		select {
		case open.connections <- far:
		case <-p.done.Done():
			far.Close()
		}
	}()
	return near
}

// hangUp closes a connection at its first byte or with the process.
func (p *Process) hangUp(far net.Conn) {
	defer context.AfterFunc(p.done, func() { far.Close() })()
	// Whatever ends the read ends the connection.
	io.ReadFull(far, make([]byte, 1))
	far.Close()
}

func (p *Process) serveHTTP(open *port, connections net.Listener) {
	server := &http.Server{Handler: open, ReadHeaderTimeout: time.Minute, Protocols: &http.Protocols{}}
	server.Protocols.SetHTTP1(true)
	// gRPC speaks HTTP/2, and without TLS here.
	server.Protocols.SetUnencryptedHTTP2(len(open.listen.GRPC) > 0)
	defer context.AfterFunc(p.done, func() { server.Close() })()
	// Serve ends when the process does; there is nobody to tell.
	server.Serve(connections)
}

// ServeHTTP answers as the model says.
func (o *port) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if health.IsAsked(r) {
		o.serveGRPC(w, r)
		return
	}
	if text, found := o.file(r.URL.Path); found {
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.URL.Path)))
		if strings.HasSuffix(r.URL.Path, "/") {
			w.Header().Set("Content-Type", "text/html")
		}
		// A client that went away is no fault of the process.
		w.Write(text)
		return
	}
	answer, known := o.listen.Paths[r.URL.Path]
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	switch {
	case !known:
		http.Error(w, "404 page not found", http.StatusNotFound)
	case !o.process.works(r.Context(), time.Duration(answer.Processor), 1):
		// Whoever asked has gone, or the process. A handler that only returns would answer 200.
		panic(http.ErrAbortHandler)
	case time.Since(o.at) < time.Duration(answer.After):
		http.Error(w, "not ready", http.StatusServiceUnavailable)
	case !o.process.reaches(answer.Asks):
		http.Error(w, "dependency does not answer", http.StatusServiceUnavailable)
	default:
		if answer.Status != 0 {
			w.WriteHeader(answer.Status)
		}
		// A client that went away is no fault of the process.
		io.WriteString(w, answer.Body)
	}
}

// file is what a path has in the folder that is served.
func (o *port) file(asked string) ([]byte, bool) {
	if o.listen.Folder == "" {
		return nil, false
	}
	name := path.Join(o.listen.Folder, path.Clean("/"+asked))
	if strings.HasSuffix(asked, "/") {
		name = path.Join(name, "index.html")
	}
	text, err := o.process.world.ReadFile(name)
	return text, err == nil
}

// pipes is a listener whose connections come from inside the program.
type pipes struct {
	connections <-chan net.Conn
	done        <-chan struct{}
}

var errProcessOver = errors.New("the process is over")

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-l.connections:
		return connection, nil
	case <-l.done:
		return nil, errProcessOver
	}
}

func (l *pipes) Close() error { return nil }

func (l *pipes) Addr() net.Addr { return &net.TCPAddr{} }
