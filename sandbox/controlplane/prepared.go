package controlplane

// The prepared datastore: an etcd that already holds the roles, priority classes and add-ons of a new
// cluster, so that a start skips creating them one by one. It belongs to one emulated version.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// completeMark is written last: a prepared datastore without it was cut off.
const completeMark = "complete"

// IsPrepared says whether folder holds a whole prepared datastore.
func IsPrepared(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, completeMark))
	return err == nil
}

// Keep makes the datastore of a stopped control plane in folder a prepared one in target.
func Keep(folder, target string) error {
	if err := os.CopyFS(target, os.DirFS(filepath.Join(folder, "etcd"))); err != nil {
		return fmt.Errorf("failed to write the prepared datastore `%s`: %w", target, err)
	}
	return writeFile(filepath.Join(target, completeMark), nil)
}

// unpack copies the prepared datastore where there is none yet, and says whether the datastore came from one.
func unpack(o Options) (bool, error) {
	mark := filepath.Join(o.Folder, "etcd", completeMark)
	_, err := os.Stat(filepath.Join(o.Folder, "etcd"))
	if err == nil || o.Prepared == "" {
		_, err := os.Stat(mark)
		return err == nil, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if !IsPrepared(o.Prepared) {
		return false, fmt.Errorf("`%s` is no prepared datastore", o.Prepared)
	}
	temporary := filepath.Join(o.Folder, "etcd.new")
	if err := os.RemoveAll(temporary); err != nil {
		return false, err
	}
	if err := os.CopyFS(temporary, os.DirFS(o.Prepared)); err != nil {
		return false, fmt.Errorf("failed to copy the prepared datastore `%s`: %w", o.Prepared, err)
	}
	return true, os.Rename(temporary, filepath.Join(o.Folder, "etcd"))
}
