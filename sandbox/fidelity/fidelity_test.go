package fidelity

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// TestTheSandboxReportsWhatARealClusterDoes makes the recorded situations on the sandbox and compares.
func TestTheSandboxReportsWhatARealClusterDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes about a minute and a half")
	}
	situations, others := readRecording(t)
	kubeconfig := start(t)
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	makeNamespace(t, client)
	o := observe(t.Context(), client, situations)
	create(t, config)

	// The recording was made after a drain and an uncordon.
	o.settle(t, others, 100*time.Second, func(d difference) bool { return strings.Contains(d.path, "unschedulable") })
	for _, recorded := range readCommands(t) {
		recorded.compare(t, kubeconfig)
	}
	checkGrace(t, client)
	kubectl(t, kubeconfig, "uncordon", nodeName)
	o.settle(t, others, 30*time.Second, nil)

	left, met := sortOut(o.differences(others))
	for _, d := range left {
		t.Errorf("unknown difference\n%s", d)
	}
	for _, k := range knownDifferences {
		if met[k] == 0 {
			t.Errorf("no difference any more, take it out of the table: %s: %s", k.situation, k.path)
		}
	}
	if !t.Failed() {
		checkTable(t, "DIFFERENCES.md", table(situations, met))
	}
}

// checkTable compares a file of differences with this run's; with UPDATE=1 it writes the file.
func checkTable(t *testing.T, file, text string) {
	t.Helper()
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if written, err := os.ReadFile(file); err != nil || string(written) != text {
		t.Errorf("fidelity/%s is out of date (%v): run this test with UPDATE=1", file, err)
	}
}

func readRecording(t *testing.T) (map[string]facts, facts) {
	t.Helper()
	text := readRecorded(t, "kind-1.36.3.json")
	situations, others, err := recorded(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(situations) != 39 || len(others) != 8 {
		t.Fatalf("the recording has %d situations and %d events on other objects", len(situations), len(others))
	}
	return situations, others
}

// readRecorded reads a recorded file. Where the folder of the recording is beside the repository, the copy in testdata has
// to be the same.
func readRecorded(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	original, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "real", name))
	if err == nil && !bytes.Equal(text, original) {
		t.Errorf("testdata/%s is another recording than the one beside the repository", name)
	}
	return text
}

// makeNamespace returns when Pods can be made in it.
func makeNamespace(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: map[string]string{"pod-security.kubernetes.io/enforce": "privileged"}}}
	if _, err := client.CoreV1().Namespaces().Create(t.Context(), made, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	until(t, 20*time.Second, "the namespace's default ServiceAccount", func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ServiceAccounts(namespace).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, ignoreNotFound(err)
	})
}

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// until asks again and again, until the state is there.
func until(t *testing.T, deadline time.Duration, what string, there func(context.Context) (bool, error)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		switch ok, err := there(ctx); {
		case err != nil:
			t.Fatalf("waiting for %s: %v", what, err)
		case ok:
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s did not come within %s", what, deadline)
		}
	}
}

// resources are where the objects of the situations are made.
var resources = map[string]schema.GroupVersionResource{
	"ConfigMap":             {Version: "v1", Resource: "configmaps"},
	"Pod":                   {Version: "v1", Resource: "pods"},
	"PersistentVolumeClaim": {Version: "v1", Resource: "persistentvolumeclaims"},
	"Job":                   {Group: "batch", Version: "v1", Resource: "jobs"},
	"Deployment":            {Group: "apps", Version: "v1", Resource: "deployments"},
	"PodDisruptionBudget":   {Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"},
}

func create(t *testing.T, config *rest.Config) {
	t.Helper()
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range objects() {
		kinds, _, err := scheme.Scheme.ObjectKinds(object)
		if err != nil {
			t.Fatal(err)
		}
		object.GetObjectKind().SetGroupVersionKind(kinds[0])
		text, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
		if err != nil {
			t.Fatal(err)
		}
		manifest := &unstructured.Unstructured{Object: text}
		if _, err := client.Resource(resources[kinds[0].Kind]).Namespace(namespace).Create(t.Context(), manifest, metav1.CreateOptions{}); err != nil {
			t.Fatalf("%s %s: %v", kinds[0].Kind, manifest.GetName(), err)
		}
	}
}

// settle waits until no unknown difference is left but those that are for later, or for the deadline: what is left then
// is reported at the end.
func (o *observer) settle(t *testing.T, others facts, deadline time.Duration, later func(difference) bool) {
	t.Helper()
	timeout := time.After(deadline)
	for {
		left, _ := sortOut(o.differences(others))
		if later != nil {
			left = slices.DeleteFunc(left, later)
		}
		if len(left) == 0 {
			return
		}
		select {
		case <-o.changed:
		case <-timeout:
			return
		}
	}
}

// sortOut takes out what has a reason and counts how often each reason was met.
func sortOut(all []difference) (left []difference, met map[known]int) {
	met = map[known]int{}
	for _, d := range all {
		matched := false
		for _, k := range slices.Concat(knownDifferences, chance) {
			if k.matches(d) {
				met[k]++
				matched = true
			}
		}
		if !matched {
			left = append(left, d)
		}
	}
	return left, met
}

func (k known) matches(d difference) bool {
	prefix, open := strings.CutSuffix(k.path, "*")
	return (k.situation == d.situation || k.situation == "*") && (k.path == d.path || open && strings.HasPrefix(d.path, prefix))
}

// checkGrace deletes a Pod that ignores SIGTERM and one that does not: the first lives through its grace period.
func checkGrace(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	for name, within := range map[string][2]time.Duration{"deaf": {grace, grace + 4*time.Second}, "obedient": {0, grace}} {
		begin := time.Now()
		if err := client.CoreV1().Pods(namespace).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		until(t, 2*grace+5*time.Second, "the end of Pod "+name, func(ctx context.Context) (bool, error) {
			_, err := client.CoreV1().Pods(namespace).Get(ctx, name, metav1.GetOptions{})
			return apierrors.IsNotFound(err), ignoreNotFound(err)
		})
		if took := time.Since(begin); took < within[0] || took > within[1] {
			t.Errorf("Pod %s with a grace period of %s went after %s", name, grace, took)
		}
	}
}

// table is the comparison as Markdown. It has nothing in it that differs between two runs.
func table(situations map[string]facts, met map[known]int) string {
	var text strings.Builder
	nFacts, nDifferent := 0, 0
	for _, f := range situations {
		nFacts += len(f)
	}
	for _, k := range knownDifferences {
		nDifferent += met[k]
	}
	text.WriteString("# How the sandbox differs from a real cluster\n\nWritten by the test in this folder: `UPDATE=1 go test ./fidelity`.\n\n")
	fmt.Fprintf(&text, "%d situations with %d facts (phases, conditions, container states, events) were recorded on kind 1.36.3.\n", len(situations), nFacts)
	fmt.Fprintf(&text, "The sandbox differs in %d, for these reasons:\n\n", nDifferent)
	writeRows(&text, knownDifferences)
	text.WriteString("\nThese depend on the moment, on both sides: either may have them in one run and not in the next.\n\n")
	writeRows(&text, chance)
	return text.String()
}

func writeRows(text *strings.Builder, rows []known) {
	text.WriteString("| situation | fact | why it differs |\n|---|---|---|\n")
	escape := strings.NewReplacer("|", "\\|", "<", "&lt;", ">", "&gt;")
	for _, k := range rows {
		fmt.Fprintf(text, "| `%s` | %s | %s |\n", k.situation, escape.Replace(k.path), k.reason)
	}
}
