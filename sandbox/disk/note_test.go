package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestAFileIsPrivateAndKeepsTheModeThatAContainerSees(t *testing.T) {
	for _, mode := range []fs.FileMode{0o644, 0o400, 0o440, 0o777, 0o666, 0o600} {
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
		if about.Mode().Perm() != mode&0o700 {
			t.Errorf("on the disk %s is %s", mode, about.Mode())
		}
		if noteOn(file, noteOfMode) == "" {
			t.Skip("this file system keeps no notes")
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
