package fabric

// Where requests go, a row for each rule of kube-proxy's and of the VPC CNI's.

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

const (
	web     = clusterIP + ":80"
	exposed = ":30080"
)

func TestAPodReachesAnotherPodAndANodeByTheirAddresses(t *testing.T) {
	v := NewView(newWorld().Objects)
	check(t, v, "a0", "10.0.2.21:8080", "10.0.2.21:8080 on c as 10.0.2.1")
	check(t, v, "a0", nodeB+":10250", nodeB+":10250 on b as 10.0.2.1")
	check(t, v, "b", "10.0.2.21:8080", "10.0.2.21:8080 on c as 10.0.1.2")
}

func TestAnAddressThatNobodyHasNeverAnswers(t *testing.T) {
	w := newWorld()
	w.Pods[1].Status.Phase = v1.PodSucceeded
	v := NewView(w.Objects)
	check(t, v, "a0", "10.0.2.2:8080", "times out")
	check(t, v, "a0", "10.0.2.99:8080", "times out")
	check(t, v, "a0", "203.0.113.7:443", "times out")
	check(t, v, "a0", "[2001:db8::1]:443", "unreachable")
}

func TestAnAddressBelongsToThePodThatIsNotBeingDeleted(t *testing.T) {
	w := newWorld()
	leaving := newPod("old", "c", podAddress("a", 0))
	leaving.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
	w.Pods = append(w.Pods, leaving)
	check(t, NewView(w.Objects), "b0", "10.0.2.1:80", "10.0.2.1:80 on a as 10.0.2.11")
	w.Pods = append([]*v1.Pod{leaving}, w.Pods[:6]...)
	check(t, NewView(w.Objects), "b0", "10.0.2.1:80", "10.0.2.1:80 on a as 10.0.2.11")
}

func TestAServiceLeadsToItsReadyEndpoints(t *testing.T) {
	v := NewView(newWorld().ends("b0", "ready").ends("c0", "ready").ends("c1", "unready").ends("b1", "draining").Objects)
	check(t, v, "a0", web, "10.0.2.11:8080 on b as 10.0.2.1", "10.0.2.21:8080 on c as 10.0.2.1")
	// No rule is for another port, so the packet leaves the cluster, where nobody has the address.
	check(t, v, "a0", clusterIP+":81", "times out")
}

func TestEndpointsThatDrainAreTheLastResort(t *testing.T) {
	v := NewView(newWorld().ends("c1", "unready").ends("b1", "draining").ends("b0", "gone").Objects)
	check(t, v, "a0", web, "10.0.2.12:8080 on b as 10.0.2.1")
}

func TestAServiceWithoutEndpointsRefuses(t *testing.T) {
	check(t, NewView(newWorld().Objects), "a0", web, "refused")
	check(t, NewView(newWorld().ends("c1", "unready").Objects), "a0", web, "refused")
	check(t, NewView(newWorld().exposed().Objects), "a0", nodeB+exposed, "refused")
}

func TestAPodThatComesBackToItselfIsSeenAsItsNode(t *testing.T) {
	check(t, NewView(newWorld().ends("a0", "ready").Objects), "a0", web, "10.0.2.1:8080 on a as "+nodeA)
}

func TestALocalPolicyDropsWhereTheNodeHasNone(t *testing.T) {
	w := newWorld().ends("a0", "ready").ends("b0", "ready")
	w.service.Spec.InternalTrafficPolicy = ptr.To(v1.ServiceInternalTrafficPolicyLocal)
	v := NewView(w.Objects)
	check(t, v, "a1", web, "10.0.2.1:8080 on a as 10.0.2.2")
	check(t, v, "c0", web, "times out")
}

func TestHintsKeepARequestInItsZoneOrOnItsNode(t *testing.T) {
	v := NewView(newWorld().ends("a0", "ready", "1").ends("c0", "ready", "2").Objects)
	check(t, v, "b0", web, "10.0.2.1:8080 on a as 10.0.2.11")
	check(t, v, "c1", web, "10.0.2.21:8080 on c as 10.0.2.22")
	// One endpoint without a hint makes all hints count for nothing.
	v = NewView(newWorld().ends("a0", "ready", "1").ends("c0", "ready").Objects)
	check(t, v, "b0", web, "10.0.2.1:8080 on a as 10.0.2.11", "10.0.2.21:8080 on c as 10.0.2.11")
	v = NewView(newWorld().ends("a0", "ready", "a", "1").ends("b0", "ready", "b", "1").Objects)
	check(t, v, "b1", web, "10.0.2.11:8080 on b as 10.0.2.12")
}

func TestANodesPortIsForEveryNodeAndHidesTheSender(t *testing.T) {
	v := NewView(newWorld().exposed().ends("c0", "ready").Objects)
	check(t, v, "a0", nodeB+exposed, "10.0.2.21:8080 on c as "+nodeB)
	outside := Request{From: Source{Address: netip.MustParseAddr("198.51.100.9")}, To: netip.MustParseAddrPort(nodeA + exposed), Protocol: v1.ProtocolTCP}
	if found := all(v, outside, netip.AddrPort{}); !slices.Equal(found, []string{"10.0.2.21:8080 on c as " + nodeA}) {
		t.Errorf("from outside: %q", found)
	}
	outside.To = netip.MustParseAddrPort(web)
	if found := all(v, outside, netip.AddrPort{}); !slices.Equal(found, []string{"times out"}) {
		t.Errorf("from outside to the cluster's address: %q", found)
	}
}

func TestALocalExternalPolicyKeepsTheSenderAndDropsElsewhere(t *testing.T) {
	w := newWorld().exposed().ends("c0", "ready")
	w.service.Spec.ExternalTrafficPolicy = v1.ServiceExternalTrafficPolicyLocal
	v := NewView(w.Objects)
	check(t, v, "a0", nodeC+exposed, "10.0.2.21:8080 on c as 10.0.2.1")
	check(t, v, "a0", nodeB+exposed, "times out")
	// A node has a way to all endpoints through its own port.
	check(t, v, "b", nodeB+exposed, "10.0.2.21:8080 on c as "+nodeB)
	// Inside, the policy for external traffic says nothing.
	check(t, v, "a0", web, "10.0.2.21:8080 on c as 10.0.2.1")
}

func TestSessionAffinityHoldsWhileTheEndpointIsUsed(t *testing.T) {
	w := newWorld().ends("b0", "ready").ends("c0", "ready")
	w.service.Spec.SessionAffinity = v1.ServiceAffinityClientIP
	q := Request{From: from("a0"), To: netip.MustParseAddrPort(web), Protocol: v1.ProtocolTCP}
	last := netip.MustParseAddrPort("10.0.2.21:8080")
	if found := all(NewView(w.Objects), q, last); !slices.Equal(found, []string{"10.0.2.21:8080 on c as 10.0.2.1"}) {
		t.Errorf("with affinity: %q", found)
	}
	outcome := Decide(NewView(w.Objects), q, Choice{Pick: func(int) int { return 0 }})
	if outcome.Sticky != 3*time.Hour {
		t.Errorf("the default lasts %s", outcome.Sticky)
	}
	w.service.Spec.SessionAffinityConfig = &v1.SessionAffinityConfig{ClientIP: &v1.ClientIPConfig{TimeoutSeconds: ptr.To[int32](60)}}
	if outcome = Decide(NewView(w.Objects), q, Choice{Pick: func(int) int { return 0 }}); outcome.Sticky != time.Minute {
		t.Errorf("of 60 seconds %s last", outcome.Sticky)
	}
	w.slice.Endpoints[1].Conditions.Ready = ptr.To(false)
	if found := all(NewView(w.Objects), q, last); !slices.Equal(found, []string{"10.0.2.11:8080 on b as 10.0.2.1"}) {
		t.Errorf("when the endpoint is gone: %q", found)
	}
}

func TestServicesAreKnownOnlyToNodesWithRules(t *testing.T) {
	before := NewView(newWorld().ends("b0", "ready").Objects)
	now := NewView(newWorld().ends("c0", "ready").Objects)
	v := now.WithRules(map[string]*Services{"a": before.Services(), "b": now.Services()}, nil)
	check(t, v, "a0", web, "10.0.2.11:8080 on b as 10.0.2.1")
	check(t, v, "b0", web, "10.0.2.21:8080 on c as 10.0.2.11")
	check(t, v, "c0", web, "times out")
	// Without rules a Pod is still reached by its own address.
	check(t, v, "c0", "10.0.2.11:8080", "10.0.2.11:8080 on b as 10.0.2.21")
}

func TestARuleThatIsOldLeadsToAnAddressThatNobodyHas(t *testing.T) {
	old := NewView(newWorld().ends("b0", "ready").Objects)
	w := newWorld()
	w.Pods = slices.DeleteFunc(w.Pods, func(pod *v1.Pod) bool { return pod.Name == "b0" })
	v := NewView(w.Objects).WithRules(map[string]*Services{"a": old.Services()}, nil)
	check(t, v, "a0", web, "times out")
}

func TestServicesWithoutAnAddressHaveNoRules(t *testing.T) {
	for _, change := range []func(*v1.Service){
		func(s *v1.Service) { s.Spec.ClusterIP = v1.ClusterIPNone },
		func(s *v1.Service) { s.Spec.Type, s.Spec.ClusterIP = v1.ServiceTypeExternalName, "" },
	} {
		w := newWorld().ends("b0", "ready")
		change(w.service)
		check(t, NewView(w.Objects), "a0", web, "times out")
	}
}

func TestAPortOfTheHostLeadsToItsPod(t *testing.T) {
	w := newWorld()
	w.Pods[2].Spec.Containers[0].Ports = []v1.ContainerPort{{ContainerPort: 8080, HostPort: 9000}}
	v := NewView(w.Objects)
	check(t, v, "a0", nodeB+":9000", "10.0.2.11:8080 on b as 10.0.2.1")
	check(t, v, "a0", nodeA+":9000", nodeA+":9000 on a as 10.0.2.1")
}

func TestAPortOfTheHostMayBeOneOfOneAddressOnly(t *testing.T) {
	w := newWorld()
	w.Pods[2].Spec.Containers[0].Ports = []v1.ContainerPort{{ContainerPort: 8080, HostPort: 9000, HostIP: "127.0.0.1"}}
	w.Pods[3].Spec.Containers[0].Ports = []v1.ContainerPort{{ContainerPort: 8080, HostPort: 9000, HostIP: nodeB}}
	v := NewView(w.Objects)
	check(t, v, "a0", nodeB+":9000", "10.0.2.12:8080 on b as 10.0.2.1")
	check(t, v, "b", "127.0.0.1:9000", "10.0.2.11:8080 on b as "+nodeB)
	check(t, v, "b", "127.0.0.1:9001", nodeB+":9001 on b as "+nodeB)
}

func TestAnEndpointThatSeveralPodsHaveCountsOnce(t *testing.T) {
	v := NewView(newWorld().ends("b0", "draining").ends("b0", "ready").ends("b0", "draining").ends("c0", "ready").Objects)
	check(t, v, "a0", web, "10.0.2.11:8080 on b as 10.0.2.1", "10.0.2.21:8080 on c as 10.0.2.1")
}
