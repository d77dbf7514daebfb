package node

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/volume"

	"sandbox/disk"
)

// seenOwner is what a container sees of a file: its mode as in `ls`, and whose it is.
type seenOwner struct {
	mode        string
	user, group int64
}

func seeOwner(t *testing.T, path string) (seen seenOwner) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	about, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	seen.mode = disk.ModeOf(file, about).String()
	seen.user, seen.group = disk.OwnerOf(file)
	return seen
}

func TestANewVolumeIsRootsUntilAPodsGroupGetsIt(t *testing.T) {
	folder := t.TempDir()
	mount := &csiMount{files: func(string) (string, error) { return folder, nil }}
	group, always, mismatch := int64(2000), v1.FSGroupChangeAlways, v1.FSGroupChangeOnRootMismatch
	setUp := func(arguments volume.MounterArgs) {
		t.Helper()
		if err := mount.SetUp(arguments); err != nil {
			t.Fatal(err)
		}
	}
	setUp(volume.MounterArgs{})
	top, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer top.Close()
	if !disk.HasMode(top) {
		t.Skip("this file system keeps no notes")
	}
	if seen := seeOwner(t, folder); seen != (seenOwner{"drwxr-xr-x", 0, 0}) {
		t.Errorf("a new volume is %+v", seen)
	}
	data := filepath.Join(folder, "data")
	if err := os.WriteFile(data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	setUp(volume.MounterArgs{FsGroup: &group, FSGroupChangePolicy: &mismatch})
	if seen := seeOwner(t, folder); seen != (seenOwner{"dgrwxrwxr-x", 0, group}) {
		t.Errorf("a group's volume is %+v", seen)
	}
	if seen := seeOwner(t, data); seen != (seenOwner{"-rw-rw----", 0, group}) {
		t.Errorf("a file in a group's volume is %+v", seen)
	}
	// Somebody keeps a file to themselves, until the kubelet goes through all of them again.
	file, err := os.Open(data)
	if err == nil {
		err = errors.Join(disk.SetOwner(file, 1000, 1000), disk.SetMode(file, 0o600), file.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	setUp(volume.MounterArgs{FsGroup: &group, FSGroupChangePolicy: &mismatch})
	if seen := seeOwner(t, data); seen != (seenOwner{"-rw-------", 1000, 1000}) {
		t.Errorf("with the first folder right, a file became %+v", seen)
	}
	setUp(volume.MounterArgs{FsGroup: &group, FSGroupChangePolicy: &always})
	if seen := seeOwner(t, data); seen != (seenOwner{"-rw-rw----", 1000, group}) {
		t.Errorf("with every mount, a file became %+v", seen)
	}
}

func TestFoldersOnTheWayToAFileAreSeenAsAKubeletMakesThem(t *testing.T) {
	volume := t.TempDir()
	way, own := filepath.Join(volume, "keys"), filepath.Join(volume, "own")
	for _, folder := range []string{way, own} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	// One that a container made for itself alone.
	file, err := os.Open(own)
	if err == nil {
		err = errors.Join(disk.SetMode(file, 0o700), disk.SetOwner(file, 1000, 1000))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if !disk.HasMode(file) {
		t.Skip("this file system keeps no notes")
	}
	if err := noteFolders(volume); err != nil {
		t.Fatal(err)
	}
	if seen := seeOwner(t, way); seen != (seenOwner{"drwxr-xr-x", 0, 0}) {
		t.Errorf("the folder of a mapped file is %+v", seen)
	}
	if seen := seeOwner(t, own); seen != (seenOwner{"drwx------", 1000, 1000}) {
		t.Errorf("a container's own folder became %+v", seen)
	}
}
