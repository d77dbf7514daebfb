package session

// What the API server's objects do not show of a cluster, and what yet decides how it goes on. Two clusters with the same objects
// and the same of this are alike to whoever uses them.

import (
	"errors"

	simulated "sandbox/runtime"
	"sandbox/subnet"
	"sandbox/volumes"
)

// Hidden is all of it.
type Hidden struct {
	FormatVersion int                    `json:"format_version"`
	Nodes         map[string]HiddenNode  `json:"nodes"`
	Subnets       map[string]subnet.Held `json:"subnets"`
	Volumes       []volumes.Kept         `json:"volumes"`
}

// HiddenNode is one node; Unused are images that Pods left behind which are gone.
type HiddenNode struct {
	Stopped bool     `json:"stopped"`
	Unused  []string `json:"unused_images"`
}

// Hidden looks at all of it.
//
// # Errors
//
// The volumes cannot be read.
func (s *Session) Hidden() (Hidden, error) {
	hidden := Hidden{FormatVersion: 1, Nodes: map[string]HiddenNode{}, Subnets: map[string]subnet.Held{}}
	s.mutex.Lock()
	for name, m := range s.nodes {
		node := HiddenNode{Stopped: m.Stopped, Unused: []string{}}
		if m.runtime != nil {
			node.Unused = m.runtime.Unused()
		}
		hidden.Nodes[name] = node
	}
	s.mutex.Unlock()
	for name, pool := range s.pools {
		hidden.Subnets[name] = pool.Held()
	}
	var err error
	hidden.Volumes, err = s.volumes.Kept()
	return hidden, err
}

// PruneImages takes the images that no container is of off all nodes, as a kubelet does when its disk is full.
//
// # Errors
//
// A node could not write down what it has left.
func (s *Session) PruneImages() error {
	var runtimes []*simulated.Runtime
	s.mutex.Lock()
	for _, m := range s.nodes {
		if m.runtime != nil {
			runtimes = append(runtimes, m.runtime)
		}
	}
	s.mutex.Unlock()
	var problems []error
	for _, r := range runtimes {
		problems = append(problems, r.Prune())
	}
	return errors.Join(problems...)
}
