// Package fabric is the network of the simulated cluster: where a request from a Pod, a node or the outside goes, and how
// it fails.
//
// The answer is a pure function, [Decide], over a [View] of API objects that never changes; [Fabric] keeps the newest view
// and carries bytes. The package knows the API's objects. It must not know a node's runtime (a Host is asked), nor where
// the objects come from, nor what a lab is.
package fabric

import (
	"net/netip"

	v1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// Objects are those that decide how a request goes. Nothing may change them afterwards.
type Objects struct {
	Nodes          []*v1.Node
	Pods           []*v1.Pod
	Services       []*v1.Service
	EndpointSlices []*discoveryv1.EndpointSlice
	Policies       []*networkingv1.NetworkPolicy
	Namespaces     []*v1.Namespace
	// Outside are addresses beyond the cluster at which somebody answers.
	Outside []netip.Addr
}

// View is the network at one moment. Nothing in it changes once it is made.
type View struct {
	// nodes and pods are found by their addresses; pods has none on a node's own network, and none that is over.
	nodes     map[netip.Addr]*v1.Node
	pods      map[netip.Addr]*v1.Pod
	hostPorts map[hostPort][]hostPortPod
	names     map[string]*v1.Node
	outside   map[netip.Addr]bool
	// services are those of now; rules has by node those that its kube-proxy wrote last.
	services *Services
	rules    map[string]*Services
	// policies are those of now; kept has by node those that its agent keeps.
	policies *Policies
	kept     map[string]*Policies
}

// hostPort is a port of a node that leads to a Pod.
type hostPort struct {
	node     string
	protocol v1.Protocol
	port     uint16
}

// hostPortPod is where it leads, for requests to one address of the node, or to any where that is unset.
type hostPortPod struct {
	at      netip.Addr
	address netip.Addr
	port    uint16
}

// behind finds the Pod behind a port of a node that was asked for by an address.
func (v *View) behind(node *v1.Node, q Request, asked netip.Addr) (hostPortPod, bool) {
	for _, pod := range v.hostPorts[hostPort{node.Name, q.Protocol, q.To.Port()}] {
		if !pod.at.IsValid() || pod.at.IsUnspecified() || pod.at == asked {
			return pod, true
		}
	}
	return hostPortPod{}, false
}

// NewView makes a view in which every kube-proxy has written the rules of now, and every agent keeps the policies of now; see
// [View.WithRules].
func NewView(o Objects) *View {
	v := &View{
		nodes: map[netip.Addr]*v1.Node{}, pods: map[netip.Addr]*v1.Pod{}, hostPorts: map[hostPort][]hostPortPod{},
		names: map[string]*v1.Node{}, outside: map[netip.Addr]bool{}, services: newServices(o), rules: map[string]*Services{},
		policies: newPolicies(o), kept: map[string]*Policies{},
	}
	for _, node := range o.Nodes {
		v.names[node.Name] = node
		v.rules[node.Name], v.kept[node.Name] = v.services, v.policies
		if address, known := addressOf(node); known {
			v.nodes[address] = node
		}
	}
	for _, pod := range o.Pods {
		v.add(pod)
	}
	for _, address := range o.Outside {
		v.outside[address] = true
	}
	return v
}

// add takes a Pod with an address of its own into the view. Two Pods may have one address for a moment, when it was given
// to a new Pod before the old one's object went: the one that is not being deleted has it.
func (v *View) add(pod *v1.Pod) {
	address, err := netip.ParseAddr(pod.Status.PodIP)
	isOver := pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed
	if err != nil || pod.Spec.HostNetwork || isOver {
		return
	}
	if other := v.pods[address]; other != nil && other.DeletionTimestamp == nil {
		return
	}
	v.pods[address] = pod
	for _, container := range pod.Spec.Containers {
		for _, port := range container.Ports {
			if port.HostPort != 0 {
				key := hostPort{pod.Spec.NodeName, protocolOf(port.Protocol), uint16(port.HostPort)}
				at, _ := netip.ParseAddr(port.HostIP) // most Pods name none
				v.hostPorts[key] = append(v.hostPorts[key], hostPortPod{at, address, uint16(port.ContainerPort)})
			}
		}
	}
}

// WithRules is the same view with the rules of each node's kube-proxy, and the policies that each node's agent keeps. A node that
// is not named has none.
func (v *View) WithRules(rules map[string]*Services, kept map[string]*Policies) *View {
	changed := *v
	changed.rules, changed.kept = rules, kept
	return &changed
}

// Services are the rules that a kube-proxy would write now.
func (v *View) Services() *Services { return v.services }

// Policies are the policies that an agent would keep now.
func (v *View) Policies() *Policies { return v.policies }

func addressOf(node *v1.Node) (netip.Addr, bool) {
	for _, address := range node.Status.Addresses {
		if address.Type == v1.NodeInternalIP {
			parsed, err := netip.ParseAddr(address.Address)
			return parsed, err == nil
		}
	}
	return netip.Addr{}, false
}

// protocolOf is TCP where the API leaves it out.
func protocolOf(protocol v1.Protocol) v1.Protocol {
	if protocol == "" {
		return v1.ProtocolTCP
	}
	return protocol
}
