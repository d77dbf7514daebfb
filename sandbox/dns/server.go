package dns

// This file is the life of one CoreDNS: from its Corefile to the end of its container, with reloads in between.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"
	"k8s.io/client-go/rest"
)

// Pod is what a CoreDNS has of its container and its Pod.
type Pod interface {
	ReadFile(path string) ([]byte, error)
	Listen(port int) (net.Listener, error)
	ListenPacket(port int) (net.PacketConn, error)
	// Dial opens a connection by `tcp` or `udp`.
	Dial(ctx context.Context, protocol, host string, port int) (net.Conn, error)
}

// Options are what a CoreDNS is started with.
type Options struct {
	Pod Pod
	// Arguments are its command line, without its name.
	Arguments []string
	// Log appends a line to its log.
	Log func(line string)
	// Exit ends its process.
	Exit func(code int)
	// Hold makes its process take so many bytes of memory more, or fewer.
	Hold func(bytes int64)
	// Client is how it reaches the API server, beside its Pod's token.
	Client rest.Config
}

// Server is one running CoreDNS.
type Server struct {
	options Options
	path    string
	// context ends with the container.
	context context.Context

	mu sync.Mutex
	// running is the Corefile that is served; closers end what it listens on.
	running *corefile
	closers []func()
	// waits has the plugins that are not ready yet; once all were, they are for good.
	waits map[string]func() bool
	// reloads is how often the file is looked at; 0: never.
	reloads time.Duration
}

// Run serves until ctx ends. It returns when CoreDNS serves, has ended, or has taken patience to begin.
func Run(ctx context.Context, o Options, patience time.Duration) {
	s := &Server{options: o, path: "Corefile", context: ctx}
	for i, argument := range o.Arguments {
		if argument == "-conf" && i+1 < len(o.Arguments) {
			s.path = o.Arguments[i+1]
		}
	}
	begun := make(chan struct{})
	labelled(ctx, o.Log, func() {
		defer s.stop()
		err := s.begin()
		if err != nil {
			o.Log(err.Error())
			o.Exit(1)
		}
		close(begun)
		if err == nil {
			s.follow()
		}
	})
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-begun:
	case <-timer.C:
	}
}

func (s *Server) begin() error {
	text, err := s.options.Pod.ReadFile(s.path)
	if err != nil {
		return fmt.Errorf("loading Caddyfile via flag: open %s: %w", s.path, plain(err))
	}
	c, err := load(s, s.path, text)
	if err != nil {
		return err
	}
	if err := s.serve(c); err != nil {
		return err
	}
	s.options.Log("CoreDNS-" + coremain.CoreVersion)
	s.options.Log(fmt.Sprintf("%s/%s, %s, ", runtime.GOOS, runtime.GOARCH, runtime.Version()))
	return nil
}

// plain is the reason in an error of a file.
func plain(err error) error {
	if inside := (*os.PathError)(nil); errors.As(err, &inside) {
		return inside.Err
	}
	return err
}

// serve starts a Corefile that was loaded.
func (s *Server) serve(c *corefile) error {
	s.mu.Lock()
	s.running, s.waits = c, map[string]func() bool{}
	s.mu.Unlock()
	for _, start := range append(c.instance.OnFirstStartup, c.instance.OnStartup...) {
		if err := start(); err != nil {
			return err
		}
	}
	for _, server := range c.servers {
		port, err := strconv.Atoi(server.Addr[strings.LastIndex(server.Addr, ":")+1:])
		if err != nil {
			return err
		}
		if err := s.open(server, port); err != nil {
			return err
		}
	}
	for _, zone := range c.zones {
		s.options.Log(zone)
	}
	if s.reloads > 0 {
		s.options.Log("[INFO] plugin/reload: Running configuration SHA512 = " + c.hash)
	}
	return nil
}

// open serves DNS at a port.
func (s *Server) open(server *dnsserver.Server, port int) error {
	packets, err := s.options.Pod.ListenPacket(port)
	if err != nil {
		return err
	}
	streams, err := s.options.Pod.Listen(port)
	if err != nil {
		return errors.Join(err, packets.Close())
	}
	// Both end with what they listen on; there is nobody to tell.
	go func() { _ = server.ServePacket(packets) }()
	go func() { _ = server.Serve(streams) }()
	s.closes(func() {
		_, _ = packets.Close(), streams.Close()
	})
	return nil
}

// closes adds what ends a listener of the running Corefile.
func (s *Server) closes(one func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closers = append(s.closers, one)
}

// web serves HTTP at a port of the Pod.
func (s *Server) web(port int, path string, answer http.HandlerFunc) error {
	listener, err := s.options.Pod.Listen(port)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc(path, answer)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // it ends with what it listens on
	s.closes(func() { _ = server.Close() })
	return nil
}

// stop ends the running Corefile.
func (s *Server) stop() {
	s.mu.Lock()
	c, closers := s.running, s.closers
	s.running, s.closers = nil, nil
	s.mu.Unlock()
	if c == nil {
		return
	}
	for _, one := range closers {
		one()
	}
	for _, end := range c.instance.OnShutdown {
		if err := end(); err != nil {
			s.options.Log("[ERROR] " + err.Error())
		}
	}
}

// follow reloads the Corefile when it changes, until the container ends.
func (s *Server) follow() {
	for {
		interval := s.reloads
		if interval == 0 {
			<-s.context.Done()
			return
		}
		timer := time.NewTimer(interval)
		select {
		case <-timer.C:
		case <-s.context.Done():
			timer.Stop()
			return
		}
		s.reload()
	}
}

func (s *Server) reload() {
	text, err := s.options.Pod.ReadFile(s.path)
	if err != nil || s.running == nil {
		return
	}
	old, before := s.running.hash, s.reloads
	_, hash, err := read(s.path, text)
	switch {
	case err != nil:
		s.options.Log("[WARNING] plugin/reload: Corefile parse failed: " + err.Error())
		return
	case hash == old:
		return
	}
	s.options.Log("[INFO] Reloading")
	s.reloads = 0
	c, err := load(s, s.path, text)
	if err != nil {
		s.options.Log("[ERROR] Restart failed: " + err.Error())
		s.options.Log("[ERROR] plugin/reload: Corefile changed but reload failed: " + err.Error())
		// The same file is not tried twice.
		s.running.hash, s.reloads = hash, before
		return
	}
	s.stop()
	if err := s.serve(c); err != nil {
		s.options.Log("[ERROR] Restart failed: " + err.Error())
		s.options.Exit(1)
		return
	}
	s.options.Log("[INFO] Reloading complete")
}
