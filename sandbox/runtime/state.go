package runtime

// This file keeps sandboxes, containers and pulled images on disk: one small file each, written as a whole, so that the
// death of the program leaves each old or new, never half. It must not know what the fields mean.

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"sandbox/disk"
	"sandbox/workload"
)

// message is a CRI message within a JSON file.
type message[M proto.Message] struct{ value M }

func (m message[M]) MarshalJSON() ([]byte, error) { return protojson.Marshal(m.value) }

func (m *message[M]) UnmarshalJSON(text []byte) error {
	m.value = m.value.ProtoReflect().New().Interface().(M)
	// A newer Kubernetes may have written fields that this one does not know.
	return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(text, m.value)
}

// save writes one file. Errors are for the caller of the CRI method, who will try again.
func (r *Runtime) save(kind, id string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("failed to write down %s `%s`: %w", kind, id, err)
	}
	if err := r.folders[kind].Write(id+".json", text); err != nil {
		return fmt.Errorf("failed to write down %s `%s`: %w", kind, id, err)
	}
	return nil
}

func (r *Runtime) forget(kind, id string) error {
	if err := r.folders[kind].Remove(id + ".json"); err != nil {
		return fmt.Errorf("failed to forget %s `%s`: %w", kind, id, err)
	}
	return nil
}

const (
	kindSandboxes  = "sandboxes"
	kindContainers = "containers"
	kindNode       = "node"
)

// savedImages is the file of the images on the node.
type savedImages struct {
	FormatVersion int      `json:"format_version"`
	Pulled        []string `json:"pulled"`
}

func (r *Runtime) load() error {
	for _, kind := range []string{kindSandboxes, kindContainers, kindNode} {
		folder, err := disk.Open(filepath.Join(r.options.Folder, kind))
		if err != nil {
			return fmt.Errorf("failed to make the folder of the container runtime: %w", err)
		}
		r.folders[kind] = folder
	}
	if err := r.loadImages(); err != nil {
		return err
	}
	err := each(r, kindSandboxes, func(s *sandbox) bool {
		r.sandboxes[s.ID] = s
		return s.FormatVersion == 1 && s.Config.value.GetMetadata() != nil
	})
	if err != nil {
		return err
	}
	return each(r, kindContainers, func(c *container) bool {
		c.runtime, c.sandbox, c.exited = r, r.sandboxes[c.SandboxID], make(chan struct{})
		if c.FormatVersion != 1 || c.Config.value.GetMetadata() == nil || c.sandbox == nil {
			return false
		}
		c.image = r.find(c.Image)
		c.log = r.openLog(c.LogPath)
		if c.State != stateRunning {
			close(c.exited)
		}
		r.containers[c.ID] = c
		return true
	})
}

// each reads every file of a kind. One that cannot be used is put aside.
func each[T any](r *Runtime, kind string, keep func(*T) bool) error {
	folder := r.folders[kind]
	names, err := folder.Names()
	if err != nil {
		return fmt.Errorf("failed to read the folder of the container runtime: %w", err)
	}
	for _, name := range names {
		if !strings.HasSuffix(name, ".json") {
			continue
		}
		text, err := folder.Read(name)
		if err != nil {
			return fmt.Errorf("failed to read `%s` in `%s`: %w", name, folder.Path(), err)
		}
		value := new(T)
		if err := json.Unmarshal(text, value); err != nil || !keep(value) {
			r.log.Warn("damaged file put aside", "folder", folder.Path(), "file", name, "error", err)
			if err := folder.Rename(name, name+".damaged"); err != nil {
				return fmt.Errorf("failed to put `%s` in `%s` aside: %w", name, folder.Path(), err)
			}
		}
	}
	return nil
}

func (r *Runtime) loadImages() error {
	for _, image := range r.options.Models.Preloaded() {
		r.pulled[image.Name] = image
	}
	return each(r, kindNode, func(images *savedImages) bool {
		for _, name := range images.Pulled {
			// A model that is gone is an image that was deleted from the node.
			if image, err := r.options.Models.Find(name); err == nil {
				r.pulled[image.Name] = image
			}
		}
		return images.FormatVersion == 1
	})
}

func (r *Runtime) saveImages() error {
	saved := savedImages{FormatVersion: 1}
	for name := range r.pulled {
		saved.Pulled = append(saved.Pulled, name)
	}
	return r.save(kindNode, "images", saved)
}

// newID is an id as containerd makes them: 64 hexadecimal digits.
func newID() string {
	var b [32]byte
	// Reading random bytes never fails (crypto/rand).
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// find is the image on this node by its id, its name or its digest; nil when it is not there.
func (r *Runtime) find(name string) *workload.Image {
	for _, image := range r.pulled {
		if imageID(image) == name || repoDigest(image) == name {
			return image
		}
	}
	image, err := r.options.Models.Find(name)
	if err != nil {
		return nil
	}
	return r.pulled[image.Name]
}
