package workload

// This file finds the model of an image name, as a registry would find the image. It must not know what a process does.

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/distribution/reference"
)

//go:embed models/*.yaml models/public/*.yaml
var embedded embed.FS

// mirrors are other repositories of the public images, by the repository whose copy they have.
var mirrors = map[string][]string{
	"docker.io/amazon/aws-cli":  {"public.ecr.aws/aws-cli/aws-cli"},
	"docker.io/curlimages/curl": {"quay.io/curl/curl"},
	"registry.k8s.io/pause":     {"public.ecr.aws/eks-distro/kubernetes/pause"},
}

// copies are the other repositories of a public image. The images that Docker maintains are in Amazon's public registry.
func copies(image string) []string {
	whole := wholeRepository(image)
	if path, official := strings.CutPrefix(whole, "docker.io/library/"); official {
		return []string{"public.ecr.aws/docker/library/" + path}
	}
	return mirrors[whole]
}

// Catalogue is all images that exist. It does not change once it is loaded.
type Catalogue struct {
	models []*Model
}

// Image is one image that exists: one repository with one tag.
type Image struct {
	// Name is the whole name, with registry, repository and tag: `docker.io/library/actor:2`.
	Name string
	// Repository is the name without the tag.
	Repository string
	Tag        string
	// Digest is `sha256:…`, worked out from the name: the same on every machine.
	Digest    string
	SizeBytes uint64
	Model     *Model
}

// NotFound says that no model names the image.
type NotFound struct {
	// Name is the whole name as the runtime understands it.
	Name string
	// Host is the registry, Path the repository in it, Tag the tag or digest asked for.
	Host, Path, Tag string
	// KnownRepository is true when only the tag is wrong.
	KnownRepository bool
	// KnownHost is true when some model's image is in the same registry.
	KnownHost bool
	// IsSlip is true when some model's repository in the same registry differs by a slip or two of the keys.
	IsSlip bool
}

func (e *NotFound) Error() string { return fmt.Sprintf("no workload model for image `%s`", e.Name) }

// LoadCatalogue reads every `*.yaml` in the folder and adds the images that each EKS node runs and the public ones that people
// reach for. With an empty folder name it has the latter only.
//
// # Errors
// The folder cannot be read, a model is wrong ([*ModelError]), or two models name the same image and tag.
func LoadCatalogue(folder string) (*Catalogue, error) {
	c := &Catalogue{}
	owners := map[string]string{}
	for _, folder := range []string{"models", "models/public"} {
		if err := c.add(embedded, folder, "embedded:", owners); err != nil {
			return nil, err
		}
	}
	for _, model := range c.models {
		for _, image := range copies(model.Image) {
			copied := *model
			copied.Image = image
			c.models = append(c.models, &copied)
		}
	}
	if folder == "" {
		return c, nil
	}
	if err := c.add(os.DirFS(folder), ".", folder+"/", owners); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Catalogue) add(files fs.FS, folder, prefix string, owners map[string]string) error {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return fmt.Errorf("failed to read the folder of workload models `%s`: %w", strings.TrimSuffix(prefix, "/"), err)
	}
	for _, entry := range entries {
		if entry.IsDir() || path.Ext(entry.Name()) != ".yaml" {
			continue
		}
		file := prefix + entry.Name()
		text, err := fs.ReadFile(files, path.Join(folder, entry.Name()))
		if err != nil {
			return fmt.Errorf("failed to read workload model `%s`: %w", file, err)
		}
		model, err := Parse(file, text)
		if err != nil {
			return err
		}
		for _, tag := range model.Tags {
			name := wholeRepository(model.Image) + ":" + tag
			if other, ok := owners[name]; ok {
				return &ModelError{File: file, Message: fmt.Sprintf("image `%s` is named by `%s` too", name, other)}
			}
			owners[name] = file
		}
		c.models = append(c.models, model)
	}
	return nil
}

// Find looks an image up by what a Pod's `image` says: without a registry it is Docker Hub's, without a tag `latest`; a
// digest finds the tag that has it.
//
// # Errors
// A name that is no image reference, or [*NotFound].
func (c *Catalogue) Find(name string) (*Image, error) {
	named, err := reference.ParseDockerRef(name)
	if err != nil {
		return nil, fmt.Errorf("failed to parse image name `%s`: %w", name, err)
	}
	missing := &NotFound{Name: named.String(), Host: reference.Domain(named), Path: reference.Path(named)}
	if tagged, ok := named.(reference.Tagged); ok {
		missing.Tag = tagged.Tag()
	}
	digested, byDigest := named.(reference.Digested)
	if byDigest {
		missing.Tag = digested.Digest().String()
	}
	for _, model := range c.models {
		pattern := wholeRepository(model.Image)
		host, path, _ := strings.Cut(pattern, "/")
		isHost := match(host, missing.Host)
		missing.KnownHost = missing.KnownHost || isHost
		if !match(pattern, named.Name()) {
			missing.IsSlip = missing.IsSlip || isHost && slips(path, missing.Path) <= mostSlips
			continue
		}
		missing.KnownRepository = true
		for _, tag := range model.Tags {
			image := imageOf(model, named.Name(), tag)
			if tag == missing.Tag || byDigest && image.Digest == missing.Tag {
				return image, nil
			}
		}
	}
	return nil, missing
}

// Preloaded lists the images that are on every node without a pull.
func (c *Catalogue) Preloaded() []*Image {
	var all []*Image
	for _, model := range c.models {
		for _, tag := range model.Tags {
			if model.Preloaded {
				all = append(all, imageOf(model, wholeRepository(model.Image), tag))
			}
		}
	}
	return all
}

func imageOf(model *Model, repository, tag string) *Image {
	name := repository + ":" + tag
	sum := sha256.Sum256([]byte("image " + name))
	size := uint64(model.SizeMiB) << 20
	if size == 0 {
		// Between 10 and 74 MiB, not rounded, as real images are.
		size = 10<<20 + uint64(sum[0])<<18 + uint64(sum[1])
	}
	return &Image{Name: name, Repository: repository, Tag: tag, Digest: "sha256:" + hex.EncodeToString(sum[:]), SizeBytes: size, Model: model}
}

// wholeRepository adds the registry and Docker Hub's `library` where they are left out.
func wholeRepository(image string) string {
	first, _, several := strings.Cut(image, "/")
	switch {
	case several && (strings.ContainsAny(first, ".:") || first == "localhost"):
		return image
	case several:
		return "docker.io/" + image
	default:
		return "docker.io/library/" + image
	}
}

// mostSlips is how many slips a name may have to be taken for another one.
const mostSlips = 2

// slips counts the characters that have to be added, left out or changed to make one name of the other, no further than
// mostSlips+1.
func slips(one, other string) int {
	if n := len(one) - len(other); n > mostSlips || n < -mostSlips {
		return mostSlips + 1
	}
	row := make([]int, len(other)+1)
	for i := range row {
		row[i] = i
	}
	for i := range len(one) {
		before := row[0]
		row[0] = i + 1
		for j := range len(other) {
			changed := before
			if one[i] != other[j] {
				changed++
			}
			before = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(other)]
}

// match compares with a pattern whose `*` stands for one part of a host name.
func match(pattern, name string) bool {
	want, have := strings.Split(pattern, "."), strings.Split(name, ".")
	return slices.EqualFunc(want, have, func(w, h string) bool { return w == "*" || w == h })
}
