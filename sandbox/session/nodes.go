package session

// How the session's nodes are remembered and started. How they change while it runs is in change.go.

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
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"

	"sandbox/config"
	"sandbox/disk"
	"sandbox/eks"
	"sandbox/node"
	simulated "sandbox/runtime"
	"sandbox/volumes"
)

// member is one node of the session.
type member struct {
	Spec config.Node `json:"node"`
	// Stopped nodes stay stopped over a restart.
	Stopped bool `json:"stopped,omitempty"`
	// Folder is inside `nodes`; it is never given to another node: the kubelet of a removed one cannot be ended and
	// would tidy up in it.
	Folder string `json:"folder"`

	// cutShort ends the start of a node that is added while the session runs; unset: it is of the session's own start.
	cutShort context.CancelFunc
	// isLeaving says that somebody began to remove it: it cannot be used any more.
	isLeaving bool

	// node and runtime are nil until the node has started.
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

func (s *Session) nodesFile() string   { return filepath.Join(s.config.Folder, "nodes.json") }
func (s *Session) nodesFolder() string { return filepath.Join(s.config.Folder, "nodes") }

// wantedNodes are those remembered in the folder, else those of the configuration.
func (s *Session) wantedNodes() ([]*member, error) {
	var members []*member
	text, err := os.ReadFile(s.nodesFile())
	if err == nil {
		if err := json.Unmarshal(text, &members); err != nil {
			return nil, fmt.Errorf("failed to read `%s`: %w", s.nodesFile(), err)
		}
		for _, m := range members {
			if err := errors.Join(s.config.CheckNode(m.Spec), disk.CheckName(m.Folder)); err != nil {
				return nil, fmt.Errorf("failed to read `%s`: %w", s.nodesFile(), err)
			}
		}
		return members, nil
	}
	for _, spec := range s.config.Nodes {
		members = append(members, &member{Spec: spec, Folder: spec.Name})
	}
	return members, nil
}

// removeLeftovers deletes the folders of nodes that were removed before this process began.
func (s *Session) removeLeftovers(wanted []*member) error {
	nodes, err := disk.Open(s.nodesFolder())
	if err != nil {
		return fmt.Errorf("failed to make the nodes' folder: %w", err)
	}
	folders, err := nodes.Names()
	if err != nil {
		return fmt.Errorf("failed to read the nodes' folders: %w", err)
	}
	for _, folder := range folders {
		if slices.ContainsFunc(wanted, func(m *member) bool { return m.Folder == folder }) {
			continue
		}
		if err := nodes.Remove(folder); err != nil {
			return fmt.Errorf("failed to remove the folder of a former node: %w", err)
		}
	}
	return nil
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
	if err := s.enter(wanted); err != nil {
		return err
	}
	if err := s.join(wanted); err != nil {
		return err
	}
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
	return nil
}

// running are the names of the nodes that are not stopped.
func running(members []*member) []string {
	var names []string
	for _, m := range members {
		if !m.Stopped {
			names = append(names, m.Spec.Name)
		}
	}
	return names
}

// enter makes nodes the session's, before they start: one whose start is cut off by a kill starts the next time.
func (s *Session) enter(members []*member) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, m := range members {
		s.nodes[m.Spec.Name] = m
	}
	return s.remember()
}

// startNode starts a node and waits until it is Ready; a stopped one is started and cut at once.
func (s *Session) startNode(ctx context.Context, m *member) error {
	facts, err := s.facts(m.Spec)
	if err != nil {
		return err
	}
	folder := filepath.Join(s.nodesFolder(), m.Folder)
	addresses := s.pools[m.Spec.Subnet].Node(m.Spec.Name)
	containers, err := simulated.Open(simulated.Options{
		Folder: filepath.Join(folder, "runtime"), Roots: []string{filepath.Join(folder, "kubelet"), s.volumes.Folder()},
		Models: s.models, Addresses: addresses, NodeName: m.Spec.Name, NodeAddress: m.Spec.Address, Log: s.log,
		Network: uplink{s.network, m.Spec.Name},
		Daemons: []simulated.Daemon{
			{Repository: vpcCNI, Run: s.runIPAMD(addresses)}, {Repository: policyAgent, Run: s.runPolicyAgent(m.Spec.Name)},
			{Repository: kubeProxy, Run: s.runKubeProxy(m.Spec.Name)}, {Repository: coreDNS, Run: s.runCoreDNS},
		},
	})
	if err != nil {
		return fmt.Errorf("failed to open the containers of node `%s`: %w", m.Spec.Name, err)
	}
	client, serving, err := s.plane.KubeletCertificates(m.Spec.Name, m.Spec.Address)
	if err != nil {
		return errors.Join(err, containers.Close(ctx))
	}
	started, err := node.Start(s.context, node.Options{
		Facts: facts, Taints: taints(m.Spec), Folder: folder, Server: s.plane.Server(), ClusterCA: s.plane.CA(),
		Client: client, Serving: serving, ClusterDNS: eks.ClusterDNS, Runtime: containers, KubernetesVersion: KubernetesVersion,
		Disconnected: m.Stopped, VolumeFiles: s.volumes.Files,
	})
	if err != nil {
		return errors.Join(err, containers.Close(ctx))
	}
	s.network.Attach(m.Spec.Name, downlink{containers})
	s.network.Cut(m.Spec.Name, m.Stopped)
	s.mutex.Lock()
	m.node, m.runtime = started, containers
	s.mutex.Unlock()
	if m.Stopped {
		return nil
	}
	if err := eks.Join(ctx, s.cloud, facts); err != nil {
		return err
	}
	if err := volumes.Join(ctx, s.cloud, facts); err != nil {
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
