package main

// When a cluster is up, and what it tells where it is not.

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sandbox/config"
	kubelets "sandbox/node"
	"sandbox/session"
)

// believed is what of the file is looked at.
type believed struct {
	Problem string
	Nodes   []kubelets.Beliefs
	Pods    []struct {
		Name, Node, Says string
		Ready            bool
		Server           *kubelets.StatusBelief
		Kubelet          *kubelets.PodBeliefs
	}
}

// whenWritten waits for the file with the beliefs.
func (s sandbox) whenWritten(t *testing.T) (all believed) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		// It is there as a whole or not at all.
		if text, err := os.ReadFile(filepath.Join(s.folder, session.BeliefsFile)); err == nil {
			if err := json.Unmarshal(text, &all); err != nil {
				t.Fatal(err)
			}
			return all
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("nothing is written")
		}
	}
}

func TestANewClusterIsUpWhenItSaysSoAndTellsWhatIsBelievedOfEachPod(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	s := newSandbox(t, func(*config.Config) {})
	command, client := s.mustUp(t)
	pods, err := client.CoreV1().Pods(metav1.NamespaceSystem).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(pods.Items) != 6 {
		t.Fatalf("kube-system has %d Pods, %v", len(pods.Items), err)
	}
	if err := command.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	all := s.whenWritten(t)
	if all.Problem != "" || len(all.Nodes) != 2 || len(all.Pods) != len(pods.Items) {
		t.Errorf("%d nodes and %d Pods are told, %s", len(all.Nodes), len(all.Pods), all.Problem)
	}
	for _, n := range all.Nodes {
		if n.Problem != "" || n.SyncLoop == nil || n.Relist == nil || n.Cache == nil {
			t.Errorf("of node %s is told %+v", n.Node, n)
		}
	}
	for _, pod := range pods.Items {
		if pod.Status.Phase != v1.PodRunning {
			t.Errorf("the cluster is up and Pod %s is %s", pod.Name, pod.Status.Phase)
		}
		found := false
		for _, one := range all.Pods {
			if one.Name != "kube-system/"+pod.Name {
				continue
			}
			found = true
			if !one.Ready || one.Node != pod.Spec.NodeName || one.Server == nil {
				t.Errorf("the API server is said to say of %s: %+v", pod.Name, one)
			}
			if k := one.Kubelet; k == nil || k.Told == nil || k.Stored == nil || k.Worker == nil || k.Cached == nil || k.Stored.Status.Phase != v1.PodRunning {
				t.Errorf("the kubelet is said to believe of %s: %+v", pod.Name, k)
			} else if !runs(k.Cached.Containers, "running") || !runs(k.Runtime, "CONTAINER_RUNNING") {
				t.Errorf("containers of %s: the kubelet knows %v, the runtime has %v", pod.Name, k.Cached.Containers, k.Runtime)
			}
			if !strings.HasPrefix(one.Says, "API server: Running (") || !strings.Contains(one.Says, "; runtime has: (sandbox) ready, ") {
				t.Errorf("in one line: %s", one.Says)
			}
		}
		if !found {
			t.Errorf("nothing is told of %s", pod.Name)
		}
	}
	stacks, err := os.ReadFile(filepath.Join(s.folder, session.StacksFile))
	if err != nil || !strings.Contains(string(stacks), "podWorkerLoop") {
		t.Errorf("no stack of a Pod's worker: %v", err)
	}
}

func runs(containers []kubelets.ContainerBelief, state string) bool {
	n := 0
	for _, c := range containers {
		if c.State == state && c.StartedAt != nil {
			n++
		}
	}
	return n > 0
}

func TestANewClusterThatDoesNotComeUpSaysWhichPodIsNotReadyAndAnOldOneOnlyMentionsIt(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster twice")
	}
	s := newSandbox(t, func(c *config.Config) {
		c.SystemDeadline = "15s"
		for i := range c.Nodes {
			c.Nodes[i].Taints = []config.Taint{{Key: "for", Value: "others", Effect: "NoSchedule"}}
		}
	})
	command, said := s.up(t)
	if code := ended(t, command); code != 1 {
		t.Errorf("it ended with %d", code)
	}
	var last struct{ Phase, Error, Beliefs string }
	if err := json.Unmarshal([]byte(said[len(said)-1]), &last); err != nil || last.Phase != "failed" {
		t.Fatalf("it said %v", said)
	}
	for _, part := range []string{
		"kube-system is not ready after 15s\n  not ready: Pod `kube-system/", "not ready: Pod `kube-system/coredns-", "` on no node, Pending: 0/2 nodes are available",
		"\n  believed of `kube-system/coredns-", "`: API server: Pending; kubelet: does not know it",
	} {
		if !strings.Contains(last.Error, part) {
			t.Errorf("it does not say %q: %s", part, last.Error)
		}
	}
	if last.Beliefs != filepath.Join(s.folder, session.BeliefsFile) || len(s.whenWritten(t).Pods) != 6 {
		t.Errorf("the beliefs are in %q", last.Beliefs)
	}
	_, said = s.up(t)
	if len(said) < 2 || said[len(said)-1] != `{"phase":"ready"}` {
		t.Fatalf("it said %v", said)
	}
	if word := said[len(said)-2]; !strings.HasPrefix(word, `{"phase":"system","lacking":["Pod `) || !strings.Contains(word, "Pod `kube-system/coredns-") {
		t.Errorf("it said %s", word)
	}
}
