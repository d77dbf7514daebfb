package runtime

// This file is a path of a container that leads into a volume: where its file is, and whether the container's processes may do what
// they want with it. A volume's file system that keeps no notes refuses nobody anything.

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"sandbox/disk"
	"sandbox/rights"
)

// place is where a file of a volume is.
type place struct {
	root *os.Root
	// volume is what is mounted, and inside the file: as root names them.
	volume, inside string
	who            rights.Person
}

// place finds a file of a volume. nil: the path leads into none. Whoever has it closes its root.
func (f *files) place(name string) (*place, error) {
	mount, rest := f.mount(name)
	if mount == nil {
		return nil, nil
	}
	root, volume, err := openRoot(f.roots, mount.GetHostPath())
	if err != nil {
		return nil, err
	}
	return &place{root, volume, filepath.Join(volume, rest), f.who}, nil
}

func (p *place) close() { p.root.Close() }

// permits is nil where the file may be reached, and all that is wanted of it may be done. That it is not there is for others to find.
func (p *place) permits(wanted fs.FileMode) error {
	if p.who.Overrides || !p.isGuarded() {
		return nil
	}
	for _, folder := range p.way() {
		if about, err := look(p.root, folder); err == nil && !p.who.May(about, rights.Run) {
			return syscall.EACCES
		}
	}
	if about, err := look(p.root, p.inside); err == nil && !p.who.May(about, wanted) {
		return syscall.EACCES
	}
	return nil
}

// permitsNew is nil where a file may be made.
func (p *place) permitsNew() error { return p.folder().permits(rights.Write | rights.Run) }

// permitsRemoval is nil where the file may be taken out of its folder.
func (p *place) permitsRemoval() error {
	if p.who.Overrides && p.who.Owns || !p.isGuarded() {
		return nil
	}
	if err := p.folder().permits(rights.Write | rights.Run); err != nil {
		return err
	}
	folder, err := look(p.root, filepath.Dir(p.inside))
	if err != nil {
		return err
	}
	if about, err := look(p.root, p.inside); err == nil && !p.who.MayRemove(folder, about) {
		return syscall.EPERM
	}
	return nil
}

// permitsIf is nil where something is allowed of the file as it is.
func (p *place) permitsIf(isAllowed func(fs.FileInfo) bool) error {
	if err := p.permits(0); err != nil {
		return err
	}
	about, err := look(p.root, p.inside)
	switch {
	case err != nil:
		return err
	case p.isGuarded() && !isAllowed(about):
		return syscall.EPERM
	}
	return nil
}

// own makes a new file the container's user's, with the group of a folder that hands its own down.
func (p *place) own(file *os.File, mode fs.FileMode) error {
	group := p.who.Group
	if folder, err := look(p.root, filepath.Dir(p.inside)); err == nil && folder.Mode()&fs.ModeSetgid != 0 {
		_, group = rights.Of(folder)
		if mode.IsDir() {
			mode |= fs.ModeSetgid
		}
	}
	if err := disk.SetOwner(file, p.who.User, group); err != nil {
		return err
	}
	return disk.SetMode(file, mode)
}

// folder is the folder that the file is in.
func (p *place) folder() *place {
	return &place{p.root, p.volume, filepath.Dir(p.inside), p.who}
}

// way is the folders from the volume down to the file's own.
func (p *place) way() (folders []string) {
	if p.inside == p.volume || !strings.HasPrefix(p.inside, p.volume) {
		return nil
	}
	for folder := filepath.Dir(p.inside); ; folder = filepath.Dir(folder) {
		folders = append(folders, folder)
		if folder == p.volume || folder == "." {
			return folders
		}
	}
}

// isGuarded tells whether somebody noted a mode on the volume, or on a folder that it is in.
func (p *place) isGuarded() bool {
	for folder := p.volume; folder != "."; folder = filepath.Dir(folder) {
		file, err := openAny(p.root, folder)
		if err != nil {
			continue
		}
		isNoted := disk.HasMode(file)
		file.Close()
		if isNoted {
			return true
		}
	}
	return false
}
