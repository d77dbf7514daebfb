package node

// Whose a volume's files are to a container: what the kubelet does with `chown` and `chmod` on a real node, as notes on the files. It
// must not know what a container may do with them.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"k8s.io/kubernetes/pkg/volume"

	"sandbox/disk"
)

// What the kubelet gives the group of a Pod's `fsGroup`, beside what the mode says.
const (
	ofGroup         fs.FileMode = 0o660
	ofGroupReadOnly fs.FileMode = 0o440
	ofGroupInFolder             = fs.ModeSetgid | 0o110
)

// noteGroup gives all files of a volume to a group; nil: they stay whose they are.
func noteGroup(folder string, group *int64, isReadOnly bool) error {
	if group == nil {
		return nil
	}
	more := ofGroup
	if isReadOnly {
		more = ofGroupReadOnly
	}
	return eachFile(folder, func(file *os.File, about fs.FileInfo) error {
		mode := disk.ModeOf(file, about) | more
		if about.IsDir() {
			mode |= ofGroupInFolder
		}
		user, _ := disk.OwnerOf(file)
		return errors.Join(disk.SetMode(file, mode), disk.SetOwner(file, user, *group))
	})
}

// noteAsItsVolume gives a folder of a volume the mode and the owner of the volume's own folder, if somebody noted those.
func noteAsItsVolume(root *os.Root, part string) error {
	volume, err := root.Open(".")
	if err != nil {
		return err
	}
	defer volume.Close()
	if !disk.HasMode(volume) {
		return nil
	}
	about, err := volume.Stat()
	if err != nil {
		return err
	}
	folder, err := root.Open(part)
	if err != nil {
		return err
	}
	defer folder.Close()
	user, group := disk.OwnerOf(volume)
	return errors.Join(disk.SetMode(folder, disk.ModeOf(volume, about)), disk.SetOwner(folder, user, group))
}

// isOfGroup tells whether a volume's own folder is a group's already, for `fsGroupChangePolicy: OnRootMismatch`.
func isOfGroup(folder string, group int64) (bool, error) {
	file, err := os.Open(folder)
	if err != nil {
		return false, err
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		return false, err
	}
	const wanted = ofGroup | ofGroupInFolder
	_, of := disk.OwnerOf(file)
	return of == group && disk.ModeOf(file, about)&wanted == wanted, nil
}

// noteMemory gives a folder that would be a file system in memory the mode that such a one begins with.
func noteMemory(folder string) error {
	file, err := os.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if disk.FileSystemOf(file) != "tmpfs" {
		return nil
	}
	about, err := file.Stat()
	if err != nil {
		return err
	}
	return disk.SetMode(file, disk.ModeOf(file, about)|fs.ModeSticky)
}

// noteNew gives a folder that nobody has noted anything on the mode that it begins with.
func noteNew(folder string, mode fs.FileMode) error {
	file, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer file.Close()
	if disk.HasMode(file) {
		return nil
	}
	return disk.SetMode(file, mode)
}

// noteFolders gives the folders on the way to a volume's files, such as that of `path: keys/tls.key`, the mode that a kubelet makes
// them with. Those that a container made have theirs.
func noteFolders(volume string) error {
	return eachFile(volume, func(file *os.File, about fs.FileInfo) error {
		if !about.IsDir() || disk.HasMode(file) {
			return nil
		}
		return disk.SetMode(file, about.Mode()|0o755)
	})
}

// tokens are the paths of the service account's tokens in a volume.
func tokens(spec *volume.Spec) (paths []string) {
	if spec.Volume == nil || spec.Volume.Projected == nil {
		return nil
	}
	for _, source := range spec.Volume.Projected.Sources {
		if token := source.ServiceAccountToken; token != nil {
			paths = append(paths, token.Path)
		}
	}
	return paths
}

// noteTokens keeps tokens to the one user that all containers of a Pod run as, or to the Pod's group.
func noteTokens(folder string, paths []string, arguments volume.MounterArgs) error {
	if arguments.FsUser == nil && arguments.FsGroup == nil {
		return nil
	}
	var user int64
	if arguments.FsUser != nil {
		user = *arguments.FsUser
	}
	for _, path := range paths {
		file, err := os.Open(filepath.Join(folder, path))
		if err != nil {
			return err
		}
		if err := errors.Join(disk.SetMode(file, 0o600), disk.SetOwner(file, user, 0), file.Close()); err != nil {
			return err
		}
	}
	return nil
}

// eachFile does something to all files and folders at path or below that can be opened: a container may have taken that from its
// own, and a pipe has nobody at its other end. Links lead to others of them.
func eachFile(path string, do func(*os.File, fs.FileInfo) error) error {
	return filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case isOutOfReach(err):
			return nil
		case err != nil || !entry.IsDir() && !entry.Type().IsRegular():
			return err
		}
		file, err := os.Open(path)
		if isOutOfReach(err) {
			return nil
		}
		if err != nil {
			return err
		}
		defer file.Close()
		about, err := file.Stat()
		if err != nil {
			return err
		}
		return do(file, about)
	})
}
