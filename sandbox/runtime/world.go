package runtime

// This file is what a process sees of its container, and the container's log. Its methods are called under the process's
// lock, so only Changed, Exited and what commands alone ask for, which are not, may take the runtime's.

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/resolver"
	"sandbox/workload"
)

// world implements workload.World for one container.
type world struct {
	runtime   *Runtime
	container *container
	sandbox   *sandbox
	config    *runtimeapi.ContainerConfig
	files     *files
	log       *containerLog
}

var _ workload.World = (*world)(nil)

// Environment is PATH and the host's name, as containerd sets them, then what the Pod says, and the home that runc gives to
// whoever has none.
func (w *world) Environment() []string {
	all := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=" + w.Hostname()}
	hasHome := false
	for _, variable := range w.config.GetEnvs() {
		hasHome = hasHome || variable.GetKey() == "HOME"
		all = append(all, variable.GetKey()+"="+string(variable.GetValue()))
	}
	if !hasHome {
		all = append(all, "HOME=/")
	}
	return all
}

func (w *world) Hostname() string { return w.runtime.hostname(w.sandbox) }

func (w *world) ReadFile(path string) ([]byte, error) {
	files, path := w.place(path)
	return files.read(path)
}

func (w *world) ReadDir(path string) ([]fs.FileInfo, error) {
	files, path := w.place(path)
	return files.list(path)
}

func (w *world) MakeFile(path, text string) error { return w.files.make(path, text) }

func (w *world) Stat(path string) (fs.FileInfo, error) {
	files, path := w.place(path)
	return files.stat(path)
}

func (w *world) MakeFolder(path string) error {
	files, path := w.place(path)
	return files.makeFolder(path)
}

func (w *world) Remove(path string) error {
	files, path := w.place(path)
	return files.remove(path)
}

func (w *world) ChangeMode(path string, mode fs.FileMode) error {
	files, path := w.place(path)
	return files.changeMode(path, mode)
}

func (w *world) ChangeOwner(path string, user, group int64) error {
	files, path := w.place(path)
	return files.changeOwner(path, user, group)
}

func (w *world) OpenFile(path string, flag int, mode fs.FileMode) (workload.File, error) {
	files, path := w.place(path)
	return files.openFile(path, flag, mode)
}

// place is whose file a name means: `/proc/1/root` is the root of the container whose processes are seen.
func (w *world) place(name string) (*files, string) {
	rest, isProcess := strings.CutPrefix(path.Clean(name)+"/", "/proc/1/root/")
	if !isProcess {
		return w.files, name
	}
	if target := w.target(); target != nil {
		w.runtime.mu.Lock()
		defer w.runtime.mu.Unlock()
		if target.files != nil {
			return target.files, "/" + rest
		}
	}
	return w.files, "/" + rest
}

func (w *world) User() (user, group int64) {
	who := w.container.user().GetLinux()
	return who.GetUid(), who.GetGid()
}

func (w *world) Groups() []int64 { return w.container.user().GetLinux().GetSupplementalGroups() }

// Signal reaches process 1 alone, which is the only process that is more than a command.
func (w *world) Signal(id int, signal syscall.Signal) error {
	container := w.container
	if target := w.target(); target != nil {
		container = target
	}
	w.runtime.mu.Lock()
	process := container.process
	w.runtime.mu.Unlock()
	if id != 1 || process == nil {
		return syscall.ESRCH
	}
	process.Signal(signal)
	return nil
}

func (w *world) Log(at time.Time, stream workload.Stream, line string) {
	w.keep(w.log.write(at, stream, line))
}

func (w *world) LogRest(at time.Time, stream workload.Stream, rest string) {
	w.keep(w.log.writeRest(at, stream, rest))
}

// keep says that a line could not be kept.
func (w *world) keep(err error) {
	if err != nil {
		w.runtime.log.Warn("log line lost", "container", w.container.ID, "error", err)
	}
}

// Dial resolves a name as the container's own files say, and tries each of its addresses.
func (w *world) Dial(ctx context.Context, host string, port int) (net.Conn, error) {
	r := w.runtime
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" || host == w.Hostname() || r.options.Network == nil {
		return r.dialFrom(ctx, w.sandbox, "tcp", host, port)
	}
	_, addresses, err := w.Lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, address := range addresses {
		var connection net.Conn
		if connection, err = r.dialFrom(ctx, w.sandbox, "tcp", address, port); err == nil {
			return connection, nil
		}
	}
	return nil, err
}

// DialPacket opens a UDP socket.
func (w *world) DialPacket(ctx context.Context, address string, port int) (net.Conn, error) {
	return w.runtime.dialFrom(ctx, w.sandbox, "udp", address, port)
}

// Lookup asks the container's own files, and the name servers that they name.
func (w *world) Lookup(ctx context.Context, host string) (string, []string, error) {
	if w.runtime.options.Network == nil {
		return "", nil, workload.ErrNotSimulated
	}
	return resolver.Lookup(ctx, resolving{w}, host)
}

// LookupAt asks one name server, by its address.
func (w *world) LookupAt(ctx context.Context, server, host string) (string, []string, error) {
	if w.runtime.options.Network == nil {
		return "", nil, workload.ErrNotSimulated
	}
	return resolver.Lookup(ctx, resolver.At(resolving{w}, server), host)
}

// resolving is a container as its resolver sees it.
type resolving struct{ *world }

func (r resolving) Dial(ctx context.Context, protocol, host string, port int) (net.Conn, error) {
	return r.runtime.dialFrom(ctx, r.sandbox, protocol, host, port)
}

// Processes leaves it to process 1 to know itself.
func (w *world) Processes() []workload.Running { return nil }

var _ workload.Neighbours = (*world)(nil)

// Neighbours are those whose processes the container shares: of the container that it was made to debug, or of its Pod.
func (w *world) Neighbours() []workload.Running {
	w.runtime.mu.Lock()
	defer w.runtime.mu.Unlock()
	var all []workload.Running
	options := w.config.GetLinux().GetSecurityContext().GetNamespaceOptions()
	if options == nil {
		return nil
	}
	switch options.GetPid() {
	case runtimeapi.NamespaceMode_TARGET:
		if target := w.runtime.containers[options.GetTargetId()]; target != nil && target.process != nil {
			all = append(all, workload.Running{ID: 1, User: target.user().GetLinux().GetUid(), Command: target.process.CommandLine()})
		}
	case runtimeapi.NamespaceMode_POD:
		all = append(all, workload.Running{ID: 1, User: 65535, Command: []string{"/pause"}})
		for _, other := range w.runtime.containers {
			if other.SandboxID == w.container.SandboxID && other != w.container && other.process != nil {
				all = append(all, workload.Running{ID: 6 + len(all), User: other.user().GetLinux().GetUid(), Command: other.process.CommandLine()})
			}
		}
	}
	return all
}

// target is the container that this one was made to debug; nil: none.
func (w *world) target() *container {
	options := w.config.GetLinux().GetSecurityContext().GetNamespaceOptions()
	if options.GetPid() != runtimeapi.NamespaceMode_TARGET {
		return nil
	}
	w.runtime.mu.Lock()
	defer w.runtime.mu.Unlock()
	return w.runtime.containers[options.GetTargetId()]
}

func (w *world) Changed() {
	r, c := w.runtime, w.container
	r.mu.Lock()
	defer r.mu.Unlock()
	if process := c.process; process != nil && !r.closed {
		if c.StepsDone = process.StepsDone(); r.containers[c.ID] != nil {
			c.store()
		}
	}
}

func (w *world) Exited(exit workload.Exit) {
	r := w.runtime
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		w.container.finish(exit, reasonFor(exit))
		w.container.keepLastWords()
	}
}

// containerLog is a container's log file in CRI's format. Every line opens the file, so the kubelet may rotate it.
type containerLog struct {
	path string
	// roots are the folders that the path may be in.
	roots []string

	mu sync.Mutex
	// readers get each line too, while they keep up.
	readers map[chan line]bool
}

type line struct {
	stream workload.Stream
	text   string
}

func (r *Runtime) openLog(path string) *containerLog {
	return &containerLog{path: path, roots: r.options.Roots, readers: map[chan line]bool{}}
}

// create makes an empty file, so that the log of a silent container can be read. A failure shows at the first line.
func (l *containerLog) create() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if file, err := l.open(); err == nil {
		file.Close()
	}
}

func (l *containerLog) open() (*os.File, error) {
	root, inside, err := openRoot(l.roots, l.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	const atItsEnd = os.O_APPEND | os.O_CREATE | os.O_WRONLY
	file, err := root.OpenFile(inside, atItsEnd, 0o600)
	if os.IsNotExist(err) {
		if err := root.MkdirAll(filepath.Dir(inside), 0o700); err != nil {
			return nil, err
		}
		file, err = root.OpenFile(inside, atItsEnd, 0o600)
	}
	return file, err
}

// longestLine is where containerd cuts a line into parts, in bytes.
const longestLine = 16 << 10

// The tags of what is the end of a line, and of what is not.
const (
	whole = "F"
	part  = "P"
)

func (l *containerLog) write(at time.Time, stream workload.Stream, text string) error {
	return l.writeAs(at, stream, text, whole)
}

// writeRest writes a line that has no end.
func (l *containerLog) writeRest(at time.Time, stream workload.Stream, text string) error {
	return l.writeAs(at, stream, text, part)
}

func (l *containerLog) writeAs(at time.Time, stream workload.Stream, text, last string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out strings.Builder
	for one := range strings.SplitSeq(text, "\n") {
		for reader := range l.readers {
			select {
			case reader <- line{stream, one}:
			default:
			}
		}
		for isOver := false; !isOver; {
			next, tag := one[:min(len(one), longestLine)], part
			if one = one[len(next):]; one == "" {
				isOver, tag = true, last
			}
			fmt.Fprintf(&out, "%s %s %s %s\n", at.UTC().Format("2006-01-02T15:04:05.000000000Z07:00"), stream, tag, next)
		}
	}
	file, err := l.open()
	if err != nil {
		return err
	}
	if _, err := file.WriteString(out.String()); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// follow sends lines from now on, until stop is called.
func (l *containerLog) follow() (lines <-chan line, stop func()) {
	reader := make(chan line, 256)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readers[reader] = true
	return reader, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.readers, reader)
	}
}
