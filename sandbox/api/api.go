// Package api is the HTTP API of a running sandbox, on a unix socket in its folder. Only who may read the folder reaches it.
//
// It knows the session's methods; it holds no state.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"sandbox/config"
	"sandbox/session"
)

// Socket is relative to the folder, in which the process works, so that no path is too long.
const Socket = "api.sock"

// Listen binds the socket; an old one of a killed process is replaced.
func Listen() (net.Listener, error) {
	if err := os.Remove(Socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("failed to remove the old socket: %w", err)
	}
	listener, err := net.Listen("unix", Socket)
	if err != nil {
		return nil, fmt.Errorf("failed to listen on `%s`: %w", Socket, err)
	}
	return listener, os.Chmod(Socket, 0o600)
}

// lastAnswers is how long answers that are on their way at the end may take.
const lastAnswers = time.Second

// Serve answers until ctx ends, and returns when the last answer was given. stop asks the program to end.
func Serve(ctx context.Context, listener net.Listener, s *session.Session, stop func()) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/state", func(w http.ResponseWriter, r *http.Request) {
		state, err := s.State(r.Context())
		reply(w, http.StatusOK, state, err)
	})
	mux.HandleFunc("GET /v1/hidden", func(w http.ResponseWriter, _ *http.Request) {
		hidden, err := s.Hidden()
		reply(w, http.StatusOK, hidden, err)
	})
	mux.HandleFunc("POST /v1/images/prune", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, struct{}{}, s.PruneImages())
	})
	mux.HandleFunc("POST /v1/nodes", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		spec, err := config.ParseNode(text)
		if err != nil {
			refuse(w, http.StatusBadRequest, err)
			return
		}
		reply(w, http.StatusCreated, struct{}{}, s.AddNode(r.Context(), spec))
	})
	mux.HandleFunc("POST /v1/nodes/{name}/stop", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, struct{}{}, s.StopNode(r.PathValue("name")))
	})
	mux.HandleFunc("POST /v1/nodes/{name}/start", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, struct{}{}, s.StartNode(r.PathValue("name")))
	})
	mux.HandleFunc("DELETE /v1/nodes/{name}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusOK, struct{}{}, s.RemoveNode(r.Context(), r.PathValue("name")))
	})
	mux.HandleFunc("POST /v1/stop", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusAccepted, struct{}{}, nil)
		stop()
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // returns when it is shut down
	<-ctx.Done()
	// Closing at once would cut off the answer of `stop`.
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastAnswers)
	defer cancel()
	_ = server.Shutdown(bounded) // the process ends
}

func reply(w http.ResponseWriter, status int, body any, err error) {
	switch {
	case errors.Is(err, session.ErrNoSuchNode):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusConflict, err)
	default:
		write(w, status, body)
	}
}

func refuse(w http.ResponseWriter, status int, err error) {
	write(w, status, map[string]string{"error": err.Error()})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away
}
