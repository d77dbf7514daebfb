package node

// What the parts of a kubelet, and the runtime below it, each believe of the Pods: for the moment when they differ. It must not
// know what the API server believes. How it is read is in readbeliefs.go.

import (
	"context"
	"errors"
	"fmt"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	kubelettypes "k8s.io/kubelet/pkg/types"
)

// Beliefs is what one node believes.
type Beliefs struct {
	Node string `json:"node"`
	// SyncLoop is when the kubelet's main loop last began a round, Relist when it last listed the runtime's containers, and Cache how
	// new its cache of their states is at least; unset when it has not come to that.
	SyncLoop *time.Time `json:"sync_loop,omitempty"`
	Relist   *time.Time `json:"relist,omitempty"`
	Cache    *time.Time `json:"cache,omitempty"`
	// Pods are by uid; a Pod that only the runtime knows is among them.
	Pods map[types.UID]*PodBeliefs `json:"-"`
	// Problem is what could not be read.
	Problem string `json:"problem,omitempty"`
}

// PodBeliefs is what one node believes of one Pod; what a part does not know is unset.
type PodBeliefs struct {
	// Name is namespace and name.
	Name string `json:"name"`
	// Told is what the API server told the kubelet, Stored what the kubelet last worked out, to be sent to the API server.
	Told   *StatusBelief `json:"told,omitempty"`
	Stored *StatusBelief `json:"stored,omitempty"`
	Worker *WorkerBelief `json:"worker,omitempty"`
	// Cached is what the kubelet last read from the runtime, Runtime what is there.
	Cached  *CacheBelief      `json:"cached,omitempty"`
	Runtime []ContainerBelief `json:"runtime,omitempty"`
}

// StatusBelief is a Pod's status.
type StatusBelief struct {
	// Version counts what the kubelet stored; of what it was told it is the resource version.
	Version string       `json:"version"`
	Status  v1.PodStatus `json:"status"`
}

// WorkerBelief is the Pod's worker: the goroutine that starts its containers and works out its status.
type WorkerBelief struct {
	// Works says that it has something to do; Pending is what waits for it, Active what it did last.
	Works   bool   `json:"works"`
	Pending string `json:"pending,omitempty"`
	Active  string `json:"active,omitempty"`

	SeenAt        *time.Time `json:"seen_at,omitempty"`
	StartedAt     *time.Time `json:"started_at,omitempty"`
	TerminatingAt *time.Time `json:"terminating_at,omitempty"`
	TerminatedAt  *time.Time `json:"terminated_at,omitempty"`
	// NextSync is when it looks again although nothing happens.
	NextSync *time.Time `json:"next_sync,omitempty"`
}

// CacheBelief is what the kubelet last read from the runtime.
type CacheBelief struct {
	// Modified is when something was new, Observed when it was last looked at.
	Modified   *time.Time        `json:"modified,omitempty"`
	Observed   *time.Time        `json:"observed,omitempty"`
	Error      string            `json:"error,omitempty"`
	Containers []ContainerBelief `json:"containers"`
}

// ContainerBelief is a container, or a Pod's sandbox, whose name is "(sandbox)".
type ContainerBelief struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	State string `json:"state"`
	// The times are unset until it happened.
	CreatedAt  *time.Time `json:"created_at,omitempty"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	ExitCode   int        `json:"exit_code,omitempty"`
}

const sandboxName = "(sandbox)"

// Beliefs reads what the node's kubelet and its runtime believe; it changes nothing.
//
// Does *not* fail: what cannot be read, such as a part that keeps its lock, is told in Problem.
func (n *Node) Beliefs(ctx context.Context) Beliefs {
	b := Beliefs{Node: n.Name(), Pods: map[types.UID]*PodBeliefs{}}
	var problems []error
	for _, read := range []func(*Beliefs) error{n.readLoops, n.readPods, n.readStatuses, n.readWorkers, n.readQueue, n.readCache} {
		problems = append(problems, read(&b))
	}
	problems = append(problems, n.readRuntime(ctx, &b))
	if err := errors.Join(problems...); err != nil {
		b.Problem = err.Error()
	}
	return b
}

// of is what is believed of a Pod.
func (b *Beliefs) of(uid types.UID, namespace, name string) *PodBeliefs {
	if b.Pods[uid] == nil {
		b.Pods[uid] = &PodBeliefs{}
	}
	if name != "" {
		b.Pods[uid].Name = namespace + "/" + name
	}
	return b.Pods[uid]
}

// readRuntime reads what is there.
func (n *Node) readRuntime(ctx context.Context, b *Beliefs) error {
	sandboxes, err := n.runtime.ListPodSandbox(ctx, nil)
	if err != nil {
		return fmt.Errorf("failed to list the sandboxes: %w", err)
	}
	for _, s := range sandboxes {
		pod := b.of(types.UID(s.Metadata.GetUid()), s.Metadata.GetNamespace(), s.Metadata.GetName())
		pod.Runtime = append(pod.Runtime, ContainerBelief{Name: sandboxName, ID: s.Id, State: s.State.String(), CreatedAt: nanoseconds(s.CreatedAt)})
	}
	containers, err := n.runtime.ListContainers(ctx, nil)
	if err != nil {
		return fmt.Errorf("failed to list the containers: %w", err)
	}
	for _, c := range containers {
		labels := c.Labels
		pod := b.of(types.UID(labels[kubelettypes.KubernetesPodUIDLabel]), labels[kubelettypes.KubernetesPodNamespaceLabel], labels[kubelettypes.KubernetesPodNameLabel])
		pod.Runtime = append(pod.Runtime, n.inRuntime(ctx, c))
	}
	return nil
}

func (n *Node) inRuntime(ctx context.Context, c *runtimeapi.Container) ContainerBelief {
	belief := ContainerBelief{Name: c.Metadata.GetName(), ID: c.Id, State: c.State.String(), CreatedAt: nanoseconds(c.CreatedAt)}
	if answer, err := n.runtime.ContainerStatus(ctx, c.Id, false); err == nil { // it may be removed meanwhile, and was there
		belief.State = answer.Status.State.String()
		belief.StartedAt, belief.FinishedAt, belief.ExitCode = nanoseconds(answer.Status.StartedAt), nanoseconds(answer.Status.FinishedAt), int(answer.Status.ExitCode)
	}
	return belief
}

// nanoseconds is a time of the runtime's; unset when it is 0.
func nanoseconds(since1970 int64) *time.Time {
	if since1970 == 0 {
		return nil
	}
	return when(time.Unix(0, since1970))
}

// when is a time that may be unset.
func when(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = at.UTC()
	return &at
}
