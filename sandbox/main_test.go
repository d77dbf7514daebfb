package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/ptr"

	"sandbox/config"
	"sandbox/session"
)

// programVariable makes this test program behave as labctl-sandbox.
const programVariable = "SANDBOX_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		os.Exit(run(os.Args))
	}
	os.Exit(m.Run())
}

func program(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0], arguments...)
	command.Env = append(os.Environ(), programVariable+"=1")
	return command
}

func TestExitCodesOfCommandLines(t *testing.T) {
	for line, wanted := range map[string]int{
		"": 2, "nonsense": 2, "up": 2, "up --nonsense": 2, "prepare": 2, "help": 0, "version": 0, "version --output json": 0, "up --config /absent": 1,
	} {
		t.Run(line, func(t *testing.T) {
			command := program(t, strings.Fields(line)...)
			_ = command.Run() // its exit code says what happened
			if got := command.ProcessState.ExitCode(); got != wanted {
				t.Errorf("the exit code is %d, not %d", got, wanted)
			}
		})
	}
}

// sandbox is one sandbox of a test.
type sandbox struct {
	folder, config string
}

// newSandbox has a folder whose name is longer than a unix socket's path may be.
func newSandbox(t *testing.T, change func(*config.Config)) sandbox {
	t.Helper()
	folder := filepath.Join(t.TempDir(), strings.Repeat("long-", 25))
	images := filepath.Join(t.TempDir(), "images")
	for _, made := range []string{folder, images} {
		if err := os.MkdirAll(made, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	model := "format_version: 1\nimage: example.com/web\ntags: [\"1\"]\nentrypoint: /web\nsteps:\n  - log: serving\n  - listen: {port: 8080, paths: {/: {body: ok}}}\n"
	if err := os.WriteFile(filepath.Join(images, "web.yaml"), []byte(model), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config.Config{
		FormatVersion: config.FormatVersion, ClusterName: "test", Region: "eu-west-1", Kubernetes: "1.36", Folder: folder, Images: images,
		ServiceCIDR: config.ServiceCIDR, IdleTimeout: "1h", Audit: true,
		Subnets: []config.Subnet{{Name: "a", ID: "subnet-1", Zone: "eu-west-1a", CIDR: "10.0.16.0/24"}},
		Nodes:   []config.Node{node("one", "10.0.16.11"), node("two", "10.0.16.12")},
	}
	change(&c)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	s := sandbox{folder: folder, config: filepath.Join(t.TempDir(), "config.json")}
	if err := os.WriteFile(s.config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func node(name, address string) config.Node {
	return config.Node{Name: name, Address: address, Subnet: "a", InstanceType: "m5.large", NodeGroup: "general", CapacityType: "ON_DEMAND"}
}

// up starts the program and returns it and what it said until it was ready or ended.
func (s sandbox) up(t *testing.T) (*exec.Cmd, []string) {
	t.Helper()
	command := program(t, "up", "--config", s.config)
	log, err := os.OpenFile(s.config+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	command.Stderr = log
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Process.Kill() }) // it has ended where the test went well
	var said []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		said = append(said, lines.Text())
	}
	return command, said
}

// mustUp starts the program, which becomes ready.
func (s sandbox) mustUp(t *testing.T) (*exec.Cmd, *kubernetes.Clientset) {
	t.Helper()
	command, said := s.up(t)
	if len(said) == 0 || said[len(said)-1] != `{"phase":"ready"}` {
		t.Fatalf("it said %v", said)
	}
	configuration, err := clientcmd.BuildConfigFromFlags("", filepath.Join(s.folder, "learner.kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(configuration)
	if err != nil {
		t.Fatal(err)
	}
	return command, client
}

// ended waits for the program's end within the deadline of an orderly stop and some room for a busy machine.
func ended(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	done := make(chan struct{})
	go func() {
		_ = command.Wait() // its exit code says what happened
		close(done)
	}()
	select {
	case <-done:
		return command.ProcessState.ExitCode()
	case <-time.After(4 * stopDeadline):
		t.Fatal("it did not end")
		return 0
	}
}

// call asks the HTTP API. The socket is reached by a short way, as its path is too long.
func (s sandbox) call(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	way := filepath.Join(t.TempDir(), "f")
	if err := os.Symlink(s.folder, way); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(way, "api.sock"))
	}}}
	request, err := http.NewRequestWithContext(t.Context(), method, "http://sandbox"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(text))
}

func (s sandbox) state(t *testing.T) map[string]string {
	t.Helper()
	status, text := s.call(t, "GET", "/v1/state", "")
	var state session.State
	if err := json.Unmarshal([]byte(text), &state); err != nil || status != 200 || state.Phase != "ready" {
		t.Fatalf("%d %s %v", status, text, err)
	}
	nodes := map[string]string{}
	for _, n := range state.Nodes {
		nodes[n.Name] = n.State
	}
	return nodes
}

func deploy(t *testing.T, client *kubernetes.Clientset) {
	t.Helper()
	labels := map[string]string{"app": "web"}
	_, err := client.AppsV1().Deployments("default").Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{Replicas: ptr.To[int32](2), Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: v1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: v1.PodSpec{Containers: []v1.Container{{Name: "web", Image: "example.com/web:1"}}},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// allReady waits until that many Pods exist and all are Ready, and returns what must be the same after a restart.
func allReady(t *testing.T, client *kubernetes.Clientset, n int) []string {
	t.Helper()
	deadline := time.After(60 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		pods, err := client.CoreV1().Pods("").List(t.Context(), metav1.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, pod := range pods.Items {
			for _, c := range pod.Status.ContainerStatuses {
				if c.Ready {
					all = append(all, fmt.Sprint(pod.Namespace, "/", pod.Name, " ", pod.UID, " ", pod.Spec.NodeName, " ", pod.Status.PodIP, " ", c.ContainerID, " ", c.RestartCount))
				}
			}
		}
		if len(pods.Items) == n && len(all) == n+len(agents(pods.Items)) {
			slices.Sort(all)
			return all
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("of %d Pods there are ready: %v", n, all)
		}
	}
}

// agents are the Pods that have a second container: aws-node has its network policy agent.
func agents(pods []v1.Pod) []v1.Pod {
	return slices.DeleteFunc(slices.Clone(pods), func(p v1.Pod) bool { return len(p.Spec.Containers) == 1 })
}

func TestASessionIsTheSameAfterAStopAndAfterAKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster three times")
	}
	prepared := filepath.Join(t.TempDir(), "prepared")
	if output, err := program(t, "prepare", "--kubernetes", "1.36", "--folder", prepared).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	s := newSandbox(t, func(c *config.Config) { c.Prepared = prepared })
	command, client := s.mustUp(t)
	if _, said := s.up(t); !strings.Contains(said[0], "another sandbox runs in") {
		t.Errorf("a second one says %v", said)
	}
	deploy(t, client)
	third, err := json.Marshal(node("three", "10.0.16.200"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/nodes", string(third), 201}, {"POST", "/v1/nodes", string(third), 409}, {"POST", "/v1/nodes", `{"nome": "x"}`, 400},
		{"POST", "/v1/nodes/none/stop", "", 404}, {"DELETE", "/v1/nodes/none", "", 404},
	} {
		if status, text := s.call(t, c.method, c.path, c.body); status != c.status {
			t.Errorf("%s %s: %d %s", c.method, c.path, status, text)
		}
	}
	// Two Pods of ours, two of coredns, and two on each of three nodes.
	before := allReady(t, client, 10)
	// A refusal or a probe that failed would be tried again only after a while, and a learner would read of it.
	warnings, err := client.CoreV1().Events("").List(t.Context(), metav1.ListOptions{FieldSelector: "type=Warning"})
	if err != nil || len(warnings.Items) > 0 {
		t.Errorf("a new cluster warns of %v, %v", warnings.Items, err)
	}
	if status, text := s.call(t, "POST", "/v1/nodes/two/stop", ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}

	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := ended(t, command); code != 0 {
		t.Errorf("after SIGTERM it ended with %d", code)
	}
	if _, err := os.Stat(filepath.Join(s.folder, "ready.json")); err == nil {
		t.Error("ready.json is there after the end")
	}
	command, client = s.mustUp(t)
	if state := s.state(t); state["two"] != "stopped" || state["three"] != "ready" {
		t.Errorf("nodes are %v", state)
	}
	if status, text := s.call(t, "POST", "/v1/nodes/two/start", ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if after := allReady(t, client, 10); !slices.Equal(before, after) {
		t.Errorf("before the stop %v\nafter the start %v", before, after)
	}

	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended(t, command)
	command, client = s.mustUp(t)
	if after := allReady(t, client, 10); !slices.Equal(before, after) {
		t.Errorf("before the kill %v\nafter the start %v", before, after)
	}
	if status, text := s.call(t, "DELETE", "/v1/nodes/three", ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if nodes, err := client.CoreV1().Nodes().List(t.Context(), metav1.ListOptions{}); err != nil || len(nodes.Items) != 2 {
		t.Errorf("%d nodes are left, %v", len(nodes.Items), err)
	}
	if status, _ := s.call(t, "POST", "/v1/stop", ""); status != 202 {
		t.Errorf("stop is answered with %d", status)
	}
	if code := ended(t, command); code != 0 {
		t.Errorf("after a stop it ended with %d", code)
	}
}

func TestWhatStopsAStartIsOneSentence(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*config.Config)
		says   string
	}{
		"a wrong configuration":    {func(c *config.Config) { c.Kubernetes = "1.20" }, `only 1.36 works`},
		"an absent folder":         {func(c *config.Config) { c.Folder += "/absent" }, "failed to look at folder"},
		"no prepared datastore":    {func(c *config.Config) { c.Prepared = "/absent" }, "`/absent` is no prepared datastore"},
		"an absent image folder":   {func(c *config.Config) { c.Images = "/absent" }, "workload models `/absent`"},
		"an unknown instance type": {func(c *config.Config) { c.Nodes[0].InstanceType = "m5.tiny" }, "no instance type named `m5.tiny`"},
	} {
		t.Run(name, func(t *testing.T) {
			command, said := newSandbox(t, test.change).up(t)
			var last struct{ Phase, Error string }
			if err := json.Unmarshal([]byte(said[len(said)-1]), &last); err != nil {
				t.Fatal(err)
			}
			if last.Phase != "failed" || !strings.Contains(last.Error, test.says) || strings.Contains(last.Error, "\n") {
				t.Errorf("it says %+v", last)
			}
			if code := ended(t, command); code != 1 {
				t.Errorf("the exit code is %d", code)
			}
		})
	}
}
