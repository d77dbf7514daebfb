package volumes

import (
	"errors"
	"os"
	"path/filepath"
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
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "vol-", "../vol-0123456789abcdef0", "vol-0123456789abcdef0/..", "vol-XYZ"} {
		if err := store.Create(id, "eu-west-1a"); err == nil {
			t.Errorf("`%s` was made", id)
		}
		if _, err := store.Files(id); !errors.Is(err, ErrNoSuchVolume) {
			t.Errorf("`%s`: %v", id, err)
		}
	}
}
