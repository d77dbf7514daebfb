package disk

// This file writes notes on files: what a container is to see of a file of a volume, where the file itself must not be so.
// They are extended attributes, so they come and go with the file. A file system that has none keeps no note, which is *not* an error.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// The notes.
const (
	noteOfMode       = "user.labctl.mode"
	noteOfOwner      = "user.labctl.owner"
	noteOfFileSystem = "user.labctl.filesystem"
)

// ofOthers is what a file's group and everybody else may do.
const ofOthers fs.FileMode = 0o077

// ofFolder are the bits beside the permissions that a folder of a volume has.
const ofFolder = fs.ModeSetgid | fs.ModeSticky

// SetMode gives a file the mode that a container sees. On the disk it is its owner's alone, who can always open and remove it: that is
// whoever runs this, and not the container's user. Without notes there is only the disk, and its owner's part is the mode's.
func SetMode(file *os.File, mode fs.FileMode) error {
	about, err := file.Stat()
	if err != nil {
		return err
	}
	open := mode.Perm()&^ofOthers | 0o600
	if about.IsDir() {
		open |= 0o100
	}
	if err := file.Chmod(open); err != nil {
		return err
	}
	noted := uint64(mode.Perm())
	if mode&fs.ModeSetgid != 0 {
		noted |= 0o2000
	}
	if mode&fs.ModeSticky != 0 {
		noted |= 0o1000
	}
	if err := note(file, noteOfMode, strconv.FormatUint(noted, 8)); err != nil || HasMode(file) {
		return err
	}
	return file.Chmod(mode.Perm() &^ ofOthers)
}

// ModeOf is the mode that a container sees; a file that nobody noted anything on has its own.
func ModeOf(file *os.File, about fs.FileInfo) fs.FileMode {
	noted, err := strconv.ParseUint(noteOn(file, noteOfMode), 8, 12)
	if err != nil {
		return about.Mode()
	}
	mode := about.Mode()&^(fs.ModePerm|ofFolder) | fs.FileMode(noted)&fs.ModePerm
	if noted&0o2000 != 0 {
		mode |= fs.ModeSetgid
	}
	if noted&0o1000 != 0 {
		mode |= fs.ModeSticky
	}
	return mode
}

// HasMode tells whether somebody noted a mode.
func HasMode(file *os.File) bool { return noteOn(file, noteOfMode) != "" }

// SetOwner notes whose file a container sees, by their numbers. On the disk it stays whose it is.
func SetOwner(file *os.File, user, group int64) error {
	about, err := file.Stat()
	if err != nil {
		return err
	}
	// Who may not write to a file may not note anything on it either.
	if err := file.Chmod(about.Mode().Perm() | 0o600); err != nil {
		return err
	}
	if err := note(file, noteOfOwner, fmt.Sprintf("%d:%d", user, group)); err != nil {
		return err
	}
	return file.Chmod(about.Mode().Perm())
}

// OwnerOf is whose file a container sees; one that nobody noted anything on is root's.
func OwnerOf(file *os.File) (user, group int64) {
	// Without a note there is nothing to read, and both are root.
	_, _ = fmt.Sscanf(noteOn(file, noteOfOwner), "%d:%d", &user, &group)
	return user, group
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
