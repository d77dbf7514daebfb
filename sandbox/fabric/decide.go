package fabric

// This file is the one question: a request from A to B, does it arrive, where, or how does it fail. It follows the rules
// that kube-proxy writes in its mode `iptables`, on a node whose kube-proxy does not know the range of the Pods, as EKS
// sets it up. It must not know how bytes travel, nor the time.

import (
	"net/netip"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/proxy"
)

// Source is who asks.
type Source struct {
	// Node is where it runs; empty: outside the cluster.
	Node string
	// Address is a Pod's own, or the node's for what runs on the node's network.
	Address netip.Addr
}

// Request is a connection, or a datagram, that is on its way.
type Request struct {
	From     Source
	To       netip.AddrPort
	Protocol v1.Protocol
}

// Verdict is what becomes of a request.
type Verdict int

const (
	// Arrives: at Outcome.At. Whether anybody listens there is not known to a view.
	Arrives Verdict = iota
	// Refused: somebody on the way said no.
	Refused
	// TimesOut: nobody says anything.
	TimesOut
	// Unreachable: the node has no way to such an address.
	Unreachable
)

// Outcome is where a request comes to.
type Outcome struct {
	Verdict Verdict
	// Node has the address At; it is unset beyond the cluster, and both are for what does not arrive.
	Node string
	At   netip.AddrPort
	// Seen is the address that the other side takes for the sender's: a node's where the request was masqueraded.
	Seen netip.Addr
	// Sticky is how long the next request of the same sender to the same address goes to At again; 0: it does not.
	Sticky time.Duration
}

// Choice is what a node decides by chance, or by what it remembers of a sender.
type Choice struct {
	// Pick returns a number below n.
	Pick func(n int) int
	// Last is where the sender was sent before, for a Service with session affinity; unset: nowhere.
	Last netip.AddrPort
}

// Decide says what becomes of a request. It has no memory and changes nothing.
func Decide(v *View, q Request, choice Choice) Outcome {
	if !q.To.Addr().Is4() {
		return Outcome{Verdict: Unreachable}
	}
	asked := q.To.Addr()
	if v.nodes[q.From.Address] != nil && asked.IsLoopback() {
		// What a node asks of itself.
		q.To = netip.AddrPortFrom(q.From.Address, q.To.Port())
	}
	if node := v.names[q.From.Node]; node != nil {
		if port := v.rules[q.From.Node].forAddress(q); port != nil {
			return port.internal(v, q, node, choice)
		}
	}
	// A port of a node is looked at by the rules of that node.
	if node := v.nodes[q.To.Addr()]; node != nil {
		if port := v.rules[node.Name].forNodePort(q); port != nil {
			return port.external(v, q, node, choice)
		}
		if pod, leads := v.behind(node, q, asked); leads {
			return v.deliver(q, netip.AddrPortFrom(pod.address, pod.port), q.From.Address)
		}
	}
	return v.deliver(q, q.To, q.From.Address)
}

func (s *Services) forAddress(q Request) *servicePort {
	if s == nil {
		return nil
	}
	return s.byAddress[frontend{q.To, q.Protocol}]
}

func (s *Services) forNodePort(q Request) *servicePort {
	if s == nil {
		return nil
	}
	return s.byNodePort[nodePort{q.To.Port(), q.Protocol}]
}

// internal is a request to the cluster's address of a Service.
func (p *servicePort) internal(v *View, q Request, node *v1.Node, choice Choice) Outcome {
	cluster, local, exists := p.usable(node)
	usable := cluster
	if (asPort{p}).InternalPolicyLocal() {
		usable = local
	}
	return p.send(v, q, node, usable, exists, choice, q.From.Address)
}

// external is a request to a node's port.
func (p *servicePort) external(v *View, q Request, node *v1.Node, choice Choice) Outcome {
	cluster, local, exists := p.usable(node)
	own, _ := addressOf(node)
	// What the node itself sends has a way to all endpoints, also under the policy `Local`.
	if (asPort{p}).ExternalPolicyLocal() && q.From.Address != own {
		return p.send(v, q, node, local, exists, choice, q.From.Address)
	}
	return p.send(v, q, node, cluster, exists, choice, own)
}

// send picks an endpoint. Without any in the whole cluster kube-proxy rejects; when only this node may use none, it drops.
func (p *servicePort) send(v *View, q Request, node *v1.Node, usable []proxy.Endpoint, exists bool, choice Choice, as netip.Addr) Outcome {
	switch {
	case !exists && !v.mayLeave(q, q.To):
		return Outcome{Verdict: TimesOut}
	case !exists:
		return Outcome{Verdict: Refused}
	case len(usable) == 0:
		return Outcome{Verdict: TimesOut}
	}
	picked := usable[choice.Pick(len(usable))].(seen).address
	for _, one := range usable {
		if at := one.(seen).address; p.stickyFor() > 0 && at == choice.Last {
			picked = at
		}
	}
	// Who comes back to itself through a Service is masqueraded, for it would take the answer for its own.
	if picked.Addr() == q.From.Address {
		as, _ = addressOf(node)
	}
	outcome := v.deliver(q, picked, as)
	outcome.Sticky = p.stickyFor()
	return outcome
}

// stickyFor is the time-out of the session affinity; 0: there is none.
func (p *servicePort) stickyFor() time.Duration {
	if p.spec.SessionAffinity != v1.ServiceAffinityClientIP {
		return 0
	}
	seconds := int32(v1.DefaultClientIPServiceAffinitySeconds)
	if config := p.spec.SessionAffinityConfig; config != nil && config.ClientIP != nil {
		seconds = valueOr(config.ClientIP.TimeoutSeconds, seconds)
	}
	return time.Duration(seconds) * time.Second
}

// deliver takes a request, whose way is decided, to the Pod or the node that has the address. What a policy forbids is dropped.
func (v *View) deliver(q Request, at netip.AddrPort, as netip.Addr) Outcome {
	pod, node := v.pods[at.Addr()], v.nodes[at.Addr()]
	switch {
	case !v.mayLeave(q, at) || pod != nil && !v.mayEnter(q, pod, at, as):
		return Outcome{Verdict: TimesOut}
	case pod != nil:
		return Outcome{Verdict: Arrives, Node: pod.Spec.NodeName, At: at, Seen: as}
	case node != nil:
		return Outcome{Verdict: Arrives, Node: node.Name, At: at, Seen: as}
	case v.outside[at.Addr()]:
		return Outcome{Verdict: Arrives, At: at, Seen: as}
	}
	// Nobody has the address: in a VPC nothing answers for it.
	return Outcome{Verdict: TimesOut}
}

// mayLeave asks the agent of the sender's node. What runs on a node's own network is no Pod to it, and nobody is kept from itself.
func (v *View) mayLeave(q Request, at netip.AddrPort) bool {
	sender, to := v.pods[q.From.Address], v.pods[at.Addr()]
	return sender == nil || sender == to || v.kept[q.From.Node].allowsOut(sender, to, q, at)
}

// mayEnter asks the agent of the receiver's node, which always lets its own node in, for the kubelet's probes come from there.
func (v *View) mayEnter(q Request, pod *v1.Pod, at netip.AddrPort, as netip.Addr) bool {
	if own := v.nodes[as]; own != nil && own.Name == pod.Spec.NodeName || v.pods[q.From.Address] == pod {
		return true
	}
	return v.kept[pod.Spec.NodeName].allowsIn(pod, side{v.pods[as], as}, q.Protocol, at.Port())
}
