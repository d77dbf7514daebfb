package runtime

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	utilexec "k8s.io/utils/exec"

	"sandbox/workload"
)

func TestPullsFailWithContainerdsWords(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		for image, want := range map[string]string{
			"registry.invalid/team/app:1":        `failed to pull and unpack image "registry.invalid/team/app:1": failed to resolve reference "registry.invalid/team/app:1": failed to do request: Head "https://registry.invalid/v2/team/app/manifests/1": dial tcp: lookup registry.invalid on 10.0.0.2:53: no such host`,
			"registry.example.internal/ledger:9": `rpc error: code = NotFound desc = failed to pull and unpack image "registry.example.internal/ledger:9": failed to resolve reference "registry.example.internal/ledger:9": registry.example.internal/ledger:9: not found`,
			"registry.example.internal/legder:1": `rpc error: code = NotFound desc = failed to pull and unpack image "registry.example.internal/legder:1": failed to resolve reference "registry.example.internal/legder:1": registry.example.internal/legder:1: not found`,
			"mariadb":                            `failed to pull and unpack image "docker.io/library/mariadb:latest": failed to resolve reference "docker.io/library/mariadb:latest": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed (this sandbox has no such image; it has those of its labs and a few that the book lists)`,
			"quay.io/team/tool:1":                `rpc error: code = NotFound desc = failed to pull and unpack image "quay.io/team/tool:1": failed to resolve reference "quay.io/team/tool:1": quay.io/team/tool:1: not found (this sandbox has no such image; it has those of its labs and a few that the book lists)`,
			"acotr:2":                            `failed to pull and unpack image "docker.io/library/acotr:2": failed to resolve reference "docker.io/library/acotr:2": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
			"actor:3":                            `rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/actor:3": failed to resolve reference "docker.io/library/actor:3": docker.io/library/actor:3: not found`,
		} {
			if _, err := n.PullImage(t.Context(), &runtimeapi.ImageSpec{Image: image}, nil, nil); err == nil || err.Error() != want {
				t.Errorf("%s:\ngot  %v\nwant %s", image, err, want)
			}
		}
	})
}

func TestImagesOfANode(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		status := func(image string) *runtimeapi.Image {
			return must(n.ImageStatus(t.Context(), &runtimeapi.ImageSpec{Image: image}, false)).Image
		}
		const ledger = "registry.example.internal/ledger:1"
		if status("actor:2") == nil || status(ledger) != nil {
			t.Fatal("only the preloaded image may be there at first")
		}
		id := must(n.PullImage(t.Context(), &runtimeapi.ImageSpec{Image: ledger}, nil, nil))
		image := status(ledger)
		if image.Id != id || status(id) == nil || status(image.RepoDigests[0]) == nil || image.Uid.Value != 1000 || image.Size < 10<<20 {
			t.Errorf("image %v", image)
		}
		if all := must(n.ListImages(t.Context(), nil)); len(all) != 2 {
			t.Errorf("images %v", all)
		}
		if err := n.RemoveImage(t.Context(), &runtimeapi.ImageSpec{Image: id}); err != nil || status(ledger) != nil {
			t.Errorf("the removed image is there: %v", err)
		}
	})
}

func TestASubnetRunsOut(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/28")
		var first string
		for i := range 10 {
			id := must(n.RunPodSandbox(t.Context(), n.sandboxConfig("a"), ""))
			if i == 0 {
				first = id
			}
		}
		if _, err := n.RunPodSandbox(t.Context(), n.sandboxConfig("b"), ""); err == nil || !strings.Contains(err.Error(), `plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container`) {
			t.Fatalf("the eleventh: %v", err)
		}
		if err := n.StopPodSandbox(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		wait(2 * time.Second)
		if got := n.address(must(n.RunPodSandbox(t.Context(), n.sandboxConfig("b"), ""))); got != "10.0.16.4" {
			t.Errorf("address %s", got)
		}
		if err := n.EndAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := n.options.Addresses.Owners(""); len(left) != 0 {
			t.Errorf("addresses kept: %v", left)
		}
	})
}

func TestListsFilter(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		sandboxA, a := n.run("a", "actor:2")
		wait(time.Second)
		sandboxB, b := n.run("b", "actor:2", "exit", "1")
		running := &runtimeapi.ContainerStateValue{State: runtimeapi.ContainerState_CONTAINER_RUNNING}
		for name, c := range map[string]struct {
			filter *runtimeapi.ContainerFilter
			want   []string
		}{
			"all, newest first": {nil, []string{b, a}},
			"running":           {&runtimeapi.ContainerFilter{State: running}, []string{a}},
			"of a sandbox":      {&runtimeapi.ContainerFilter{PodSandboxId: sandboxB}, []string{b}},
			"by label":          {&runtimeapi.ContainerFilter{LabelSelector: map[string]string{"pod": "a"}}, []string{a}},
			"by id":             {&runtimeapi.ContainerFilter{Id: a[:12]}, []string{a}},
		} {
			var got []string
			for _, found := range must(n.ListContainers(t.Context(), c.filter)) {
				got = append(got, found.Id)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		if err := n.StopPodSandbox(t.Context(), sandboxA); err != nil {
			t.Fatal(err)
		}
		n.expect(a, "Error 137 from 0s to 1s")
		ready := &runtimeapi.PodSandboxFilter{State: &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_READY}}
		if got := must(n.ListPodSandbox(t.Context(), ready)); len(got) != 1 || got[0].Id != sandboxB {
			t.Errorf("ready sandboxes %v", got)
		}
		if err := n.RemovePodSandbox(t.Context(), sandboxA); err != nil {
			t.Fatal(err)
		}
		if _, err := n.ContainerStatus(t.Context(), a, false); err == nil || !strings.Contains(err.Error(), "not found") {
			t.Errorf("a removed container: %v", err)
		}
	})
}

func TestExecSync(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		_, id := n.run("a", "registry.example.internal/ledger:1")
		wait(3 * time.Second)
		stdout, _, err := n.ExecSync(t.Context(), id, []string{"curl", "-s", "http://localhost:8080/healthz"}, time.Second)
		if err != nil || string(stdout) != "ok" {
			t.Errorf("curl: %q, %v", stdout, err)
		}
		_, _, err = n.ExecSync(t.Context(), id, []string{"cat", "/nope"}, time.Second)
		var exit utilexec.CodeExitError
		if !errors.As(err, &exit) || exit.Code != 1 || err.Error() != "command 'cat /nope' exited with 1: cat: can't open '/nope': No such file or directory\n" {
			t.Errorf("cat: %v", err)
		}
		_, _, err = n.ExecSync(t.Context(), id, []string{"sleep", "9"}, time.Second)
		if !errors.Is(err, remote.ErrCommandTimedOut) || !strings.HasSuffix(err.Error(), `"sleep 9" timed out after 1s`) {
			t.Errorf("sleep: %v", err)
		}
		_, _, err = n.ExecSync(t.Context(), id, []string{"/bin/true"}, time.Second)
		if err == nil || !strings.HasPrefix(err.Error(), "rpc error: code = Unknown desc = failed to exec in container: failed to start exec \"") ||
			!strings.HasSuffix(err.Error(), `": OCI runtime exec failed: exec failed: unable to start container process: exec: "/bin/true": stat /bin/true: no such file or directory: unknown`) {
			t.Errorf("absent command: %v", err)
		}
		_, over := n.run("b", "actor:2", "exit", "1")
		_, _, err = n.ExecSync(t.Context(), over, []string{"ls"}, time.Second)
		if err == nil || err.Error() != "rpc error: code = Unknown desc = failed to exec in container: container is in CONTAINER_EXITED state" {
			t.Errorf("container that is over: %v", err)
		}
	})
}

func TestAContainerSeesItsMountsAndNothingElse(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		secret := n.write("secret.txt", "of the host")
		volume := filepath.Dir(n.write("kubelet/pods/a/volumes/config/..data/config.yaml", "a: 1\n"))
		must(0, os.Symlink("..data/config.yaml", filepath.Join(filepath.Dir(volume), "config.yaml")))
		must(0, os.Symlink(secret, filepath.Join(filepath.Dir(volume), "out.yaml")))
		must(0, os.Symlink("../../../../../secret.txt", filepath.Join(filepath.Dir(volume), "up.yaml")))
		hosts := n.write("kubelet/pods/a/etc-hosts", "127.0.0.1 localhost\n")
		_, id := n.create("a", "registry.example.internal/ledger:1", nil, func(config *runtimeapi.ContainerConfig) {
			config.Envs = []*runtimeapi.KeyValue{{Key: "URL", Value: []byte("x")}}
			config.Mounts = []*runtimeapi.Mount{{ContainerPath: "/etc/ledger", HostPath: filepath.Dir(volume)}, {ContainerPath: "/etc/hosts", HostPath: hosts}, {ContainerPath: "/host", HostPath: n.folder}}
		})
		if err := n.StartContainer(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		for command, want := range map[string]string{
			"cat /etc/ledger/config.yaml": "a: 1\n",
			"cat /etc/hosts":              "127.0.0.1 localhost\n",
			"cat /etc/hostname":           "a\n",
			"cat /etc/resolv.conf":        "search shop.svc.cluster.local\nnameserver 172.20.0.10\noptions ndots:5\n",
			"ls /etc/ledger":              "config.yaml\nout.yaml\nup.yaml\n",
			"ls -a /etc/ledger":           "..data\nconfig.yaml\nout.yaml\nup.yaml\n",
			"ls /etc":                     "hostname\nhosts\nledger\nresolv.conf\n",
			"ls /":                        "app\ndev\netc\nhost\nproc\nsys\n",
			"ls /etc/hosts":               "/etc/hosts\n",
			"cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/memory.max": "max 100000\nmax\n",
			"cat /proc/sys/net/core/somaxconn":                     "1024\n",
			"cat /proc/sys/net/core":                               "cat: read error: Is a directory",
			"cat /proc/1/status":                                   "Pid:\t1\nUid:\t1000\t1000\t1000\t1000\nGid:\t0\t0\t0\t0\nNoNewPrivs:\t0\n",
			"cat /proc/self/uid_map":                               "         0          0 4294967295\n",
			"cat /proc/sys/net/none":                               "cat: can't open '/proc/sys/net/none': No such file or directory",
			"env":                                                  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nHOSTNAME=a\nURL=x\nHOME=/\n",
			"cat /etc":                                             "cat: read error: Is a directory",
			"cat /etc/ledger/out.yaml":                             "cat: can't open '/etc/ledger/out.yaml'",
			"cat /etc/ledger/up.yaml":                              "cat: can't open '/etc/ledger/up.yaml'",
			"cat /etc/ledger/../../passwd":                         "cat: can't open",
			"cat /etc/passwd":                                      "cat: can't open '/etc/passwd': No such file or directory",
			"cat /host/secret.txt":                                 "cat: can't open '/host/secret.txt': No such file or directory",
			"ls /host":                                             "ls: /host: No such file or directory",
			"cat " + secret:                                        "cat: can't open",
		} {
			stdout, stderr, _ := n.ExecSync(t.Context(), id, strings.Fields(command), time.Second)
			if got := string(stdout) + string(stderr); !strings.HasPrefix(got, want) || strings.HasSuffix(want, "\n") && got != want {
				t.Errorf("%s: %q, want %q", command, got, want)
			}
		}
	})
}

func TestDialPod(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		sandboxID, _ := n.run("a", "actor:2", "serve", "0s")
		onNode := n.sandboxConfig("b")
		onNode.Linux.SecurityContext.NamespaceOptions.Network = runtimeapi.NamespaceMode_NODE
		host := must(n.RunPodSandbox(t.Context(), onNode, ""))
		id := must(n.CreateContainer(t.Context(), host, &runtimeapi.ContainerConfig{Metadata: &runtimeapi.ContainerMetadata{Name: "main"},
			Image: &runtimeapi.ImageSpec{Image: "actor:2"}, Args: []string{"serve", "0s"}, LogPath: "main/0.log"}, onNode))
		must(0, n.StartContainer(t.Context(), id))
		if n.address(host) != "" {
			t.Errorf("a hostNetwork sandbox has the address %s", n.address(host))
		}
		for _, c := range []struct {
			host string
			port int
			want string
		}{
			{n.address(sandboxID), 8080, ""},
			{n.address(sandboxID), 9090, "dial tcp 10.0.16.4:9090: connect: connection refused"},
			{"10.0.16.200", 8080, ""},
			{"10.0.16.200", 9090, "dial tcp 10.0.16.200:9090: connect: connection refused"},
			{"10.0.16.99", 8080, "dial tcp 10.0.16.99:8080: i/o timeout"},
		} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			connection, err := n.DialPod(ctx, c.host, c.port)
			cancel()
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				connection.Close()
			}
			if got != c.want {
				t.Errorf("%s:%d: %q, want %q", c.host, c.port, got, c.want)
			}
		}
	})
}

func TestMemoryInStatsAndResize(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		sandboxID, id := n.run("a", "registry.example.internal/ledger:1")
		wait(3 * time.Second)
		if got := must(n.ContainerStats(t.Context(), id)).Memory.WorkingSetBytes.Value; got != 64<<20 {
			t.Errorf("memory %d", got)
		}
		pods := must(n.ListPodSandboxStats(t.Context(), nil))
		if len(pods) != 1 || pods[0].Attributes.Id != sandboxID || pods[0].Linux.Memory.WorkingSetBytes.Value != 64<<20 || pods[0].Linux.Cpu.UsageCoreNanoSeconds.Value != 3e6 {
			t.Errorf("stats of Pods %v", pods)
		}
		if err := n.UpdateContainerResources(t.Context(), id, &runtimeapi.ContainerResources{Linux: &runtimeapi.LinuxContainerResources{MemoryLimitInBytes: 32 << 20}}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		n.expect(id, "OOMKilled 137 from 0s to 3s")
		if got := must(n.ListContainerStats(t.Context(), nil)); len(got) != 0 {
			t.Errorf("stats of what is over: %v", got)
		}
	})
}

func TestProcessorInStatsAndResize(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		const period = 100_000
		limited := func(quota int64) *runtimeapi.LinuxContainerResources {
			return &runtimeapi.LinuxContainerResources{CpuPeriod: period, CpuQuota: quota}
		}
		_, id := n.create("a", "worker:1", nil, func(config *runtimeapi.ContainerConfig) {
			config.Linux.Resources = limited(period / 5)
		})
		if err := n.StartContainer(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		uses := func(wantMillis, wantSoFar uint64) {
			t.Helper()
			cpu := must(n.ContainerStats(t.Context(), id)).Cpu
			if now, soFar := cpu.UsageNanoCores.Value/1e6, cpu.UsageCoreNanoSeconds.Value/1e6; now != wantMillis || soFar != wantSoFar {
				t.Errorf("it uses %dm and has used %d ms; want %dm and %d ms", now, soFar, wantMillis, wantSoFar)
			}
		}
		// Two seconds of work on four threads, at a fifth of a processor, and the thousandth that every container takes.
		wait(5 * time.Second)
		uses(200, 1005)
		resize := func(quota int64) {
			t.Helper()
			if err := n.UpdateContainerResources(t.Context(), id, &runtimeapi.ContainerResources{Linux: limited(quota)}); err != nil {
				t.Fatal(err)
			}
		}
		resize(period / 2)
		wait(time.Second)
		uses(500, 1506)
		const noLimit = -1 // as the kubelet takes a limit away
		resize(noLimit)
		uses(4000, 1506)
		wait(time.Second)
		uses(1, 2007)
	})
}

// stream is a connection's end for PortForward and the write ends of Attach.
type stream struct{ bytes.Buffer }

func (*stream) Close() error { return nil }

func TestPortForward(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		sandboxID, _ := n.run("a", "actor:2", "serve", "0s")
		near, far := net.Pipe()
		go n.streams.PortForward(t.Context(), sandboxID, 8080, far)
		io.WriteString(near, "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if answer, err := io.ReadAll(near); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200 OK") {
			t.Errorf("answer %q, %v", answer, err)
		}
		err := n.streams.PortForward(t.Context(), sandboxID, 81, &stream{})
		if err == nil || !strings.Contains(err.Error(), "failed to connect to localhost:81 inside namespace \""+sandboxID+"\", IPv4: dial tcp4 127.0.0.1:81: connect: connection refused") {
			t.Errorf("closed port: %v", err)
		}
	})
}

func TestStreamedExecAndAttach(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		_, id := n.run("a", "registry.example.internal/ledger:1")
		out := &stream{}
		if err := n.streams.Exec(t.Context(), id, []string{"cat", "/etc/hostname"}, nil, out, nil, true, nil); err != nil || out.String() != "a\r\n" {
			t.Errorf("exec on a terminal: %q, %v", out, err)
		}
		err := n.streams.Exec(t.Context(), id, []string{"/bin/nope"}, nil, out, nil, false, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "failed to exec in container: failed to start exec") {
			t.Errorf("absent command: %v", err)
		}
		done := make(chan error)
		attached, problems := &stream{}, &stream{}
		_, talks := n.run("b", "actor:2", "sleep", "1s", "exit", "1")
		go func() { done <- n.streams.Attach(t.Context(), talks, nil, attached, problems, false, nil) }()
		if err := <-done; err != nil || attached.Len() > 0 || problems.String() != "error: stopping with 1\n" {
			t.Errorf("attached: %q, %q, %v", attached, problems, err)
		}
	})
}

func TestLongLinesAreCut(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x", "0.log")
	l := (&Runtime{options: Options{Roots: []string{filepath.Dir(filepath.Dir(file))}}}).openLog(file)
	if err := l.write(epoch, workload.Stdout, strings.Repeat("a", longestLine+3)+"\nb"); err != nil {
		t.Fatal(err)
	}
	const at = "2000-01-01T00:00:00.000000000Z stdout "
	if got, want := string(must(os.ReadFile(file))), at+"P "+strings.Repeat("a", longestLine)+"\n"+at+"F aaa\n"+at+"F b\n"; got != want {
		t.Errorf("got %q", got)
	}
}
