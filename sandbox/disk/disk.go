// Package disk is how the sandbox touches its files: a file is written as a whole, and what somebody from outside names
// stays in the folder that it was asked for, whatever the name says.
//
// Every id that a manifest, a request or a configuration gives and that becomes a path is checked here. It must not know
// what the files mean.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// longestName leaves room for the endings within what file systems take, 255 bytes.
const longestName = 200

// CheckName says why a text is not the name of one file in a folder; nil: it is.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("a name is empty")
	case len(name) > longestName:
		return fmt.Errorf("a name has %d bytes, more than %d", len(name), longestName)
	case name == "." || name == ".." || strings.ContainsAny(name, "/\\\x00"):
		return fmt.Errorf("%q is a path and no name", name)
	}
	return nil
}

// Write replaces a file as a whole, for its owner alone: a process that is killed in between leaves the old one.
func Write(path string, content []byte) error {
	folder, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(write(folder, filepath.Base(path), content), folder.Close())
}

func write(folder *os.Root, name string, content []byte) error {
	temporary := name + ".new"
	if err := folder.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return folder.Rename(temporary, name)
}

// Folder is a folder for its owner alone. A name that is no name of one file in it is an error of every method, and a
// link that leads out of it is never followed. It stays open for as long as it is used.
type Folder struct {
	path string
	root *os.Root
}

// Open opens a folder, and makes it when it is not there.
func Open(path string) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &Folder{path: path, root: root}, nil
}

// Path is where the folder is.
func (f *Folder) Path() string { return f.path }

// At is where a file of the folder is, for those that take paths only.
func (f *Folder) At(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	return filepath.Join(f.path, name), nil
}

// Read reads a file.
func (f *Folder) Read(name string) ([]byte, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	return f.root.ReadFile(name)
}

// Write replaces a file as a whole.
func (f *Folder) Write(name string, content []byte) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return write(f.root, name, content)
}

// Make makes a folder in it. One that is there is fs.ErrExist.
func (f *Folder) Make(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return f.root.Mkdir(name, 0o700)
}

// Names are those of all that is in it.
func (f *Folder) Names() ([]string, error) {
	entries, err := fs.ReadDir(f.root.FS(), ".")
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, err
}

// Rename gives a file another name.
func (f *Folder) Rename(name, other string) error {
	if err := errors.Join(CheckName(name), CheckName(other)); err != nil {
		return err
	}
	return f.root.Rename(name, other)
}

// Remove removes a file, or a folder with all that is in it. Does *not* fail when it is not there.
func (f *Folder) Remove(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return f.root.RemoveAll(name)
}
