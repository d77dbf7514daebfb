package session

// How nodes are added, stopped, started and removed while the session runs.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sandbox/config"
	"sandbox/disk"
)

// ErrNoSuchNode says that the session has no node of that name.
var ErrNoSuchNode = errors.New("no such node")

// AddNode adds a node and returns when it is Ready.
//
// # Errors
//
// When its name or address is taken, or it does not fit its subnet.
func (s *Session) AddNode(ctx context.Context, spec config.Node) error {
	if err := s.config.CheckNode(spec); err != nil {
		return err
	}
	s.adding.Lock()
	defer s.adding.Unlock()
	s.mutex.Lock()
	for _, m := range s.nodes {
		if m.Spec.Name == spec.Name || m.Spec.Address == spec.Address {
			s.mutex.Unlock()
			return fmt.Errorf("node `%s` has this name or address already", m.Spec.Name)
		}
	}
	s.mutex.Unlock()
	folder, err := s.newFolder(spec.Name)
	if err != nil {
		return err
	}
	if err := s.startNodes(ctx, []*member{{Spec: spec, Folder: folder}}, func(int) {}); err != nil {
		// The caller may be gone, and what was begun is taken back all the same.
		return errors.Join(err, s.RemoveNode(context.WithoutCancel(ctx), spec.Name))
	}
	return nil
}

// newFolder makes a folder that no node had before.
func (s *Session) newFolder(name string) (string, error) {
	nodes, err := disk.Open(s.nodesFolder())
	if err != nil {
		return "", fmt.Errorf("failed to open the nodes' folder: %w", err)
	}
	folder := name
	for n := 2; ; n++ {
		err := nodes.Make(folder)
		if !errors.Is(err, fs.ErrExist) {
			return folder, err
		}
		folder = fmt.Sprintf("%s.%d", name, n)
	}
}

// StopNode cuts a node from its cluster; StartNode connects it again.
func (s *Session) StopNode(name string) error { return s.setStopped(name, true) }

// StartNode ends a StopNode.
func (s *Session) StartNode(name string) error { return s.setStopped(name, false) }

func (s *Session) setStopped(name string, stopped bool) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	m, ok := s.nodes[name]
	if !ok {
		return fmt.Errorf("%w: `%s`", ErrNoSuchNode, name)
	}
	if m.node == nil {
		return fmt.Errorf("node `%s` is still starting", name)
	}
	m.Stopped = stopped
	if stopped {
		m.node.Disconnect()
	} else {
		m.node.Connect()
	}
	return s.remember()
}

// RemoveNode ends a node for good, as terminating its instance would: containers ended, Node object deleted.
func (s *Session) RemoveNode(ctx context.Context, name string) error {
	s.mutex.Lock()
	m, ok := s.nodes[name]
	if !ok {
		s.mutex.Unlock()
		return fmt.Errorf("%w: `%s`", ErrNoSuchNode, name)
	}
	delete(s.nodes, name)
	err := s.remember()
	s.mutex.Unlock()
	if err != nil {
		return err
	}
	if m.node != nil {
		if err := m.node.Remove(ctx); err != nil {
			return err
		}
	}
	if err := s.pools[m.Spec.Subnet].Leave(name); err != nil {
		return err
	}
	err = s.client.CoreV1().Nodes().Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("failed to delete node `%s`: %w", name, err)
	}
	return nil
}
