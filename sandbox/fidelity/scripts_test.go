package fidelity

// This file types scripts into Pods and compares what they print, and how they end, with what a real cluster's Pods did. It must
// not know which differences are allowed.

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"
)

// recordFrom names the kubeconfig of a real cluster whose answers become the recording.
const recordFrom = "RECORD_SCRIPTS_FROM"

// scriptsRecording is the file with the answers of the real cluster.
const scriptsRecording = "testdata/scripts/kind-1.36.3.yaml"

// scriptsNamespace has the Pods of the scripts that name no other.
const scriptsNamespace = "scripts"

// oneStream has a shell write its errors where it writes everything else: of two streams the order is lost on the way.
const oneStream = "exec 2>&1; "

// script is what is typed, and the Pod that it is typed in.
type script struct {
	Namespace string `json:"namespace"`
	Pod       string `json:"pod"`
	Run       string `json:"run"`
}

// answer is what a script printed, standard output and standard error together, and the code that it ended with.
type answer struct {
	Output string `json:"output"`
	Exit   int    `json:"exit"`
}

// TestScriptsSayWhatTheyDoOnARealCluster also takes the recording, where a real cluster is named that has the images.
func TestScriptsSayWhatTheyDoOnARealCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("takes about a minute")
	}
	scripts := map[string]script{}
	readYAML(t, "testdata/scripts/scripts.yaml", &scripts)
	if real := os.Getenv(recordFrom); real != "" {
		text, err := yaml.Marshal(play(t, real, scripts))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(scriptsRecording, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	recorded := map[string]answer{}
	readYAML(t, scriptsRecording, &recorded)
	if !slices.Equal(slices.Sorted(maps.Keys(scripts)), slices.Sorted(maps.Keys(recorded))) {
		t.Fatal("the recording has other scripts than are typed: record again")
	}
	for name, got := range play(t, start(t), scripts) {
		_, known := otherAnswers[name]
		switch differs := got != recorded[name]; {
		case differs && !known:
			t.Errorf("%s: %s\n    recorded, exit %d:\n%s\n    sandbox, exit %d:\n%s", name, scripts[name].Run, recorded[name].Exit, recorded[name].Output, got.Exit, got.Output)
		case !differs && known:
			t.Errorf("%s is no difference any more: take it out of the table", name)
		}
	}
	if !t.Failed() {
		checkTable(t, "SCRIPTS.md", scriptsTable(scripts))
	}
}

// play makes the objects and types every script.
func play(t *testing.T, kubeconfig string, scripts map[string]script) map[string]answer {
	t.Helper()
	applied := kubectl(t, kubeconfig, "apply", "-f", filepath.Join("testdata", "scripts", "objects.yaml"))
	if !strings.HasSuffix(applied, "exit 0\n") {
		t.Fatal(applied)
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	until(t, 2*time.Minute, "the Pods of the scripts and CoreDNS", func(ctx context.Context) (bool, error) {
		pods, err := client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
		return err == nil && !slices.ContainsFunc(pods.Items, isOnItsWay), err
	})
	answers := map[string]answer{}
	for name, s := range scripts {
		namespace := cmp.Or(s.Namespace, scriptsNamespace)
		said := kubectl(t, kubeconfig, "-n", namespace, "exec", s.Pod, "--", "sh", "-c", oneStream+s.Run)
		end := strings.LastIndex(said, "exit ")
		code, err := strconv.Atoi(strings.TrimSpace(said[end+len("exit "):]))
		if err != nil {
			t.Fatalf("%s: %q", name, said)
		}
		answers[name] = answer{Output: addresses.ReplaceAllString(said[:end], "<ip>"), Exit: code}
	}
	return answers
}

// addresses are those of nodes, Pods and Services, which are others in every cluster; also written backwards.
var addresses = regexp.MustCompile(`\b(10|172)\.\d+\.\d+\.\d+\b|\b\d+\.\d+\.\d+\.(10|172)\.in-addr\.arpa\b`)

// isOnItsWay tells whether a Pod is to become ready and is not. That of the Pod `unready` never comes.
func isOnItsWay(pod corev1.Pod) bool {
	if pod.Status.Phase != corev1.PodRunning {
		return true
	}
	return pod.Name != "unready" && slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status != corev1.ConditionTrue
	})
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// scriptsTable is the comparison as Markdown.
func scriptsTable(scripts map[string]script) string {
	var text strings.Builder
	text.WriteString("# What scripts say in a Pod of the sandbox\n\nWritten by the test in this folder: `UPDATE=1 go test -run Scripts ./fidelity`.\n\n")
	fmt.Fprintf(&text, "%d scripts were typed in Pods of kind 1.36.3: %d of them print other words in the sandbox, or end otherwise, for these reasons:\n\n", len(scripts), len(otherAnswers))
	text.WriteString("| script | what was typed | why it differs |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(otherAnswers)) {
		fmt.Fprintf(&text, "| `%s` | `%s` | %s |\n", name, strings.ReplaceAll(scripts[name].Run, "|", "\\|"), otherAnswers[name])
	}
	return text.String()
}
