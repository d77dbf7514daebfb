package dns

// This file tells the logs of several CoreDNS in one program apart. All of them write to Go's standard logger, and none says
// who it is; so each runs with a profiling label of its own, which every goroutine hands on to those that it starts.

import (
	"bytes"
	"context"
	"log"
	"os"
	"runtime/pprof"
	"strings"
	"sync"
	"unsafe" // for go:linkname, and the pointer that it returns
)

// labels is the identity of the running goroutine's labels; nothing in them is looked at. Go keeps the function for programs
// that ask for it so: https://go.dev/issue/67401.
//
//go:linkname labels runtime/pprof.runtime_getProfLabel
func labels() unsafe.Pointer

// logs is where the writers of the standard logger go, by their label.
type logs struct {
	mu sync.Mutex
	to map[unsafe.Pointer]func(line string)
}

var (
	// all is one for the program, as the standard logger is.
	all  = &logs{to: map[unsafe.Pointer]func(string){}}
	once sync.Once
)

// stamped is how long the date is that the standard logger begins a line with.
const stamped = len("2006/01/02 15:04:05 ")

// Write passes a line on to whom it belongs; everybody else's goes to stderr as before.
func (l *logs) Write(text []byte) (int, error) {
	l.mu.Lock()
	to := l.to[labels()]
	l.mu.Unlock()
	if to == nil {
		return os.Stderr.Write(text)
	}
	line := string(bytes.TrimRight(text, "\n"))
	if len(line) >= stamped && strings.Count(line[:stamped], "/") == 2 {
		line = line[stamped:]
	}
	to(line)
	return len(text), nil
}

// labelled runs a function in a goroutine whose lines, and those of all that it starts, go to a log until it ends.
func labelled(ctx context.Context, to func(line string), run func()) {
	once.Do(func() { log.SetOutput(all) })
	go pprof.Do(ctx, pprof.Labels("coredns", ""), func(context.Context) {
		own := labels()
		all.mu.Lock()
		all.to[own] = to
		all.mu.Unlock()
		defer func() {
			all.mu.Lock()
			defer all.mu.Unlock()
			delete(all.to, own)
		}()
		run()
	})
}
