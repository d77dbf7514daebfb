package main

// This file is what a process sees of the container that it really runs in. It must not know what the process does.

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"sandbox/rights"
	"sandbox/workload"
)

// world implements workload.World.
type world struct {
	// over gets how process 1 ended.
	over chan<- workload.Exit
	// writes keeps lines whole.
	writes sync.Mutex
}

var _ workload.World = (*world)(nil)

func (w *world) Environment() []string                { return os.Environ() }
func (w *world) ReadFile(path string) ([]byte, error) { return os.ReadFile(path) }

func (w *world) ReadDir(path string) ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var all []fs.FileInfo
	for _, entry := range entries {
		// One that went away meanwhile is none.
		if about, err := entry.Info(); err == nil {
			all = append(all, file{about})
		}
	}
	return all, nil
}

// file says whose it is.
type file struct{ fs.FileInfo }

var _ rights.Owned = file{}

func (f file) Owner() (user, group int64) {
	status := f.Sys().(*syscall.Stat_t)
	return int64(status.Uid), int64(status.Gid)
}

func (w *world) MakeFile(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(text); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func (w *world) OpenFile(path string, flag int, mode fs.FileMode) (workload.File, error) {
	return os.OpenFile(path, flag, mode)
}

func (w *world) Stat(path string) (fs.FileInfo, error) {
	about, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	return file{about}, nil
}

func (w *world) MakeFolder(path string) error                   { return os.Mkdir(path, 0o755) }
func (w *world) Remove(path string) error                       { return os.Remove(path) }
func (w *world) ChangeMode(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }
func (w *world) User() (user, group int64)                      { return int64(os.Getuid()), int64(os.Getgid()) }

func (w *world) ChangeOwner(path string, user, group int64) error {
	return os.Chown(path, int(user), int(group))
}

func (w *world) Groups() (all []int64) {
	groups, err := os.Getgroups()
	if err != nil {
		return nil
	}
	for _, group := range groups {
		all = append(all, int64(group))
	}
	return all
}

func (w *world) Signal(id int, signal syscall.Signal) error { return syscall.Kill(id, signal) }

func (w *world) Hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "localhost"
	}
	return name
}

// Log writes a line; whoever runs the container notes the time.
func (w *world) Log(_ time.Time, stream workload.Stream, line string) {
	w.writes.Lock()
	defer w.writes.Unlock()
	// There is nobody to tell that nobody reads.
	fmt.Fprintln(stdStream(stream), line)
}

// LogRest writes what has no end of a line.
func (w *world) LogRest(_ time.Time, stream workload.Stream, rest string) {
	w.writes.Lock()
	defer w.writes.Unlock()
	// There is nobody to tell that nobody reads.
	fmt.Fprint(stdStream(stream), rest)
}

func stdStream(stream workload.Stream) *os.File {
	if stream == workload.Stderr {
		return os.Stderr
	}
	return os.Stdout
}

func (w *world) Dial(ctx context.Context, host string, port int) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
}

func (w *world) DialPacket(ctx context.Context, address string, port int) (net.Conn, error) {
	var dialer net.Dialer
	return dialer.DialContext(ctx, "udp", net.JoinHostPort(address, strconv.Itoa(port)))
}

func (w *world) Listen(port int) (net.Listener, error) {
	return net.Listen("tcp", ":"+strconv.Itoa(port))
}

func (w *world) ListenPacket(port int) (net.PacketConn, error) {
	return net.ListenPacket("udp", ":"+strconv.Itoa(port))
}

// FileSystem is that of the mount with the longest path.
func (w *world) FileSystem(path string) string {
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return "unknown"
	}
	longest, kind := -1, "unknown"
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || len(fields[1]) < longest || !strings.HasPrefix(path+"/", strings.TrimSuffix(fields[1], "/")+"/") {
			continue
		}
		longest, kind = len(fields[1]), fields[2]
	}
	return kind
}

func (w *world) Lookup(ctx context.Context, host string) (string, []string, error) {
	return lookup(ctx, net.DefaultResolver, host)
}

func (w *world) LookupAt(ctx context.Context, server, host string) (string, []string, error) {
	var dialer net.Dialer
	asked := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, net.JoinHostPort(server, "53"))
	}}
	return lookup(ctx, asked, host)
}

func lookup(ctx context.Context, resolver *net.Resolver, host string) (string, []string, error) {
	addresses, err := resolver.LookupHost(ctx, host)
	if err != nil {
		return "", nil, err
	}
	// A name out of /etc/hosts has no other.
	name, err := resolver.LookupCNAME(ctx, host)
	if err != nil {
		name = host
	}
	return strings.TrimSuffix(name, "."), addresses, nil
}

func (w *world) Processes() []workload.Running {
	folders, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []workload.Running
	for _, folder := range folders {
		id, err := strconv.Atoi(folder.Name())
		if err != nil {
			continue
		}
		command, err := os.ReadFile(filepath.Join("/proc", folder.Name(), "cmdline"))
		about, gone := folder.Info()
		// It may have ended meanwhile; one of the kernel's own has no command line.
		if err != nil || gone != nil || len(command) == 0 {
			continue
		}
		user, _ := file{about}.Owner()
		words := strings.Split(string(bytes.TrimSuffix(command, []byte{0})), "\x00")
		all = append(all, workload.Running{ID: id, User: user, Command: words})
	}
	slices.SortFunc(all, func(a, b workload.Running) int { return a.ID - b.ID })
	return all
}

func (w *world) Changed() {}

func (w *world) Exited(exit workload.Exit) { w.over <- exit }
