package runtime

// This file is the writable layer of a container: files outside of volumes, kept in memory as long as the container. It
// must not know about mounts.

import (
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
	"time"

	"sandbox/rights"
	"sandbox/workload"
)

// mostInLayer is how much a container may keep outside of volumes, in bytes; each file counts for a little more than its
// text.
const (
	mostInLayer = 32 << 20
	perNode     = 512
)

// layer is safe for use by several.
type layer struct {
	// isReadOnly: nothing can be made or changed but in the container's shared memory.
	isReadOnly bool
	// who is whose rights the container's processes have.
	who rights.Person

	mu    sync.Mutex
	nodes map[string]*inode
	bytes int64
}

// inode is a file or a folder.
type inode struct {
	text     []byte
	isFolder bool
	mode     fs.FileMode
	owner    int64
	group    int64
	at       time.Time
}

// rootFolder is what all others are in.
var rootFolder = &inode{isFolder: true, mode: fs.ModeDir | 0o755}

// sharedMemory is a file system of its own in every container, which is never read-only.
const sharedMemory = "/dev/shm"

func (l *layer) refuses(name string) bool {
	return isKernels(name) || l.isReadOnly && !strings.HasPrefix(name, sharedMemory+"/")
}

func newLayer(who rights.Person, isReadOnly bool) *layer {
	return &layer{isReadOnly: isReadOnly, who: who, nodes: map[string]*inode{}}
}

// add puts what comes with the image there.
func (l *layer) add(name string, file workload.ImageFile) {
	l.nodes[name] = &inode{text: []byte(file.Text), isFolder: file.Mode.IsDir(), mode: file.Mode, owner: file.Owner, group: file.Owner, at: time.Unix(0, 0)}
}

func (l *layer) find(name string) *inode {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.nodes[name]
}

// about describes a file; false: there is none.
func (l *layer) about(name string) (entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.nodes[name]
	if found == nil {
		return entry{}, false
	}
	return found.entry(path.Base(name)), true
}

// mayWrite is nil where a file may be made in the folder of a name, or removed from it. The lock is held.
func (l *layer) mayWrite(name string) error {
	if l.refuses(name) {
		return syscall.EROFS
	}
	folder := l.nodes[path.Dir(name)]
	if folder == nil && path.Dir(name) == "/" {
		folder = rootFolder
	}
	switch {
	case folder == nil:
		return fs.ErrNotExist
	case !folder.isFolder:
		return syscall.ENOTDIR
	case !l.who.May(folder.entry(""), rights.Write|rights.Run):
		return fs.ErrPermission
	}
	return nil
}

// grow takes room. The lock is held.
func (l *layer) grow(by int64) error {
	if l.bytes+by > mostInLayer {
		return syscall.ENOSPC
	}
	l.bytes += by
	return nil
}

func (l *layer) open(name string, flag int, mode fs.FileMode) (*handle, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	found := l.nodes[name]
	switch {
	case found == nil && flag&os.O_CREATE == 0:
		return nil, fs.ErrNotExist
	case found == nil:
		if err := l.mayWrite(name); err != nil {
			return nil, err
		}
		if err := l.grow(perNode); err != nil {
			return nil, err
		}
		found = &inode{mode: mode, owner: l.who.User, group: l.who.Group, at: time.Now()}
		l.nodes[name] = found
	case flag&os.O_EXCL != 0 && flag&os.O_CREATE != 0:
		return nil, fs.ErrExist
	case found.isFolder:
		return nil, syscall.EISDIR
	case writes && l.refuses(name):
		return nil, syscall.EROFS
	case !l.who.May(found.entry(""), wanted(flag)):
		return nil, fs.ErrPermission
	}
	if writes && flag&os.O_TRUNC != 0 {
		l.bytes -= int64(len(found.text))
		found.text, found.at = nil, time.Now()
	}
	return &handle{layer: l, node: found, writes: writes, appends: flag&os.O_APPEND != 0}, nil
}

func (l *layer) makeFolder(name string, mode fs.FileMode) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.nodes[name] != nil {
		return fs.ErrExist
	}
	if err := l.mayWrite(name); err != nil {
		return err
	}
	if err := l.grow(perNode); err != nil {
		return err
	}
	l.nodes[name] = &inode{isFolder: true, mode: fs.ModeDir | mode, owner: l.who.User, group: l.who.Group, at: time.Now()}
	return nil
}

func (l *layer) remove(name string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.nodes[name]
	if found == nil {
		return fs.ErrNotExist
	}
	if err := l.mayWrite(name); err != nil {
		return err
	}
	for other := range l.nodes {
		if strings.HasPrefix(other, name+"/") {
			return syscall.ENOTEMPTY
		}
	}
	delete(l.nodes, name)
	l.bytes -= perNode + int64(len(found.text))
	return nil
}

func (l *layer) changeMode(name string, mode fs.FileMode) error {
	return l.change(name, func(found *inode) bool { return l.who.MayChange(found.entry("")) }, func(found *inode) {
		found.mode = found.mode&^fs.ModePerm | mode.Perm()
	})
}

// changeOwner keeps what is -1.
func (l *layer) changeOwner(name string, user, group int64) error {
	return l.change(name, func(found *inode) bool { return l.who.MayGive(found.entry(""), user, group) }, func(found *inode) {
		if user >= 0 {
			found.owner = user
		}
		if group >= 0 {
			found.group = group
		}
	})
}

// change changes what is known of a file, where that is allowed.
func (l *layer) change(name string, isAllowed func(*inode) bool, change func(*inode)) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := l.nodes[name]
	switch {
	case found == nil:
		return fs.ErrNotExist
	case l.refuses(name):
		return syscall.EROFS
	case !isAllowed(found):
		return syscall.EPERM
	}
	change(found)
	return nil
}

// handle is an open file.
type handle struct {
	layer           *layer
	node            *inode
	at              int
	writes, appends bool
}

func (h *handle) Read(into []byte) (int, error) {
	h.layer.mu.Lock()
	defer h.layer.mu.Unlock()
	if h.at >= len(h.node.text) {
		return 0, io.EOF
	}
	n := copy(into, h.node.text[h.at:])
	h.at += n
	return n, nil
}

func (h *handle) Write(text []byte) (int, error) {
	h.layer.mu.Lock()
	defer h.layer.mu.Unlock()
	if !h.writes {
		return 0, syscall.EBADF
	}
	if h.appends || h.at > len(h.node.text) {
		h.at = len(h.node.text)
	}
	more := max(0, h.at+len(text)-len(h.node.text))
	if err := h.layer.grow(int64(more)); err != nil {
		return 0, err
	}
	n := copy(h.node.text[h.at:], text)
	h.node.text = append(h.node.text, text[n:]...)
	h.at += len(text)
	h.node.at = time.Now()
	return len(text), nil
}

func (h *handle) Close() error { return nil }

// list adds what is in a folder.
func (l *layer) list(folder string, entries map[string]fs.FileInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, found := range l.nodes {
		rest, below := strings.CutPrefix(name, strings.TrimSuffix(folder, "/")+"/")
		if !below || rest == "" {
			continue
		}
		first, _, deeper := strings.Cut(rest, "/")
		if !deeper {
			entries[first] = found.entry(first)
		} else if entries[first] == nil {
			entries[first] = entry{name: first, mode: fs.ModeDir | 0o755, at: time.Unix(0, 0)}
		}
	}
}

func (n *inode) entry(name string) entry {
	return entry{name: name, mode: n.mode, at: n.at, size: int64(len(n.text)), owner: n.owner, group: n.group}
}

// entry is a file or a folder that exists in the container only.
type entry struct {
	name  string
	mode  fs.FileMode
	at    time.Time
	size  int64
	owner int64
	group int64
}

var _ rights.Owned = entry{}

func (e entry) Name() string               { return e.name }
func (e entry) Size() int64                { return e.size }
func (e entry) IsDir() bool                { return e.mode.IsDir() }
func (e entry) Sys() any                   { return nil }
func (e entry) ModTime() time.Time         { return e.at }
func (e entry) Mode() fs.FileMode          { return e.mode }
func (e entry) Owner() (user, group int64) { return e.owner, e.group }
