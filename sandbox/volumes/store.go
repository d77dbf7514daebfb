// Package volumes stands for EBS and its CSI driver: volumes that live in one zone, the provisioner that makes and
// deletes them for claims, and the attacher that lets one node at a time have them.
//
// A volume is a folder. What follows from a claim is decided as the external-provisioner, the external-attacher and the
// driver decide it; binding, scheduling and mounting are Kubernetes' own. It must not know how a node or the control
// plane is run, nor what a lab is.
package volumes

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sandbox/disk"
)

var (
	// ErrNoSuchVolume says that EBS has no volume of that id.
	ErrNoSuchVolume = errors.New("no such volume")
	// ErrMalformedID says that no volume can have that id.
	ErrMalformedID = errors.New("no id of a volume")
)

// Volume is one volume as EBS knows it.
type Volume struct {
	FormatVersion int    `json:"format_version"`
	ID            string `json:"id"`
	// Zone is where it is; it never moves.
	Zone string `json:"zone"`
	// Deleted volumes stay on record, so that an id is never given twice.
	Deleted bool `json:"deleted,omitempty"`
}

// Store keeps the volumes of one cluster: for each a record `<id>.json` and a folder `<id>` with its files.
type Store struct {
	folder *disk.Folder
	mutex  sync.Mutex // a volume is made, found and deleted by different goroutines
	given  map[string]bool
}

// OpenStore opens the store in folder, and makes it when it is not there.
func OpenStore(folder string) (*Store, error) {
	opened, err := disk.Open(folder)
	if err != nil {
		return nil, fmt.Errorf("failed to make the folder of volumes: %w", err)
	}
	return &Store{folder: opened, given: map[string]bool{}}, nil
}

// Give says that a PersistentVolume of this name, when it comes, names a volume that is there already, made by somebody
// with access to AWS. A volume that any other PersistentVolume names exists only when it was made for a claim.
func (s *Store) Give(name string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.given[name] = true
}

func (s *Store) isGiven(name string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.given[name]
}

// Folder is where all volumes are.
func (s *Store) Folder() string { return s.folder.Path() }

// VolumeID is the id of the volume that is made for a PersistentVolume of this name.
func VolumeID(name string) string {
	sum := sha256.Sum256([]byte("volume/" + name))
	return "vol-0" + hex.EncodeToString(sum[:])[:16]
}

var volumeID = regexp.MustCompile(`^vol-[0-9a-f]{8,17}$`)

// Create makes an empty volume. One that is there is left as it is; a deleted one stays deleted.
//
// # Errors
//
// ErrMalformedID, or it cannot be written down.
func (s *Store) Create(id, zone string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, err := s.read(id)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.folder.Make(id); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("failed to make volume `%s`: %w", id, err)
	}
	return s.write(Volume{FormatVersion: 1, ID: id, Zone: zone})
}

// Find returns a volume that is not deleted.
//
// # Errors
//
// ErrNoSuchVolume, or the record cannot be read.
func (s *Store) Find(id string) (Volume, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	v, err := s.read(id)
	if errors.Is(err, ErrMalformedID) || errors.Is(err, fs.ErrNotExist) || err == nil && v.Deleted {
		return Volume{}, ErrNoSuchVolume
	}
	return v, err
}

// Files is the folder with the files of a volume.
//
// # Errors
//
// As Find.
func (s *Store) Files(id string) (string, error) {
	if _, err := s.Find(id); err != nil {
		return "", err
	}
	return s.folder.At(id)
}

// Delete deletes a volume with its files for good. One that is not there is no error, as in the driver.
//
// # Errors
//
// ErrMalformedID, or it cannot be deleted.
func (s *Store) Delete(id string) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	v, err := s.read(id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	// The record first: a volume that is half deleted must not come back.
	v.Deleted = true
	if err := s.write(v); err != nil {
		return err
	}
	if err := s.folder.Remove(id); err != nil {
		return fmt.Errorf("failed to delete volume `%s`: %w", id, err)
	}
	return nil
}

// Kept is a volume that is not deleted, with its files.
type Kept struct {
	ID   string `json:"id"`
	Zone string `json:"zone"`
	// Files has the size of each, by its path in the volume.
	Files map[string]int64 `json:"files"`
}

// Kept are all volumes that are not deleted, by id.
//
// # Errors
//
// The folder or a record cannot be read.
func (s *Store) Kept() ([]Kept, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	names, err := s.folder.Names()
	if err != nil {
		return nil, fmt.Errorf("failed to list volumes: %w", err)
	}
	all := []Kept{}
	for _, name := range names {
		id, isRecord := strings.CutSuffix(name, ".json")
		if !isRecord {
			continue
		}
		v, err := s.read(id)
		if err != nil {
			return nil, err
		}
		if v.Deleted {
			continue
		}
		files, err := s.sizes(id)
		if err != nil {
			return nil, err
		}
		all = append(all, Kept{ID: id, Zone: v.Zone, Files: files})
	}
	slices.SortFunc(all, func(a, b Kept) int { return strings.Compare(a.ID, b.ID) })
	return all, nil
}

func (s *Store) sizes(id string) (map[string]int64, error) {
	folder, err := s.folder.At(id)
	if err != nil {
		return nil, err
	}
	sizes := map[string]int64{}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		about, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		sizes[name] = about.Size()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("failed to look at the files of volume `%s`: %w", id, err)
	}
	return sizes, nil
}

// read reads a record, and so checks every id before anything is done with it.
func (s *Store) read(id string) (Volume, error) {
	var v Volume
	if !volumeID.MatchString(id) {
		return v, fmt.Errorf("`%s`: %w", id, ErrMalformedID)
	}
	text, err := s.folder.Read(recordOf(id))
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(text, &v); err != nil {
		return v, fmt.Errorf("failed to read the record of volume `%s`: %w", id, err)
	}
	v.ID = id
	return v, nil
}

func (s *Store) write(v Volume) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := s.folder.Write(recordOf(v.ID), text); err != nil {
		return fmt.Errorf("failed to write volume `%s` down: %w", v.ID, err)
	}
	return nil
}

func recordOf(id string) string { return id + ".json" }
