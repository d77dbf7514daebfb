package runtime

// This file is the CRI's statistics: the memory and the processor time that the models take, and a little of the latter for
// every container that runs.

import (
	"context"
	"path/filepath"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// idleShare is the part of a processor that a simulated process is said to use.
const idleShare = 0.001

// stats describes one container. The runtime's lock is held.
func (r *Runtime) stats(c *container) *runtimeapi.ContainerStats {
	now := time.Now()
	config := c.Config.value
	var memory, cpu, cores uint64
	if c.process != nil {
		memory = uint64(c.process.MemoryBytes())
		share, used := c.process.ProcessorUse()
		cpu = uint64(float64(max(0, now.Sub(c.StartedAt)))*idleShare) + uint64(used)
		cores = uint64(max(share, idleShare) * 1e9)
	}
	return &runtimeapi.ContainerStats{
		Attributes: &runtimeapi.ContainerAttributes{Id: c.ID, Metadata: config.GetMetadata(), Labels: config.GetLabels(), Annotations: config.GetAnnotations()},
		Cpu: &runtimeapi.CpuUsage{Timestamp: now.UnixNano(), UsageCoreNanoSeconds: &runtimeapi.UInt64Value{Value: cpu},
			UsageNanoCores: &runtimeapi.UInt64Value{Value: cores}},
		Memory: &runtimeapi.MemoryUsage{Timestamp: now.UnixNano(), WorkingSetBytes: &runtimeapi.UInt64Value{Value: memory},
			UsageBytes: &runtimeapi.UInt64Value{Value: memory}, RssBytes: &runtimeapi.UInt64Value{Value: memory}},
		WritableLayer: &runtimeapi.FilesystemUsage{Timestamp: now.UnixNano(), FsId: &runtimeapi.FilesystemIdentifier{Mountpoint: filepath.Clean(r.options.Folder)},
			UsedBytes: &runtimeapi.UInt64Value{}, InodesUsed: &runtimeapi.UInt64Value{}},
	}
}

// ContainerStats describes what a container uses.
func (r *Runtime) ContainerStats(_ context.Context, id string) (*runtimeapi.ContainerStats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.containers[id]
	if c == nil {
		return nil, notFound("container", id)
	}
	return r.stats(c), nil
}

// ListContainerStats describes the running containers that fit.
func (r *Runtime) ListContainerStats(_ context.Context, filter *runtimeapi.ContainerStatsFilter) ([]*runtimeapi.ContainerStats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*runtimeapi.ContainerStats
	for id, c := range r.containers {
		if c.process == nil || filter.GetId() != "" && id != filter.GetId() || filter.GetPodSandboxId() != "" && c.SandboxID != filter.GetPodSandboxId() || !fits(c.Config.value.GetLabels(), filter.GetLabelSelector()) {
			continue
		}
		all = append(all, r.stats(c))
	}
	return all, nil
}

// sandboxStats adds up a sandbox's containers. The runtime's lock is held.
func (r *Runtime) sandboxStats(s *sandbox) *runtimeapi.PodSandboxStats {
	now, config := time.Now().UnixNano(), s.Config.value
	total := &runtimeapi.LinuxPodSandboxStats{
		Cpu:     &runtimeapi.CpuUsage{Timestamp: now, UsageCoreNanoSeconds: &runtimeapi.UInt64Value{}, UsageNanoCores: &runtimeapi.UInt64Value{}},
		Memory:  &runtimeapi.MemoryUsage{Timestamp: now, WorkingSetBytes: &runtimeapi.UInt64Value{}, UsageBytes: &runtimeapi.UInt64Value{}, RssBytes: &runtimeapi.UInt64Value{}},
		Process: &runtimeapi.ProcessUsage{Timestamp: now, ProcessCount: &runtimeapi.UInt64Value{}},
	}
	for _, c := range r.containers {
		if c.SandboxID != s.ID || c.process == nil {
			continue
		}
		one := r.stats(c)
		total.Containers = append(total.Containers, one)
		total.Cpu.UsageCoreNanoSeconds.Value += one.Cpu.UsageCoreNanoSeconds.Value
		total.Cpu.UsageNanoCores.Value += one.Cpu.UsageNanoCores.Value
		total.Memory.WorkingSetBytes.Value += one.Memory.WorkingSetBytes.Value
		total.Memory.UsageBytes.Value += one.Memory.UsageBytes.Value
		total.Memory.RssBytes.Value += one.Memory.RssBytes.Value
		total.Process.ProcessCount.Value++
	}
	return &runtimeapi.PodSandboxStats{Linux: total, Attributes: &runtimeapi.PodSandboxAttributes{
		Id: s.ID, Metadata: config.GetMetadata(), Labels: config.GetLabels(), Annotations: config.GetAnnotations()}}
}

// PodSandboxStats describes what a sandbox's containers use together.
func (r *Runtime) PodSandboxStats(_ context.Context, id string) (*runtimeapi.PodSandboxStats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[id]
	if s == nil {
		return nil, notFound("sandbox", id)
	}
	return r.sandboxStats(s), nil
}

// ListPodSandboxStats describes the ready sandboxes that fit.
func (r *Runtime) ListPodSandboxStats(_ context.Context, filter *runtimeapi.PodSandboxStatsFilter) ([]*runtimeapi.PodSandboxStats, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*runtimeapi.PodSandboxStats
	for id, s := range r.sandboxes {
		if s.Ready && (filter.GetId() == "" || id == filter.GetId()) && fits(s.Config.value.GetLabels(), filter.GetLabelSelector()) {
			all = append(all, r.sandboxStats(s))
		}
	}
	return all, nil
}

// ListMetricDescriptors is empty: the kubelet asks for it only with a feature gate that is off.
func (r *Runtime) ListMetricDescriptors(context.Context) ([]*runtimeapi.MetricDescriptor, error) {
	return nil, nil
}

// ListPodSandboxMetrics is empty, see ListMetricDescriptors.
func (r *Runtime) ListPodSandboxMetrics(context.Context) ([]*runtimeapi.PodSandboxMetrics, error) {
	return nil, nil
}
