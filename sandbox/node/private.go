package node

// A Pod's files are for whoever runs this program alone. The kubelet gives some of them to the group and to all others,
// past any umask, because on a real node containers run as other users; here they run as nobody. Containers see the modes that
// the kubelet gave.

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"sandbox/disk"
)

// ofOthers is what a file's group and everybody else may do.
const ofOthers fs.FileMode = 0o077

// keepPrivate takes that away from all that is at path or below. Does *not* fail when something of it is not there, or cannot be opened.
func keepPrivate(path string) error {
	return filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type()&fs.ModeSymlink == 0 {
			err = takeFromOthers(path, entry)
		}
		if isOutOfReach(err) {
			return nil
		}
		return err
	})
}

func takeFromOthers(path string, entry fs.DirEntry) error {
	about, err := entry.Info()
	if err != nil || about.Mode()&ofOthers == 0 {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(disk.SetMode(file, about.Mode()), file.Close())
}

// isOutOfReach tells whether a file is not there, or a container has taken from its owner, who runs this, what it takes to open it.
func isOutOfReach(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}
