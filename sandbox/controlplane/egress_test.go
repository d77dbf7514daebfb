package controlplane

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// echo accepts connections on loopback and repeats what it reads.
func echo(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(conn, conn)
		}
	}()
	return listener.Addr().String()
}

func TestTheAPIServerReachesNodesPodsAndLoopbackAndNothingElse(t *testing.T) {
	loopback := echo(t)
	dialNode := func(ctx context.Context, address string) (net.Conn, error) {
		if address != "10.0.16.10" {
			return nil, errors.New("no such node")
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", loopback)
	}
	dialPod := func(ctx context.Context, address netip.AddrPort) (net.Conn, error) {
		if address.String() != "10.0.16.20:8080" {
			return nil, errors.New("nobody is there")
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", loopback)
	}
	for target, status := range map[string]int{
		loopback: 200, "10.0.16.10:10250": 200, "10.0.16.20:8080": 200, "10.0.16.21:8080": 502, "10.0.16.11:10250": 502, "10.0.16.10:8080": 502, "172.20.0.1:443": 502, "example.com:443": 502, "no-port": 502,
	} {
		t.Run(target, func(t *testing.T) {
			ours, theirs := net.Pipe()
			defer ours.Close()
			go connect(t.Context(), theirs, dialers{dialNode, dialPod})
			if err := ours.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(ours, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target)
			reader := bufio.NewReader(ours)
			response, err := http.ReadResponse(reader, &http.Request{Method: http.MethodConnect})
			if err != nil || response.StatusCode != status {
				t.Fatalf("it answers %v, %v", response, err)
			}
			if status != 200 {
				return
			}
			fmt.Fprint(ours, "hello")
			answer := make([]byte, 5)
			if _, err := io.ReadFull(reader, answer); err != nil || string(answer) != "hello" {
				t.Errorf("through it comes %q, %v", answer, err)
			}
		})
	}
}

func TestARefusalSaysWhy(t *testing.T) {
	_, err := dialTarget(t.Context(), "example.com:443", dialers{})
	if err == nil || !strings.Contains(err.Error(), "only addresses of the cluster") {
		t.Errorf("it says %v", err)
	}
}
