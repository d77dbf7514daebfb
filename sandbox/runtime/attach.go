package runtime

// This file is what can be attached to a running container: the keyboard and the screen of its process 1. It must not know
// what the process does.

import (
	"bytes"
	"context"
	"io"
	"sync"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"

	"sandbox/terminal"
	"sandbox/workload"
)

// console is the input of a process 1, and its screen where it has a terminal.
type console struct {
	streams workload.Streams
	// keyboard is nil where the container has no input.
	keyboard *io.PipeWriter
	// once: the input ends with the first who was attached.
	once bool
	// screen is nil without a terminal; what is written goes to the log then.
	screen *screen
}

func newConsole(config *runtimeapi.ContainerConfig) *console {
	c := &console{once: config.GetStdinOnce()}
	var input io.Reader = bytes.NewReader(nil)
	if config.GetStdin() {
		input, c.keyboard = io.Pipe()
		c.streams.Stdin = input
	}
	if config.GetTty() {
		c.screen = &screen{watchers: map[*watcher]bool{}}
		t := terminal.New(input, c.screen)
		c.streams.Stdout, c.streams.IsTerminal = t, config.GetStdin()
		if config.GetStdin() {
			c.streams.Stdin, c.streams.Interrupts = t, t.Interrupts()
		}
	}
	return c
}

// feed passes on what somebody types who is attached.
func (c *console) feed(in io.Reader) {
	if c.keyboard == nil {
		return
	}
	// Whatever ends it, the person is gone.
	io.Copy(c.keyboard, in)
	if c.once {
		c.keyboard.Close()
	}
}

func (c *console) close() {
	if c.keyboard != nil {
		c.keyboard.Close()
	}
}

// watch shows what is written from now on, until the process is over.
func (c *console) watch(ctx context.Context, out io.Writer, exited <-chan struct{}) error {
	w := c.screen.open()
	defer c.screen.shut(w)
	for {
		select {
		case text := <-w.shown:
			if _, err := out.Write(text); err != nil {
				return err
			}
		case <-exited:
			// What the process wrote last may still be waiting.
			for len(w.shown) > 0 {
				if _, err := out.Write(<-w.shown); err != nil {
					return err
				}
			}
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// screen shows all who are attached the same; without anybody, what is written is seen by nobody, but for the line that is
// not ended: a shell draws its prompt again when kubectl tells it the size of a terminal that is attached.
type screen struct {
	mu       sync.Mutex
	watchers map[*watcher]bool
	// line is what was written since the last line ended.
	line []byte
}

// longestPrompt is how much of a line is kept, in bytes.
const longestPrompt = 4096

type watcher struct {
	shown chan []byte
	gone  chan struct{}
}

func (s *screen) open() *watcher {
	w := &watcher{make(chan []byte, 64), make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[w] = true
	if len(s.line) > 0 {
		w.shown <- bytes.Clone(s.line)
	}
	return w
}

func (s *screen) shut(w *watcher) {
	close(w.gone)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watchers, w)
}

// Write waits for those who are attached, as a terminal does.
func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	if end := bytes.LastIndexByte(text, '\n'); end >= 0 {
		s.line = bytes.Clone(text[end+1:])
	} else if len(s.line)+len(text) < longestPrompt {
		s.line = append(s.line, text...)
	}
	var all []*watcher
	for w := range s.watchers {
		all = append(all, w)
	}
	s.mu.Unlock()
	for _, w := range all {
		select {
		case w.shown <- bytes.Clone(text):
		case <-w.gone:
		}
	}
	return len(text), nil
}

// Attach implements streaming.Runtime.
func (s *streams) Attach(ctx context.Context, id string, in io.Reader, out, problems io.WriteCloser, tty bool, _ <-chan remotecommand.TerminalSize) error {
	c, err := s.runtime.running(id)
	if err != nil {
		return err
	}
	s.runtime.mu.Lock()
	console, process := c.console, c.process
	s.runtime.mu.Unlock()
	if console != nil && in != nil {
		go console.feed(in)
	}
	if console != nil && console.screen != nil && process != nil && process.IsTool() {
		return console.watch(ctx, orNothing(out), c.exited)
	}
	lines, stop := c.log.follow()
	defer stop()
	for {
		select {
		case line := <-lines:
			if err := printLine(line, out, problems, tty); err != nil {
				return err
			}
		case <-c.exited:
			// What the process said last may still be waiting.
			for len(lines) > 0 {
				if err := printLine(<-lines, out, problems, tty); err != nil {
					return err
				}
			}
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// printLine passes a line of the log on to the stream that it was written to.
func printLine(line line, out, problems io.WriteCloser, tty bool) error {
	to := orNothing(out)
	if tty {
		return printTerminal(line, to)
	} else if line.stream == workload.Stderr {
		to = orNothing(problems)
	}
	_, err := io.WriteString(to, line.text+"\n")
	return err
}

func printTerminal(line line, to io.Writer) error {
	_, err := io.WriteString(to, line.text+"\r\n")
	return err
}
