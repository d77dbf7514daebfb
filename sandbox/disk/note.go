package disk

// This file writes notes on files: what a container is to see of a file of a volume, where the file itself must not be so.
// They are extended attributes, so they come and go with the file. A file system that has none keeps no note, which is *not* an error.

import (
	"errors"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// The notes.
const (
	noteOfMode       = "user.labctl.mode"
	noteOfFileSystem = "user.labctl.filesystem"
)

// ofOthers is what a file's group and everybody else may do.
const ofOthers fs.FileMode = 0o077

// SetMode gives a file the mode that a container sees. On the disk only its owner's part counts.
func SetMode(file *os.File, mode fs.FileMode) error {
	// Who may not write to a file may not note anything on it either.
	if err := file.Chmod(mode.Perm()&^ofOthers | 0o600); err != nil {
		return err
	}
	if err := note(file, noteOfMode, strconv.FormatUint(uint64(mode.Perm()), 8)); err != nil {
		return err
	}
	return file.Chmod(mode &^ ofOthers)
}

// ModeOf is the mode that a container sees; a file that nobody noted anything on has its own.
func ModeOf(file *os.File, about fs.FileInfo) fs.FileMode {
	noted, err := strconv.ParseUint(noteOn(file, noteOfMode), 8, 9)
	if err != nil {
		return about.Mode()
	}
	// The owner's part may have been changed since by whoever knows of no notes.
	const ofOwner = ^ofOthers
	return about.Mode()&ofOwner | fs.FileMode(noted)&ofOthers
}

// SetFileSystem notes on a folder what kind of file system would be mounted there.
func SetFileSystem(path, kind string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(note(folder, noteOfFileSystem, kind), folder.Close())
}

// FileSystemOf is what was noted; empty: nothing.
func FileSystemOf(folder *os.File) string { return noteOn(folder, noteOfFileSystem) }

func note(file *os.File, name, text string) error {
	err := unix.Fsetxattr(int(file.Fd()), name, []byte(text), 0)
	if errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}

func noteOn(file *os.File, name string) string {
	text := make([]byte, 32)
	n, err := unix.Fgetxattr(int(file.Fd()), name, text)
	if err != nil {
		return ""
	}
	return string(text[:n])
}
