package runtime

// This file connects to what containers listen on, without the host's network.

import (
	"context"
	"net"
	"os"
	"syscall"

	"sandbox/workload"
)

// DialPod connects to a port as seen from the node: of a Pod of this node by its address, or of a hostNetwork Pod by the
// node's address.
//
// # Errors
// Nobody listens: connection refused. An address that leads to no Pod of this node: nothing answers before ctx ends.
func (r *Runtime) DialPod(ctx context.Context, host string, port int) (net.Conn, error) {
	processes, known := r.reach(host)
	for _, process := range processes {
		if connection := process.Connect(port); connection != nil {
			return connection, nil
		}
	}
	failed := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.ParseIP(host), Port: port}}
	if known {
		failed.Err = os.NewSyscallError("connect", syscall.ECONNREFUSED)
		return nil, failed
	}
	<-ctx.Done()
	if failed.Err = ctx.Err(); failed.Err == context.DeadlineExceeded {
		failed.Err = os.ErrDeadlineExceeded
	}
	return nil, failed
}

// dialFrom connects as seen from inside a container: to its own Pod only.
func (r *Runtime) dialFrom(ctx context.Context, s *sandbox, host string, port int) (net.Conn, error) {
	own := r.address(s)
	ip := net.ParseIP(host)
	if host == "localhost" || host == r.hostname(s) || ip.IsLoopback() {
		host = own
	}
	if host != own {
		return nil, workload.ErrNotSimulated
	}
	return r.DialPod(ctx, host, port)
}

func (r *Runtime) hostname(s *sandbox) string {
	if name := s.Config.value.GetHostname(); name != "" && !s.hostNetwork() {
		return name
	}
	return r.options.NodeName
}
