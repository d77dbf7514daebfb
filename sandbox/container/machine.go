package main

// This file takes memory, processor time and ports of the machine. It must not know what for.

import (
	"bytes"
	"context"
	"math"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// machine implements workload.Machine.
type machine struct{ *memory }

func (machine) Listen(port int) (net.Listener, error) {
	return net.Listen("tcp", ":"+strconv.Itoa(port))
}

// Burn keeps one thread busy until it has had so much of a processor. The kernel gives it no more than the container's limit.
func (machine) Burn(ctx context.Context, span time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for until := threadTime() + span; threadTime() < until && ctx.Err() == nil; {
		for range 10_000 {
		}
	}
}

// threadTime is what this thread has had of a processor.
func threadTime() time.Duration {
	var had unix.Timespec
	// It fails only for a clock that the kernel does not know, and Linux has had this one for twenty years.
	unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &had)
	return time.Duration(had.Nano())
}

// memory is what the process holds. It is for one goroutine at a time.
type memory struct {
	// taken is in bytes, with what the program takes for itself.
	taken int64
	// limit is the container's, in bytes; 0: none.
	limit int64
	// short says, once, that the machine itself has not got more.
	short   chan struct{}
	isShort bool
	// spare is what the machine could give, in bytes.
	spare func() int64
}

func newMemory() *memory {
	return &memory{taken: resident(), limit: limit(), short: make(chan struct{}, 1), spare: spare}
}

// part is how much is taken at once, so that a signal need not wait long.
const part = 32 << 20

// Occupy takes pages and writes to each, so that they are really there. What the machine itself cannot spare is only
// counted; a container whose limit is below that is ended then, as it would be on a larger machine.
func (m *memory) Occupy(bytes int64) bool {
	wanted := min(bytes-m.taken, part)
	if wanted <= 0 || m.isShort {
		return true
	}
	if m.spare() < wanted || !take(int(wanted)) {
		m.isShort = true
		m.short <- struct{}{}
		return true
	}
	m.taken += wanted
	return m.taken >= bytes
}

// take is false where the system refuses.
func take(bytes int) bool {
	pages, err := syscall.Mmap(-1, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	for at := 0; at < len(pages); at += os.Getpagesize() {
		pages[at] = 1
	}
	return err == nil
}

// resident is what the program takes by itself.
func resident() int64 {
	// Without /proc it is taken for nothing, and the process gets some MiB more than its model says.
	text, err := os.ReadFile("/proc/self/statm")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
		pages, _ := strconv.ParseInt(fields[1], 10, 64)
		return pages * int64(os.Getpagesize())
	}
	return 0
}

// limit is the container's, which version 2 of control groups and version 1 keep in different files.
func limit() int64 {
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		text, err := os.ReadFile(file)
		number, noNumber := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
		// Version 2 says `max`, version 1 a number that no machine has.
		if err == nil && noNumber == nil && number < 1<<50 {
			return number
		}
	}
	return 0
}

// spare is what the machine could give and keep a quarter of its memory free, for it is somebody's own. Without /proc, as
// much as anybody wants.
func spare() int64 {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return math.MaxInt64
	}
	kib := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 {
			// What is no number is none of the two.
			kib[fields[0]], _ = strconv.ParseInt(fields[1], 10, 64)
		}
	}
	return (kib["MemAvailable:"] - kib["MemTotal:"]/4) << 10
}
