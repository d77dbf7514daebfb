package workload

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

func TestHealthIsToldByGRPC(t *testing.T) {
	m := parse(t, `steps:
  - listen: {port: 9090, paths: {/healthz: {body: ok}}, grpc: {"": {}, stock: {status: not-serving}, slow: {after: 5s}}}
  - listen: {port: 8080, paths: {/healthz: {body: ok}}}
`)
	synctest.Test(t, func(t *testing.T) {
		p := start(t, m, &container{}, Options{})
		ask := func(port int, service string) (string, codes.Code) {
			client, err := grpc.NewClient("passthrough:///pod", grpc.WithTransportCredentials(insecure.NewCredentials()),
				grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) {
					if connection := p.Connect(port); connection != nil {
						return connection, nil
					}
					return nil, errors.New("refused")
				}))
			if err != nil {
				t.Fatal(err)
			}
			defer client.Close()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			answer, err := health.NewHealthClient(client).Check(ctx, &health.HealthCheckRequest{Service: service})
			return answer.GetStatus().String(), status.Code(err)
		}
		expect := func(service, expected string) {
			t.Helper()
			if found, code := ask(9090, service); found != expected || code != codes.OK {
				t.Errorf("%q is %s, %s; expected %s", service, found, code, expected)
			}
		}
		expect("", "SERVING")
		expect("stock", "NOT_SERVING")
		expect("slow", "NOT_SERVING")
		wait(5 * time.Second)
		expect("slow", "SERVING")
		if _, code := ask(9090, "nobody"); code != codes.NotFound {
			t.Errorf("a service that is not there: %s", code)
		}
		if _, code := ask(8080, ""); code == codes.OK {
			t.Error("a port that speaks HTTP/1 alone is healthy")
		}
	})
}
