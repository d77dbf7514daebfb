package workload

// This file is what commands may do with a container's files, and which files come with an image. It must not know where
// they are kept.

import (
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
)

// Files are a container's own; names are absolute, errors are those of io/fs.
type Files interface {
	// OpenFile takes the flags of the package os.
	OpenFile(name string, flag int, mode fs.FileMode) (File, error)
	Stat(name string) (fs.FileInfo, error)
	MakeFolder(name string) error
	// Remove removes a file or an empty folder.
	Remove(name string) error
	ChangeMode(name string, mode fs.FileMode) error
	// ChangeOwner makes a file somebody else's; what is -1 stays.
	ChangeOwner(name string, user, group int64) error
}

// File is an open file.
type File = io.ReadWriteCloser

// ImageFile is a file or a folder that comes with an image.
type ImageFile struct {
	Text string
	Mode fs.FileMode
	// Owner is a numeric user.
	Owner int64
}

// Files are those of the image, by their whole names: its programs, the folders of files that it keeps, and, where it has
// a shell, the folders that everybody expects.
func (m *Model) Files() map[string]ImageFile {
	all := map[string]ImageFile{}
	add := func(name string, mode fs.FileMode) {
		for folder := path.Dir(name); folder != "/"; folder = path.Dir(folder) {
			all[folder] = ImageFile{Mode: fs.ModeDir | 0o755}
		}
		all[name] = ImageFile{Mode: mode}
	}
	for _, step := range m.Steps.List {
		if step.KeepFile != nil {
			folder := path.Dir(step.KeepFile.Path)
			add(folder, fs.ModeDir|0o755)
			all[folder] = ImageFile{Mode: fs.ModeDir | 0o755, Owner: m.User}
		}
	}
	if m.Entrypoint != "" {
		add(m.Entrypoint, 0o755)
	}
	for _, program := range m.Programs {
		add(program.Path, 0o755)
	}
	if !m.hasShell() {
		return all
	}
	for _, name := range []string{"/bin", "/dev", "/etc", "/home", "/lib", "/proc", "/root", "/run", "/sbin", "/sys", "/usr/bin", "/usr/lib", "/usr/sbin", "/var/lib", "/var/log", "/var/run"} {
		add(name, fs.ModeDir|0o755)
	}
	for _, name := range []string{"/tmp", "/var/tmp", "/dev/shm"} {
		add(name, fs.ModeDir|fs.ModeSticky|0o777)
	}
	for _, tool := range m.Exec {
		add("/bin/"+tool, 0o755)
	}
	all["/etc/passwd"] = ImageFile{Text: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n", Mode: 0o644}
	all["/etc/group"] = ImageFile{Text: "root:x:0:\nnobody:x:65534:\n", Mode: 0o644}
	return all
}

func (m *Model) hasShell() bool {
	return slices.ContainsFunc(m.Exec, func(name string) bool { return name == "sh" || name == "bash" })
}

// open opens a file as seen by a command.
func (c *call) open(name string) (File, error) {
	if name == "-" || name == "/dev/stdin" {
		return input{c.stdin()}, nil
	}
	return c.world.OpenFile(c.absolute(name), os.O_RDONLY, 0)
}

// create opens a file to write.
func (c *call) create(name string, more int) (File, error) {
	switch name {
	case "/dev/stdout":
		return output{c.Stdout}, nil
	case "/dev/stderr":
		return output{c.Stderr}, nil
	}
	return c.world.OpenFile(c.absolute(name), os.O_WRONLY|os.O_CREATE|more, 0o644)
}

// stdin is never nil.
func (c *call) stdin() io.Reader {
	if c.Stdin == nil {
		return nothing{}
	}
	return c.Stdin
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

// input and output are streams that stay open.
type input struct{ io.Reader }

func (input) Write([]byte) (int, error) { return 0, os.ErrInvalid }
func (input) Close() error              { return nil }

type output struct{ io.Writer }

func (output) Read([]byte) (int, error) { return 0, io.EOF }
func (output) Close() error             { return nil }
