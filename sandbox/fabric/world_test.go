package fabric

// A small cluster for tests: nodes a and b in zone 1, c in zone 2, each with two Pods. Tests nothing by itself.

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	v1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

const (
	clusterIP = "172.20.0.50"
	nodeA     = "10.0.1.1"
	nodeB     = "10.0.1.2"
	nodeC     = "10.0.1.3"
)

// world is a cluster with one Service, `shop/web`, whose port 80 leads to 8080.
type world struct {
	Objects
	service *v1.Service
	slice   *discoveryv1.EndpointSlice
}

func newWorld() *world {
	w := &world{}
	for i, name := range []string{"a", "b", "c"} {
		zone := []string{"1", "1", "2"}[i]
		address := fmt.Sprintf("10.0.1.%d", i+1)
		w.Nodes = append(w.Nodes, &v1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1.LabelTopologyZone: zone}},
			Status:     v1.NodeStatus{Addresses: []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: address}}},
		})
		for j := range 2 {
			w.Pods = append(w.Pods, newPod(fmt.Sprintf("%s%d", name, j), name, podAddress(name, j)))
		}
	}
	w.service = &v1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec: v1.ServiceSpec{Type: v1.ServiceTypeClusterIP, ClusterIP: clusterIP, SessionAffinity: v1.ServiceAffinityNone,
			Ports: []v1.ServicePort{{Name: "http", Port: 80, Protocol: v1.ProtocolTCP}}},
	}
	w.slice = &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-1", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
		Ports:      []discoveryv1.EndpointPort{{Name: ptr.To("http"), Port: ptr.To[int32](8080), Protocol: ptr.To(v1.ProtocolTCP)}},
	}
	w.Services, w.EndpointSlices = []*v1.Service{w.service}, []*discoveryv1.EndpointSlice{w.slice}
	return w
}

func newPod(name, node, address string) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": name}},
		Spec:       v1.PodSpec{NodeName: node, Containers: []v1.Container{{Name: "main"}}},
		Status:     v1.PodStatus{Phase: v1.PodRunning, PodIP: address},
	}
}

// podAddress is the address of the node's first (0) or second Pod.
func podAddress(node string, n int) string {
	return fmt.Sprintf("10.0.2.%d", (node[0]-'a')*10+1+byte(n))
}

// exposed makes the Service one of type NodePort.
func (w *world) exposed() *world {
	w.service.Spec.Type = v1.ServiceTypeNodePort
	w.service.Spec.Ports[0].NodePort = 30080
	return w
}

// ends adds an endpoint for a Pod such as `a0`, in the state "ready", "unready", "draining" (it serves, and is being deleted) or "gone".
func (w *world) ends(pod, state string, hints ...string) *world {
	node := pod[:1]
	one := discoveryv1.Endpoint{
		Addresses: []string{podAddress(node, int(pod[1]-'0'))}, NodeName: ptr.To(node),
		Conditions: discoveryv1.EndpointConditions{
			Ready: ptr.To(state == "ready"), Serving: ptr.To(state == "ready" || state == "draining"), Terminating: ptr.To(state == "draining" || state == "gone"),
		},
	}
	for _, hint := range hints {
		if one.Hints == nil {
			one.Hints = &discoveryv1.EndpointHints{}
		}
		if hint == "1" || hint == "2" {
			one.Hints.ForZones = append(one.Hints.ForZones, discoveryv1.ForZone{Name: hint})
		} else {
			one.Hints.ForNodes = append(one.Hints.ForNodes, discoveryv1.ForNode{Name: hint})
		}
	}
	w.slice.Endpoints = append(w.slice.Endpoints, one)
	return w
}

// from is a Pod such as `a0`, or a node such as `a`.
func from(who string) Source {
	if len(who) == 1 {
		return Source{Node: who, Address: netip.MustParseAddr(fmt.Sprintf("10.0.1.%d", who[0]-'a'+1))}
	}
	return Source{Node: who[:1], Address: netip.MustParseAddr(podAddress(who[:1], int(who[1]-'0')))}
}

// all are the outcomes that chance can choose from, in words, sorted.
func all(v *View, q Request, last netip.AddrPort) []string {
	var found []string
	for n, of := 0, 1; n < of; n++ {
		outcome := Decide(v, q, Choice{Last: last, Pick: func(among int) int { of = among; return n }})
		found = append(found, outcome.String())
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func (o Outcome) String() string {
	switch o.Verdict {
	case Arrives:
		return fmt.Sprintf("%s on %s as %s", o.At, o.Node, o.Seen)
	case Refused:
		return "refused"
	case TimesOut:
		return "times out"
	default:
		return "unreachable"
	}
}

func check(t *testing.T, v *View, who, to string, expected ...string) {
	t.Helper()
	q := Request{From: from(who), To: netip.MustParseAddrPort(to), Protocol: v1.ProtocolTCP}
	slices.Sort(expected)
	if found := all(v, q, netip.AddrPort{}); !slices.Equal(found, expected) {
		t.Errorf("from %s to %s: expected %q, found %q", who, to, expected, found)
	}
}
