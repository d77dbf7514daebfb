package node

// The node's file system for the kubelet: everything stays inside the node's own folder, nothing is
// mounted, and nothing of the host's is read or changed.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/volume/util/hostutil"
	"k8s.io/kubernetes/pkg/volume/util/subpath"
	"k8s.io/mount-utils"

	"sandbox/disk"
)

// confinedOS is the kubelet's operating system: real inside folder. Outside, where a real node keeps
// such things as /var/log/containers, nothing exists and making or removing something does nothing.
type confinedOS struct {
	kubecontainer.RealOS
	folder string
}

func (c confinedOS) has(path string) bool {
	return strings.HasPrefix(filepath.Clean(path), c.folder+string(filepath.Separator))
}

func absent(operation, path string) error {
	return &fs.PathError{Op: operation, Path: path, Err: fs.ErrNotExist}
}

func (c confinedOS) MkdirAll(path string, mode os.FileMode) error {
	if !c.has(path) {
		return nil
	}
	return c.RealOS.MkdirAll(path, mode)
}

func (c confinedOS) Symlink(target, link string) error {
	if !c.has(link) {
		return nil
	}
	return c.RealOS.Symlink(target, link)
}

func (c confinedOS) Stat(path string) (os.FileInfo, error) {
	if !c.has(path) {
		return nil, absent("stat", path)
	}
	return c.RealOS.Stat(path)
}

func (c confinedOS) Remove(path string) error {
	if !c.has(path) {
		return nil
	}
	return c.RealOS.Remove(path)
}

func (c confinedOS) RemoveAll(path string) error {
	if !c.has(path) {
		return nil
	}
	return c.RealOS.RemoveAll(path)
}

func (c confinedOS) Create(path string) (*os.File, error) {
	if !c.has(path) {
		return nil, absent("create", path)
	}
	return c.RealOS.Create(path)
}

func (c confinedOS) Chmod(path string, mode os.FileMode) error {
	if !c.has(path) {
		return nil
	}
	return c.RealOS.Chmod(path, mode&^ofOthers)
}

func (c confinedOS) Chtimes(path string, accessed, modified time.Time) error {
	if !c.has(path) {
		return nil
	}
	return c.RealOS.Chtimes(path, accessed, modified)
}

func (c confinedOS) ReadDir(path string) ([]os.DirEntry, error) {
	if !c.has(path) {
		return nil, absent("open", path)
	}
	return c.RealOS.ReadDir(path)
}

func (c confinedOS) Glob(pattern string) ([]string, error) {
	if !c.has(pattern) {
		return nil, nil
	}
	return c.RealOS.Glob(pattern)
}

func (c confinedOS) Open(path string) (*os.File, error) {
	if !c.has(path) {
		return nil, absent("open", path)
	}
	return c.RealOS.Open(path)
}

func (c confinedOS) OpenFile(path string, flag int, mode os.FileMode) (*os.File, error) {
	if !c.has(path) {
		return nil, absent("open", path)
	}
	return c.RealOS.OpenFile(path, flag, mode)
}

func (c confinedOS) Rename(from, to string) error {
	if !c.has(from) || !c.has(to) {
		return absent("rename", from)
	}
	return c.RealOS.Rename(from, to)
}

// noMounts is a mounter that mounts nothing: a volume is the folder the kubelet made for it, with a note of what would be
// mounted there.
type noMounts struct{}

var _ mount.Interface = noMounts{}

func (noMounts) Mount(_, target, kind string, _ []string) error {
	// What is not told is on the node's disk.
	if kind == "" {
		return nil
	}
	return disk.SetFileSystem(target, kind)
}

func (m noMounts) MountSensitive(source, target, kind string, options, _ []string) error {
	return m.Mount(source, target, kind, options)
}

func (m noMounts) MountSensitiveWithoutSystemd(source, target, kind string, options, _ []string) error {
	return m.Mount(source, target, kind, options)
}

func (m noMounts) MountSensitiveWithoutSystemdWithMountFlags(source, target, kind string, options, _, _ []string) error {
	return m.Mount(source, target, kind, options)
}

func (noMounts) Unmount(string) error              { return nil }
func (noMounts) List() ([]mount.MountPoint, error) { return nil, nil }

func (noMounts) IsLikelyNotMountPoint(path string) (bool, error) {
	_, err := os.Stat(path)
	return true, err
}

func (noMounts) CanSafelySkipMountPointCheck() bool { return false }

func (noMounts) IsMountPoint(path string) (bool, error) {
	_, err := os.Stat(path)
	return false, err
}

func (noMounts) GetMountRefs(string) ([]string, error) { return nil, nil }

// quietHost is the real look at files without what changes the host's mounts.
type quietHost struct{ *hostutil.HostUtil }

func newQuietHost() quietHost { return quietHost{hostutil.NewHostUtil()} }

func (quietHost) MakeRShared(string) error                      { return nil }
func (quietHost) DeviceOpened(string) (bool, error)             { return false, nil }
func (quietHost) GetSELinuxSupport(string) (bool, error)        { return false, nil }
func (quietHost) GetSELinuxMountContext(string) (string, error) { return "", nil }

// plainSubpaths uses a subPath of a volume as it is. A real node bind-mounts it, so that a container
// cannot swap it for a link to elsewhere; simulated containers make no links.
type plainSubpaths struct{}

var _ subpath.Interface = plainSubpaths{}

func (plainSubpaths) CleanSubPaths(string, string) error { return nil }

func (plainSubpaths) PrepareSafeSubpath(subPath subpath.Subpath) (string, func(), error) {
	return subPath.Path, nil, nil
}

// SafeMakeDir makes folders that containers see as they see the volume itself.
func (plainSubpaths) SafeMakeDir(folder, base string, mode os.FileMode) error {
	root, err := os.OpenRoot(base)
	if err != nil {
		return err
	}
	defer root.Close()
	var made []string
	for part := filepath.Clean(folder); part != "."; part = filepath.Dir(part) {
		if _, err := root.Lstat(part); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		made = append(made, part)
	}
	if err := root.MkdirAll(folder, mode.Perm()); err != nil {
		return err
	}
	for _, part := range made {
		if err := noteAsItsVolume(root, part); err != nil {
			return err
		}
	}
	return nil
}
