package node

// The machine under the kubelet: what cAdvisor and the cgroups of a real node would say of an EC2
// instance. All figures come from the instance type; nothing is measured on the host.

import (
	"context"
	"time"

	cadvisorapi "github.com/google/cadvisor/info/v1"
	cadvisorapiv2 "github.com/google/cadvisor/info/v2"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubelet/cm/cpumanager"
	"k8s.io/utils/ptr"

	"sandbox/eks"
)

const (
	// inodes is how many files the root volume's file system can hold.
	inodes = 10483696
	// usedRootVolume is what an idle node's images and system take.
	usedRootVolume = 3 << 30
	// usedMemory and usedMillis are what an idle node's system takes, of memory and of a processor.
	usedMemory = 400 << 20
	usedMillis = 25
)

// Idle is what a node's own programs use beside its Pods.
func Idle() v1.ResourceList {
	return v1.ResourceList{
		v1.ResourceCPU:    *resource.NewMilliQuantity(usedMillis, resource.DecimalSI),
		v1.ResourceMemory: *resource.NewQuantity(usedMemory, resource.BinarySI),
	}
}

// machine answers for cAdvisor.
type machine struct {
	facts eks.NodeFacts
	// pods says what the node's containers use.
	pods podStats
	// started is closed when the kubelet's start-up, which uses registries of the whole process, is over.
	started chan struct{}
}

var _ cadvisor.Interface = (*machine)(nil)

// podStats is the part of the CRI that tells what Pods use.
type podStats interface {
	ListPodSandboxStats(context.Context, *runtimeapi.PodSandboxStatsFilter) ([]*runtimeapi.PodSandboxStats, error)
}

func newMachine(facts eks.NodeFacts, pods podStats) *machine {
	return &machine{facts: facts, pods: pods, started: make(chan struct{})}
}

// Start is called once by the kubelet, after it has registered its metrics.
func (m *machine) Start() error {
	close(m.started)
	return nil
}

func (m *machine) MachineInfo() (*cadvisorapi.MachineInfo, error) {
	kind := m.facts.InstanceType
	return &cadvisorapi.MachineInfo{
		NumCores:         kind.VirtualCPUs,
		NumPhysicalCores: max(1, kind.VirtualCPUs/2),
		NumSockets:       1,
		MemoryCapacity:   uint64(kind.MemoryBytes()),
		HugePages:        []cadvisorapi.HugePagesInfo{{PageSize: 1 << 20}, {PageSize: 2 << 10}},
		MachineID:        eks.MachineID(m.facts.Name),
		SystemUUID:       eks.SystemUUID(m.facts.Name),
		BootID:           eks.BootID(m.facts.Name),
		CloudProvider:    cadvisorapi.AWS,
		InstanceType:     cadvisorapi.InstanceType(kind.Name),
		InstanceID:       cadvisorapi.InstanceID(eks.InstanceID(m.facts.Name)),
	}, nil
}

func (m *machine) VersionInfo() (*cadvisorapi.VersionInfo, error) {
	return &cadvisorapi.VersionInfo{KernelVersion: eks.KernelVersion, ContainerOsVersion: eks.OSImage}, nil
}

// podCgroup is the cgroup of all Pods.
const podCgroup = "/kubepods.slice"

// ContainerInfoV2 tells of the cgroup of all Pods what their containers use, and of every other the node as a whole: the same and its own
// programs.
func (m *machine) ContainerInfoV2(name string, _ cadvisorapiv2.RequestOptions) (map[string]cadvisorapiv2.ContainerInfo, error) {
	pods, err := m.pods.ListPodSandboxStats(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	var used uint64
	for _, pod := range pods {
		used += pod.GetLinux().GetMemory().GetWorkingSetBytes().GetValue()
	}
	if name != podCgroup {
		used += usedMemory
	}
	memory := &cadvisorapi.MemoryStats{Usage: used, WorkingSet: used, RSS: used}
	return map[string]cadvisorapiv2.ContainerInfo{name: {
		Spec: cadvisorapiv2.ContainerSpec{
			HasMemory: true,
			Memory:    cadvisorapiv2.MemorySpec{Limit: uint64(m.facts.InstanceType.MemoryBytes())},
		},
		Stats: []*cadvisorapiv2.ContainerStats{{Timestamp: time.Now(), Memory: memory}},
	}}, nil
}

func (m *machine) GetRequestedContainersInfo(string, cadvisorapiv2.RequestOptions) (map[string]*cadvisorapi.ContainerInfo, error) {
	return map[string]*cadvisorapi.ContainerInfo{}, nil
}

func (m *machine) ImagesFsInfo(context.Context) (cadvisorapiv2.FsInfo, error) { return m.RootFsInfo() }

func (m *machine) ContainerFsInfo(context.Context) (cadvisorapiv2.FsInfo, error) {
	return m.RootFsInfo()
}

func (m *machine) GetDirFsInfo(string) (cadvisorapiv2.FsInfo, error) { return m.RootFsInfo() }

func (m *machine) RootFsInfo() (cadvisorapiv2.FsInfo, error) {
	storage := m.facts.InstanceType.Capacity()[v1.ResourceEphemeralStorage]
	capacity := uint64(storage.Value())
	return cadvisorapiv2.FsInfo{
		Device:     "/dev/nvme0n1p1",
		Mountpoint: "/",
		Capacity:   capacity,
		Available:  capacity - usedRootVolume,
		Usage:      usedRootVolume,
		Inodes:     ptr.To[uint64](inodes),
		InodesFree: ptr.To[uint64](inodes - 60000),
	}, nil
}

// resources answers for the cgroups: the kubelet's own stub for machines without them, with the
// instance type's capacity and EKS's reservations.
type resources struct {
	cm.ContainerManager
	kind    eks.InstanceType
	cgroups *podCgroups
}

func newResources(kind eks.InstanceType) resources {
	return resources{ContainerManager: cm.NewStubContainerManager(), kind: kind, cgroups: newPodCgroups()}
}

func (r resources) NewPodContainerManager() cm.PodContainerManager { return r.cgroups }

// GetPodCgroupRoot is the cgroup of all Pods, whose memory the eviction manager asks for.
func (r resources) GetPodCgroupRoot() string { return podCgroup }

func (r resources) GetCapacity(bool) v1.ResourceList {
	storage := r.kind.Capacity()[v1.ResourceEphemeralStorage]
	return v1.ResourceList{v1.ResourceEphemeralStorage: storage}
}

func (r resources) GetNodeAllocatableReservation() v1.ResourceList { return r.kind.Reservation() }

func (r resources) GetNodeAllocatableAbsolute() v1.ResourceList { return r.kind.Allocatable() }

func (r resources) GetNodeConfig() cm.NodeConfig {
	return cm.NodeConfig{CPUManagerPolicy: string(cpumanager.PolicyNone), CgroupDriver: cgroupDriver}
}
