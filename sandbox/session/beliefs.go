package session

// What the API server, each kubelet and each runtime believe of every Pod, side by side, written into the session's folder when somebody
// asks: for a start that fails. How a kubelet is read is package node's matter.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"sandbox/disk"
	"sandbox/node"
)

// BeliefsFile and StacksFile are what WriteBeliefs writes, the latter first.
const (
	BeliefsFile = "beliefs.json"
	StacksFile  = "goroutines.txt"
)

// readWithin is how long the API server, or a node, may take to tell.
const readWithin = 2 * time.Second

// beliefs is the file.
type beliefs struct {
	FormatVersion int       `json:"format_version"`
	TakenAt       time.Time `json:"taken_at"`
	// Phase is that of Progress.
	Phase string `json:"phase"`
	// Problem is what could not be read of the API server.
	Problem string          `json:"problem,omitempty"`
	Nodes   []*node.Beliefs `json:"nodes"`
	Pods    []podBeliefs    `json:"pods"`
}

// podBeliefs is one Pod.
type podBeliefs struct {
	// Name is namespace and name; UID tells a Pod from a former one of the name.
	Name string    `json:"name"`
	UID  types.UID `json:"uid"`
	Node string    `json:"node"`
	// Ready is the API server's word.
	Ready bool `json:"ready"`
	// Says is the beliefs in one line.
	Says string `json:"says"`
	// Server is what the API server has; unset when it has no such Pod.
	Server  *node.StatusBelief `json:"server,omitempty"`
	Kubelet *node.PodBeliefs   `json:"kubelet,omitempty"`
}

// WriteBeliefs writes what is believed of each Pod, and the stacks of all goroutines, into the folder, and returns the first file's
// path. It works also while the session starts.
//
// # Errors
// The folder cannot be written. What cannot be read is told in the file.
func (s *Session) WriteBeliefs(ctx context.Context) (string, error) {
	path, _, err := s.writeBeliefs(ctx)
	return path, err
}

func (s *Session) writeBeliefs(ctx context.Context) (string, beliefs, error) {
	known := s.beliefs(ctx)
	var stacks strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 2); err != nil {
		return "", known, fmt.Errorf("failed to read the stacks of all goroutines: %w", err)
	}
	path := filepath.Join(s.config.Folder, BeliefsFile)
	err := errors.Join(disk.Write(filepath.Join(s.config.Folder, StacksFile), []byte(stacks.String())), writeJSON(path, known))
	if err != nil {
		return "", known, fmt.Errorf("failed to write down what is believed of the Pods: %w", err)
	}
	return path, known, nil
}

// tellWhenAsked writes the beliefs at each signal until the session ends.
func (s *Session) tellWhenAsked(asked <-chan os.Signal) {
	for {
		select {
		case <-asked:
			path, err := s.WriteBeliefs(s.context)
			s.log.Info("asked what is believed of the Pods", "file", path, "error", err)
		case <-s.context.Done():
			return
		}
	}
}

func (s *Session) beliefs(ctx context.Context) beliefs {
	s.mutex.Lock()
	all := beliefs{FormatVersion: 1, TakenAt: time.Now().UTC(), Phase: s.phase}
	nodes := make([]*node.Node, 0, len(s.nodes))
	for _, m := range s.nodes {
		if m.node != nil {
			nodes = append(nodes, m.node)
		}
	}
	s.mutex.Unlock()
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	read := make(chan *node.Beliefs, len(nodes))
	for _, n := range nodes {
		go func() { read <- readNode(ctx, n) }()
	}
	pods, err := s.pods(ctx)
	if err != nil {
		all.Problem = err.Error()
	}
	for range nodes {
		all.Nodes = append(all.Nodes, <-read)
	}
	slices.SortFunc(all.Nodes, func(a, b *node.Beliefs) int { return strings.Compare(a.Node, b.Node) })
	all.Pods = side(pods, all.Nodes)
	return all
}

// readNode does not wait for a node whose runtime does not answer.
func readNode(ctx context.Context, n *node.Node) *node.Beliefs {
	read := make(chan node.Beliefs, 1)
	go func() { read <- n.Beliefs(ctx) }()
	select {
	case b := <-read:
		return &b
	case <-time.After(2 * readWithin):
		return &node.Beliefs{Node: n.Name(), Problem: fmt.Sprintf("it told nothing within %s", 2*readWithin)}
	}
}

func (s *Session) pods(ctx context.Context) ([]v1.Pod, error) {
	s.mutex.Lock()
	client := s.client
	s.mutex.Unlock()
	if client == nil {
		return nil, errors.New("the API server is not up yet")
	}
	list, err := client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("failed to list the Pods: %w", err)
	}
	return list.Items, nil
}

// side puts what the API server has beside what the nodes believe.
func side(pods []v1.Pod, nodes []*node.Beliefs) []podBeliefs {
	var all []podBeliefs
	known := map[types.UID]bool{}
	for _, pod := range pods {
		known[pod.UID] = true
		one := podBeliefs{Name: pod.Namespace + "/" + pod.Name, UID: pod.UID, Node: pod.Spec.NodeName, Ready: isPodReady(&pod),
			Server: &node.StatusBelief{Version: pod.ResourceVersion, Status: pod.Status}}
		for _, n := range nodes {
			if believed := n.Pods[pod.UID]; believed != nil && n.Node == one.Node {
				one.Kubelet = believed
			}
		}
		all = append(all, one)
	}
	for _, n := range nodes {
		for uid, believed := range n.Pods {
			if !known[uid] {
				all = append(all, podBeliefs{Name: believed.Name, UID: uid, Node: n.Node, Kubelet: believed})
			}
		}
	}
	slices.SortFunc(all, func(a, b podBeliefs) int { return strings.Compare(a.Name+string(a.UID), b.Name+string(b.UID)) })
	for i := range all {
		all[i].Says = says(&all[i], time.Now())
	}
	return all
}
