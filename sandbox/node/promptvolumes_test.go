package node

import (
	"context"
	"testing"

	v1 "k8s.io/api/core/v1"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	"k8s.io/kubernetes/pkg/kubelet/volumemanager"
	volumetypes "k8s.io/kubernetes/pkg/volume/util/types"
)

// slowMounts has the volume mounted after some looks, and counts them until the kubelet's own wait begins.
type slowMounts struct {
	volumemanager.VolumeManager
	after, looks int
	waited       bool
}

func (s *slowMounts) GetMountedVolumesForPod(volumetypes.UniquePodName) kubecontainer.VolumeMap {
	s.looks++
	if s.looks > s.after {
		return kubecontainer.VolumeMap{"configuration": {}}
	}
	return nil
}

func (s *slowMounts) WaitForAttachAndMount(context.Context, *v1.Pod) error {
	s.waited = true
	return nil
}

func TestTheKubeletLooksAgainAsSoonAsThePodsVolumesAreMounted(t *testing.T) {
	pod := &v1.Pod{Spec: v1.PodSpec{
		Volumes:    []v1.Volume{{Name: "configuration"}, {Name: "nobody-mounts-it"}},
		Containers: []v1.Container{{VolumeMounts: []v1.VolumeMount{{Name: "configuration", MountPath: "/etc/x"}}}},
	}}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	cases := []struct {
		name         string
		ctx          context.Context
		pod          *v1.Pod
		after, looks int
	}{
		{"at once", t.Context(), pod, 0, 1},
		{"after a moment", t.Context(), pod, 1, 2},
		{"a Pod without volumes", t.Context(), &v1.Pod{}, 1000, 1},
		{"a Pod that is to end", stopped, pod, 1000, 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			mounts := &slowMounts{after: c.after}
			if err := (promptVolumes{mounts}).WaitForAttachAndMount(c.ctx, c.pod); err != nil || !mounts.waited {
				t.Fatalf("the kubelet's own wait began: %t, %v", mounts.waited, err)
			}
			if mounts.looks != c.looks {
				t.Errorf("it looked %d times, not %d", mounts.looks, c.looks)
			}
		})
	}
	never := &slowMounts{after: 1000}
	if err := (promptVolumes{never}).WaitForAttachAndMount(t.Context(), pod); err != nil || !never.waited || never.looks > int(lookFor/mountStep)+1 {
		t.Errorf("of a volume that takes long: the kubelet's own wait began: %t, after %d looks, %v", never.waited, never.looks, err)
	}
}
