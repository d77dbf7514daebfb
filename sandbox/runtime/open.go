package runtime

// This file opens, makes and removes a container's files, wherever they are: in a volume, in the container's own layer,
// or one of the few devices. It must never follow a path or a link out of the folders that the runtime may read.

import (
	"crypto/rand"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"sandbox/disk"
	"sandbox/workload"
)

// mostInFile is how long a file in a volume may become, in bytes: the disk is somebody's own.
const mostInFile = 256 << 20

func (f *files) openFile(name string, flag int, mode fs.FileMode) (workload.File, error) {
	name = path.Clean(name)
	if device := f.device(name); device != nil {
		return device, nil
	}
	host, mounted := f.host(name)
	if !mounted {
		if _, err := f.list(name); err == nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
		}
		file, err := f.own.open(name, flag, mode)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return file, nil
	}
	if f.isReadOnly(name) && flag&(os.O_WRONLY|os.O_RDWR) != 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EROFS}
	}
	root, inside, err := f.open(host)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// What is no file, as a pipe that somebody made on the host, could keep a command for ever.
	_, absent := root.Lstat(inside)
	file, err := root.OpenFile(inside, flag|syscall.O_NONBLOCK, mode)
	if err != nil {
		return nil, err
	}
	if absent != nil {
		if err := disk.SetMode(file, mode&^umask); err != nil {
			file.Close()
			return nil, err
		}
	}
	if about, err := file.Stat(); err != nil || !about.Mode().IsRegular() {
		file.Close()
		if err == nil && about.IsDir() {
			err = &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
		}
		if err == nil {
			err = &fs.PathError{Op: "open", Path: name, Err: syscall.ENXIO}
		}
		return nil, err
	}
	return bounded{file}, nil
}

// bounded is a file that does not grow without end.
type bounded struct{ *os.File }

func (b bounded) Write(text []byte) (int, error) {
	about, err := b.Stat()
	if err != nil {
		return 0, err
	}
	if about.Size()+int64(len(text)) > mostInFile {
		return 0, syscall.ENOSPC
	}
	return b.File.Write(text)
}

// device is what a container has in `/dev`, and the streams of process 1; nil: it is none of these.
func (f *files) device(name string) workload.File {
	switch name {
	case "/dev/null":
		return device{read: func([]byte) (int, error) { return 0, io.EOF }}
	case "/dev/zero":
		return device{read: func(into []byte) (int, error) { clear(into); return len(into), nil }}
	case "/dev/random", "/dev/urandom":
		return device{read: rand.Read}
	case "/dev/full":
		return device{read: func(into []byte) (int, error) { clear(into); return len(into), nil }, write: func([]byte) (int, error) { return 0, syscall.ENOSPC }}
	case "/proc/1/fd/1":
		return f.logs(workload.Stdout)
	case "/proc/1/fd/2":
		return f.logs(workload.Stderr)
	}
	return nil
}

func (f *files) logs(stream workload.Stream) workload.File {
	if f.log == nil {
		return nil
	}
	return device{read: func([]byte) (int, error) { return 0, io.EOF }, write: func(text []byte) (int, error) {
		for line := range strings.Lines(string(text)) {
			f.log(stream, strings.TrimSuffix(line, "\n"))
		}
		return len(text), nil
	}}
}

// device is a file that nothing is kept in.
type device struct {
	read func([]byte) (int, error)
	// write is nil where all is taken and forgotten.
	write func([]byte) (int, error)
}

func (d device) Read(into []byte) (int, error) { return d.read(into) }

func (d device) Write(text []byte) (int, error) {
	if d.write != nil {
		return d.write(text)
	}
	return len(text), nil
}

func (d device) Close() error { return nil }

func (f *files) stat(name string) (fs.FileInfo, error) {
	name = path.Clean(name)
	if f.device(name) != nil {
		return entry{name: path.Base(name), mode: fs.ModeDevice | fs.ModeCharDevice | 0o666}, nil
	}
	if host, mounted := f.host(name); mounted {
		root, inside, err := f.open(host)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		return look(root, inside)
	}
	if own, there := f.own.about(name); there {
		return own, nil
	}
	if _, err := f.list(name); err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrNotExist}
	}
	return entry{name: path.Base(name), mode: fs.ModeDir | 0o755}, nil
}

// change does what is done to a name: in a volume, or in the container's own layer.
func (f *files) change(operation, name string, inVolume func(*os.Root, string) error, inLayer func(string) error) error {
	name = path.Clean(name)
	mount, rest := f.mount(name)
	if mount == nil {
		if err := inLayer(name); err != nil {
			return &fs.PathError{Op: operation, Path: name, Err: err}
		}
		return nil
	}
	if strings.Trim(rest, "/") == "" {
		return &fs.PathError{Op: operation, Path: name, Err: syscall.EBUSY}
	}
	if mount.GetReadonly() {
		return &fs.PathError{Op: operation, Path: name, Err: syscall.EROFS}
	}
	host, _ := f.host(name)
	root, inside, err := f.open(host)
	if err != nil {
		return err
	}
	defer root.Close()
	return inVolume(root, inside)
}

func (f *files) makeFolder(name string) error {
	if about, err := f.stat(name); err == nil && about != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	return f.change("mkdir", name,
		func(root *os.Root, inside string) error {
			if err := root.Mkdir(inside, 0o700); err != nil {
				return err
			}
			return setMode(root, inside, 0o755)
		},
		func(name string) error { return f.own.makeFolder(name, 0o755) })
}

func (f *files) remove(name string) error {
	return f.change("remove", name,
		func(root *os.Root, inside string) error { return root.Remove(inside) },
		func(name string) error { return f.own.remove(name) })
}

func (f *files) changeMode(name string, mode fs.FileMode) error {
	return f.change("chmod", name,
		func(root *os.Root, inside string) error { return setMode(root, inside, mode) },
		func(name string) error { return f.own.changeMode(name, mode) })
}

// changeOwner keeps what is -1. Whose a file of a volume is, the host decides.
func (f *files) changeOwner(name string, user, group int64) error {
	return f.change("chown", name,
		func(*os.Root, string) error {
			if !f.own.givesAway {
				return syscall.EPERM
			}
			return syscall.ENOSYS
		},
		func(name string) error { return f.own.changeOwner(name, user, group) })
}
