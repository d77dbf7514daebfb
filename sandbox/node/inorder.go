package node

// One write of a Pod's status that the kubelet does beside the Pod's worker, done in its order. It must not know what a
// status says beyond the one condition.

import (
	"context"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	podutil "k8s.io/kubernetes/pkg/api/v1/pod"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/status"
	statusutil "k8s.io/kubernetes/pkg/util/pod"
)

// inOrder is what the kubelet's runtime manager calls back. When a Pod's sandbox is ready, the kubelet reads the Pod's status in a
// goroutine of its own, sets a condition and writes it all back. In one process the container may have started and been seen to
// run between the two; the old status then replaces the new one until the Pod's next sync, a minute later where nothing probes
// it. So it is done before the callback returns, while the Pod's worker, the only other writer, waits.
type inOrder struct {
	kubecontainer.RuntimeHelper
	statuses status.Manager
}

// writeInOrder makes the kubelet do so.
func writeInOrder(kubelet any) error {
	statuses, err := field[status.Manager](kubelet, "statusManager")
	if err != nil {
		return err
	}
	helper, err := field[kubecontainer.RuntimeHelper](kubelet, "containerRuntime", "runtimeHelper")
	if err != nil {
		return err
	}
	*helper = inOrder{RuntimeHelper: *helper, statuses: *statuses}
	return nil
}

// OnPodSandboxReady says in the Pod's status that its containers can start.
func (o inOrder) OnPodSandboxReady(ctx context.Context, pod *v1.Pod) error {
	known, found := o.statuses.GetPodStatus(pod.UID)
	if !found {
		known = pod.Status
	}
	now := known.DeepCopy()
	now.Conditions = statusutil.ReplaceOrAppendPodCondition(now.Conditions, &v1.PodCondition{
		Type: v1.PodReadyToStartContainers, Status: v1.ConditionTrue,
		ObservedGeneration: podutil.CalculatePodConditionObservedGeneration(now, pod.Generation, v1.PodReadyToStartContainers),
	})
	o.statuses.SetPodStatus(klog.FromContext(ctx), pod, *now)
	return nil
}
