package agnhost

// This file is grpc-health-checking: one service whose health can be taken away and given back.

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"sandbox/health"
)

func healthChecking(p *program) func() int {
	port, httpPort := p.flags.Int("port", 5000, ""), p.flags.Int("http-port", 8080, "")
	seconds := p.flags.Int("delay-unhealthy-sec", -1, "")
	service := p.flags.String("service", "", "")
	return func() int {
		started := time.Now()
		// Whether somebody has said how it is; until then time does.
		var said atomic.Pointer[bool]
		routes := http.NewServeMux()
		for path, serves := range map[string]bool{"/make-not-serving": false, "/make-serving": true} {
			routes.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
				said.Store(&serves)
				fmt.Fprint(w, time.Since(started))
			})
		}
		failed := make(chan error, 2)
		go func() { failed <- p.serve(*httpPort, nil, routes) }()
		go func() {
			// One that speaks HTTP/2 too waits for more where somebody says less than a line of it.
			server := &http.Server{ReadHeaderTimeout: time.Minute, ErrorLog: p.log, Protocols: &http.Protocols{}}
			server.Protocols.SetUnencryptedHTTP2(true)
			server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !health.IsAsked(r) {
					http.Error(w, errors.ErrUnsupported.Error(), http.StatusUnsupportedMediaType)
					return
				}
				health.Answer(w, r, func(asked string) (serves, known bool) {
					if told := said.Load(); told != nil {
						return *told, asked == *service
					}
					isOver := *seconds >= 0 && time.Since(started) >= time.Duration(*seconds)*time.Second
					return !isOver, asked == *service
				})
			})
			failed <- p.serveWith(*port, nil, server)
		}()
		p.log.Printf("gRPC server starting to listen on :%d", *port)
		return p.fatal(<-failed)
	}
}
