package controlplane

// Whatever the API server dials (kubelets, webhooks, aggregated APIs, the proxy subresources) goes through one small
// CONNECT proxy on a unix socket in the folder: nodes and Pods are reached in this process, loopback as it is, and
// nothing else at all. Pods' addresses are simulated; on the host's network they may be somebody's.

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"sandbox/disk"
)

// egressSocket is relative to the folder, so that no path is too long.
const egressSocket = "egress.sock"

const egressConfiguration = `apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
  - name: cluster
    connection: {proxyProtocol: HTTPConnect, transport: {uds: {udsName: ` + egressSocket + `}}}
  - name: controlplane
    connection: {proxyProtocol: HTTPConnect, transport: {uds: {udsName: ` + egressSocket + `}}}
`

// dialers are the ways into the cluster.
type dialers struct {
	// node connects to the kubelet of the node with this address.
	node func(ctx context.Context, address string) (net.Conn, error)
	// pod connects to any other address of the cluster; nil: there is no way.
	pod func(ctx context.Context, address netip.AddrPort) (net.Conn, error)
}

// serveEgress starts the proxy and returns the path of the API server's egress configuration.
func serveEgress(ctx context.Context, folder string, ways dialers) (string, error) {
	path := filepath.Join(folder, "egress.yaml")
	if err := disk.Write(path, []byte(egressConfiguration)); err != nil {
		return "", err
	}
	if err := os.RemoveAll(egressSocket); err != nil {
		return "", err
	}
	listener, err := net.Listen("unix", egressSocket)
	if err != nil {
		return "", fmt.Errorf("failed to listen on `%s`: %w", egressSocket, err)
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() }) // the process ends: nobody is left to tell
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go connect(ctx, conn, ways)
		}
	}()
	return path, nil
}

// connect serves one CONNECT request and copies until both sides end.
func connect(ctx context.Context, conn net.Conn, ways dialers) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	request, err := http.ReadRequest(reader)
	if err != nil {
		return
	}
	dialContext, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	target, err := dialTarget(dialContext, request.Host, ways)
	if err != nil {
		fmt.Fprintf(conn, "HTTP/1.1 502 %s\r\nContent-Length: 0\r\n\r\n", err)
		return
	}
	defer target.Close()
	fmt.Fprint(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	done := make(chan struct{}, 2)
	pipe := func(to io.Writer, from io.Reader) {
		_, _ = io.Copy(to, from) // either side may end the connection at any time
		done <- struct{}{}
	}
	go pipe(target, reader)
	go pipe(conn, target)
	<-done
}

func dialTarget(ctx context.Context, hostPort string, ways dialers) (net.Conn, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return nil, err
	}
	if port == "10250" {
		return ways.node(ctx, host)
	}
	to, err := netip.ParseAddrPort(hostPort)
	switch {
	case err == nil && to.Addr().IsLoopback():
		return (&net.Dialer{}).DialContext(ctx, "tcp", hostPort)
	case err == nil && ways.pod != nil:
		return ways.pod(ctx, to)
	}
	return nil, fmt.Errorf("%s is not reachable: only addresses of the cluster are", hostPort)
}
