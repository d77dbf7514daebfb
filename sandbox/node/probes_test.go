package node

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/probe"

	"sandbox/wire"
)

// oneListener answers as a runtime with one Pod whose container listens on port 8080.
func oneListener(handler http.Handler) podDialer {
	return func(ctx context.Context, host string, port int) (net.Conn, error) {
		if host != "10.0.16.30" {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		if port != 8080 {
			refused := os.NewSyscallError("connect", syscall.ECONNREFUSED)
			return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: tcpAddress(host, port), Err: refused}
		}
		near, far := net.Pipe()
		go http.Serve(&onceListener{conn: far}, handler)
		return near, nil
	}
}

type onceListener struct{ conn net.Conn }

func (l *onceListener) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, io.EOF
	}
	conn := l.conn
	l.conn = nil
	return conn, nil
}
func (l *onceListener) Close() error   { return nil }
func (l *onceListener) Addr() net.Addr { return tcpAddress("10.0.16.30", 8080) }

func model() http.Handler {
	paths := http.NewServeMux()
	paths.HandleFunc("/ready", func(http.ResponseWriter, *http.Request) {})
	paths.HandleFunc("/dead", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	paths.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://elsewhere/", 302) })
	paths.HandleFunc("/hangs", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	return paths
}

// The texts are those of a real node: they end up in the Pod's events.
func TestHTTPProbes(t *testing.T) {
	cases := []struct {
		name, url string
		result    probe.Result
		output    string
	}{
		{"answers", "http://10.0.16.30:8080/ready", probe.Success, ""},
		{"an error status", "http://10.0.16.30:8080/dead", probe.Failure, "HTTP probe failed with statuscode: 500"},
		{"an absent path", "http://10.0.16.30:8080/nowhere", probe.Failure, "HTTP probe failed with statuscode: 404"},
		{"a redirect to another host", "http://10.0.16.30:8080/moved", probe.Warning, "Probe terminated redirects"},
		{"nobody listens", "http://10.0.16.30:8081/ready", probe.Failure, `Get "http://10.0.16.30:8081/ready": dial tcp 10.0.16.30:8081: connect: connection refused`},
		{"no answer", "http://10.0.16.30:8080/hangs", probe.Failure, `Get "http://10.0.16.30:8080/hangs": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`},
	}
	prober := httpProber{podTransport(oneListener(model()))}
	for _, c := range cases {
		request, err := http.NewRequest(http.MethodGet, c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		result, output, err := prober.Probe(request, 300*time.Millisecond)
		if err != nil || result != c.result || !strings.HasPrefix(output, c.output) {
			t.Errorf("%s: %s, %q, %v; expected %s, %q", c.name, result, output, err, c.result, c.output)
		}
	}
}

func TestTCPProbes(t *testing.T) {
	cases := []struct {
		name, host string
		port       int
		result     probe.Result
		output     string
	}{
		{"listens", "10.0.16.30", 8080, probe.Success, ""},
		{"refuses", "10.0.16.30", 8081, probe.Failure, "dial tcp 10.0.16.30:8081: connect: connection refused"},
		{"nobody has the address", "10.0.16.99", 8080, probe.Failure, "dial tcp 10.0.16.99:8080: i/o timeout"},
	}
	prober := tcpProber{oneListener(model())}
	for _, c := range cases {
		result, output, err := prober.Probe(c.host, c.port, 50*time.Millisecond)
		if err != nil || result != c.result || output != c.output {
			t.Errorf("%s: %s, %q, %v; expected %s, %q", c.name, result, output, err, c.result, c.output)
		}
	}
}

func TestGRPCProbes(t *testing.T) {
	listener := wire.NewListener(netip.MustParseAddrPort("10.0.16.30:9090"), func() {})
	server := grpc.NewServer()
	said := health.NewServer()
	said.SetServingStatus("stock", healthpb.HealthCheckResponse_NOT_SERVING)
	healthpb.RegisterHealthServer(server, said)
	go server.Serve(listener)
	defer server.Stop()
	withoutHealth := wire.NewListener(netip.MustParseAddrPort("10.0.16.30:9091"), func() {})
	bare := grpc.NewServer()
	go bare.Serve(withoutHealth)
	defer bare.Stop()
	prober := grpcProber{func(_ context.Context, host string, port int) (net.Conn, error) {
		from := netip.MustParseAddrPort("10.0.16.1:40000")
		switch port {
		case 9090:
			return listener.Connect(from), nil
		case 9091:
			return withoutHealth.Connect(from), nil
		}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: tcpAddress(host, port), Err: syscall.ECONNREFUSED}
	}}
	for _, c := range []struct {
		service string
		port    int
		result  probe.Result
		output  string
	}{
		{"", 9090, probe.Success, "service healthy"},
		{"stock", 9090, probe.Failure, `service unhealthy (responded with "NOT_SERVING")`},
		{"other", 9090, probe.Failure, "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service"},
		{"", 9091, probe.Failure, "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service grpc.health.v1.Health"},
		{"", 9092, probe.Failure, `timeout: failed to connect service "10.0.16.30:9092" within 300ms: context deadline exceeded`},
	} {
		result, output, err := prober.Probe("10.0.16.30", c.service, c.port, 300*time.Millisecond)
		if err != nil || result != c.result || output != c.output {
			t.Errorf("%q at %d: %s, %q, %v; expected %s, %q", c.service, c.port, result, output, err, c.result, c.output)
		}
	}
}

func TestContainersThatStart(t *testing.T) {
	yes, no := true, false
	running := func(id string, started *bool) v1.ContainerStatus {
		return v1.ContainerStatus{ContainerID: id, Started: started, State: v1.ContainerState{Running: &v1.ContainerStateRunning{}}}
	}
	ended := v1.ContainerStatus{ContainerID: "a", State: v1.ContainerState{Terminated: &v1.ContainerStateTerminated{}}}
	containers := func(all ...v1.ContainerStatus) v1.PodStatus { return v1.PodStatus{ContainerStatuses: all} }
	cases := []struct {
		name        string
		before, now v1.PodStatus
		want        bool
	}{
		{"the first", v1.PodStatus{}, containers(running("a", &yes)), true},
		{"none yet", v1.PodStatus{}, containers(v1.ContainerStatus{}), false},
		{"its startup probe has not passed", v1.PodStatus{}, containers(running("a", &no)), false},
		{"its startup probe has passed", containers(running("a", &no)), containers(running("a", &yes)), true},
		{"the same", containers(running("a", &yes)), containers(running("a", &yes)), false},
		{"another beside it", containers(running("a", &yes)), containers(running("a", &yes), running("b", &yes)), true},
		{"one that ends", containers(running("a", &yes)), containers(ended), false},
		{"its successor", containers(ended), containers(running("b", &yes)), true},
		{"a sidecar", v1.PodStatus{}, v1.PodStatus{InitContainerStatuses: []v1.ContainerStatus{running("a", &yes)}}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := startsContainer(c.before, c.now); got != c.want {
				t.Errorf("expected %v, found %v", c.want, got)
			}
		})
	}
}
