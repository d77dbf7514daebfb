package main

// What Pods and nodes use, as `kubectl top` shows it, and what a kubelet does when a node's memory runs out.

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sandbox/config"
)

const hungry = `format_version: 1
image: example.com/hungry
tags: ["1"]
entrypoint: /hungry
steps: [{memory: {mib: 500}}, {log: full}]
`

const greedy = `format_version: 1
image: example.com/greedy
tags: ["1"]
entrypoint: /greedy
steps: [{memory: {mib: 7400}}, {log: full}]
`

// top is what a person reads: the columns of each row but the first, by the row's name.
func (s sandbox) top(t *testing.T, line string) map[string][]string {
	t.Helper()
	command := program(t, append([]string{"kubectl", "top"}, strings.Fields(line)...)...)
	command.Env = append(command.Env, "KUBECONFIG="+filepath.Join(s.folder, "learner.kubeconfig"), "HOME="+t.TempDir())
	text, _ := command.CombinedOutput() // where there is nothing to show it fails, and shows nothing
	rows := map[string][]string{}
	for _, row := range strings.Split(string(text), "\n") {
		if columns := strings.Fields(row); len(columns) > 0 {
			rows[columns[0]] = columns[1:]
		}
	}
	return rows
}

func TestWhatPodsAndNodesUse(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	s := newSandbox(t, func(c *config.Config) { writeModel(t, c, "hungry", hungry) })
	_, client := s.mustUp(t)
	if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod("hungry", "hungry", map[string]string{"app": "hungry"}, "one"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the Pod uses 500 MiB", func() bool { return slices.Equal(s.top(t, "pod hungry")["hungry"], []string{"1m", "500Mi"}) })
	for line, row := range map[string]string{
		"pods -l app=hungry --containers":       "hungry main 1m 500Mi",
		"pods -A --sort-by=memory --no-headers": "default hungry 1m 500Mi",
	} {
		columns := strings.Fields(row)
		if shown := s.top(t, line)[columns[0]]; !slices.Equal(shown, columns[1:]) {
			t.Errorf("`kubectl top %s` shows %v", line, shown)
		}
	}
	// Its own programs, the Pods of kube-system and ours.
	node := s.top(t, "node")["one"]
	if len(node) != 4 || !regexp.MustCompile(`^(9|10)\d\dMi$`).MatchString(node[2]) || !strings.HasSuffix(node[1], "%") {
		t.Errorf("node `one` uses %v", node)
	}
	if status, text := s.call(t, "POST", "/v1/nodes/one/stop", ""); status != 200 {
		t.Fatalf("%d %s", status, text)
	}
	if unknown := s.top(t, "node")["one"]; !slices.Contains(unknown, "<unknown>") {
		t.Errorf("a node that does not run uses %v", unknown)
	}
}

// The words are those of the kubelet's own eviction manager, which looks every ten seconds.
func TestANodeWithoutMemoryEvictsWhoTakesMoreThanItAskedFor(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	s := newSandbox(t, func(c *config.Config) { writeModel(t, c, "greedy", greedy) })
	_, client := s.mustUp(t)
	pods := client.CoreV1().Pods("default")
	for _, one := range []*v1.Pod{pod("modest", "web", nil, "one"), pod("greedy", "greedy", nil, "one")} {
		if _, err := pods.Create(t.Context(), one, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	get := func(name string) *v1.Pod {
		found, err := pods.Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	await(t, "the Pod that takes all is evicted", func() bool { return get("greedy").Status.Reason == "Evicted" })
	if said := get("greedy").Status.Message; !strings.HasPrefix(said, "The node was low on resource: memory. Threshold quantity: 100Mi, available: ") {
		t.Errorf("it says %q", said)
	}
	if modest := get("modest"); modest.Status.Phase != v1.PodRunning {
		t.Errorf("the other one is %s: %s", modest.Status.Phase, modest.Status.Message)
	}
	node, err := client.CoreV1().Nodes().Get(t.Context(), "one", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(node.Status.Conditions, func(c v1.NodeCondition) bool {
		return c.Type == v1.NodeMemoryPressure && c.Status == v1.ConditionTrue
	}) {
		t.Errorf("the node's conditions are %v", node.Status.Conditions)
	}
}
