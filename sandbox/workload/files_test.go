package workload

// The files of a World in memory. Tests nothing by itself.

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
)

func (c *container) ReadFile(name string) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if text, ok := c.files[name]; ok {
		return []byte(text), nil
	}
	if c.isFolder(name) {
		return nil, &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	}
	return nil, fs.ErrNotExist
}

func (c *container) MakeFile(name, text string) error {
	switch _, there := c.files[name]; {
	case there:
		return fs.ErrExist
	case c.files == nil:
		return syscall.EROFS
	}
	c.files[name] = text
	return nil
}

// memoryFile is an open file; what is written is there at once.
type memoryFile struct {
	bytes.Buffer
	c       *container
	name    string
	isWrite bool
}

func (f *memoryFile) Write(text []byte) (int, error) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if !f.isWrite {
		return 0, syscall.EBADF
	}
	f.c.files[f.name] += string(text)
	return len(text), nil
}

func (f *memoryFile) Close() error { return nil }

func (c *container) OpenFile(name string, flag int, _ fs.FileMode) (File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, there := c.files[name]
	writes := flag&(os.O_WRONLY|os.O_RDWR) != 0
	switch {
	case name == "/dev/null":
		return &memoryFile{c: &container{files: map[string]string{}}, isWrite: true}, nil
	case c.isFolder(name):
		return nil, syscall.EISDIR
	case !there && flag&os.O_CREATE == 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case writes && c.files == nil:
		return nil, syscall.EROFS
	case writes && !c.isFolder(path.Dir(name)):
		return nil, fs.ErrNotExist
	}
	if writes && (!there || flag&os.O_TRUNC != 0) {
		c.files[name], text = "", ""
	}
	file := &memoryFile{c: c, name: name, isWrite: writes}
	file.Buffer.WriteString(text)
	return file, nil
}

func (c *container) isFolder(name string) bool {
	if name == "/" || c.folders[name] {
		return true
	}
	for other := range c.files {
		if strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}

type about struct {
	name     string
	size     int64
	isFolder bool
}

func (a about) Name() string       { return a.name }
func (a about) Size() int64        { return a.size }
func (a about) IsDir() bool        { return a.isFolder }
func (a about) Sys() any           { return nil }
func (a about) ModTime() time.Time { return epoch }
func (a about) Mode() fs.FileMode {
	if a.isFolder {
		return fs.ModeDir | 0o755
	}
	if strings.HasSuffix(a.name, ".sh") {
		return 0o755
	}
	return 0o644
}

func (c *container) Stat(name string) (fs.FileInfo, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if text, there := c.files[name]; there {
		return about{path.Base(name), int64(len(text)), false}, nil
	}
	if c.isFolder(name) {
		return about{path.Base(name), 0, true}, nil
	}
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
}

func (c *container) ReadDir(name string) ([]fs.FileInfo, error) {
	if found, err := c.Stat(name); err != nil || !found.IsDir() {
		return nil, fs.ErrNotExist
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	found := map[string]about{}
	for _, other := range append(slices.Collect(maps.Keys(c.files)), slices.Collect(maps.Keys(c.folders))...) {
		rest, below := strings.CutPrefix(other, strings.TrimSuffix(name, "/")+"/")
		first, _, deeper := strings.Cut(rest, "/")
		if _, isFile := c.files[other]; below && first != "" {
			found[first] = about{first, int64(len(c.files[other])), deeper || !isFile}
		}
	}
	var all []fs.FileInfo
	for _, first := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[first])
	}
	return all, nil
}

func (c *container) MakeFolder(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isFolder(name) {
		return fs.ErrExist
	}
	if c.folders == nil {
		c.folders = map[string]bool{}
	}
	c.folders[name] = true
	return nil
}

func (c *container) Remove(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.files, name)
	delete(c.folders, name)
	return nil
}

func (c *container) ChangeMode(string, fs.FileMode) error   { return nil }
func (c *container) ChangeOwner(string, int64, int64) error { return nil }
func (c *container) Groups() []int64                        { return nil }
func (c *container) User() (user, group int64)              { return c.user, c.user }

func (c *container) Signal(id int, signal syscall.Signal) error {
	if id != 1 {
		return syscall.ESRCH
	}
	c.process.Signal(signal)
	return nil
}
