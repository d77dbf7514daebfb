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
	"sandbox/rights"
	"sandbox/workload"
)

// mostInFile is how long a file in a volume may become, in bytes: the disk is somebody's own.
const mostInFile = 256 << 20

func (f *files) openFile(name string, flag int, mode fs.FileMode) (workload.File, error) {
	name = path.Clean(name)
	if device := f.device(name); device != nil {
		return device, nil
	}
	place, err := f.place(name)
	if err != nil {
		return nil, err
	}
	if place == nil {
		if _, err := f.list(name); err == nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EISDIR}
		}
		file, err := f.own.open(name, flag, mode)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return file, nil
	}
	defer place.close()
	if f.isReadOnly(name) && flag&(os.O_WRONLY|os.O_RDWR) != 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EROFS}
	}
	_, absent := place.root.Lstat(place.inside)
	permitted := place.permits(wanted(flag))
	if absent != nil && flag&os.O_CREATE != 0 {
		permitted = place.permitsNew()
	}
	if permitted != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: permitted}
	}
	// What is no file, as a pipe that somebody made on the host, could keep a command for ever.
	file, err := place.root.OpenFile(place.inside, flag|syscall.O_NONBLOCK, mode)
	if err != nil {
		return nil, err
	}
	if absent != nil {
		if err := place.own(file, mode&^umask); err != nil {
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

// wanted is what somebody who opens a file like this wants of it.
func wanted(flag int) fs.FileMode {
	switch {
	case flag&os.O_RDWR != 0:
		return rights.Read | rights.Write
	case flag&os.O_WRONLY != 0:
		return rights.Write
	}
	return rights.Read
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
	place, err := f.place(name)
	if err != nil {
		return nil, err
	}
	if place != nil {
		defer place.close()
		if err := place.permits(0); err != nil {
			return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
		}
		return look(place.root, place.inside)
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
func (f *files) change(operation, name string, inVolume func(*place) error, inLayer func(string) error) error {
	name = path.Clean(name)
	mount, rest := f.mount(name)
	var err error
	switch {
	case mount == nil:
		err = inLayer(name)
	case strings.Trim(rest, "/") == "" && operation == "remove":
		err = syscall.EBUSY
	case mount.GetReadonly():
		err = syscall.EROFS
	default:
		var place *place
		if place, err = f.place(name); err == nil {
			err = inVolume(place)
			place.close()
		}
	}
	if err != nil {
		return &fs.PathError{Op: operation, Path: name, Err: err}
	}
	return nil
}

func (f *files) makeFolder(name string) error {
	if about, err := f.stat(name); err == nil && about != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	return f.change("mkdir", name,
		func(p *place) error {
			if err := p.permitsNew(); err != nil {
				return err
			}
			if err := p.root.Mkdir(p.inside, 0o700); err != nil {
				return err
			}
			return with(p.root, p.inside, func(file *os.File) error { return p.own(file, fs.ModeDir|0o755) })
		},
		func(name string) error { return f.own.makeFolder(name, 0o755) })
}

func (f *files) remove(name string) error {
	return f.change("remove", name,
		func(p *place) error {
			if err := p.permitsRemoval(); err != nil {
				return err
			}
			return p.root.Remove(p.inside)
		},
		func(name string) error { return f.own.remove(name) })
}

func (f *files) changeMode(name string, mode fs.FileMode) error {
	return f.change("chmod", name,
		func(p *place) error {
			if err := p.permitsIf(f.who.MayChange); err != nil {
				return err
			}
			return with(p.root, p.inside, func(file *os.File) error { return disk.SetMode(file, mode) })
		},
		func(name string) error { return f.own.changeMode(name, mode) })
}

// changeOwner keeps what is -1.
func (f *files) changeOwner(name string, user, group int64) error {
	return f.change("chown", name,
		func(p *place) error {
			mayGive := func(about fs.FileInfo) bool { return f.who.MayGive(about, user, group) }
			if err := p.permitsIf(mayGive); err != nil {
				return err
			}
			return with(p.root, p.inside, func(file *os.File) error {
				ownUser, ownGroup := disk.OwnerOf(file)
				if user >= 0 {
					ownUser = user
				}
				if group >= 0 {
					ownGroup = group
				}
				return disk.SetOwner(file, ownUser, ownGroup)
			})
		},
		func(name string) error { return f.own.changeOwner(name, user, group) })
}
