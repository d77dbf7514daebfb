package runtime

// This file is what the kernel would tell a container by files: its limits, its mounts, its settings. It must not hold
// anybody to a limit.

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/workload"
)

// cgroups is where a container sees its own control group, of version 2.
// https://docs.kernel.org/admin-guide/cgroup-v2.html
const cgroups = "/sys/fs/cgroup"

// tellLimits writes a container's limits where it sees them.
func (f *files) tellLimits(resources *runtimeapi.LinuxContainerResources) {
	memory := "max"
	if limit := resources.GetMemoryLimitInBytes(); limit > 0 {
		memory = strconv.FormatInt(limit, 10)
	}
	const usualPeriod = 100000 // microseconds
	processor := fmt.Sprintf("max %d", usualPeriod)
	if quota := resources.GetCpuQuota(); quota > 0 {
		processor = fmt.Sprintf("%d %d", quota, resources.GetCpuPeriod())
	}
	for name, text := range map[string]string{
		cgroups + "/memory.max": memory, cgroups + "/cpu.max": processor, cgroups + "/cpu.weight": strconv.FormatInt(weight(resources.GetCpuShares()), 10),
		"/proc/1/oom_score_adj": strconv.FormatInt(resources.GetOomScoreAdj(), 10),
	} {
		f.own.tell(name, text+"\n")
	}
}

// weight is what runc makes of the shares that the older version of control groups has: 2 to 262144 become 1 to 10000.
// https://github.com/opencontainers/cgroups/blob/main/utils.go
func weight(shares int64) int64 {
	if shares == 0 {
		return 100
	}
	l := math.Log2(float64(min(max(shares, 2), 262144)))
	exponent := (l*l+125*l)/612.0 - 7.0/34.0
	return int64(math.Ceil(math.Pow(10, exponent)))
}

// tellSettings writes the kernel's settings that a Pod has changed.
func (f *files) tellSettings(settings map[string]string) {
	for name, value := range settings {
		f.own.tell("/proc/sys/"+strings.ReplaceAll(name, ".", "/"), value+"\n")
	}
}

// tellRights writes who process 1 is, and whether it may get rights that it has not.
// https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
func (f *files) tellRights(c *container) {
	who, confined := c.user().GetLinux(), 0
	if c.Config.value.GetLinux().GetSecurityContext().GetNoNewPrivs() {
		confined = 1
	}
	names := c.Config.value.GetLinux().GetSecurityContext().GetNamespaceOptions().GetUsernsOptions()
	for _, process := range []string{"/proc/1", "/proc/self"} {
		f.own.tell(process+"/uid_map", mapped(names.GetUids()))
		f.own.tell(process+"/gid_map", mapped(names.GetGids()))
	}
	f.own.tell("/proc/1/status", fmt.Sprintf("Pid:\t1\nUid:\t%[1]d\t%[1]d\t%[1]d\t%[1]d\nGid:\t%[2]d\t%[2]d\t%[2]d\t%[2]d\nNoNewPrivs:\t%[3]d\n", who.GetUid(), who.GetGid(), confined))
}

// mapped is how ids of a container are ids of its node, as the kernel writes it. https://man7.org/linux/man-pages/man7/user_namespaces.7.html
func mapped(ranges []*runtimeapi.IDMapping) string {
	if len(ranges) == 0 {
		ranges = []*runtimeapi.IDMapping{{Length: math.MaxUint32}}
	}
	var text strings.Builder
	for _, one := range ranges {
		fmt.Fprintf(&text, "%10d %10d %10d\n", one.ContainerId, one.HostId, one.Length)
	}
	return text.String()
}

// tellMounts lists what a container has mounted.
func (f *files) tellMounts() {
	lines := []string{
		"overlay / overlay rw,relatime 0 0", "proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0", "tmpfs /dev tmpfs rw,nosuid,size=65536k,mode=755 0 0",
		"sysfs /sys sysfs ro,nosuid,nodev,noexec,relatime 0 0", "cgroup " + cgroups + " cgroup2 ro,nosuid,nodev,noexec,relatime 0 0", "shm " + sharedMemory + " tmpfs rw,nosuid,nodev,noexec,relatime,size=65536k 0 0",
	}
	for _, mount := range f.mounts {
		at, how, source := path.Clean(mount.GetContainerPath()), "rw", "/dev/nvme0n1p1"
		kind := f.fileSystem(at)
		if mount.GetReadonly() {
			how = "ro"
		}
		if kind == kindOfMemory {
			source = kind
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %s,relatime 0 0", source, at, kind, how))
	}
	f.own.tell("/proc/mounts", strings.Join(lines, "\n")+"\n")
}

// tell puts a file there, or anew, with the folders that it is in.
func (l *layer) tell(name, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(name, workload.ImageFile{Text: text, Mode: 0o444})
	for folder := path.Dir(name); folder != "/" && l.nodes[folder] == nil; folder = path.Dir(folder) {
		l.add(folder, workload.ImageFile{Mode: fs.ModeDir | 0o555})
	}
}

// isKernels is true for what only the kernel writes.
func isKernels(name string) bool {
	return strings.HasPrefix(name, "/proc/") || strings.HasPrefix(name, "/sys/")
}
