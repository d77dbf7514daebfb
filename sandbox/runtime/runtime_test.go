package runtime

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/network"
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

// node is a runtime on a temporary folder, driven as a kubelet does.
type node struct {
	*Runtime
	t       *testing.T
	folder  string
	subnet  string
	attempt uint32
	// started is told of containers; nil: nobody.
	started func(Started)
}

func newNode(t *testing.T, subnet string) *node {
	t.Helper()
	n := &node{t: t, folder: t.TempDir(), subnet: subnet}
	for name, text := range map[string]string{"actor.yaml": models, "ledger.yaml": ledger, "keeper.yaml": keeper} {
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
	pool, err := network.OpenPool(filepath.Join(n.folder, "pools", "a.json"), netip.MustParsePrefix(n.subnet))
	if err != nil {
		n.t.Fatal(err)
	}
	subnet := netip.MustParsePrefix(n.subnet)
	// In the smallest subnet the node has the last address, and there are ten for its Pods.
	address := netip.MustParseAddr("10.0.16.200")
	if !subnet.Contains(address) {
		address = netip.MustParseAddr("10.0.16.14")
	}
	limits := network.Limits{Interfaces: 2, AddressesPerInterface: 15}
	if err := pool.Join(network.Member{Name: "node-a", Address: address, Limits: limits}); err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(pool.Close)
	n.Runtime, err = Open(Options{Started: n.started, Folder: filepath.Join(n.folder, "runtime"), Roots: []string{filepath.Join(n.folder, "kubelet")},
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
		Linux:     &runtimeapi.LinuxPodSandboxConfig{SecurityContext: &runtimeapi.LinuxSandboxSecurityContext{NamespaceOptions: &runtimeapi.NamespaceOption{}}}}
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

func TestContainersEndAsContainerdSays(t *testing.T) {
	for name, c := range map[string]struct {
		arguments []string
		command   []string
		limit     int64
		start     string
		want      string
		log       string
	}{
		"exit 0":        {arguments: []string{"sleep", "1s", "exit", "0"}, want: "Completed 0 from 0s to 1s", log: "2000-01-01T00:00:01.000000000Z stderr F error: stopping with 0\n"},
		"exit 1":        {arguments: []string{"exit", "1"}, want: "Error 1 from 0s to 0s", log: "2000-01-01T00:00:00.000000000Z stderr F error: stopping with 1\n"},
		"out of memory": {arguments: []string{"eat", "62"}, limit: 32 << 20, want: "OOMKilled 137 from 0s to 155ms"},
		"runs":          {arguments: nil, want: "running since 0s"},
		"bad command": {command: []string{"/nope"}, want: "StartError 128 from never to 0s",
			start: `rpc error: code = Unknown desc = failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown`},
		"bad name": {command: []string{"nope"}, want: "StartError 128 from never to 0s",
			start: `rpc error: code = Unknown desc = failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown`},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n := newNode(t, "10.0.16.0/24")
				_, id := n.create("a", "actor:2", c.arguments, func(config *runtimeapi.ContainerConfig) {
					config.Command = c.command
					config.Linux.Resources = &runtimeapi.LinuxContainerResources{MemoryLimitInBytes: c.limit}
				})
				n.expect(id, "created")
				got := ""
				if err := n.StartContainer(t.Context(), id); err != nil {
					got = err.Error()
				}
				if got != c.start {
					t.Errorf("StartContainer: got  %s\nwant %s", got, c.start)
				}
				wait(5 * time.Second)
				n.expect(id, c.want)
				if got := n.log(id); got != c.log {
					t.Errorf("log: got %q, want %q", got, c.log)
				}
			})
		})
	}
}

func TestStopContainer(t *testing.T) {
	for name, c := range map[string]struct {
		arguments []string
		timeout   int64
		want      string
	}{
		"told":            {nil, 5, "Error 2 from 0s to 1s"},
		"deaf":            {[]string{"deaf"}, 5, "Error 137 from 0s to 6s"},
		"without a grace": {nil, 0, "Error 137 from 0s to 1s"},
		"over already":    {[]string{"exit", "3"}, 5, "Error 3 from 0s to 0s"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				n := newNode(t, "10.0.16.0/24")
				_, id := n.run("a", "actor:2", c.arguments...)
				wait(time.Second)
				if err := n.StopContainer(t.Context(), id, c.timeout); err != nil {
					t.Fatal(err)
				}
				n.expect(id, c.want)
				if err := n.StopContainer(t.Context(), "unknown", c.timeout); err != nil {
					t.Errorf("an unknown container: %v", err)
				}
			})
		})
	}
}

func TestANodeIsFoundAsItWas(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		sandboxA, runs := n.run("a", "registry.example.internal/ledger:1")
		sandboxB, ended := n.run("b", "actor:2", "exit", "3")
		_, killed := n.run("c", "actor:2")
		_, created := n.create("d", "actor:2", nil, nil)
		_, ends := n.run("e", "actor:2", "sleep", "10s", "exit", "4")
		if err := n.StopContainer(t.Context(), killed, 0); err != nil {
			t.Fatal(err)
		}
		wait(3 * time.Second)
		addressA, addressB, log := n.address(sandboxA), n.address(sandboxB), n.log(runs)
		n.kill()
		wait(time.Minute - 3*time.Second + time.Second)
		n.open()
		synctest.Wait()
		n.expect(runs, "running since 0s")
		n.expect(ended, "Error 3 from 0s to 0s")
		n.expect(killed, "Error 137 from 0s to 0s")
		n.expect(created, "created")
		n.expect(ends, "Error 4 from 0s to 10s")
		if n.address(sandboxA) != addressA || n.address(sandboxB) != addressB {
			t.Errorf("addresses: %s, %s; before %s, %s", n.address(sandboxA), n.address(sandboxB), addressA, addressB)
		}
		if got := n.log(runs); got != log || strings.Count(log, "\n") != 2 {
			t.Errorf("log: got %q, before %q", got, log)
		}
		connection, err := n.DialPod(t.Context(), addressA, 8080)
		if err != nil {
			t.Fatal(err)
		}
		connection.Close()
		if image := must(n.ImageStatus(t.Context(), &runtimeapi.ImageSpec{Image: "registry.example.internal/ledger:1"}, false)).Image; image == nil {
			t.Error("the pulled image is gone")
		}
		wait(2 * time.Minute)
		if got := strings.Count(n.log(runs), "tick"); got != 2 {
			t.Errorf("%d ticks after the restart", got)
		}
		sandboxF, _ := n.run("f", "actor:2")
		if n.address(sandboxF) != "10.0.16.9" {
			t.Errorf("the next address is %s", n.address(sandboxF))
		}
	})
}

func TestWhatDiedHalfWrittenIsPutRight(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		keep, _ := n.run("a", "actor:2")
		damaged, lost := n.run("b", "actor:2")
		_, noModel := n.run("c", "registry.example.internal/ledger:1")
		must(n.options.Addresses.Take("node-a/never-written"))
		n.kill()
		n.write("runtime/sandboxes/"+damaged+".json", "{")
		if err := os.Remove(filepath.Join(n.folder, "images", "ledger.yaml")); err != nil {
			t.Fatal(err)
		}
		n.open()
		if got := n.options.Addresses.Owners(""); len(got) != 2 {
			t.Errorf("owners of addresses: %v", got)
		}
		n.expect(noModel, "Unknown 255 from 0s to 0s")
		if _, err := n.ContainerStatus(t.Context(), lost, false); err == nil || !strings.Contains(err.Error(), "code = NotFound") {
			t.Errorf("container of a damaged sandbox: %v", err)
		}
		for _, file := range []string{"sandboxes/" + damaged, "containers/" + lost} {
			if _, err := os.Stat(filepath.Join(n.folder, "runtime", file+".json.damaged")); err != nil {
				t.Error(err)
			}
		}
		if n.address(keep) != "10.0.16.4" {
			t.Errorf("address %s", n.address(keep))
		}
	})
}

func TestDaemonsAreToldOfWithTheirEnvironment(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		var all []Started
		n.started = func(s Started) { all = append(all, s) }
		n.kill()
		n.open()
		_, id := n.create("a", "actor:2", nil, func(c *runtimeapi.ContainerConfig) {
			c.Envs = []*runtimeapi.KeyValue{{Key: "WARM_IP_TARGET", Value: []byte("2")}}
		})
		if err := n.StartContainer(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		n.kill()
		n.open()
		if len(all) != 2 || all[0].Resumed || !all[1].Resumed {
			t.Fatalf("told of %+v", all)
		}
		for _, s := range all {
			if s.Namespace != "shop" || s.Pod != "a" || s.Container != "main" || s.Image != "docker.io/library/actor:2" || s.Environment["WARM_IP_TARGET"] != "2" {
				t.Errorf("told of %+v", s)
			}
		}
		all[1].Log("a line of its own")
		if err := n.StopContainer(t.Context(), id, 0); err != nil {
			t.Fatal(err)
		}
		all[1].Log("a line too late")
		if got := n.log(id); !strings.Contains(got, "a line of its own") || strings.Contains(got, "too late") {
			t.Errorf("the log is %q", got)
		}
	})
}

func TestPruneTakesOffWhatNoContainerIsOf(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		const image = "registry.example.internal/ledger:1"
		sandboxID, _ := n.run("a", image)
		if unused := n.Unused(); len(unused) > 0 {
			t.Errorf("unused while it runs: %v", unused)
		}
		if err := n.Prune(); err != nil {
			t.Fatal(err)
		}
		if must(n.ImageStatus(t.Context(), &runtimeapi.ImageSpec{Image: image}, false)).Image == nil {
			t.Error("an image in use was taken off")
		}
		if err := n.StopPodSandbox(t.Context(), sandboxID); err != nil {
			t.Fatal(err)
		}
		if unused := n.Unused(); !slices.Equal(unused, []string{image}) {
			t.Errorf("unused when it is gone: %v", unused)
		}
		if err := n.Prune(); err != nil {
			t.Fatal(err)
		}
		if must(n.ImageStatus(t.Context(), &runtimeapi.ImageSpec{Image: image}, false)).Image != nil {
			t.Error("it is still there")
		}
	})
}
