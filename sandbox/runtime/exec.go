package runtime

// This file runs commands in containers and streams them: exec, attach and port-forward go through a small server on
// loopback, as containerd's do. It must not know what a command does.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	"k8s.io/cri-streaming/pkg/streaming"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"

	"sandbox/terminal"
	"sandbox/workload"
)

// execute runs a command beside a container's process 1.
func (r *Runtime) execute(ctx context.Context, id string, command []string, streams workload.Streams) (code int, err error) {
	c, err := r.running(id)
	if err != nil {
		return 0, err
	}
	r.mu.Lock()
	process := c.process
	r.mu.Unlock()
	if process == nil {
		return 0, failure("failed to exec in container: %v", errNotRunning)
	}
	code, err = process.Exec(ctx, command, streams)
	var absent *workload.CommandError
	if errors.As(err, &absent) {
		return 0, failure("failed to exec in container: failed to start exec %q: OCI runtime exec failed: exec failed: unable to start container process: %v: unknown", newID(), absent)
	}
	return code, err
}

// ExecSync runs a command to its end; a timeout of 0 is none.
//
// # Errors
// As the kubelet's CRI client returns them: an exit code other than 0 is a utilexec.CodeExitError, a timeout is
// remote.ErrCommandTimedOut.
func (r *Runtime) ExecSync(ctx context.Context, id string, command []string, timeout time.Duration) (stdout, stderr []byte, err error) {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	var out, problems limited
	code, err := r.execute(ctx, id, command, workload.Streams{Stdout: &out, Stderr: &problems})
	switch {
	case err != nil:
		return nil, nil, err
	case timeout > 0 && ctx.Err() != nil:
		return nil, nil, fmt.Errorf("%w: %q timed out after %s", remote.ErrCommandTimedOut, strings.Join(command, " "), timeout)
	case code != 0:
		err = utilexec.CodeExitError{Err: fmt.Errorf("command '%s' exited with %d: %s", strings.Join(command, " "), code, problems.Bytes()), Code: code}
	}
	return out.Bytes(), problems.Bytes(), err
}

// mostKept is how much of each stream of a command is kept that nobody reads meanwhile, as containerd does.
const mostKept = 16 << 20

// limited keeps the beginning of what is written and lets the rest go.
type limited struct{ kept bytes.Buffer }

func (l *limited) Write(text []byte) (int, error) {
	l.kept.Write(text[:min(len(text), mostKept-l.kept.Len())])
	return len(text), nil
}

func (l *limited) Bytes() []byte { return l.kept.Bytes() }

// Exec prepares a streamed command and returns where to stream it.
func (r *Runtime) Exec(_ context.Context, request *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	server, err := r.streams.start()
	if err != nil {
		return nil, err
	}
	if _, err := r.running(request.GetContainerId()); err != nil {
		return nil, err
	}
	return server.GetExec(request)
}

// Attach prepares a stream of what a container writes from now on.
func (r *Runtime) Attach(_ context.Context, request *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error) {
	server, err := r.streams.start()
	if err != nil {
		return nil, err
	}
	if _, err := r.running(request.GetContainerId()); err != nil {
		return nil, err
	}
	return server.GetAttach(request)
}

// PortForward prepares connections to a Pod's ports.
func (r *Runtime) PortForward(_ context.Context, request *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	server, err := r.streams.start()
	if err != nil {
		return nil, err
	}
	return server.GetPortForward(request)
}

// streams is the streaming server, which starts with its first use.
type streams struct {
	runtime *Runtime

	mu     sync.Mutex
	server streaming.Server
	http   *http.Server
}

func (s *streams) start() (streaming.Server, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil {
		return s.server, nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, failure("failed to listen for streams: %v", err)
	}
	config := streaming.DefaultConfig
	config.Addr = listener.Addr().String()
	server, err := streaming.NewServer(config, s)
	if err != nil {
		return nil, failure("failed to make the streaming server: %v", errors.Join(err, listener.Close()))
	}
	s.server, s.http = server, &http.Server{Handler: server, ReadHeaderTimeout: time.Minute}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.runtime.log.Error("streaming server ended", "error", err)
		}
	}()
	return server, nil
}

func (s *streams) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http == nil {
		return nil
	}
	return s.http.Close()
}

// Exec implements streaming.Runtime.
func (s *streams) Exec(ctx context.Context, id string, command []string, in io.Reader, out, problems io.WriteCloser, tty bool, _ <-chan remotecommand.TerminalSize) error {
	all := workload.Streams{Stdin: in, Stdout: orNothing(out), Stderr: orNothing(problems)}
	if tty {
		all = onTerminal(in, orNothing(out))
	}
	code, err := s.runtime.execute(ctx, id, command, all)
	switch {
	case err != nil:
		// The stream carries a text; the code of the call would only be in its way.
		return errors.New(status.Convert(err).Message())
	case code != 0:
		return utilexec.CodeExitError{Err: fmt.Errorf("command terminated with exit code %d", code), Code: code}
	}
	return nil
}

// PortForward implements streaming.Runtime.
func (s *streams) PortForward(ctx context.Context, id string, port int32, stream io.ReadWriteCloser) error {
	defer stream.Close()
	r := s.runtime
	r.mu.Lock()
	found := r.sandboxes[id]
	r.mu.Unlock()
	if found == nil {
		return notFound("sandbox", id)
	}
	connection, err := r.dialFrom(ctx, found, "tcp", "localhost", int(port))
	if err != nil {
		return fmt.Errorf("failed to execute portforward in network namespace \"/var/run/netns/cni-%s\": failed to connect to localhost:%d inside namespace %q, IPv4: dial tcp4 127.0.0.1:%d: connect: connection refused IPv6 dial tcp6 [::1]:%d: connect: connection refused ",
			netns(id), port, id, port, port)
	}
	defer connection.Close()
	go func() {
		// An end of either direction ends both; an answer on its way gets a moment.
		io.Copy(connection, stream)
		connection.SetReadDeadline(time.Now().Add(time.Second))
	}()
	io.Copy(stream, connection)
	return nil
}

// netns is a name for a network namespace in the form of a UUID, as the CNI library makes them.
func netns(id string) string {
	return strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:32]}, "-")
}

func orNothing(w io.WriteCloser) io.Writer {
	if w == nil {
		return io.Discard
	}
	return w
}

// onTerminal are the streams of a command that a person sits before. Without a keyboard there is only a screen.
func onTerminal(in io.Reader, out io.Writer) workload.Streams {
	if in == nil {
		screen := terminal.New(strings.NewReader(""), out)
		return workload.Streams{Stdout: screen, Stderr: screen}
	}
	t := terminal.New(in, out)
	return workload.Streams{Stdin: t, Stdout: t, Stderr: t, IsTerminal: true, Interrupts: t.Interrupts()}
}
