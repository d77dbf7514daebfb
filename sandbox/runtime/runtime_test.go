package runtime

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

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
		var last context.Context
		n.daemons = []Daemon{
			{"actor", func(ctx context.Context, s Started) { last, all = ctx, append(all, s) }},
			{"registry.example.internal/ledger", func(_ context.Context, s Started) { t.Errorf("a container of another image: %+v", s) }},
		}
		n.kill()
		n.open()
		_, id := n.create("a", "actor:2", nil, func(c *runtimeapi.ContainerConfig) {
			c.Envs = []*runtimeapi.KeyValue{{Key: "WARM_IP_TARGET", Value: []byte("2")}}
		})
		if err := n.StartContainer(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		n.kill()
		if synctest.Wait(); last.Err() == nil {
			t.Error("the daemon goes on when the program has ended")
		}
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
		if synctest.Wait(); last.Err() == nil {
			t.Error("the daemon goes on when its container has ended")
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

func TestADaemonListensInItsPodUntilItsContainerEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		n := newNode(t, "10.0.16.0/24")
		var last Started
		n.daemons = []Daemon{{"actor", func(_ context.Context, s Started) { last = s }}}
		n.kill()
		n.open()
		sandboxID, id := n.run("a", "actor:2", "sleep", "1h")
		listener, err := last.Listen(53)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := last.Listen(53); err == nil || err.Error() != "listen tcp :53: bind: address already in use" {
			t.Errorf("a port that is taken: %v", err)
		}
		if _, err := last.ListenPacket(53); err != nil {
			t.Error(err)
		}
		go func() {
			if conn, err := listener.Accept(); err == nil {
				io.WriteString(conn, conn.LocalAddr().String()+" is asked")
				conn.Close()
			}
		}()
		conn, err := n.DialPod(t.Context(), n.address(sandboxID), 53)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(conn); string(text) != n.address(sandboxID)+":53 is asked" {
			t.Errorf("%q, %v", text, err)
		}
		if err := n.StopContainer(t.Context(), id, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := n.DialPod(t.Context(), n.address(sandboxID), 53); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("when the container has ended: %v", err)
		}
	})
}
