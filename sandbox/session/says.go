package session

// Beliefs of a Pod in one line, for an error's text.

import (
	"fmt"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"

	"sandbox/node"
)

// says puts the beliefs of a Pod next to each other, in the order in which they become of each other from right to left.
func says(pod *podBeliefs, now time.Time) string {
	parts := []string{"API server: " + statusWord(pod.Server)}
	kubelet := pod.Kubelet
	if kubelet == nil {
		return strings.Join(append(parts, "kubelet: does not know it"), "; ")
	}
	parts = append(parts, "kubelet was told: "+statusWord(kubelet.Told), "kubelet says: "+statusWord(kubelet.Stored))
	if worker := kubelet.Worker; worker != nil {
		parts = append(parts, "its worker: "+workerWord(worker, now))
	}
	if cached := kubelet.Cached; cached != nil {
		parts = append(parts, "kubelet read: "+containersWord(cached.Containers)+cached.Error)
	}
	return strings.Join(append(parts, "runtime has: "+containersWord(kubelet.Runtime)), "; ")
}

// statusWord is such as "Pending (kube-proxy ContainerCreating)".
func statusWord(believed *node.StatusBelief) string {
	if believed == nil {
		return "nothing"
	}
	var states []string
	for _, c := range append(append([]v1.ContainerStatus{}, believed.Status.InitContainerStatuses...), believed.Status.ContainerStatuses...) {
		word := "unknown"
		switch {
		case c.State.Running != nil && c.Ready:
			word = "ready"
		case c.State.Running != nil:
			word = "running"
		case c.State.Terminated != nil:
			word = c.State.Terminated.Reason
		case c.State.Waiting != nil:
			word = c.State.Waiting.Reason
		}
		states = append(states, c.Name+" "+word)
	}
	if len(states) == 0 {
		return string(believed.Status.Phase)
	}
	return fmt.Sprintf("%s (%s)", believed.Status.Phase, strings.Join(states, ", "))
}

func workerWord(worker *node.WorkerBelief, now time.Time) string {
	switch {
	case worker.TerminatedAt != nil:
		return "has ended it"
	case worker.TerminatingAt != nil:
		return "ends it"
	case worker.Works:
		return "works"
	case worker.NextSync != nil:
		return fmt.Sprintf("idle for the next %d s", int(max(0, worker.NextSync.Sub(now)).Seconds()))
	}
	return "idle"
}

func containersWord(containers []node.ContainerBelief) string {
	if len(containers) == 0 {
		return "nothing"
	}
	var words []string
	for _, c := range containers {
		state := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(c.State, "CONTAINER_"), "SANDBOX_"))
		words = append(words, c.Name+" "+state)
	}
	return strings.Join(words, ", ")
}
