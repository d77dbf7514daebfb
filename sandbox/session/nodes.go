package session

// The session's nodes: started with it, and added, stopped, started and removed while it runs.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"

	"sandbox/config"
	"sandbox/eks"
	"sandbox/node"
	simulated "sandbox/runtime"
)

// ErrNoSuchNode says that the session has no node of that name.
var ErrNoSuchNode = errors.New("no such node")

// member is one node of the session.
type member struct {
	Spec config.Node `json:"node"`
	// Stopped nodes stay stopped over a restart.
	Stopped bool `json:"stopped,omitempty"`

	node    *node.Node
	runtime *simulated.Runtime
}

// freeze cuts a node and leaves its containers to the next start.
func (m *member) freeze() error {
	if m.node == nil {
		return nil
	}
	m.node.Disconnect()
	return m.runtime.Close(context.Background())
}

func (s *Session) nodesFile() string { return filepath.Join(s.config.Folder, "nodes.json") }

// wantedNodes are those remembered in the folder, else those of the configuration.
func (s *Session) wantedNodes() ([]*member, error) {
	var members []*member
	text, err := os.ReadFile(s.nodesFile())
	if err == nil {
		if err := json.Unmarshal(text, &members); err != nil {
			return nil, fmt.Errorf("failed to read `%s`: %w", s.nodesFile(), err)
		}
		return members, nil
	}
	for _, spec := range s.config.Nodes {
		members = append(members, &member{Spec: spec})
	}
	return members, nil
}

// remember writes the nodes down; the caller holds the mutex.
func (s *Session) remember() error {
	members := make([]*member, 0, len(s.nodes))
	for _, m := range s.nodes {
		members = append(members, m)
	}
	slices.SortFunc(members, func(a, b *member) int {
		return netip.MustParseAddr(a.Spec.Address).Compare(netip.MustParseAddr(b.Spec.Address))
	})
	return writeJSON(s.nodesFile(), members)
}

func (s *Session) startNodes(ctx context.Context, wanted []*member, report func(ready int)) error {
	ctx, cancel := context.WithTimeout(ctx, nodesDeadline)
	defer cancel()
	ended := make(chan error, len(wanted))
	for _, m := range wanted {
		go func() { ended <- s.startNode(ctx, m) }()
	}
	var first error
	nReady := 0
	for range wanted {
		switch err := <-ended; {
		case err == nil:
			nReady++
			report(nReady)
		case first == nil:
			// The others' errors would only say that their start was cut short.
			first = err
			cancel()
		}
	}
	if first != nil {
		return fmt.Errorf("%d of %d nodes started: %w", nReady, len(wanted), first)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.remember()
}

// startNode starts a node and waits until it is Ready; a stopped one is started and cut at once.
func (s *Session) startNode(ctx context.Context, m *member) error {
	facts, err := s.facts(m.Spec)
	if err != nil {
		return err
	}
	folder := filepath.Join(s.config.Folder, "nodes", m.Spec.Name)
	pool := s.pools[m.Spec.Subnet]
	if err := pool.Reserve(netip.MustParseAddr(m.Spec.Address)); err != nil {
		return fmt.Errorf("failed to give node `%s` its address: %w", m.Spec.Name, err)
	}
	m.runtime, err = simulated.Open(simulated.Options{
		Folder: filepath.Join(folder, "runtime"), Roots: []string{filepath.Join(folder, "kubelet")},
		Models: s.models, Addresses: pool, NodeName: m.Spec.Name, NodeAddress: m.Spec.Address, Log: s.log,
	})
	if err != nil {
		return fmt.Errorf("failed to open the containers of node `%s`: %w", m.Spec.Name, err)
	}
	client, serving, err := s.plane.KubeletCertificates(m.Spec.Name, m.Spec.Address)
	if err != nil {
		return err
	}
	m.node, err = node.Start(s.context, node.Options{
		Facts: facts, Taints: taints(m.Spec), Folder: folder, Server: s.plane.Server(), ClusterCA: s.plane.CA(),
		Client: client, Serving: serving, ClusterDNS: eks.ClusterDNS, Runtime: m.runtime, KubernetesVersion: KubernetesVersion,
	})
	if err != nil {
		return err
	}
	s.mutex.Lock()
	s.nodes[m.Spec.Name] = m
	s.mutex.Unlock()
	if m.Stopped {
		m.node.Disconnect()
		return nil
	}
	if err := eks.Join(ctx, s.cloud, facts); err != nil {
		return err
	}
	return s.awaitReady(ctx, m.Spec.Name)
}

func (s *Session) facts(spec config.Node) (eks.NodeFacts, error) {
	instance, err := eks.FindInstanceType(spec.InstanceType)
	if err != nil {
		return eks.NodeFacts{}, fmt.Errorf("node `%s`: %w", spec.Name, err)
	}
	subnet, err := s.config.Subnet(spec.Subnet)
	if err != nil {
		return eks.NodeFacts{}, err
	}
	return eks.NodeFacts{
		Name: spec.Name, Address: spec.Address, Region: s.config.Region, Zone: subnet.Zone, Cluster: s.config.ClusterName,
		NodeGroup: spec.NodeGroup, CapacityType: spec.CapacityType, InstanceType: instance, Labels: spec.Labels,
	}, nil
}

func taints(spec config.Node) []v1.Taint {
	var taints []v1.Taint
	for _, t := range spec.Taints {
		taints = append(taints, v1.Taint{Key: t.Key, Value: t.Value, Effect: v1.TaintEffect(t.Effect)})
	}
	return taints
}

func (s *Session) awaitReady(ctx context.Context, name string) error {
	selector := fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()
	nodes := &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			o.FieldSelector = selector
			return s.cloud.CoreV1().Nodes().List(ctx, o)
		},
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			o.FieldSelector = selector
			return s.cloud.CoreV1().Nodes().Watch(ctx, o)
		},
	}
	_, err := watchtools.UntilWithSync(ctx, nodes, &v1.Node{}, nil, func(event watch.Event) (bool, error) {
		n, ok := event.Object.(*v1.Node)
		return ok && isReady(n), nil
	})
	if err != nil {
		return fmt.Errorf("node `%s` did not become Ready: %w", name, err)
	}
	return nil
}

// isReady: Ready by its own word, and the taint of a node that is not has been taken off.
func isReady(n *v1.Node) bool {
	tainted := slices.ContainsFunc(n.Spec.Taints, func(t v1.Taint) bool { return t.Key == v1.TaintNodeNotReady })
	return !tainted && slices.ContainsFunc(n.Status.Conditions, func(c v1.NodeCondition) bool {
		return c.Type == v1.NodeReady && c.Status == v1.ConditionTrue
	})
}

// dialNode reaches the kubelet of the node with this address.
func (s *Session) dialNode(ctx context.Context, address string) (net.Conn, error) {
	s.mutex.Lock()
	var found *node.Node
	for _, m := range s.nodes {
		if m.Spec.Address == address {
			found = m.node
		}
	}
	s.mutex.Unlock()
	if found == nil {
		return nil, fmt.Errorf("no node has address %s", address)
	}
	return found.Dial(ctx)
}

// AddNode adds a node and returns when it is Ready.
//
// # Errors
//
// When its name or address is taken, or it does not fit its subnet.
func (s *Session) AddNode(ctx context.Context, spec config.Node) error {
	if err := s.config.CheckNode(spec); err != nil {
		return err
	}
	s.mutex.Lock()
	for _, m := range s.nodes {
		if m.Spec.Name == spec.Name || m.Spec.Address == spec.Address {
			s.mutex.Unlock()
			return fmt.Errorf("node `%s` has this name or address already", m.Spec.Name)
		}
	}
	s.mutex.Unlock()
	return s.startNodes(ctx, []*member{{Spec: spec}}, func(int) {})
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
	delete(s.nodes, name)
	err := s.remember()
	s.mutex.Unlock()
	if !ok {
		return fmt.Errorf("%w: `%s`", ErrNoSuchNode, name)
	}
	if err != nil {
		return err
	}
	if err := m.node.Remove(ctx); err != nil {
		return err
	}
	s.pools[m.Spec.Subnet].Unreserve(netip.MustParseAddr(m.Spec.Address))
	err = s.client.CoreV1().Nodes().Delete(ctx, name, metav1.DeleteOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("failed to delete node `%s`: %w", name, err)
	}
	return nil
}

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
	slices.SortFunc(state.Nodes, func(a, b NodeState) int { return slices.Compare([]string{a.Name}, []string{b.Name}) })
	return state, nil
}
