package eks

// What a Node of EKS is called, labelled and described as: everything that follows from a node's name,
// zone and node group alone. No Kubernetes client here.

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
)

// Facts that are the same on every node of a cluster.
const (
	// ClusterDNS is the address of the Service kube-dns in EKS's default service range.
	ClusterDNS = "172.20.0.10"
	// ClusterDomain is the DNS domain of Services.
	ClusterDomain = "cluster.local"
	// OSImage is `/etc/os-release`'s PRETTY_NAME on the node image.
	OSImage = "Amazon Linux 2023.10.20260202"
	// KernelVersion is `uname -r` on the node image.
	KernelVersion = "6.12.68-92.122.amzn2023.x86_64"
	// ContainerRuntimeName and ContainerRuntimeVersion are what the runtime says of itself.
	ContainerRuntimeName    = "containerd"
	ContainerRuntimeVersion = "2.1.5"
	// kubeletBuild is EKS's mark of a kubelet build.
	kubeletBuild = "efcacff"
)

// NodeFacts is what is known of a node before it exists.
type NodeFacts struct {
	// Name is the node's name, which is also its private DNS name.
	Name string
	// Address is its private IPv4 address.
	Address string
	// Region and Zone are AWS names: "eu-west-1", "eu-west-1a".
	Region, Zone string
	// Cluster is the EKS cluster's name.
	Cluster string
	// NodeGroup is the managed node group's name.
	NodeGroup string
	// CapacityType is "ON_DEMAND" or "SPOT".
	CapacityType string
	// InstanceType is the EC2 instance type.
	InstanceType InstanceType
	// Labels are the node group's own Kubernetes labels.
	Labels map[string]string
}

// NodeLabels returns the labels the kubelet of a managed node group's node registers with: the node
// group's own and EKS's. Those of the cloud controller come later (see Join).
func NodeLabels(f NodeFacts) map[string]string {
	labels := maps.Clone(f.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels["eks.amazonaws.com/nodegroup"] = f.NodeGroup
	labels["eks.amazonaws.com/capacityType"] = f.CapacityType
	labels["eks.amazonaws.com/nodegroup-image"] = "ami-0" + digest("image", f.Region)[:16]
	return labels
}

// cloudLabels returns the labels the AWS cloud controller adds to a Node.
func cloudLabels(f NodeFacts) map[string]string {
	cluster := md5.Sum([]byte(f.Cluster))
	return map[string]string{
		"node.kubernetes.io/instance-type":         f.InstanceType.Name,
		"beta.kubernetes.io/instance-type":         f.InstanceType.Name,
		"topology.kubernetes.io/region":            f.Region,
		"failure-domain.beta.kubernetes.io/region": f.Region,
		"topology.kubernetes.io/zone":              f.Zone,
		"failure-domain.beta.kubernetes.io/zone":   f.Zone,
		"topology.k8s.aws/zone-id":                 zoneID(f.Zone),
		"k8s.io/cloud-provider-aws":                hex.EncodeToString(cluster[:]),
	}
}

// ProviderID is the node's `.spec.providerID`. The instance id in it is made from the node's name, so it
// stays the same over restarts.
func ProviderID(zone, nodeName string) string {
	return fmt.Sprintf("aws:///%s/%s", zone, InstanceID(nodeName))
}

// InstanceID is the EC2 instance id of the node of that name.
func InstanceID(nodeName string) string {
	return "i-0" + digest("instance", nodeName)[:16]
}

// MachineID is `/etc/machine-id` of the node of that name: on EC2 it begins with "ec2".
func MachineID(nodeName string) string {
	return "ec2" + digest("machine", nodeName)[:29]
}

// SystemUUID is the node's DMI product UUID: on EC2 the same digits as the machine id.
func SystemUUID(nodeName string) string {
	return uuid(MachineID(nodeName))
}

// BootID identifies the node's current boot.
func BootID(nodeName string) string {
	return uuid(digest("boot", nodeName)[:32])
}

// KubeletVersion adds EKS's build mark to a Kubernetes version: "v1.36.3" becomes "v1.36.3-eks-efcacff".
// A version that has one is returned as it is.
func KubeletVersion(kubernetes string) string {
	if strings.Contains(kubernetes, "-eks-") {
		return kubernetes
	}
	return kubernetes + "-eks-" + kubeletBuild
}

// zoneID is the AWS-wide id of a zone: "euw1-az1" for "eu-west-1a". Which letter has which id differs
// between accounts; here they go in order.
func zoneID(zone string) string {
	parts := strings.Split(zone, "-")
	if len(parts) != 3 || len(parts[2]) < 2 {
		return zone
	}
	short := map[string]string{
		"north": "n", "south": "s", "east": "e", "west": "w", "central": "c",
		"northeast": "ne", "southeast": "se", "northwest": "nw", "southwest": "sw",
	}
	direction, known := short[parts[1]]
	if !known {
		return zone
	}
	number, letter := parts[2][:len(parts[2])-1], parts[2][len(parts[2])-1]
	return fmt.Sprintf("%s%s%s-az%d", parts[0], direction, number, letter-'a'+1)
}

func uuid(hexadecimal string) string {
	return strings.Join([]string{
		hexadecimal[:8], hexadecimal[8:12], hexadecimal[12:16], hexadecimal[16:20], hexadecimal[20:32],
	}, "-")
}

func digest(kind, text string) string {
	sum := sha256.Sum256([]byte(kind + "/" + text))
	return hex.EncodeToString(sum[:])
}
