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

// change lets one node at a time be added or removed: whoever takes it gives it back.
type change chan struct{}

func (c change) take(ctx context.Context) error {
	select {
	case c <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("another node is being added or removed: %w", ctx.Err())
	}
}

func (c change) give() { <-c }

// AddNode adds a node and returns when it is Ready.
//
// # Errors
//
// When its name or address is taken, it does not fit its subnet, or it is removed meanwhile.
func (s *Session) AddNode(ctx context.Context, spec config.Node) error {
	if err := s.config.CheckNode(spec); err != nil {
		return err
	}
	if err := s.change.take(ctx); err != nil {
		return err
	}
	defer s.change.give()
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
	starting, cutShort := context.WithCancel(ctx)
	defer cutShort()
	m := &member{Spec: spec, Folder: folder, cutShort: cutShort}
	err = s.startNodes(starting, []*member{m}, func(int) {})
	s.mutex.Lock()
	m.cutShort = nil
	s.mutex.Unlock()
	if err != nil {
		// The caller may be gone, and what was begun is taken back all the same.
		return errors.Join(err, s.remove(context.WithoutCancel(ctx), spec.Name))
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
	if m.isLeaving {
		return fmt.Errorf("node `%s` is being removed", name)
	}
	m.Stopped = stopped
	s.network.Cut(name, stopped)
	if stopped {
		m.node.Disconnect()
	} else {
		m.node.Connect()
	}
	return s.remember()
}

// RemoveNode ends a node for good, as terminating its instance would: containers ended, Node object deleted. One that is
// being added is taken back.
//
// # Errors
//
// ErrNoSuchNode, or a part of it cannot be ended. The node is then still the session's, and removing it again goes on.
func (s *Session) RemoveNode(ctx context.Context, name string) error {
	wasStarting := s.cutShort(name)
	if err := s.change.take(ctx); err != nil {
		return err
	}
	defer s.change.give()
	err := s.remove(ctx, name)
	if wasStarting && errors.Is(err, ErrNoSuchNode) {
		return nil // whoever began it has taken it back
	}
	return err
}

// cutShort ends the start of a node that is being added, and says whether there is one.
func (s *Session) cutShort(name string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	m, ok := s.nodes[name]
	if !ok || m.cutShort == nil {
		return false
	}
	m.cutShort()
	return true
}

// remove ends a node whose start is over. The change is the caller's. Every step may have been done by an earlier try, and
// the node is forgotten last.
func (s *Session) remove(ctx context.Context, name string) error {
	s.mutex.Lock()
	m, ok := s.nodes[name]
	if ok {
		m.isLeaving = true
	}
	s.mutex.Unlock()
	if !ok {
		return fmt.Errorf("%w: `%s`", ErrNoSuchNode, name)
	}
	if m.node != nil {
		if err := m.node.Remove(ctx); err != nil {
			return err
		}
	}
	s.network.Detach(name)
	if err := s.pools[m.Spec.Subnet].Leave(name); err != nil {
		return err
	}
	err := s.client.CoreV1().Nodes().Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("failed to delete node `%s`: %w", name, err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.nodes, name)
	if err := s.remember(); err != nil {
		s.nodes[name] = m
		return err
	}
	return nil
}
