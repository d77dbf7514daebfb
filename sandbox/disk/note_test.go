package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileIsPrivateAndKeepsTheModeThatAContainerSees(t *testing.T) {
	for _, mode := range []fs.FileMode{0o644, 0o400, 0o440, 0o777, 0o666, 0o600, 0} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := SetMode(file, mode); err != nil {
			t.Fatal(err)
		}
		about, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if !HasMode(file) {
			if about.Mode().Perm() != mode&0o700 {
				t.Errorf("on a disk without notes %s is %s", mode, about.Mode())
			}
			continue
		}
		// Whoever runs this can open it, whatever a container made of it.
		if about.Mode().Perm() != mode&0o700|0o600 {
			t.Errorf("on the disk %s is %s", mode, about.Mode())
		}
		if seen := ModeOf(file, about).Perm(); seen != mode {
			t.Errorf("a container sees %s as %s", mode, seen)
		}
	}
}

func TestAFolderKeepsItsKindOfFileSystem(t *testing.T) {
	folder := t.TempDir()
	if err := SetFileSystem(folder, "tmpfs"); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if kind := FileSystemOf(file); kind != "tmpfs" && kind != "" {
		t.Errorf("it is %q", kind)
	}
}

func TestAFileKeepsWhoseAContainerSeesItToBe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if user, group := OwnerOf(file); user != 0 || group != 0 {
		t.Errorf("without a note it is of %d:%d", user, group)
	}
	if err := SetOwner(file, 1000, 2000); err != nil {
		t.Fatal(err)
	}
	if noteOn(file, noteOfOwner) == "" {
		t.Skip("this file system keeps no notes")
	}
	if user, group := OwnerOf(file); user != 1000 || group != 2000 {
		t.Errorf("it is of %d:%d", user, group)
	}
	if about, err := file.Stat(); err != nil || about.Mode().Perm() != 0o400 {
		t.Errorf("the note changed the file: %v, %v", about, err)
	}
}

func TestAFolderKeepsTheBitsBesideItsPermissions(t *testing.T) {
	folder, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	wanted := fs.ModeDir | fs.ModeSetgid | fs.ModeSticky | 0o777
	if err := SetMode(folder, wanted); err != nil {
		t.Fatal(err)
	}
	about, err := folder.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if !HasMode(folder) {
		t.Skip("this file system keeps no notes")
	}
	if seen := ModeOf(folder, about); seen != wanted {
		t.Errorf("a container sees %s as %s", wanted, seen)
	}
	if about.Mode() != fs.ModeDir|0o700 {
		t.Errorf("on the disk it is %s", about.Mode())
	}
}
