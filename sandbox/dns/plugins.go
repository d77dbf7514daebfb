package dns

// This file is the plugins that answer HTTP and look at the Corefile again. CoreDNS' own listen on the host, or keep what they
// know once for the whole program.

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
)

// addressed reads a plugin's only argument, an address, of which the port counts. Options in a block are left to the plugin.
func addressed(c *caddy.Controller, name string, otherwise int, option func() error) (port int, err error) {
	port = otherwise
	for n := 0; c.Next(); n++ {
		if n > 0 {
			return 0, plugin.Error(name, plugin.ErrOnce)
		}
		arguments := c.RemainingArgs()
		if len(arguments) > 1 {
			return 0, plugin.Error(name, c.ArgErr())
		}
		if len(arguments) == 1 {
			_, text, err := net.SplitHostPort(arguments[0])
			if err != nil {
				return 0, plugin.Error(name, err)
			}
			if port, err = strconv.Atoi(text); err != nil {
				return 0, plugin.Error(name, err)
			}
		}
		for c.NextBlock() {
			if err := option(); err != nil {
				return 0, plugin.Error(name, err)
			}
		}
	}
	return port, nil
}

func setUpHealth(c *caddy.Controller) error {
	s := serverOf(c)
	port, err := addressed(c, "health", 8080, func() error {
		if c.Val() != "lameduck" {
			return c.ArgErr()
		}
		arguments := c.RemainingArgs()
		if len(arguments) != 1 {
			return c.ArgErr()
		}
		_, err := time.ParseDuration(arguments[0])
		return err
	})
	if err != nil {
		return err
	}
	c.OnStartup(func() error {
		return s.web(port, "/health", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, http.StatusText(http.StatusOK)) })
	})
	return nil
}

// setUpPrometheus serves what says which CoreDNS it is. The counters of CoreDNS are the program's, for all Pods at once.
func setUpPrometheus(c *caddy.Controller) error {
	s := serverOf(c)
	port, err := addressed(c, "prometheus", 9153, func() error { return c.ArgErr() })
	if err != nil {
		return err
	}
	c.OnStartup(func() error {
		return s.web(port, "/metrics", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "# TYPE coredns_build_info gauge\ncoredns_build_info{version=\""+caddy.AppVersion+"\"} 1\n")
		})
	})
	return nil
}

func setUpReady(c *caddy.Controller) error {
	s := serverOf(c)
	port, err := addressed(c, "ready", 8181, func() error {
		c.RemainingArgs() // `monitor`, which says whether a plugin may become unready again
		return nil
	})
	if err != nil {
		return err
	}
	config := dnsserver.GetConfig(c)
	c.OnStartup(func() error {
		for _, handler := range config.Handlers() {
			if can, is := handler.(interface{ Ready() bool }); is {
				s.waitFor(handler.Name(), can.Ready)
			}
		}
		return s.web(port, "/ready", func(w http.ResponseWriter, _ *http.Request) {
			if names := s.notReady(); len(names) > 0 {
				w.WriteHeader(http.StatusServiceUnavailable)
				io.WriteString(w, strings.Join(names, ","))
				return
			}
			io.WriteString(w, http.StatusText(http.StatusOK))
		})
	})
	return nil
}

func (s *Server) waitFor(name string, isReady func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waits[name] = isReady
}

// notReady are the plugins that were never ready.
func (s *Server) notReady() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, isReady := range s.waits {
		if isReady() {
			delete(s.waits, name)
		} else {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// setUpReload looks at the Corefile every 30 seconds, a quarter of that sooner or later, unless it is told otherwise.
func setUpReload(c *caddy.Controller) error {
	c.Next()
	spans := []time.Duration{30 * time.Second, 15 * time.Second}
	arguments := c.RemainingArgs()
	if len(arguments) > len(spans) {
		return plugin.Error("reload", c.ArgErr())
	}
	for i, argument := range arguments {
		span, err := time.ParseDuration(argument)
		if err != nil {
			return plugin.Error("reload", err)
		}
		spans[i] = span
	}
	if least := 2 * time.Second; spans[0] < least {
		return plugin.Error("reload", fmt.Errorf("interval value must be greater or equal to %v", least))
	}
	interval, jitter := spans[0], min(spans[1], spans[0]/2)
	if jitter > 0 {
		interval += rand.N(jitter) - jitter/2
	}
	serverOf(c).reloads = interval
	return nil
}
