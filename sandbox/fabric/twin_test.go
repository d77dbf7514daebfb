package fabric

// The twin of Decide for one Service: written from what Kubernetes' documentation promises, step by step over lists, and
// not from kube-proxy's code. Random clusters are asked both, for every choice that chance has.

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	v1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// twin says in words all that may become of a request to the only Service.
func twin(w *world, who Source, to netip.AddrPort) []string {
	nodeAt := map[string]string{nodeA: "a", nodeB: "b", nodeC: "c"}
	receiving, isNode := nodeAt[to.Addr().String()]
	throughPort := isNode && int32(to.Port()) == w.service.Spec.Ports[0].NodePort
	switch {
	case throughPort:
	case to.String() == web && who.Node != "":
		receiving = who.Node
	case to.String() == web:
		return []string{"times out"}
	default:
		return []string{fmt.Sprintf("%s on %s as %s", to, receiving, who.Address)}
	}
	nodeAddress := fmt.Sprintf("10.0.1.%d", receiving[0]-'a'+1)
	seen := who.Address.String()
	isLocal := valueOr(w.service.Spec.InternalTrafficPolicy, "") == v1.ServiceInternalTrafficPolicyLocal
	if throughPort {
		isLocal = w.service.Spec.ExternalTrafficPolicy == v1.ServiceExternalTrafficPolicyLocal && seen != nodeAddress
		if !isLocal {
			seen = nodeAddress
		}
	}
	candidates, anywhere := candidates(w, receiving, isLocal)
	switch {
	case !anywhere:
		return []string{"refused"}
	case len(candidates) == 0:
		return []string{"times out"}
	}
	var found []string
	for _, pod := range candidates {
		as := seen
		if podAddress(pod[:1], int(pod[1]-'0')) == who.Address.String() {
			as = nodeAddress
		}
		found = append(found, fmt.Sprintf("%s:8080 on %s as %s", podAddress(pod[:1], int(pod[1]-'0')), pod[:1], as))
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// candidates are the Pods that a node may send to, and whether any node may send to any.
func candidates(w *world, node string, isLocal bool) (pods []string, anywhere bool) {
	zone := map[string]string{"a": "1", "b": "1", "c": "2"}
	type end struct {
		pod, state   string
		zones, nodes []string
	}
	var ends []end
	for _, e := range w.slice.Endpoints {
		one := end{pod: *e.NodeName + fmt.Sprint(e.Addresses[0][len(e.Addresses[0])-1]-'1')}
		switch {
		case *e.Conditions.Ready:
			one.state = "ready"
		case *e.Conditions.Serving && *e.Conditions.Terminating:
			one.state = "draining"
		default:
			one.state = "no"
		}
		if e.Hints != nil {
			for _, z := range e.Hints.ForZones {
				one.zones = append(one.zones, z.Name)
			}
			for _, n := range e.Hints.ForNodes {
				one.nodes = append(one.nodes, n.Name)
			}
		}
		ends = append(ends, one)
	}
	in := func(state string, fits func(end) bool) []end {
		var kept []end
		for _, e := range ends {
			if e.state == state && fits(e) {
				kept = append(kept, e)
			}
		}
		return kept
	}
	everywhere := func(end) bool { return true }
	here := func(e end) bool { return e.pod[:1] == node }
	anywhere = len(in("ready", everywhere))+len(in("draining", everywhere)) > 0
	var kept []end
	if isLocal {
		// Ready ones of the node, else those that drain on it.
		if kept = in("ready", here); len(kept) == 0 {
			kept = in("draining", here)
		}
	} else {
		ready := in("ready", everywhere)
		kept = ready
		// Hints count when all ready endpoints have them and one is for us, those for nodes before those for zones.
		hinted := func(of func(end) []string, us string) ([]end, bool) {
			for _, e := range ready {
				if len(of(e)) == 0 {
					return nil, false
				}
			}
			ours := in("ready", func(e end) bool { return slices.Contains(of(e), us) })
			return ours, len(ours) > 0
		}
		if ours, count := hinted(func(e end) []string { return e.nodes }, node); count {
			kept = ours
		} else if ours, count := hinted(func(e end) []string { return e.zones }, zone[node]); count {
			kept = ours
		}
		if len(ready) == 0 {
			kept = in("draining", everywhere)
		}
	}
	for _, e := range kept {
		pods = append(pods, e.pod)
	}
	return pods, anywhere
}

func TestRandomServicesAreAsTheTwinSays(t *testing.T) {
	states := []string{"ready", "ready", "unready", "draining", "gone"}
	everyone := []string{"a0", "a1", "b0", "b1", "c0", "c1"}
	targets := []string{web, web, nodeA + exposed, nodeB + exposed, nodeC + exposed, nodeB + ":9"}
	for seed := range uint64(20_000) {
		chance := rand.New(rand.NewPCG(seed, 1))
		one := func(of []string) string { return of[chance.IntN(len(of))] }
		w := newWorld()
		if chance.IntN(2) == 0 {
			w.exposed()
		}
		if chance.IntN(3) == 0 {
			w.service.Spec.InternalTrafficPolicy = ptr.To(v1.ServiceInternalTrafficPolicyLocal)
		}
		if w.service.Spec.Type == v1.ServiceTypeNodePort && chance.IntN(2) == 0 {
			w.service.Spec.ExternalTrafficPolicy = v1.ServiceExternalTrafficPolicyLocal
		}
		withHints := chance.IntN(2) == 0
		for _, pod := range everyone {
			if chance.IntN(2) == 0 {
				continue
			}
			var hints []string
			if withHints && chance.IntN(8) > 0 {
				hints = append(hints, one([]string{"1", "2"}))
			}
			if withHints && chance.IntN(3) > 0 {
				hints = append(hints, pod[:1])
			}
			w.ends(pod, one(states), hints...)
		}
		who := from(one(append([]string{"a", "b", "c"}, everyone...)))
		if chance.IntN(8) == 0 {
			who = Source{Address: netip.MustParseAddr("198.51.100.9")}
		}
		to := netip.MustParseAddrPort(one(targets))
		found := all(NewView(w.Objects), Request{From: who, To: to, Protocol: v1.ProtocolTCP}, netip.AddrPort{})
		if expected := twin(w, who, to); !slices.Equal(found, expected) {
			t.Fatalf("seed %d: from %v to %s: the twin says %q, Decide %q", seed, who, to, expected, found)
		}
	}
}
