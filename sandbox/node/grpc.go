package node

// gRPC probes, over the container runtime's connections, with the kubelet's words for what fails.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"k8s.io/kubernetes/pkg/probe"
)

type grpcProber struct{ dial podDialer }

// Probe asks for the health of a service; the empty name is the whole program. What fails is never an error.
func (p grpcProber) Probe(host, service string, port int, timeout time.Duration) (probe.Result, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	failed := func(format string, arguments ...any) (probe.Result, string, error) {
		return probe.Failure, fmt.Sprintf(format, arguments...), nil
	}
	address := net.JoinHostPort(host, strconv.Itoa(port))
	// As the kubelet's: it waits for a connection until the time is over, and a refusal is told as that.
	connection, err := grpc.DialContext(ctx, "passthrough:///"+address, grpc.WithBlock(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return p.dial(ctx, host, port) }))
	if errors.Is(err, context.DeadlineExceeded) {
		return failed("timeout: failed to connect service %q within %v: %v", address, timeout, err)
	}
	if err != nil {
		return failed("error: failed to connect service at %q: %v", address, err)
	}
	// The answer was the question; how the connection ends does not matter.
	defer func() { _ = connection.Close() }()
	answer, err := health.NewHealthClient(connection).Check(ctx, &health.HealthCheckRequest{Service: service})
	switch said := status.Convert(err); {
	case said.Code() == codes.Unimplemented:
		return failed("error: this server does not implement the grpc health protocol (grpc.health.v1.Health): %s", said.Message())
	case said.Code() == codes.DeadlineExceeded:
		return failed("timeout: health rpc did not complete within %v", timeout)
	case err != nil:
		return failed("error: health rpc probe failed: %v", err)
	case answer.GetStatus() != health.HealthCheckResponse_SERVING:
		return failed("service unhealthy (responded with %q)", answer.GetStatus())
	}
	return probe.Success, "service healthy", nil
}
