package runtime

// This file is a container's files: what the kubelet mounts, read through the folders that the runtime may read, and the
// few that every container has. It must never follow a path or a link out of those folders.

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/rights"
	"sandbox/workload"
)

// files are those of one container.
type files struct {
	roots  []string
	mounts []*runtimeapi.Mount
	// who is whose rights its processes have.
	who rights.Person
	// own are files that come with the container or that its processes made outside of volumes.
	own *layer
	// log appends a line to the container's log; nil: there is none.
	log func(stream workload.Stream, line string)
}

func newFiles(c *container) *files {
	who := whose(c)
	f := &files{roots: c.runtime.options.Roots, mounts: c.Config.value.GetMounts(), who: who,
		own: newLayer(who, c.Config.value.GetLinux().GetSecurityContext().GetReadonlyRootfs())}
	f.log = func(stream workload.Stream, line string) {
		if err := c.log.write(time.Now(), stream, line); err != nil {
			c.runtime.log.Warn("log line lost", "container", c.ID, "error", err)
		}
	}
	f.own.add("/etc", workload.ImageFile{Mode: fs.ModeDir | 0o755})
	f.own.add(sharedMemory, workload.ImageFile{Mode: fs.ModeDir | fs.ModeSticky | 0o777})
	f.own.add("/etc/hostname", workload.ImageFile{Text: c.runtime.hostname(c.sandbox) + "\n", Mode: 0o644})
	f.own.add("/etc/resolv.conf", workload.ImageFile{Text: resolvConf(c.sandbox.Config.value.GetDnsConfig()), Mode: 0o644})
	if c.image != nil {
		for name, file := range c.image.Model.Files() {
			f.own.add(name, file)
		}
	}
	f.tellLimits(c.Config.value.GetLinux().GetResources())
	f.tellSettings(c.sandbox.Config.value.GetLinux().GetSysctls())
	f.tellMounts()
	f.tellRights(c)
	return f
}

// whose is whose rights a container's processes have: only root's have capabilities.
func whose(c *container) rights.Person {
	user, context := c.user().GetLinux(), c.Config.value.GetLinux().GetSecurityContext()
	has := func(name string) bool { return user.GetUid() == 0 && hasCapability(context, name) }
	return rights.Person{
		User: user.GetUid(), Group: user.GetGid(), Groups: user.GetSupplementalGroups(),
		Overrides: has("DAC_OVERRIDE"), Owns: has("FOWNER"), GivesAway: has("CHOWN"),
	}
}

// hasCapability tells whether a container keeps a capability that containers have unless it is taken from them.
func hasCapability(context *runtimeapi.LinuxContainerSecurityContext, name string) bool {
	names := func(all []string) bool {
		return slices.ContainsFunc(all, func(one string) bool {
			one = strings.TrimPrefix(strings.ToUpper(one), "CAP_")
			return one == name || one == "ALL"
		})
	}
	of := context.GetCapabilities()
	return context.GetPrivileged() || names(of.GetAddCapabilities()) || !names(of.GetDropCapabilities())
}

func resolvConf(dns *runtimeapi.DNSConfig) string {
	var text strings.Builder
	if searches := dns.GetSearches(); len(searches) > 0 {
		text.WriteString("search " + strings.Join(searches, " ") + "\n")
	}
	for _, server := range dns.GetServers() {
		text.WriteString("nameserver " + server + "\n")
	}
	if options := dns.GetOptions(); len(options) > 0 {
		text.WriteString("options " + strings.Join(options, " ") + "\n")
	}
	return text.String()
}

func (f *files) read(name string) ([]byte, error) {
	name = path.Clean(name)
	place, err := f.place(name)
	if err != nil {
		return nil, err
	}
	if place != nil {
		defer place.close()
		if err := place.permits(rights.Read); err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return place.root.ReadFile(place.inside)
	}
	if _, err := f.list(name); err == nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	}
	file, err := f.own.open(name, os.O_RDONLY, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return io.ReadAll(file)
}

// make writes a file that is not there, with the folders on the way. One outside of a volume is lost with the container.
func (f *files) make(name, text string) error {
	name = path.Clean(name)
	if err := f.makeWay(path.Dir(name)); err != nil {
		return err
	}
	file, err := f.openFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.WriteString(file, text)
	return errors.Join(err, file.Close())
}

// makeWay makes a folder, and those that it is in.
func (f *files) makeWay(folder string) error {
	if _, err := f.stat(folder); err == nil {
		return nil
	}
	if err := f.makeWay(path.Dir(folder)); err != nil {
		return err
	}
	return f.makeFolder(folder)
}

func (f *files) list(name string) ([]fs.FileInfo, error) {
	name = path.Clean(name)
	entries := map[string]fs.FileInfo{}
	place, err := f.place(name)
	if err != nil {
		return nil, err
	}
	mounted := place != nil
	isFolder := mounted || name == "/"
	if mounted {
		defer place.close()
		found, err := place.list()
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		for _, entry := range found {
			entries[entry.Name()] = entry
		}
	}
	f.own.list(name, entries)
	// Parts of the way to a mount are folders.
	for _, mount := range f.mounts {
		addWay(entries, name, path.Clean(mount.GetContainerPath()))
	}
	own := f.own.find(name)
	if own != nil && !own.isFolder && !mounted {
		return nil, &fs.PathError{Op: "readdirent", Path: name, Err: syscall.ENOTDIR}
	}
	if own != nil && !f.who.May(own.entry(path.Base(name)), rights.Read) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	if len(entries) == 0 && !isFolder && own == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	var all []fs.FileInfo
	for _, entry := range entries {
		all = append(all, entry)
	}
	slices.SortFunc(all, func(a, b fs.FileInfo) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

// addWay adds the folder in which a mount is, or the mount itself.
func addWay(entries map[string]fs.FileInfo, folder, target string) {
	rest, below := strings.CutPrefix(target, strings.TrimSuffix(folder, "/")+"/")
	if !below || rest == "" {
		return
	}
	if first, _, _ := strings.Cut(rest, "/"); entries[first] == nil {
		entries[first] = entry{name: first, mode: fs.ModeDir | 0o755, at: time.Unix(0, 0)}
	}
}

// list is what is in a folder of a volume.
func (p *place) list() ([]fs.FileInfo, error) {
	if err := p.permits(rights.Read); err != nil {
		return nil, err
	}
	folder, err := p.root.Open(p.inside)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	entries, err := folder.Readdir(-1)
	for i, entry := range entries {
		if about, err := look(p.root, filepath.Join(p.inside, entry.Name())); err == nil && entry.Mode()&fs.ModeSymlink == 0 {
			entries[i] = about
		}
	}
	return entries, err
}

// host is where a path of the container leads on the host, when it is in a mount.
func (f *files) host(name string) (host string, mounted bool) {
	mount, rest := f.mount(name)
	return filepath.Join(mount.GetHostPath(), rest), mount != nil
}

func (f *files) isReadOnly(name string) bool {
	mount, _ := f.mount(name)
	return mount.GetReadonly()
}

// mount is the mount that a path of the container is in, nil when it is in none, and the path inside.
func (f *files) mount(name string) (found *runtimeapi.Mount, inside string) {
	longest := -1
	for _, mount := range f.mounts {
		at := path.Clean(mount.GetContainerPath())
		rest, below := strings.CutPrefix(name+"/", strings.TrimSuffix(at, "/")+"/")
		if below && len(at) > longest {
			longest, found, inside = len(at), mount, rest
		}
	}
	return found, inside
}

func (f *files) open(host string) (root *os.Root, inside string, err error) {
	return openRoot(f.roots, host)
}

// openRoot finds the folder that a host path is in. The root refuses links that lead out of it.
func openRoot(roots []string, host string) (root *os.Root, inside string, err error) {
	for _, folder := range roots {
		inside, err := filepath.Rel(folder, host)
		if err != nil || !filepath.IsLocal(inside) {
			continue
		}
		root, err := os.OpenRoot(folder)
		return root, inside, err
	}
	return nil, "", &fs.PathError{Op: "open", Path: host, Err: fs.ErrNotExist}
}
