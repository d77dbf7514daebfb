package node

import (
	"sync"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	kubepod "k8s.io/kubernetes/pkg/kubelet/pod"
	"k8s.io/kubernetes/pkg/kubelet/status"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
)

// slowReader is the kubelet's store of statuses to a goroutine that is held up after its first look: until another status was
// stored, or so long that none will be.
type slowReader struct {
	status.Manager
	looked, another, written chan struct{}
	onlyOnce                 *sync.Once
}

func (s slowReader) GetPodStatus(uid types.UID) (v1.PodStatus, bool) {
	now, found := s.Manager.GetPodStatus(uid)
	s.onlyOnce.Do(func() {
		close(s.looked)
		select {
		case <-s.another:
		case <-time.After(200 * time.Millisecond):
		}
	})
	return now, found
}

func (s slowReader) SetPodStatus(logger klog.Logger, pod *v1.Pod, now v1.PodStatus) (v1.PodStatus, bool) {
	defer close(s.written)
	return s.Manager.SetPodStatus(logger, pod, now)
}

// lastPhase is a Pod's phase when its sandbox was ready, its container has started after that and everything is written.
func lastPhase(t *testing.T, helper func(slowReader) kubecontainer.RuntimeHelper) v1.PodPhase {
	t.Helper()
	statuses := slowReader{
		Manager: status.NewManager(nil, kubepod.NewBasicPodManager(), nil, kubeletutil.NewPodStartupLatencyTracker()),
		looked:  make(chan struct{}), another: make(chan struct{}), written: make(chan struct{}), onlyOnce: &sync.Once{},
	}
	pod := &v1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "kube-proxy", UID: "1"}}
	store := func(phase v1.PodPhase) {
		statuses.Manager.SetPodStatus(klog.Background(), pod, v1.PodStatus{Phase: phase})
	}
	store(v1.PodPending)
	if err := helper(statuses).OnPodSandboxReady(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	<-statuses.looked
	store(v1.PodRunning)
	close(statuses.another)
	select {
	case <-statuses.written:
	case <-time.After(10 * time.Second):
		t.Fatal("nobody wrote the condition")
	}
	now, _ := statuses.Manager.GetPodStatus(pod.UID)
	return now.Phase
}

func TestAContainerThatStartsSoonAfterItsSandboxStaysKnownToRun(t *testing.T) {
	ours := func(statuses slowReader) kubecontainer.RuntimeHelper { return inOrder{statuses: statuses} }
	if phase := lastPhase(t, ours); phase != v1.PodRunning {
		t.Errorf("it runs, and is said to be %s", phase)
	}
}

// When this fails, Kubernetes has mended it, and inOrder can go.
func TestTheKubeletItselfForgetsAContainerThatStartsSoonAfterItsSandbox(t *testing.T) {
	its := func(statuses slowReader) kubecontainer.RuntimeHelper {
		k := &kubelet.Kubelet{}
		if err := replace[status.Manager](k, statuses, "statusManager"); err != nil {
			t.Fatal(err)
		}
		return k
	}
	if phase := lastPhase(t, its); phase != v1.PodPending {
		t.Errorf("it is said to be %s", phase)
	}
}
