package runtime

// This file is the CRI's container methods. It must not know what a process does with a signal.

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/workload"
)

// CreateContainer writes a container down without starting it.
func (r *Runtime) CreateContainer(_ context.Context, sandboxID string, config *runtimeapi.ContainerConfig, sandboxConfig *runtimeapi.PodSandboxConfig) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[sandboxID]
	if s == nil {
		return "", notFound("sandbox", sandboxID)
	}
	image := r.find(config.GetImage().GetImage())
	if image == nil {
		return "", notFound("image", config.GetImage().GetImage())
	}
	c := &container{FormatVersion: 1, ID: newID(), SandboxID: sandboxID, Image: image.Name, State: stateCreated, CreatedAt: time.Now(),
		LogPath: filepath.Join(sandboxConfig.GetLogDirectory(), config.GetLogPath()), runtime: r, sandbox: s, image: image, exited: make(chan struct{})}
	c.Config.value = proto.Clone(config).(*runtimeapi.ContainerConfig)
	c.log = r.openLog(c.LogPath)
	if err := r.save(kindContainers, c.ID, c); err != nil {
		return "", failure("%v", err)
	}
	r.containers[c.ID] = c
	return c.ID, nil
}

// StartContainer starts process 1.
//
// # Errors
// The command does not exist in the image: containerd's and runc's words, and the container is over with code 128.
func (r *Runtime) StartContainer(_ context.Context, id string) error {
	r.mu.Lock()
	c := r.containers[id]
	switch {
	case c == nil:
		r.mu.Unlock()
		return notFound("container", id)
	case c.State != stateCreated:
		r.mu.Unlock()
		return failure("container is in %s state", c.criState())
	case !c.sandbox.Ready:
		r.mu.Unlock()
		return failure("sandbox container %q is not running", c.SandboxID)
	}
	defer c.log.create()
	c.StartedAt = time.Now()
	if err := c.prepare(false); err != nil {
		c.StartedAt = time.Time{}
		c.Message = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: " + err.Error() + ": unknown"
		c.finish(workload.Exit{Code: 128, At: time.Now()}, "StartError")
		r.mu.Unlock()
		return failure("%s", c.Message)
	}
	c.State = stateRunning
	c.store()
	process := c.process
	r.mu.Unlock()
	process.Run()
	r.tellStarted(c, false)
	return nil
}

// StopContainer tells the process to end and kills it after the timeout, in seconds. An unknown container or one that is
// over is *not* an error.
func (r *Runtime) StopContainer(ctx context.Context, id string, timeout int64) error {
	r.mu.Lock()
	c := r.containers[id]
	if c == nil || c.process == nil {
		r.mu.Unlock()
		return nil
	}
	process, exited := c.process, c.exited
	r.mu.Unlock()
	if timeout > 0 {
		process.Terminate()
		timer := time.NewTimer(time.Duration(timeout) * time.Second)
		defer timer.Stop()
		select {
		case <-exited:
			return nil
		case <-timer.C:
		case <-ctx.Done():
			return failure("an error occurs during waiting for container %q to be killed: wait container %q: %v", id, id, ctx.Err())
		}
	}
	process.Kill()
	<-exited
	return nil
}

// RemoveContainer forgets a container and ends it before when it runs. The kubelet removes the log itself.
func (r *Runtime) RemoveContainer(ctx context.Context, id string) error {
	if err := r.StopContainer(ctx, id, 0); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.containers[id] == nil {
		return nil
	}
	if err := r.forget(kindContainers, id); err != nil {
		return failure("%v", err)
	}
	delete(r.containers, id)
	return nil
}

// ListContainers lists the containers that fit, the newest first.
func (r *Runtime) ListContainers(_ context.Context, filter *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*runtimeapi.Container
	for id, c := range r.containers {
		config := c.Config.value
		if filter.GetId() != "" && !strings.HasPrefix(id, filter.GetId()) || filter.GetPodSandboxId() != "" && c.SandboxID != filter.GetPodSandboxId() ||
			filter.GetState() != nil && filter.GetState().State != c.criState() || !fits(config.GetLabels(), filter.GetLabelSelector()) {
			continue
		}
		all = append(all, &runtimeapi.Container{Id: id, PodSandboxId: c.SandboxID, Metadata: config.GetMetadata(), Image: config.GetImage(),
			ImageRef: c.imageID(), ImageId: c.imageID(), State: c.criState(), CreatedAt: c.CreatedAt.UnixNano(), Labels: config.GetLabels(), Annotations: config.GetAnnotations()})
	}
	slices.SortFunc(all, func(a, b *runtimeapi.Container) int { return int(max(-1, min(1, b.CreatedAt-a.CreatedAt))) })
	return all, nil
}

func (c *container) imageID() string {
	if c.image == nil {
		return ""
	}
	return imageID(c.image)
}

// ContainerStatus describes a container.
func (r *Runtime) ContainerStatus(_ context.Context, id string, _ bool) (*runtimeapi.ContainerStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.containers[id]
	if c == nil {
		return nil, notFound("container", id)
	}
	config := c.Config.value
	described := &runtimeapi.ContainerStatus{
		Id: id, Metadata: config.GetMetadata(), State: c.criState(), CreatedAt: c.CreatedAt.UnixNano(), StartedAt: nanoseconds(c.StartedAt), FinishedAt: nanoseconds(c.FinishedAt),
		ExitCode: c.ExitCode, Reason: c.Reason, Message: c.Message, Labels: config.GetLabels(), Annotations: config.GetAnnotations(), Mounts: config.GetMounts(),
		LogPath: c.LogPath, Image: &runtimeapi.ImageSpec{Image: c.Image}, ImageId: c.imageID(), ImageRef: c.imageID(),
		Resources: &runtimeapi.ContainerResources{Linux: config.GetLinux().GetResources()}, User: c.user(),
	}
	if c.image != nil {
		described.ImageRef = repoDigest(c.image)
	}
	return &runtimeapi.ContainerStatusResponse{Status: described}, nil
}

// user is who process 1 runs as.
func (c *container) user() *runtimeapi.ContainerUser {
	context := c.Config.value.GetLinux().GetSecurityContext()
	user := &runtimeapi.LinuxContainerUser{SupplementalGroups: context.GetSupplementalGroups(), Gid: context.GetRunAsGroup().GetValue()}
	switch {
	case context.GetRunAsUser() != nil:
		user.Uid = context.GetRunAsUser().GetValue()
	case c.image != nil:
		user.Uid = c.image.Model.User
	}
	return &runtimeapi.ContainerUser{Linux: user}
}

// UpdateContainerResources changes the limits. A process that takes more memory than its new limit is killed; what it does
// goes on at the pace of its new processor limit.
func (r *Runtime) UpdateContainerResources(_ context.Context, id string, resources *runtimeapi.ContainerResources) error {
	r.mu.Lock()
	c := r.containers[id]
	if c == nil {
		r.mu.Unlock()
		return notFound("container", id)
	}
	// The process reads its own configuration without the lock, so the old one is not changed.
	config := proto.Clone(c.Config.value).(*runtimeapi.ContainerConfig)
	if config.Linux == nil {
		config.Linux = &runtimeapi.LinuxContainerConfig{}
	}
	if config.Linux.Resources == nil {
		config.Linux.Resources = &runtimeapi.LinuxContainerResources{}
	}
	merge(config.Linux.Resources, resources.GetLinux())
	c.Config.value = config
	c.store()
	process, limits := c.process, config.Linux.Resources
	if c.files != nil {
		c.files.tellLimits(limits)
	}
	memory, processor := limits.MemoryLimitInBytes, processors(limits)
	r.mu.Unlock()
	if process != nil {
		process.SetMemoryLimit(memory)
		process.SetProcessorLimit(processor)
	}
	return nil
}

// merge takes what is set, as runc does.
func merge(into, from *runtimeapi.LinuxContainerResources) {
	if from.GetCpuPeriod() != 0 {
		into.CpuPeriod = from.GetCpuPeriod()
	}
	if from.GetCpuQuota() != 0 {
		into.CpuQuota = from.GetCpuQuota()
	}
	if from.GetCpuShares() != 0 {
		into.CpuShares = from.GetCpuShares()
	}
	if from.GetMemoryLimitInBytes() != 0 {
		into.MemoryLimitInBytes = from.GetMemoryLimitInBytes()
	}
	if from.GetOomScoreAdj() != 0 {
		into.OomScoreAdj = from.GetOomScoreAdj()
	}
}

// ReopenContainerLog has nothing to do: every line opens the file anew.
func (r *Runtime) ReopenContainerLog(_ context.Context, id string) error {
	_, err := r.running(id)
	return err
}

var errNotRunning = errors.New("container is not running")

// running is the process of a container.
func (r *Runtime) running(id string) (*container, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.containers[id]
	switch {
	case c == nil:
		return nil, notFound("container", id)
	case c.process == nil:
		return nil, failure("failed to exec in container: container is in %s state", c.criState())
	}
	return c, nil
}
