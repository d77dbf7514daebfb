package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outside is what no name may lead to.
var outside = []string{
	"", ".", "..", "../beside", "../../beside", "a/../../beside", "/", "/tmp", "a/b", "a\x00", "\x00", `..\beside`,
	strings.Repeat("a", 300), strings.Repeat("../", 100) + "beside",
}

// beside makes a folder with another one beside it, and says at the end whether that is as it was.
func beside(t *testing.T) *Folder {
	t.Helper()
	all := t.TempDir()
	folder, err := Open(filepath.Join(all, "folder"))
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(all, "beside")
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(kept, "work"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		entries, err := os.ReadDir(all)
		text, readErr := os.ReadFile(filepath.Join(kept, "work"))
		if err != nil || len(entries) != 2 || readErr != nil || string(text) != "mine" {
			t.Errorf("beside the folder there is %v (%v), and in it %q (%v)", entries, err, text, readErr)
		}
	})
	return folder
}

func TestANameThatLeadsOutIsRefusedByEveryVerb(t *testing.T) {
	folder := beside(t)
	if err := folder.Write("here", nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range outside {
		for verb, do := range map[string]func() error{
			"check":       func() error { return CheckName(name) },
			"at":          func() error { _, err := folder.At(name); return err },
			"read":        func() error { _, err := folder.Read(name); return err },
			"write":       func() error { return folder.Write(name, []byte("x")) },
			"make":        func() error { return folder.Make(name) },
			"rename from": func() error { return folder.Rename(name, "there") },
			"rename to":   func() error { return folder.Rename("here", name) },
			"remove":      func() error { return folder.Remove(name) },
		} {
			if err := do(); err == nil {
				t.Errorf("%s %q was done", verb, name)
			}
		}
	}
	if names, err := folder.Names(); err != nil || len(names) != 1 || names[0] != "here" {
		t.Errorf("the folder has %v, %v", names, err)
	}
}

func TestALinkThatLeadsOutIsNotFollowed(t *testing.T) {
	folder := beside(t)
	for _, target := range []string{"../beside", filepath.Join(filepath.Dir(folder.Path()), "beside")} {
		link := filepath.Join(folder.Path(), "link")
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		if _, err := folder.Read("link"); err == nil {
			t.Error("a link was read")
		}
		if err := os.Symlink(target+"/work", link+".new"); err != nil {
			t.Fatal(err)
		}
		if err := folder.Write("link", []byte("x")); err == nil {
			t.Error("what is written first followed a link")
		}
		for _, name := range []string{"link", "link.new"} {
			if err := folder.Remove(name); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAFileIsWrittenWholeAndForItsOwnerAlone(t *testing.T) {
	folder := beside(t)
	for _, text := range []string{"a longer text", "short"} {
		if err := folder.Write("file", []byte(text)); err != nil {
			t.Fatal(err)
		}
		if read, err := folder.Read("file"); err != nil || string(read) != text {
			t.Errorf("it has %q, %v", read, err)
		}
	}
	path, err := folder.At("file")
	if err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("by its path")); err != nil {
		t.Fatal(err)
	}
	about, err := os.Stat(path)
	if err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("it is %v, %v", about, err)
	}
	if names, err := folder.Names(); err != nil || len(names) != 1 {
		t.Errorf("there is %v, %v", names, err)
	}
	if err := folder.Remove("file"); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.Read("file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after it was removed: %v", err)
	}
	if err := folder.Remove("file"); err != nil {
		t.Errorf("removing it again: %v", err)
	}
}
