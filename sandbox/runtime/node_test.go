package runtime

// A node in a test: its runtime on a folder, opened, killed and opened again. Tests nothing by itself.

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/subnet"
	"sandbox/workload"
)

const models = `format_version: 1
image: actor
tags: ["2"]
entrypoint: /actor
preloaded: true
steps: from_args
`

const ledger = `format_version: 1
image: registry.example.internal/ledger
tags: ["1"]
entrypoint: /app
user: 1000
steps:
  - log: starting
  - sleep: 2s
  - memory: {mib: 64}
  - listen: {port: 8080, paths: {/healthz: {body: ok}}}
  - log: listening
every: {period: 60s, log: [tick]}
exec: [cat, env, ls, sleep, curl]
`

const worker = `format_version: 1
image: worker
tags: ["1"]
entrypoint: /app
steps: [{work: {processor: 2s, threads: 4}}]
`

// node is a runtime on a temporary folder, driven as a kubelet does.
type node struct {
	*Runtime
	t       *testing.T
	folder  string
	subnet  string
	attempt uint32
	// daemons and network are the next runtime's.
	daemons []Daemon
	network Network
}

func newNode(t *testing.T, subnet string) *node {
	t.Helper()
	n := &node{t: t, folder: t.TempDir(), subnet: subnet}
	for name, text := range map[string]string{"actor.yaml": models, "ledger.yaml": ledger, "keeper.yaml": keeper, "worker.yaml": worker} {
		n.write("images/"+name, text)
	}
	if err := os.Mkdir(filepath.Join(n.folder, "kubelet"), 0o700); err != nil {
		t.Fatal(err)
	}
	n.open()
	return n
}

func (n *node) write(name, text string) string {
	n.t.Helper()
	file := filepath.Join(n.folder, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		n.t.Fatal(err)
	}
	return file
}

// open starts the runtime, again after kill.
func (n *node) open() {
	n.t.Helper()
	catalogue, err := workload.LoadCatalogue(filepath.Join(n.folder, "images"))
	if err != nil {
		n.t.Fatal(err)
	}
	pool, err := subnet.OpenPool(filepath.Join(n.folder, "pools", "a.json"), netip.MustParsePrefix(n.subnet))
	if err != nil {
		n.t.Fatal(err)
	}
	prefix := netip.MustParsePrefix(n.subnet)
	// In the smallest subnet the node has the last address, and there are ten for its Pods.
	address := netip.MustParseAddr("10.0.16.200")
	if !prefix.Contains(address) {
		address = netip.MustParseAddr("10.0.16.14")
	}
	limits := subnet.Limits{Interfaces: 2, AddressesPerInterface: 15}
	if err := pool.Join(subnet.Member{Name: "node-a", Address: address, Limits: limits}); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(pool.Close)
	n.Runtime, err = Open(Options{Daemons: n.daemons, Network: n.network, Folder: filepath.Join(n.folder, "runtime"), Roots: []string{filepath.Join(n.folder, "kubelet")},
		Models: catalogue, Addresses: pool.Node("node-a"), NodeName: "node-a", NodeAddress: "10.0.16.200"})
	if err != nil {
		n.t.Fatal(err)
	}
	runtime := n.Runtime
	n.t.Cleanup(func() { runtime.Close(n.t.Context()) })
}

// kill ends the runtime without a word to its containers. What it had on disk is all that the next one finds.
func (n *node) kill() {
	n.t.Helper()
	if err := n.Close(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func (n *node) sandboxConfig(pod string) *runtimeapi.PodSandboxConfig {
	return &runtimeapi.PodSandboxConfig{Metadata: &runtimeapi.PodSandboxMetadata{Name: pod, Namespace: "shop", Uid: pod}, Hostname: pod,
		LogDirectory: filepath.Join(n.folder, "kubelet", "logs", pod), Labels: map[string]string{"pod": pod},
		DnsConfig: &runtimeapi.DNSConfig{Servers: []string{"172.20.0.10"}, Searches: []string{"shop.svc.cluster.local"}, Options: []string{"ndots:5"}},
		Linux:     &runtimeapi.LinuxPodSandboxConfig{Sysctls: map[string]string{"net.core.somaxconn": "1024"}, SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{NamespaceOptions: &runtimeapi.NamespaceOption{}}}}
}

// create makes a Pod of one container without starting it. change may change its configuration.
func (n *node) create(pod, image string, arguments []string, change func(*runtimeapi.ContainerConfig)) (sandboxID, id string) {
	n.t.Helper()
	ctx := n.t.Context()
	if _, err := n.PullImage(ctx, &runtimeapi.ImageSpec{Image: image}, nil, nil); err != nil {
		n.t.Fatal(err)
	}
	sandbox := n.sandboxConfig(pod)
	sandboxID, err := n.RunPodSandbox(ctx, sandbox, "")
	if err != nil {
		n.t.Fatal(err)
	}
	n.attempt++
	config := &runtimeapi.ContainerConfig{Metadata: &runtimeapi.ContainerMetadata{Name: "main", Attempt: n.attempt}, Image: &runtimeapi.ImageSpec{Image: image},
		Args: arguments, LogPath: fmt.Sprintf("main/%d.log", n.attempt), Labels: map[string]string{"pod": pod}, Linux: &runtimeapi.LinuxContainerConfig{}}
	if change != nil {
		change(config)
	}
	id, err = n.CreateContainer(ctx, sandboxID, config, sandbox)
	if err != nil {
		n.t.Fatal(err)
	}
	return sandboxID, id
}

func (n *node) run(pod, image string, arguments ...string) (sandboxID, id string) {
	n.t.Helper()
	sandboxID, id = n.create(pod, image, arguments, nil)
	if err := n.StartContainer(n.t.Context(), id); err != nil {
		n.t.Fatal(err)
	}
	synctest.Wait()
	return sandboxID, id
}

// state is a container in one line.
func (n *node) state(id string) string {
	status := must(n.ContainerStatus(n.t.Context(), id, false)).Status
	switch status.State {
	case runtimeapi.ContainerState_CONTAINER_RUNNING:
		return "running since " + since(status.StartedAt)
	case runtimeapi.ContainerState_CONTAINER_CREATED:
		return "created"
	default:
		return fmt.Sprintf("%s %d from %s to %s", status.Reason, status.ExitCode, since(status.StartedAt), since(status.FinishedAt))
	}
}

var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func since(nanoseconds int64) string {
	if nanoseconds == 0 {
		return "never"
	}
	return time.Unix(0, nanoseconds).Sub(epoch).String()
}

func (n *node) expect(id, want string) {
	n.t.Helper()
	if got := n.state(id); got != want {
		n.t.Errorf("container: got %q, want %q", got, want)
	}
}

func (n *node) address(sandboxID string) string {
	return must(n.PodSandboxStatus(n.t.Context(), sandboxID, false)).Status.Network.Ip
}

func (n *node) log(id string) string {
	text, err := os.ReadFile(must(n.ContainerStatus(n.t.Context(), id, false)).Status.LogPath)
	if err != nil {
		n.t.Fatal(err)
	}
	return string(text)
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// inBubble runs a test in which time is simulated.
func inBubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	synctest.Test(t, test)
}
