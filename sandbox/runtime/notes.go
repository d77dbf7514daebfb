package runtime

// This file is what a container sees of a volume's files beyond what they are on the disk: their modes, whose they are, and the kind
// of file system that they are on.

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"sandbox/disk"
	"sandbox/rights"
)

// The kinds of file system of a container and of a node's own disk.
const (
	kindOfContainer = "overlay"
	kindOfNode      = "xfs"
	kindOfMemory    = "tmpfs"
)

// umask is that of every container.
const umask fs.FileMode = 0o022

// seen is a file as a container sees it.
type seen struct {
	fs.FileInfo
	mode        fs.FileMode
	user, group int64
}

var _ rights.Owned = seen{}

func (s seen) Mode() fs.FileMode          { return s.mode }
func (s seen) Owner() (user, group int64) { return s.user, s.group }

// look describes a file of a volume.
func look(root *os.Root, inside string) (fs.FileInfo, error) {
	about, err := root.Stat(inside)
	if err != nil || !about.IsDir() && !about.Mode().IsRegular() {
		return about, err
	}
	file, err := openAny(root, inside)
	if err != nil {
		// Whoever runs this may not read it.
		return about, nil
	}
	defer file.Close()
	user, group := disk.OwnerOf(file)
	return seen{about, disk.ModeOf(file, about), user, group}, nil
}

// openAny opens a file or a folder to look at it. What is neither, as a pipe, does not keep it waiting.
func openAny(root *os.Root, inside string) (*os.File, error) {
	return root.OpenFile(inside, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// with does something to a file of a volume.
func with(root *os.Root, inside string, do func(*os.File) error) error {
	file, err := openAny(root, inside)
	if err != nil {
		return err
	}
	defer file.Close()
	return do(file)
}

// fileSystem is the kind of the file system that a path is on.
func (f *files) fileSystem(name string) string {
	name = path.Clean(name)
	host, mounted := f.host(name)
	if !mounted {
		if name == sharedMemory {
			return kindOfMemory
		}
		return kindOfContainer
	}
	root, inside, err := f.open(host)
	if err != nil {
		return kindOfNode
	}
	defer root.Close()
	// The note is on the volume's own folder.
	for ; inside != "."; inside = filepath.Dir(inside) {
		folder, err := root.Open(inside)
		if err != nil {
			continue
		}
		kind := disk.FileSystemOf(folder)
		folder.Close()
		if kind != "" {
			return kind
		}
	}
	return kindOfNode
}

// FileSystem is the kind of the file system that a path is on.
func (w *world) FileSystem(path string) string {
	files, path := w.place(path)
	return files.fileSystem(path)
}
