package node

// The kubelet's wait for a Pod's volumes, with a shorter step. It must not know how a volume is mounted.

import (
	"context"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/kubelet/volumemanager"
	volumeutil "k8s.io/kubernetes/pkg/volume/util"
)

const (
	// mountStep is how often it is looked whether a Pod's volumes are mounted.
	mountStep = 10 * time.Millisecond
	// lookFor is how long it is looked that often; after that the volume is one that takes long.
	lookFor = 2 * time.Second
)

// promptVolumes is the kubelet's volume manager. The kubelet looks every 300 ms (podAttachAndMountRetryInterval) whether a Pod's volumes are
// mounted. Most are in a moment, and each Pod of a start waits for that; so it is looked more often before the kubelet itself looks.
type promptVolumes struct{ volumemanager.VolumeManager }

// mountPromptly makes the kubelet use it.
func mountPromptly(kubelet any) error {
	manager, err := field[volumemanager.VolumeManager](kubelet, "volumeManager")
	if err != nil {
		return err
	}
	*manager = promptVolumes{*manager}
	return nil
}

// WaitForAttachAndMount waits as the kubelet does; the last word is its own.
func (p promptVolumes) WaitForAttachAndMount(ctx context.Context, pod *v1.Pod) error {
	step := time.NewTicker(mountStep)
	defer step.Stop()
	for end := time.Now().Add(lookFor); !p.areMounted(pod) && ctx.Err() == nil && time.Now().Before(end); {
		select {
		case <-step.C:
		case <-ctx.Done():
		}
	}
	return p.VolumeManager.WaitForAttachAndMount(ctx, pod)
}

func (p promptVolumes) areMounted(pod *v1.Pod) bool {
	mounts, devices, _ := volumeutil.GetPodVolumeNames(pod, false)
	mounted := p.GetMountedVolumesForPod(volumeutil.GetUniquePodName(pod))
	for name := range mounts.Union(devices) {
		if _, is := mounted[name]; !is {
			return false
		}
	}
	return true
}
