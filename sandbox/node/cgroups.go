package node

// The cgroups of Pods, remembered instead of made: an in-place resize of a Pod reads what is set, sets
// what is asked for and reads it back.

import (
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/utils/ptr"
)

// quotaPeriod is the kubelet's default `cpuCFSQuotaPeriod`.
const quotaPeriod = 100 * time.Millisecond

// leastShares is `cpu.shares` of a cgroup without a request (cm.MinShares).
const leastShares uint64 = 2

// podCgroups is the kubelet's own stub with a memory.
type podCgroups struct {
	cm.PodContainerManager

	mutex   sync.Mutex
	resized map[types.UID]cm.ResourceConfig
}

func newPodCgroups() *podCgroups {
	return &podCgroups{
		PodContainerManager: cm.NewStubContainerManager().NewPodContainerManager(),
		resized:             map[types.UID]cm.ResourceConfig{},
	}
}

// GetPodCgroupConfig returns the limits of one resource: those of the Pod, or of its last resize.
func (p *podCgroups) GetPodCgroupConfig(pod *v1.Pod, resource v1.ResourceName) (*cm.ResourceConfig, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	set := p.current(pod)
	if resource == v1.ResourceMemory {
		return &cm.ResourceConfig{Memory: set.Memory}, nil
	}
	return &cm.ResourceConfig{CPUShares: set.CPUShares, CPUQuota: set.CPUQuota, CPUPeriod: set.CPUPeriod}, nil
}

// SetPodCgroupConfig changes the limits that change names.
func (p *podCgroups) SetPodCgroupConfig(_ klog.Logger, pod *v1.Pod, change *cm.ResourceConfig) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	set := p.current(pod)
	merge(&set, change)
	p.resized[pod.UID] = set
	return nil
}

func (p *podCgroups) current(pod *v1.Pod) cm.ResourceConfig {
	if set, found := p.resized[pod.UID]; found {
		return set
	}
	period := uint64(quotaPeriod.Microseconds())
	// What the kubelet leaves unset reads back as the kernel's defaults: no limits, the least share.
	set := cm.ResourceConfig{Memory: ptr.To(int64(-1)), CPUShares: ptr.To(leastShares), CPUQuota: ptr.To(int64(-1)), CPUPeriod: &period}
	wanted := cm.ResourceConfigForPod(pod, true, period, false, kubeletconfig.NoneMemoryReservationPolicy)
	if wanted != nil { // nil where this is no Linux
		merge(&set, wanted)
	}
	return set
}

// merge takes what change sets.
func merge(set, change *cm.ResourceConfig) {
	if change.Memory != nil {
		set.Memory = change.Memory
	}
	if change.CPUShares != nil {
		set.CPUShares = change.CPUShares
	}
	if change.CPUQuota != nil {
		set.CPUQuota = change.CPUQuota
	}
	if change.CPUPeriod != nil {
		set.CPUPeriod = change.CPUPeriod
	}
}
