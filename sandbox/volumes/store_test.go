package volumes

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestADeletedVolumeNeverComesBack(t *testing.T) {
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id := VolumeID("pvc-1")
	if _, err := store.Find(id); !errors.Is(err, ErrNoSuchVolume) {
		t.Errorf("before it was made: %v", err)
	}
	if err := store.Create(id, "eu-west-1a"); err != nil {
		t.Fatal(err)
	}
	files, err := store.Files(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(files, "journal"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := OpenStore(store.Folder())
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Create(id, "eu-west-1b"); err != nil {
		t.Fatal(err)
	}
	if v, err := again.Find(id); err != nil || v.Zone != "eu-west-1a" {
		t.Errorf("made again, it is %+v, %v", v, err)
	}
	if err := again.Delete(id); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(files); !os.IsNotExist(err) {
		t.Errorf("its files: %v", err)
	}
	if err := again.Create(id, "eu-west-1a"); err != nil {
		t.Fatal(err)
	}
	if _, err := again.Find(id); !errors.Is(err, ErrNoSuchVolume) {
		t.Errorf("after it was deleted: %v", err)
	}
	if err := again.Delete(VolumeID("pvc-2")); err != nil {
		t.Errorf("deleting none: %v", err)
	}
}

func TestAnIdIsNoPath(t *testing.T) {
	all := t.TempDir()
	store, err := OpenStore(filepath.Join(all, "volumes"))
	if err != nil {
		t.Fatal(err)
	}
	beside := filepath.Join(all, "beside")
	if err := os.Mkdir(beside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(beside+".json", []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{
		"", "vol-", "../vol-0123456789abcdef0", "vol-0123456789abcdef0/..", "vol-XYZ", "..", "../beside", beside, "/", "/etc", "vol-0123456789abcdef0\x00", "\x00",
		"vol-" + strings.Repeat("0", 300), strings.Repeat("../", 100) + "beside",
	} {
		if err := store.Create(id, "eu-west-1a"); !errors.Is(err, ErrMalformedID) {
			t.Errorf("create %q: %v", id, err)
		}
		if _, err := store.Find(id); !errors.Is(err, ErrNoSuchVolume) {
			t.Errorf("find %q: %v", id, err)
		}
		if _, err := store.Files(id); !errors.Is(err, ErrNoSuchVolume) {
			t.Errorf("files of %q: %v", id, err)
		}
		if err := store.Delete(id); !errors.Is(err, ErrMalformedID) {
			t.Errorf("delete %q: %v", id, err)
		}
	}
	if entries, err := os.ReadDir(store.Folder()); err != nil || len(entries) != 0 {
		t.Errorf("the store has %v, %v", entries, err)
	}
	if text, err := os.ReadFile(beside + ".json"); err != nil || string(text) != "{}" {
		t.Errorf("beside the store there is %q, %v", text, err)
	}
	if _, err := os.Stat(beside); err != nil {
		t.Error(err)
	}
}

func TestTheFilesOfAVolumeAreNoLinkToElsewhere(t *testing.T) {
	all := t.TempDir()
	store, err := OpenStore(filepath.Join(all, "volumes"))
	if err != nil {
		t.Fatal(err)
	}
	id := VolumeID("pvc-1")
	beside := filepath.Join(all, "beside")
	for _, folder := range []string{beside, filepath.Join(beside, "work")} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// A record that names another, and a link in the place of the files.
	for name, text := range map[string]string{id + ".json": `{"id": "../beside"}`} {
		if err := os.WriteFile(filepath.Join(store.Folder(), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(beside, filepath.Join(store.Folder(), id)); err != nil {
		t.Fatal(err)
	}
	if files, err := store.Files(id); err != nil || files != filepath.Join(store.Folder(), id) {
		t.Errorf("its files are in %s, %v", files, err)
	}
	if err := store.Delete(id); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(beside, "work")); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(store.Folder(), id)); !os.IsNotExist(err) {
		t.Errorf("the link: %v", err)
	}
}
