package runtime

// This file is the CRI's image service: images are there when a model names them and they were pulled. What it says when
// a pull fails are containerd's words. It must not know what an image does.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/workload"
)

// imageID is the digest of the image's configuration, which is not the digest of its manifest.
func imageID(image *workload.Image) string {
	sum := sha256.Sum256([]byte("configuration " + image.Name))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func repoDigest(image *workload.Image) string { return image.Repository + "@" + image.Digest }

func describe(image *workload.Image) *runtimeapi.Image {
	return &runtimeapi.Image{
		Id: imageID(image), RepoTags: []string{image.Name}, RepoDigests: []string{repoDigest(image)}, Size: image.SizeBytes,
		Uid: &runtimeapi.Int64Value{Value: image.Model.User}, Spec: &runtimeapi.ImageSpec{Image: imageID(image)}, Pinned: image.Model.Preloaded,
	}
}

// ListImages lists the images on this node.
func (r *Runtime) ListImages(_ context.Context, filter *runtimeapi.ImageFilter) ([]*runtimeapi.Image, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*runtimeapi.Image
	if name := filter.GetImage().GetImage(); name != "" {
		if image := r.find(name); image != nil {
			all = append(all, describe(image))
		}
		return all, nil
	}
	for _, image := range r.pulled {
		all = append(all, describe(image))
	}
	slices.SortFunc(all, func(a, b *runtimeapi.Image) int { return strings.Compare(a.Id, b.Id) })
	return all, nil
}

// ImageStatus describes an image; one that is not on the node is *not* an error.
func (r *Runtime) ImageStatus(_ context.Context, spec *runtimeapi.ImageSpec, _ bool) (*runtimeapi.ImageStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if image := r.find(spec.GetImage()); image != nil {
		return &runtimeapi.ImageStatusResponse{Image: describe(image)}, nil
	}
	return &runtimeapi.ImageStatusResponse{}, nil
}

// PullImage takes an image onto the node.
//
// # Errors
// No model names the image: containerd's words for what the registry would have said. Where containerd's error has no
// code of its own, the kubelet's CRI client strips the code, and so does this.
func (r *Runtime) PullImage(_ context.Context, spec *runtimeapi.ImageSpec, _ *runtimeapi.AuthConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	image, err := r.options.Models.Find(spec.GetImage())
	var missing *workload.NotFound
	switch {
	case errors.As(err, &missing):
		return "", r.pullFailure(missing)
	case err != nil:
		return "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pulled[image.Name] == nil {
		r.pulled[image.Name] = image
		if err := r.saveImages(); err != nil {
			delete(r.pulled, image.Name)
			return "", err
		}
	}
	return imageID(image), nil
}

// publicRegistries answer on the real network although no model is in them.
var publicRegistries = []string{"docker.io", "quay.io", "ghcr.io", "gcr.io", "registry.k8s.io", "public.ecr.aws", "mcr.microsoft.com"}

func (r *Runtime) pullFailure(missing *workload.NotFound) error {
	answers := missing.KnownHost || slices.Contains(publicRegistries, missing.Host) || strings.HasSuffix(missing.Host, ".amazonaws.com") || strings.HasSuffix(missing.Host, ".pkg.dev")
	failed := fmt.Sprintf("failed to pull and unpack image %q: failed to resolve reference %q: ", missing.Name, missing.Name)
	switch {
	case !answers:
		resolver := r.options.Resolver
		if resolver == "" {
			resolver = r.options.Addresses.Resolver().String() + ":53"
		}
		host, _, _ := strings.Cut(missing.Host, ":")
		return fmt.Errorf("%sfailed to do request: Head \"https://%s/v2/%s/manifests/%s\": dial tcp: lookup %s on %s: no such host",
			failed, missing.Host, missing.Path, missing.Tag, host, resolver)
	case missing.Host == "docker.io" && !missing.KnownRepository:
		// Docker Hub does not tell an absent repository from a private one.
		return errors.New(failed + "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed" + aside(missing))
	default:
		return status.Error(codes.NotFound, failed+missing.Name+": not found"+aside(missing))
	}
}

// aside says of an image from outside the lab that only this sandbox does not have it. An image of a lab that is named
// wrong, in its tag or by a slip, is a real fault, and a registry that is not public is a lab's own.
func aside(missing *workload.NotFound) string {
	if missing.KnownRepository || missing.IsSlip || !slices.Contains(publicRegistries, missing.Host) {
		return ""
	}
	return " (this sandbox has no such image; it has those of its labs and a few that the book lists)"
}

// RemoveImage takes an image off the node; it is *not* an error when it is not there.
func (r *Runtime) RemoveImage(_ context.Context, spec *runtimeapi.ImageSpec) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if image := r.find(spec.GetImage()); image != nil {
		delete(r.pulled, image.Name)
		return r.saveImages()
	}
	return nil
}

// Unused are the names of the pulled images that no Pod uses, sorted: what Pods that are gone left behind. The kubelet removes
// their last containers only after a while.
func (r *Runtime) Unused() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unused()
}

func (r *Runtime) unused() []string {
	used := map[string]bool{}
	for _, c := range r.containers {
		if c.sandbox.Ready {
			used[c.Image] = true
		}
	}
	names := []string{}
	for name, image := range r.pulled {
		if !used[name] && !image.Model.Preloaded {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Prune takes the unused images off the node.
//
// # Errors
// What is left could not be written down; the next call tries again.
func (r *Runtime) Prune() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	unused := r.unused()
	if len(unused) == 0 {
		return nil
	}
	for _, name := range unused {
		delete(r.pulled, name)
	}
	return r.saveImages()
}

// ImageFsInfo is what the images take.
func (r *Runtime) ImageFsInfo(context.Context) (*runtimeapi.ImageFsInfoResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var bytes uint64
	for _, image := range r.pulled {
		bytes += image.SizeBytes
	}
	usage := []*runtimeapi.FilesystemUsage{{Timestamp: time.Now().UnixNano(), FsId: &runtimeapi.FilesystemIdentifier{Mountpoint: filepath.Clean(r.options.Folder)},
		UsedBytes: &runtimeapi.UInt64Value{Value: bytes}, InodesUsed: &runtimeapi.UInt64Value{Value: uint64(len(r.pulled))}}}
	return &runtimeapi.ImageFsInfoResponse{ImageFilesystems: usage, ContainerFilesystems: usage}, nil
}
