package session

// Whether the cluster is up: every Pod of kube-system is ready, or which one is not, with its last event. It must not know what these
// Pods are for.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// NotUpError says that kube-system did not become ready.
type NotUpError struct {
	// Within is how long it had.
	Within time.Duration
	// Lacking has a line for each Pod that is not ready, with its last event, and Says what the API server, the kubelet and the
	// runtime believe of it.
	Lacking, Says []string
	// Beliefs is the file with all that is believed; empty when it could not be written.
	Beliefs string
}

func (e *NotUpError) Error() string {
	text := fmt.Sprintf("kube-system is not ready after %s", e.Within)
	for _, line := range e.Lacking {
		text += "\n  not ready: " + line
	}
	for _, line := range e.Says {
		text += "\n  " + line
	}
	return text
}

// awaitUp waits for kube-system: all of it in a new cluster, and only for a glance in one that was there before.
func (s *Session) awaitUp(ctx context.Context, isNew bool, note func(Progress)) error {
	wanted, within := 0, glance
	if isNew {
		var err error
		if wanted, err = systemSize(ctx, s.client, len(s.nodes)); err != nil {
			return err
		}
		if within, err = s.config.SystemWithin(); err != nil {
			return err
		}
	}
	report := func(ready, of int) { note(Progress{Phase: "system", Ready: ready, Wanted: of}) }
	lacking, err := awaitSystem(ctx, s.client, wanted, within, report)
	switch {
	case err != nil:
		return err
	case len(lacking) == 0:
		return nil
	case !isNew:
		note(Progress{Phase: "system", Lacking: lacking})
		return nil
	}
	failed := &NotUpError{Within: within, Lacking: lacking}
	path, known, err := s.writeBeliefs(ctx)
	if err != nil {
		s.log.Error("nobody can be told what is believed of the Pods", "error", err)
	}
	failed.Beliefs = path
	for _, pod := range known.Pods {
		if !pod.Ready && strings.HasPrefix(pod.Name, metav1.NamespaceSystem+"/") {
			failed.Says = append(failed.Says, fmt.Sprintf("believed of `%s`: %s", pod.Name, pod.Says))
		}
	}
	return failed
}

// systemSize is how many Pods the add-ons of a new cluster have: one for each node of a DaemonSet, the replicas of a Deployment. A
// cluster without nodes awaits none.
func systemSize(ctx context.Context, client kubernetes.Interface, nodes int) (int, error) {
	if nodes == 0 {
		return 0, nil
	}
	agents, err := client.AppsV1().DaemonSets(metav1.NamespaceSystem).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, fmt.Errorf("failed to list the DaemonSets of kube-system: %w", err)
	}
	deployments, err := client.AppsV1().Deployments(metav1.NamespaceSystem).List(ctx, metav1.ListOptions{})
	if err != nil {
		return 0, fmt.Errorf("failed to list the Deployments of kube-system: %w", err)
	}
	size := nodes * len(agents.Items)
	for _, deployment := range deployments.Items {
		size += int(*deployment.Spec.Replicas) // the API server sets it where it is left out
	}
	return size, nil
}

// glance is how long a look at kube-system may take in a cluster that is started again: its owner may have broken it.
const glance = 2 * time.Second

// awaitSystem returns when kube-system has at least `wanted` Pods and every one is ready, and reports how many are. When that has not
// come `within`, it returns a line for each Pod that is not ready, and one if there are too few: never an empty list.
//
// # Errors
// The API server does not answer, or ctx ends.
func awaitSystem(ctx context.Context, client kubernetes.Interface, wanted int, within time.Duration, report func(ready, of int)) ([]string, error) {
	bounded, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	list, err := client.CoreV1().Pods(metav1.NamespaceSystem).List(bounded, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("failed to list the Pods of kube-system: %w", err)
	}
	pods := map[types.UID]*v1.Pod{}
	for i := range list.Items {
		pods[list.Items[i].UID] = &list.Items[i]
	}
	told := -1
	isUp := func() bool {
		ready := len(pods) - len(waiting(pods))
		if ready != told {
			told = ready
			report(ready, max(wanted, len(pods)))
		}
		return len(pods) >= wanted && ready == len(pods)
	}
	if isUp() {
		return nil, nil
	}
	changes := &cache.ListWatch{WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
		return client.CoreV1().Pods(metav1.NamespaceSystem).Watch(ctx, o)
	}}
	_, err = watchtools.Until(bounded, list.ResourceVersion, changes, func(change watch.Event) (bool, error) {
		pod, is := change.Object.(*v1.Pod)
		switch {
		case !is: // a bookmark
		case change.Type == watch.Deleted:
			delete(pods, pod.UID)
		default:
			pods[pod.UID] = pod
		}
		return isUp(), nil
	})
	switch {
	case err == nil:
		return nil, nil
	case ctx.Err() == nil && wait.Interrupted(err):
		return lacking(ctx, client, pods, wanted)
	}
	return nil, fmt.Errorf("failed to watch the Pods of kube-system: %w", err)
}

// waiting are the Pods that are neither ready nor over.
func waiting(pods map[types.UID]*v1.Pod) []*v1.Pod {
	var all []*v1.Pod
	for _, pod := range pods {
		isOver := pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed
		if !isOver && !isPodReady(pod) {
			all = append(all, pod)
		}
	}
	slices.SortFunc(all, func(a, b *v1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func isPodReady(pod *v1.Pod) bool {
	return slices.ContainsFunc(pod.Status.Conditions, func(c v1.PodCondition) bool { return c.Type == v1.PodReady && c.Status == v1.ConditionTrue })
}

func lacking(ctx context.Context, client kubernetes.Interface, pods map[types.UID]*v1.Pod, wanted int) ([]string, error) {
	events, err := client.CoreV1().Events(metav1.NamespaceSystem).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("failed to list the events of kube-system: %w", err)
	}
	var lines []string
	for _, pod := range waiting(pods) {
		lines = append(lines, lackingLine(pod, events.Items))
	}
	if len(pods) < wanted {
		lines = append(lines, fmt.Sprintf("kube-system has %d of %d Pods", len(pods), wanted))
	}
	return lines, nil
}

// lackingLine is such as "Pod `kube-system/coredns-1` on node-1, ContainerCreating: Container started".
func lackingLine(pod *v1.Pod, events []v1.Event) string {
	where := " on no node"
	if pod.Spec.NodeName != "" {
		where = " on " + pod.Spec.NodeName
	}
	line := fmt.Sprintf("Pod `%s/%s`%s, %s", pod.Namespace, pod.Name, where, waitsFor(pod))
	var last *v1.Event
	for i, event := range events {
		if event.InvolvedObject.UID == pod.UID && (last == nil || eventTime(last).Before(eventTime(&event))) {
			last = &events[i]
		}
	}
	if last != nil {
		line += ": " + last.Message
	}
	return line
}

// waitsFor is the reason of the first container that waits or has ended, or the Pod's phase.
func waitsFor(pod *v1.Pod) string {
	for _, c := range append(append([]v1.ContainerStatus{}, pod.Status.InitContainerStatuses...), pod.Status.ContainerStatuses...) {
		switch {
		case c.Ready:
		case c.State.Waiting != nil && c.State.Waiting.Reason != "":
			return c.State.Waiting.Reason
		case c.State.Terminated != nil && c.State.Terminated.Reason != "":
			return c.State.Terminated.Reason
		}
	}
	return string(pod.Status.Phase)
}

func eventTime(event *v1.Event) time.Time {
	for _, at := range []time.Time{event.LastTimestamp.Time, event.EventTime.Time} {
		if !at.IsZero() {
			return at
		}
	}
	return event.CreationTimestamp.Time
}
