package workload

// This file is what a process sees of its container, and what a container is told of its process. It must not know what either does.

import (
	"context"
	"io/fs"
	"net"
	"syscall"
	"time"
)

// World is what a process sees of its container. Its methods may be called from any goroutine.
type World interface {
	// Environment is every variable as `NAME=value`.
	Environment() []string
	// ReadFile and ReadDir see the container's own files; errors are those of io/fs.
	ReadFile(path string) ([]byte, error)
	ReadDir(path string) ([]fs.FileInfo, error)
	// MakeFile writes a file that is not there; when it is, the error is fs.ErrExist.
	MakeFile(path, text string) error
	Files
	// User is who the container's processes run as.
	User() (user, group int64)
	// Groups are the supplementary groups of its processes.
	Groups() []int64
	// Signal sends a signal to a process that is not the caller's own; syscall.ESRCH: there is none of that id.
	Signal(id int, signal syscall.Signal) error
	Hostname() string
	// Log appends a line to the container's log. It must not call the process.
	Log(at time.Time, stream Stream, line string)
	// LogRest appends a last line that has no end.
	LogRest(at time.Time, stream Stream, rest string)
	// Dial connects to a port as seen from inside the container; for a host that a simulated network does not have it
	// answers ErrNotSimulated.
	Dial(ctx context.Context, host string, port int) (net.Conn, error)
	// DialPacket opens a UDP socket whose other end is a port of an address. Nothing is sent before the first write.
	DialPacket(ctx context.Context, address string, port int) (net.Conn, error)
	// Lookup resolves a host's name: its whole name, as the name server knows it, and its addresses. Without a name
	// server it answers ErrNotSimulated.
	Lookup(ctx context.Context, host string) (name string, addresses []string, err error)
	// LookupAt asks the name server with this address instead of the container's own.
	LookupAt(ctx context.Context, server, host string) (name string, addresses []string, err error)
	// Listen opens a TCP port of the container, ListenPacket one of UDP; a port that is taken: syscall.EADDRINUSE.
	Listen(port int) (net.Listener, error)
	ListenPacket(port int) (net.PacketConn, error)
	// FileSystem is the kind of the file system that a path is on, as /proc/mounts names it.
	FileSystem(path string) string
	// Processes are those that can be seen from inside the container; none: only process 1 is known.
	Processes() []Running
	// Changed says that Progress has changed and is worth keeping.
	Changed()
	// Exited says, once, that the process is over.
	Exited(exit Exit)
}

// Stream is where a line is written.
type Stream string

const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// Exit is how a process ended.
type Exit struct {
	Code        int
	At          time.Time
	OutOfMemory bool
}

// Options are what a container is started with.
type Options struct {
	// Command replaces the entrypoint, Arguments follow it; both may be empty.
	Command, Arguments []string
	// MemoryLimit is in bytes; 0: none.
	MemoryLimit int64
	// ProcessorLimit is in processors; 0: none.
	ProcessorLimit float64
	World          World
	// Machine is where memory and processor time are taken and ports are opened for real; nil: all of it is only reckoned.
	Machine Machine
	// StartedAt is when the process began. Resume takes up a process that began before this program did, after the
	// steps that Process.StepsDone told.
	StartedAt time.Time
	Resume    bool
	StepsDone int
	// Console is what is attached to a command that is process 1, beside the log. Unset: no input.
	Console Streams
}

// Running is one line of `ps`.
type Running struct {
	ID      int
	User    int64
	Command []string
}

// CommandError says that the program to start does not exist in the image. Its text is what the kernel's side of runc
// says of it.
type CommandError struct{ text string }

func (e *CommandError) Error() string { return e.text }
