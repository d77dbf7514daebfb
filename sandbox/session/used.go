package session

// What the resource metrics API is told of this cluster.

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	listers "k8s.io/client-go/listers/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/metrics"
	"sandbox/node"
)

// followed are the objects that a watch keeps up to date.
type followed struct {
	pods  listers.PodLister
	nodes listers.NodeLister
}

// used tells of the session's nodes what their Pods use.
type used struct{ session *Session }

var _ metrics.Cluster = used{}

func (u used) Pods() []*v1.Pod {
	objects := u.session.objects.Load()
	if objects == nil {
		return nil
	}
	pods, _ := objects.pods.List(labels.Everything()) // over what a watch has stored it cannot fail
	return pods
}

func (u used) Nodes() []*v1.Node {
	objects := u.session.objects.Load()
	if objects == nil {
		return nil
	}
	nodes, _ := objects.nodes.List(labels.Everything())
	return nodes
}

func (u used) Used(ctx context.Context, name string) ([]*runtimeapi.PodSandboxStats, error) {
	u.session.mutex.Lock()
	m := u.session.nodes[name]
	if m == nil || m.Stopped || m.runtime == nil {
		u.session.mutex.Unlock()
		return nil, fmt.Errorf("node `%s` does not run", name)
	}
	runtime := m.runtime
	u.session.mutex.Unlock()
	return runtime.ListPodSandboxStats(ctx, nil)
}

func (used) System() v1.ResourceList { return node.Idle() }
