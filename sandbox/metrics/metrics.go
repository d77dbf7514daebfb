// Package metrics serves the resource metrics API, which `kubectl top` and autoscalers ask: metrics-server's own handlers, over what the
// nodes' runtimes say at the moment when somebody asks.
//
// It knows that API and the CRI's statistics. It must not know how a cluster is put together, and keeps nothing.
package metrics

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	genericapiserver "k8s.io/apiserver/pkg/server"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	api "k8s.io/metrics/pkg/apis/metrics"
	server "sigs.k8s.io/metrics-server/pkg/api"
)

// Window is the time over which the use of a processor is said to be counted: metrics-server's, by its default resolution.
const Window = 15 * time.Second

// Cluster is whom the handlers ask. All of it may be called at any time, also before the cluster is up.
type Cluster interface {
	// Pods and Nodes are the objects as the API server has them, and no copies.
	Pods() []*v1.Pod
	Nodes() []*v1.Node
	// Used says what the Pods of a node use, in CRI's words. It fails for a node that does not run.
	Used(ctx context.Context, node string) ([]*runtimeapi.PodSandboxStats, error)
	// System is what a node's own programs use beside its Pods.
	System() v1.ResourceList
}

// Install adds the API to a server that does not run yet. Whoever asks through the aggregator needs an APIService as well.
//
// # Errors
//
// When the server refuses the group.
func Install(to *genericapiserver.GenericAPIServer, of Cluster) error {
	return server.Install(getter{of}, podLister{of}, nodeLister{of}, to, nil)
}

// getter answers the handlers.
type getter struct{ cluster Cluster }

var _ server.MetricsGetter = getter{}

// GetPodMetrics leaves out Pods of which no container runs, as metrics-server does.
func (g getter) GetPodMetrics(pods ...*metav1.PartialObjectMetadata) ([]api.PodMetrics, error) {
	wanted := map[string]*metav1.PartialObjectMetadata{}
	for _, pod := range pods {
		wanted[string(pod.UID)] = pod
	}
	now := metav1.Now()
	var all []api.PodMetrics
	for _, node := range g.cluster.Nodes() {
		used, err := g.cluster.Used(context.Background(), node.Name)
		if err != nil {
			continue // its Pods are left out, as those of a node that does not answer
		}
		for _, sandbox := range used {
			pod := wanted[sandbox.GetAttributes().GetMetadata().GetUid()]
			containers := sandbox.GetLinux().GetContainers()
			if pod == nil || len(containers) == 0 {
				continue
			}
			one := api.PodMetrics{
				ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace, Labels: pod.Labels, CreationTimestamp: now},
				Timestamp:  now, Window: metav1.Duration{Duration: Window},
			}
			for _, container := range containers {
				one.Containers = append(one.Containers, api.ContainerMetrics{
					Name:  container.GetAttributes().GetMetadata().GetName(),
					Usage: usage(container.GetCpu().GetUsageNanoCores().GetValue(), container.GetMemory().GetWorkingSetBytes().GetValue()),
				})
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// GetNodeMetrics leaves out nodes that do not run.
func (g getter) GetNodeMetrics(nodes ...*v1.Node) ([]api.NodeMetrics, error) {
	now := metav1.Now()
	var all []api.NodeMetrics
	for _, node := range nodes {
		used, err := g.cluster.Used(context.Background(), node.Name)
		if err != nil {
			continue
		}
		sum := g.cluster.System().DeepCopy()
		for _, sandbox := range used {
			of := sandbox.GetLinux()
			for name, quantity := range usage(of.GetCpu().GetUsageNanoCores().GetValue(), of.GetMemory().GetWorkingSetBytes().GetValue()) {
				total := sum[name]
				total.Add(quantity)
				sum[name] = total
			}
		}
		all = append(all, api.NodeMetrics{
			ObjectMeta: metav1.ObjectMeta{Name: node.Name, Labels: node.Labels, CreationTimestamp: now},
			Timestamp:  now, Window: metav1.Duration{Duration: Window}, Usage: sum,
		})
	}
	return all, nil
}

// usage has the forms that metrics-server writes: billionths of a processor, and kibibytes.
func usage(nanoCores, bytes uint64) v1.ResourceList {
	return v1.ResourceList{
		v1.ResourceCPU:    *resource.NewScaledQuantity(int64(nanoCores), resource.Nano),
		v1.ResourceMemory: *resource.NewQuantity(int64(bytes), resource.BinarySI),
	}
}
