package eks

import (
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
)

// The maximum Pods are those of `eni-max-pods.txt` in https://github.com/awslabs/amazon-eks-ami.
func TestMaximumPodsAreThoseOfAWSsList(t *testing.T) {
	published := map[string]int{
		"c5.2xlarge": 58, "c5.large": 29, "c5.xlarge": 58, "c6i.large": 29, "c6i.xlarge": 58,
		"m5.2xlarge": 58, "m5.4xlarge": 234, "m5.large": 29, "m5.xlarge": 58,
		"m6i.2xlarge": 58, "m6i.large": 29, "m6i.xlarge": 58, "m7i.large": 29, "m7i.xlarge": 58,
		"r5.2xlarge": 58, "r5.large": 29, "r5.xlarge": 58, "r6i.large": 29,
		"t3.large": 35, "t3.medium": 17, "t3.small": 11, "t3.xlarge": 58,
	}
	for _, kind := range InstanceTypes() {
		if kind.MaxPods() != published[kind.Name] {
			t.Errorf("%s has %d Pods, AWS lists %d", kind.Name, kind.MaxPods(), published[kind.Name])
		}
	}
	if len(InstanceTypes()) != len(published) {
		t.Errorf("%d instance types, %d are checked", len(InstanceTypes()), len(published))
	}
}

func TestInstanceTypesAreOrderedByName(t *testing.T) {
	ordered := slices.IsSortedFunc(InstanceTypes(), func(a, b InstanceType) int { return strings.Compare(a.Name, b.Name) })
	if !ordered {
		t.Error("the table is not ordered")
	}
}

func TestUnknownInstanceTypeNamesTheKnownOnes(t *testing.T) {
	_, err := FindInstanceType("m5.huge")
	if err == nil || !strings.Contains(err.Error(), "`m5.huge`") || !strings.Contains(err.Error(), "m5.large") {
		t.Errorf("the error is %v", err)
	}
}

// Allocatable processors and storage are exact; storage is what every published node with a 20 GiB root
// volume on Amazon Linux 2023 shows.
func TestAllocatableIsCapacityLessEKSsReserves(t *testing.T) {
	cases := []struct {
		name, cpu, storage string
		reservedMiB        int64
	}{
		{"t3.medium", "1930m", "18181869946", 255 + 11*17 + 100},
		{"m5.large", "1930m", "18181869946", 255 + 11*29 + 100},
		{"m5.xlarge", "3920m", "18181869946", 255 + 11*58 + 100},
		{"m5.2xlarge", "7910m", "18181869946", 255 + 11*58 + 100},
		{"m5.4xlarge", "15890m", "18181869946", 255 + 11*234 + 100},
	}
	for _, c := range cases {
		kind, err := FindInstanceType(c.name)
		if err != nil {
			t.Fatal(err)
		}
		allocatable, capacity := kind.Allocatable(), kind.Capacity()
		if got := quantity(allocatable, v1.ResourceCPU); got != c.cpu {
			t.Errorf("%s: cpu %s, expected %s", c.name, got, c.cpu)
		}
		if got := quantity(allocatable, v1.ResourceEphemeralStorage); got != c.storage {
			t.Errorf("%s: storage %s, expected %s", c.name, got, c.storage)
		}
		memory, left := capacity[v1.ResourceMemory], allocatable[v1.ResourceMemory]
		if got := (memory.Value() - left.Value()) >> 20; got != c.reservedMiB {
			t.Errorf("%s: %d MiB are reserved, expected %d", c.name, got, c.reservedMiB)
		}
	}
}

// Published `kubectl describe node` outputs of Amazon Linux 2023 nodes.
func TestMemoryIsCloseToWhatNodesReport(t *testing.T) {
	reportedKiB := map[string]int64{"t3.medium": 3926448, "m5.xlarge": 16164852, "m5.2xlarge": 32475408}
	for name, reported := range reportedKiB {
		kind, err := FindInstanceType(name)
		if err != nil {
			t.Fatal(err)
		}
		off := float64(kind.MemoryBytes()>>10-reported) / float64(reported)
		if off < -0.01 || off > 0.01 {
			t.Errorf("%s: %d KiB is %.1f %% off", name, kind.MemoryBytes()>>10, off*100)
		}
	}
}

func quantity(list v1.ResourceList, name v1.ResourceName) string {
	found := list[name]
	return found.String()
}
