package runtime

// This file is what a process sees of its container, and the container's log. Its methods are called under the process's
// lock, so only Changed and Exited, which are not, may take the runtime's.

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

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

func (w *world) ReadFile(path string) ([]byte, error)       { return w.files.read(path) }
func (w *world) ReadDir(path string) ([]fs.FileInfo, error) { return w.files.list(path) }
func (w *world) MakeFile(path, text string) error           { return w.files.make(path, text) }
func (w *world) Hostname() string                           { return w.runtime.hostname(w.sandbox) }

func (w *world) Log(at time.Time, stream workload.Stream, line string) {
	if err := w.log.write(at, stream, line); err != nil {
		w.runtime.log.Warn("log line lost", "container", w.container.ID, "error", err)
	}
}

func (w *world) Dial(ctx context.Context, host string, port int) (net.Conn, error) {
	return w.runtime.dialFrom(ctx, w.sandbox, host, port)
}

// Lookup has no name server to ask.
func (w *world) Lookup(context.Context, string) (string, []string, error) {
	return "", nil, workload.ErrNotSimulated
}

// Processes leaves it to process 1 to know itself.
func (w *world) Processes() []workload.Running { return nil }

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

func (l *containerLog) write(at time.Time, stream workload.Stream, text string) error {
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
		tag := "P"
		for tag == "P" {
			part := one[:min(len(one), longestLine)]
			if one = one[len(part):]; one == "" {
				tag = "F"
			}
			fmt.Fprintf(&out, "%s %s %s %s\n", at.UTC().Format("2006-01-02T15:04:05.000000000Z07:00"), stream, tag, part)
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
