package session

// What the API tells of the session.

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// State is what the API tells.
type State struct {
	FormatVersion int         `json:"format_version"`
	PID           int         `json:"pid"`
	Phase         string      `json:"phase"`
	Server        string      `json:"server"`
	StartedAt     string      `json:"started_at"`
	Nodes         []NodeState `json:"nodes"`
}

// NodeState is one node; State is "ready", "not-ready", "stopped" or "gone" (the Node object was deleted).
type NodeState struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

// State asks the API server how the nodes are.
func (s *Session) State(ctx context.Context) (State, error) {
	s.mutex.Lock()
	state := State{FormatVersion: 1, PID: os.Getpid(), Phase: s.phase, Server: s.plane.Server(), StartedAt: s.startedAt.UTC().Format("2006-01-02T15:04:05Z")}
	stopped := map[string]bool{}
	for name, m := range s.nodes {
		stopped[name] = m.Stopped
	}
	s.mutex.Unlock()
	list, err := s.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return state, fmt.Errorf("failed to list nodes: %w", err)
	}
	words := map[string]string{}
	for _, n := range list.Items {
		words[n.Name] = "not-ready"
		if isReady(&n) {
			words[n.Name] = "ready"
		}
	}
	for name, isStopped := range stopped {
		word, there := words[name]
		switch {
		case isStopped:
			word = "stopped"
		case !there:
			word = "gone"
		}
		state.Nodes = append(state.Nodes, NodeState{name, word})
	}
	slices.SortFunc(state.Nodes, func(a, b NodeState) int { return strings.Compare(a.Name, b.Name) })
	return state, nil
}
