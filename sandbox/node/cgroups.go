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
)

// quotaPeriod is the kubelet's default `cpuCFSQuotaPeriod`.
const quotaPeriod = 100 * time.Millisecond

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
	if change.Memory != nil {
		set.Memory = change.Memory
	}
	if change.CPUShares != nil {
		set.CPUShares = change.CPUShares
	}
	if change.CPUQuota != nil {
		set.CPUQuota, set.CPUPeriod = change.CPUQuota, change.CPUPeriod
	}
	p.resized[pod.UID] = set
	return nil
}

func (p *podCgroups) current(pod *v1.Pod) cm.ResourceConfig {
	if set, found := p.resized[pod.UID]; found {
		return set
	}
	period := uint64(quotaPeriod.Microseconds())
	set := cm.ResourceConfigForPod(pod, true, period, false, kubeletconfig.NoneMemoryReservationPolicy)
	if set == nil { // this is no Linux, where the kubelet knows no cgroups
		return cm.ResourceConfig{}
	}
	return *set
}
