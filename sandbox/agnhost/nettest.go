package agnhost

// This file is the half of nettest that listens: who has called. It calls nobody itself, so its own test of a network goes on
// for ever.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// calls are what a nettest has heard, in the form in which it tells it.
type calls struct {
	Hostname             string
	Received             map[string]int
	Errors               []string
	StillContactingPeers bool

	mu sync.Mutex
}

func netTest(p *program) func() int {
	port := p.flags.Int("port", 8080, "")
	p.flags.Int("peers", 8, "")
	p.flags.String("service", "nettest", "")
	p.flags.String("namespace", "default", "")
	p.flags.Int("delay-shutdown", 0, "")
	return func() int {
		heard := &calls{Hostname: p.Hostname(), Received: map[string]int{}, StillContactingPeers: true}
		routes := http.NewServeMux()
		routes.HandleFunc("/read", func(w http.ResponseWriter, _ *http.Request) {
			heard.mu.Lock()
			defer heard.mu.Unlock()
			fmt.Fprint(w, inJSON(heard))
		})
		routes.HandleFunc("/write", func(w http.ResponseWriter, r *http.Request) {
			heard.hear(r)
			answerJSON(w, map[string]string{"Hostname": heard.Hostname})
		})
		routes.HandleFunc("/status", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "running") })
		routes.HandleFunc("/quit", func(http.ResponseWriter, *http.Request) { p.exit(0) })
		return p.fatal(p.serve(*port, nil, routes))
	}
}

// hear notes who calls.
func (c *calls) hear(r *http.Request) {
	var call struct{ Source string }
	err := json.NewDecoder(r.Body).Decode(&call)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil || call.Source == "" {
		c.Errors = append(c.Errors, fmt.Sprintf("%s: Got request with no source", c.Hostname))
		return
	}
	c.Received[call.Source]++
}
