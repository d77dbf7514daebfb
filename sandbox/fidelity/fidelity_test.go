package fidelity

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
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
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
)

// TestTheSandboxReportsWhatARealClusterDoes makes the recorded situations on the sandbox and compares. With
// FIDELITY_TABLE=file it writes the comparison down as Markdown.
func TestTheSandboxReportsWhatARealClusterDoes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes about a minute and a half")
	}
	situations, others := readRecording(t)
	config := start(t)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	makeNamespace(t, client)
	o := observe(t.Context(), client, situations)
	create(t, config)

	afterCordon := func(d difference) bool { return strings.Contains(d.path, "unschedulable") }
	o.settle(t, others, 100*time.Second, afterCordon)
	checkCommands(t, config, client)
	checkGrace(t, client)
	cordon(t, client, true)
	o.settle(t, others, 20*time.Second, nil)
	cordon(t, client, false)

	left, met := sortOut(o.differences(others))
	for _, d := range left {
		t.Errorf("unknown difference\n%s", d)
	}
	for _, k := range knownDifferences {
		if met[k] == 0 {
			t.Errorf("no difference any more, take it out of the table: %s: %s", k.situation, k.path)
		}
	}
	if file := os.Getenv("FIDELITY_TABLE"); file != "" {
		if err := os.WriteFile(file, []byte(table(situations, met)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readRecording(t *testing.T) (map[string]facts, facts) {
	t.Helper()
	text, err := os.ReadFile("testdata/kind-1.36.3.json")
	if err != nil {
		t.Fatal(err)
	}
	situations, others, err := recorded(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(situations) != 39 || len(others) != 8 {
		t.Fatalf("the recording has %d situations and %d events on other objects", len(situations), len(others))
	}
	return situations, others
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

// checkCommands compares what a few requests for logs and commands answer.
func checkCommands(t *testing.T, config *rest.Config, client kubernetes.Interface) {
	t.Helper()
	text, err := os.ReadFile("testdata/commands.json")
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]string
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	for _, command := range slices.Sorted(maps.Keys(answers)) {
		words := strings.Fields(command)
		var err error
		switch words[0] {
		case "logs":
			options := &corev1.PodLogOptions{Previous: words[1] == "-p"}
			_, err = client.CoreV1().Pods(namespace).GetLogs(words[len(words)-1], options).DoRaw(t.Context())
		case "exec":
			err = execute(t.Context(), config, client, words[1], words[2:]...)
		case "evict":
			err = evict(t.Context(), client, words[1])
		}
		got := ""
		if err != nil {
			got = clean(err.Error())
		}
		if got != answers[command] {
			t.Errorf("%s\n    recorded: %s\n    sandbox:  %s", command, answers[command], got)
		}
	}
}

// execute runs a command as kubectl does, over SPDY.
func execute(ctx context.Context, config *rest.Config, client kubernetes.Interface, pod string, command ...string) error {
	request := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Command: command, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	executor, err := remotecommand.NewSPDYExecutor(config, "POST", request.URL())
	if err != nil {
		return err
	}
	var out bytes.Buffer
	return executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &out, Stderr: &out})
}

// checkGrace deletes a Pod that ignores SIGTERM and one that does not: the first lives through its grace period.
func checkGrace(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	for name, within := range map[string][2]time.Duration{"deaf": {grace, grace + 3*time.Second}, "obedient": {0, grace - time.Second}} {
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

func cordon(t *testing.T, client kubernetes.Interface, on bool) {
	t.Helper()
	nodes, err := client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, node := range nodes.Items {
		patch := fmt.Appendf(nil, `{"spec":{"unschedulable":%t}}`, on)
		if _, err := client.CoreV1().Nodes().Patch(t.Context(), node.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// table is the comparison as Markdown, for the book.
func table(situations map[string]facts, met map[known]int) string {
	var text strings.Builder
	n := 0
	for _, f := range situations {
		n += len(f)
	}
	different := 0
	for k, times := range met {
		if slices.Contains(knownDifferences, k) {
			different += times
		}
	}
	fmt.Fprintf(&text, "%d situations with %d facts were recorded on kind 1.36.3; the sandbox agrees on all but %d of them.\n\n", len(situations), n, different)
	text.WriteString("| situation | fact | why it differs |\n|---|---|---|\n")
	for _, k := range knownDifferences {
		fmt.Fprintf(&text, "| `%s` | %s | %s |\n", k.situation, strings.ReplaceAll(k.path, "|", "\\|"), k.reason)
	}
	return text.String()
}
