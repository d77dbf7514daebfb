package fabric

// This file is NetworkPolicies as the node agent of the VPC CNI keeps them: at the network interface of each Pod, so a request
// is looked at before kube-proxy has picked an endpoint when it leaves, and after that when it arrives. A name in a rule is a
// label or a port of a Pod. It must not know on which nodes an agent runs.

import (
	"net/netip"

	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Policies are all NetworkPolicies of a cluster at one moment.
type Policies struct {
	byNamespace map[string][]policy
	// namespaces has the labels of each.
	namespaces map[string]labels.Set
}

// policy is one NetworkPolicy; a direction that it says nothing about has no rules and is not isolated.
type policy struct {
	subject                 labels.Selector
	isolatesIn, isolatesOut bool
	in, out                 []rule
}

// rule allows what fits one of its ports and one of its peers; without any of a kind, all fit.
type rule struct {
	ports []networkingv1.NetworkPolicyPort
	peers []peer
}

// peer is a range of addresses, or Pods by their labels and their namespace's.
type peer struct {
	block  netip.Prefix
	except []netip.Prefix
	// namespaces is nil for the policy's own namespace alone.
	own              string
	namespaces, pods labels.Selector
}

func newPolicies(o Objects) *Policies {
	p := &Policies{byNamespace: map[string][]policy{}, namespaces: map[string]labels.Set{}}
	for _, namespace := range o.Namespaces {
		p.namespaces[namespace.Name] = namespace.Labels
	}
	for _, written := range o.Policies {
		p.byNamespace[written.Namespace] = append(p.byNamespace[written.Namespace], newPolicy(written))
	}
	return p
}

func newPolicy(written *networkingv1.NetworkPolicy) policy {
	spec := written.Spec
	p := policy{subject: selector(&spec.PodSelector)}
	for _, kind := range spec.PolicyTypes {
		p.isolatesIn = p.isolatesIn || kind == networkingv1.PolicyTypeIngress
		p.isolatesOut = p.isolatesOut || kind == networkingv1.PolicyTypeEgress
	}
	if len(spec.PolicyTypes) == 0 {
		p.isolatesIn, p.isolatesOut = true, len(spec.Egress) > 0
	}
	for _, allowed := range spec.Ingress {
		p.in = append(p.in, rule{allowed.Ports, peersOf(written.Namespace, allowed.From)})
	}
	for _, allowed := range spec.Egress {
		p.out = append(p.out, rule{allowed.Ports, peersOf(written.Namespace, allowed.To)})
	}
	return p
}

func peersOf(namespace string, written []networkingv1.NetworkPolicyPeer) (peers []peer) {
	for _, one := range written {
		p := peer{own: namespace, pods: labels.Everything()}
		switch {
		case one.IPBlock != nil:
			// The API server has read the ranges already; an empty one has no address.
			p.block, _ = netip.ParsePrefix(one.IPBlock.CIDR)
			for _, except := range one.IPBlock.Except {
				if prefix, err := netip.ParsePrefix(except); err == nil {
					p.except = append(p.except, prefix)
				}
			}
			p.pods = nil
		default:
			if one.PodSelector != nil {
				p.pods = selector(one.PodSelector)
			}
			if one.NamespaceSelector != nil {
				p.namespaces = selector(one.NamespaceSelector)
			}
		}
		peers = append(peers, p)
	}
	return peers
}

// selector is one of labels; the API server has checked it.
func selector(written *metav1.LabelSelector) labels.Selector {
	made, err := metav1.LabelSelectorAsSelector(written)
	if err != nil {
		return labels.Nothing()
	}
	return made
}

// side is one end of a request as a rule looks at it.
type side struct {
	// pod is nil where the address is no Pod's.
	pod     *v1.Pod
	address netip.Addr
}

// allowsOut says that a Pod may send to an address. Labels and names are looked at where the request goes (to, at), ranges
// where it was sent to, for the agent sees it before kube-proxy has changed the address of a Service.
func (p *Policies) allowsOut(sender, to *v1.Pod, q Request, at netip.AddrPort) bool {
	isIsolated := false
	for _, one := range p.of(sender) {
		if !one.isolatesOut {
			continue
		}
		isIsolated = true
		for _, rule := range one.out {
			for _, peer := range rule.peersOrAll() {
				asked, port := side{to, at.Addr()}, at.Port()
				if peer.pods == nil {
					asked, port = side{nil, q.To.Addr()}, q.To.Port()
				}
				if p.matches(peer, asked) && rule.fitsPort(q.Protocol, port, to) {
					return true
				}
			}
		}
	}
	return !isIsolated
}

// allowsIn says that a Pod may be asked by whom it sees.
func (p *Policies) allowsIn(receiver *v1.Pod, from side, protocol v1.Protocol, port uint16) bool {
	isIsolated := false
	for _, one := range p.of(receiver) {
		if !one.isolatesIn {
			continue
		}
		isIsolated = true
		for _, rule := range one.in {
			for _, peer := range rule.peersOrAll() {
				if p.matches(peer, from) && rule.fitsPort(protocol, port, receiver) {
					return true
				}
			}
		}
	}
	return !isIsolated
}

// of are the policies that select a Pod; without an agent there are none.
func (p *Policies) of(pod *v1.Pod) (all []policy) {
	if p == nil {
		return nil
	}
	for _, one := range p.byNamespace[pod.Namespace] {
		if one.subject.Matches(labels.Set(pod.Labels)) {
			all = append(all, one)
		}
	}
	return all
}

// everybody is the peer of a rule that names none.
var everybody = []peer{{block: netip.MustParsePrefix("0.0.0.0/0")}}

func (r rule) peersOrAll() []peer {
	if len(r.peers) == 0 {
		return everybody
	}
	return r.peers
}

func (p *Policies) matches(peer peer, other side) bool {
	if peer.pods == nil {
		for _, except := range peer.except {
			if except.Contains(other.address) {
				return false
			}
		}
		return peer.block.Contains(other.address)
	}
	switch {
	case other.pod == nil || !peer.pods.Matches(labels.Set(other.pod.Labels)):
		return false
	case peer.namespaces == nil:
		return other.pod.Namespace == peer.own
	}
	return peer.namespaces.Matches(p.namespaces[other.pod.Namespace])
}

// fitsPort looks at a port of a Pod, which gives a name its meaning; pod is nil where there is none.
func (r rule) fitsPort(protocol v1.Protocol, port uint16, pod *v1.Pod) bool {
	for _, one := range r.ports {
		if valueOr(one.Protocol, v1.ProtocolTCP) != protocol {
			continue
		}
		switch {
		case one.Port == nil:
			return true
		case one.Port.Type == intstr.String:
			if pod != nil && isCalled(pod, one.Port.StrVal, protocol, port) {
				return true
			}
		case int32(port) >= one.Port.IntVal && int32(port) <= valueOr(one.EndPort, one.Port.IntVal):
			return true
		}
	}
	return len(r.ports) == 0
}

func isCalled(pod *v1.Pod, name string, protocol v1.Protocol, port uint16) bool {
	for _, container := range pod.Spec.Containers {
		for _, one := range container.Ports {
			if one.Name == name && protocolOf(one.Protocol) == protocol && one.ContainerPort == int32(port) {
				return true
			}
		}
	}
	return false
}
