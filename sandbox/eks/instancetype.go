// Package eks dresses a plain Kubernetes as Amazon EKS: what an instance type offers, how a node is
// labelled, what the AWS cloud controller writes into a Node, and the add-ons of kube-system.
//
// It knows AWS's published facts and the Kubernetes API. It must not know how a node runs, what the
// container runtime does, or how the control plane is started.
package eks

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// InstanceType is one EC2 instance type (x86-64 only) with the numbers that decide a node's size.
//
// Virtual CPUs, memory, network interfaces and IPv4 addresses per interface are those of
// https://docs.aws.amazon.com/ec2/latest/instancetypes/ (one page per family: "Compute and memory" and
// "Network specifications"); the maximum Pods that follow from them are also listed in
// `eni-max-pods.txt` of https://github.com/awslabs/amazon-eks-ami.
type InstanceType struct {
	// Name is EC2's name, for example "m5.large".
	Name string `json:"name"`
	// VirtualCPUs is the number of virtual processors.
	VirtualCPUs int `json:"virtual_cpus"`
	// MemoryMiB is the memory the data sheet gives, in MiB. A node reports less: see Capacity.
	MemoryMiB int `json:"memory_mib"`
	// NetworkInterfaces is how many elastic network interfaces can be attached.
	NetworkInterfaces int `json:"network_interfaces"`
	// AddressesPerInterface is how many private IPv4 addresses one interface can have.
	AddressesPerInterface int `json:"addresses_per_interface"`
}

// instanceTypes is also read by labctl, which makes nodes of the same sizes elsewhere.
//
//go:embed instance-types.json
var instanceTypes []byte

// InstanceTypes returns the known instance types, ordered by name.
func InstanceTypes() []InstanceType {
	var known []InstanceType
	if err := json.Unmarshal(instanceTypes, &known); err != nil {
		panic(fmt.Errorf("failed to read the embedded `instance-types.json`: %w", err))
	}
	return known
}

// FindInstanceType returns the instance type of that name.
//
// The error of an unknown name lists the known ones.
func FindInstanceType(name string) (InstanceType, error) {
	known := InstanceTypes()
	index := slices.IndexFunc(known, func(t InstanceType) bool { return t.Name == name })
	if index < 0 {
		names := make([]string, len(known))
		for i, t := range known {
			names[i] = t.Name
		}
		return InstanceType{}, fmt.Errorf("no instance type named `%s`; known: %s", name, strings.Join(names, ", "))
	}
	return known[index], nil
}

// MaxPods is how many Pods the VPC CNI can give addresses to: each interface keeps one address for
// itself, and two Pods (aws-node and kube-proxy) use the node's own address.
// https://docs.aws.amazon.com/eks/latest/userguide/choosing-instance-type.html
func (t InstanceType) MaxPods() int {
	return t.NetworkInterfaces*(t.AddressesPerInterface-1) + 2
}

const (
	mebibyte = int64(1) << 20
	kibibyte = int64(1) << 10
	// rootVolumeBytes is what the file system of Amazon Linux 2023's default 20 GiB root volume holds.
	rootVolumeBytes = 20893676 * kibibyte
	// evictionMemory and evictionRootVolume are the hard eviction thresholds of EKS's node images
	// (memory.available 100Mi, nodefs.available 10%).
	evictionMemory = 100 * mebibyte
	// evictionRootVolume is a float32 as in the kubelet: that gives the last digits of a real node.
	evictionRootVolume float32 = 0.1
)

// MemoryBytes is the memory a node of this type reports, in bytes.
//
// It is an approximation: a kernel keeps some memory for itself, and how much differs a little between
// processor generations. 142 MiB and 2.78 % of the data sheet's value is what published
// `kubectl describe node` outputs of Amazon Linux 2023 nodes with 4, 16 and 32 GiB have in common.
func (t InstanceType) MemoryBytes() int64 {
	nominal := int64(t.MemoryMiB) * mebibyte
	reported := nominal - 142*mebibyte - nominal*278/10000
	return reported / (4 * kibibyte) * (4 * kibibyte)
}

// Capacity is what a Node of this type reports as `.status.capacity`.
func (t InstanceType) Capacity() v1.ResourceList {
	return v1.ResourceList{
		v1.ResourceCPU:              *resource.NewQuantity(int64(t.VirtualCPUs), resource.DecimalSI),
		v1.ResourceMemory:           *resource.NewQuantity(t.MemoryBytes(), resource.BinarySI),
		v1.ResourceEphemeralStorage: *resource.NewQuantity(rootVolumeBytes, resource.BinarySI),
		v1.ResourcePods:             *resource.NewQuantity(int64(t.MaxPods()), resource.DecimalSI),
	}
}

// KubeReserved is the kubelet's `kubeReserved` as EKS's node images compute it: 255 MiB and 11 MiB for
// each possible Pod; 6 % of the first processor, 1 % of the second, 0.5 % of the third and fourth, and
// 0.25 % of the others; 1 GiB of the root volume.
// (`nodeadm/internal/kubelet/config.go` of https://github.com/awslabs/amazon-eks-ami.)
func (t InstanceType) KubeReserved() v1.ResourceList {
	return v1.ResourceList{
		v1.ResourceCPU:              *resource.NewMilliQuantity(reservedMillicores(t.VirtualCPUs), resource.DecimalSI),
		v1.ResourceMemory:           *resource.NewQuantity((255+11*int64(t.MaxPods()))*mebibyte, resource.BinarySI),
		v1.ResourceEphemeralStorage: *resource.NewQuantity(1<<30, resource.BinarySI),
	}
}

func reservedMillicores(cpus int) int64 {
	hundredths := int64(0) // of a millicore
	for cpu := 1; cpu <= cpus; cpu++ {
		switch {
		case cpu == 1:
			hundredths += 6000
		case cpu == 2:
			hundredths += 1000
		case cpu <= 4:
			hundredths += 500
		default:
			hundredths += 250
		}
	}
	return hundredths / 100
}

// Reservation is what has to be kept from Pods: KubeReserved and the hard eviction thresholds.
func (t InstanceType) Reservation() v1.ResourceList {
	reserved := t.KubeReserved()
	memory := reserved[v1.ResourceMemory]
	memory.Add(*resource.NewQuantity(evictionMemory, resource.BinarySI))
	reserved[v1.ResourceMemory] = memory
	storage := reserved[v1.ResourceEphemeralStorage]
	share := evictionRootVolume
	storage.Add(*resource.NewQuantity(int64(float64(rootVolumeBytes)*float64(share)), resource.BinarySI))
	reserved[v1.ResourceEphemeralStorage] = storage
	return reserved
}

// Allocatable is what a Node of this type reports as `.status.allocatable`.
func (t InstanceType) Allocatable() v1.ResourceList {
	allocatable := t.Capacity()
	for name, reserved := range t.Reservation() {
		left := allocatable[name]
		left.Sub(reserved)
		allocatable[name] = left
	}
	return allocatable
}
