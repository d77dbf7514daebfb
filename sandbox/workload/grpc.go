package workload

// This file is what a model's port tells by gRPC's health protocol, the one gRPC service that a model can have.

import (
	"net/http"
	"time"

	"sandbox/health"
)

const notServing = "not-serving"

// serveGRPC answers as the model says.
func (o *port) serveGRPC(w http.ResponseWriter, r *http.Request) {
	health.Answer(w, r, func(service string) (serves, known bool) {
		told, known := o.listen.GRPC[service]
		if !known {
			return false, false
		}
		if !o.process.works(r.Context(), time.Duration(told.Processor), 1) {
			// Whoever asked has gone, or the process.
			panic(http.ErrAbortHandler)
		}
		return told.Status != notServing && time.Since(o.at) >= time.Duration(told.After), true
	})
}
