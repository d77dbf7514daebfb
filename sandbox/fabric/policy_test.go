package fabric

// What NetworkPolicies let through, a row for each rule of the API, and at random beside a slow twin.

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// The world of these tests: Pods a0, a1, b0, b1 in namespace `shop`, c0 and c1 in `pay`; `shop/web` leads to b0.
func withPolicies(t *testing.T, specs ...string) *View {
	t.Helper()
	w := newWorld().ends("b0", "ready")
	for _, pod := range w.Pods[4:] {
		pod.Namespace = "pay"
	}
	w.Pods[2].Spec.Containers[0].Ports = []v1.ContainerPort{{Name: "http", ContainerPort: 8080}}
	for _, name := range []string{"shop", "pay"} {
		w.Namespaces = append(w.Namespaces, &v1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": name}}})
	}
	for i, text := range specs {
		policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: fmt.Sprint(i)}}
		if err := yaml.UnmarshalStrict([]byte(text), &policy.Spec); err != nil {
			t.Fatal(err)
		}
		w.Policies = append(w.Policies, policy)
	}
	return NewView(w.Objects)
}

// passes is whether a request arrives.
func passes(v *View, who, to string) bool {
	q := Request{From: from(who), To: netip.MustParseAddrPort(to), Protocol: v1.ProtocolTCP}
	return Decide(v, q, Choice{Pick: func(int) int { return 0 }}).Verdict == Arrives
}

const (
	toB0  = "10.0.2.11:8080"
	toB0s = "10.0.2.11:9090"
	toB1  = "10.0.2.12:8080"
	toC0  = "10.0.2.21:8080"
)

func TestPoliciesKeepWhatTheirWordsSay(t *testing.T) {
	const isB0 = "podSelector: {matchLabels: {app: b0}}\n"
	for name, c := range map[string]struct {
		policies []string
		// pass and drop are such as `a0 10.0.2.11:8080`.
		pass, drop []string
	}{
		"none": {nil, []string{"a0 " + toB0, "c0 " + toB0}, nil},
		"everything is denied by an empty policy, inwards only": {[]string{"podSelector: {}"},
			[]string{"a0 " + toC0, "c0 " + toC0}, []string{"a0 " + toB0, "c0 " + toB0, "a0 " + web, "a1 " + toB1}},
		"a policy that selects nobody":                 {[]string{"podSelector: {matchLabels: {app: none}}"}, []string{"a0 " + toB0}, nil},
		"of another namespace nobody is selected":      {[]string{"podSelector: {matchLabels: {app: c0}}"}, []string{"a0 " + toC0}, nil},
		"its own node always comes in":                 {[]string{"podSelector: {}"}, []string{"b " + toB0}, []string{"a " + toB0, "b1 " + toB0}},
		"from Pods of its own namespace":               {[]string{isB0 + "ingress: [{from: [{podSelector: {}}]}]"}, []string{"a0 " + toB0}, []string{"c0 " + toB0, "a " + toB0}},
		"from a Pod by label":                          {[]string{isB0 + "ingress: [{from: [{podSelector: {matchLabels: {app: a0}}}]}]"}, []string{"a0 " + toB0, "a0 " + web}, []string{"a1 " + toB0}},
		"from a namespace":                             {[]string{isB0 + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: pay}}}]}]"}, []string{"c0 " + toB0, "c1 " + toB0}, []string{"a0 " + toB0}},
		"both in one entry mean both":                  {[]string{isB0 + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: pay}}, podSelector: {matchLabels: {app: c0}}}]}]"}, []string{"c0 " + toB0}, []string{"c1 " + toB0, "a0 " + toB0}},
		"both in two entries mean either":              {[]string{isB0 + "ingress: [{from: [{namespaceSelector: {matchLabels: {team: pay}}}, {podSelector: {matchLabels: {app: a0}}}]}]"}, []string{"c1 " + toB0, "a0 " + toB0}, []string{"a1 " + toB0}},
		"an empty rule lets all in":                    {[]string{isB0 + "ingress: [{}]"}, []string{"a0 " + toB0, "c0 " + toB0, "a " + toB0}, nil},
		"a port":                                       {[]string{isB0 + "ingress: [{ports: [{port: 8080}]}]"}, []string{"a0 " + toB0}, []string{"a0 " + toB0s}},
		"a port by name":                               {[]string{isB0 + "ingress: [{ports: [{port: http}]}]"}, []string{"a0 " + toB0}, []string{"a0 " + toB0s}},
		"a port by a name that the Pod lacks":          {[]string{"podSelector: {}\ningress: [{ports: [{port: http}]}]"}, []string{"a0 " + toB0}, []string{"a0 " + toB1}},
		"a range of ports":                             {[]string{isB0 + "ingress: [{ports: [{port: 9000, endPort: 9090}]}]"}, []string{"a0 " + toB0s}, []string{"a0 " + toB0, "a0 10.0.2.11:9091"}},
		"another protocol":                             {[]string{isB0 + "ingress: [{ports: [{protocol: UDP, port: 8080}, {protocol: UDP}]}]"}, nil, []string{"a0 " + toB0}},
		"a block with an exception":                    {[]string{isB0 + "ingress: [{from: [{ipBlock: {cidr: 10.0.2.0/24, except: [10.0.2.2/32]}}]}]"}, []string{"a0 " + toB0, "c0 " + toB0}, []string{"a1 " + toB0, "a " + toB0}},
		"an exception of one block is none of another": {[]string{isB0 + "ingress: [{from: [{ipBlock: {cidr: 10.0.2.0/24, except: [10.0.2.2/32]}}, {ipBlock: {cidr: 10.0.2.2/32}}]}]"}, []string{"a1 " + toB0}, nil},
		"policies add up": {[]string{isB0, isB0 + "ingress: [{from: [{podSelector: {matchLabels: {app: a0}}}]}]", isB0 + "ingress: [{from: [{podSelector: {matchLabels: {app: a1}}}]}]"},
			[]string{"a0 " + toB0, "a1 " + toB0}, []string{"b1 " + toB0}},
		"outwards nothing": {[]string{"podSelector: {matchLabels: {app: a0}}\npolicyTypes: [Egress]"},
			[]string{"b1 " + toB0, "b0 10.0.2.1:80"}, []string{"a0 " + toB0, "a0 " + toC0, "a0 " + web, "a0 10.0.1.1:10250"}},
		"types that are left out: egress rules isolate both ways": {[]string{"podSelector: {matchLabels: {app: a0}}\negress: [{}]"},
			[]string{"a0 " + toB0}, []string{"b0 10.0.2.1:80"}},
		"types that are named: egress rules isolate outwards alone": {[]string{"podSelector: {matchLabels: {app: a0}}\npolicyTypes: [Egress]\negress: [{}]"},
			[]string{"a0 " + toB0, "b0 10.0.2.1:80"}, nil},
		"egress rules without their type count for nothing": {[]string{"podSelector: {matchLabels: {app: a0}}\npolicyTypes: [Ingress]\negress: [{to: [{podSelector: {matchLabels: {app: b1}}}]}]"},
			[]string{"a0 " + toB0}, nil},
		"outwards to a Pod, and through its Service": {[]string{"podSelector: {matchLabels: {app: a0}}\npolicyTypes: [Egress]\negress: [{to: [{podSelector: {matchLabels: {app: b0}}}], ports: [{port: 8080}]}]"},
			[]string{"a0 " + toB0, "a0 " + web}, []string{"a0 " + toB0s, "a0 " + toB1}},
		"outwards to a block, which a Service's address is not in": {[]string{"podSelector: {matchLabels: {app: a0}}\npolicyTypes: [Egress]\negress: [{to: [{ipBlock: {cidr: 10.0.2.0/24}}]}]"},
			[]string{"a0 " + toB0}, []string{"a0 " + web}},
		"both sides count": {[]string{"podSelector: {matchLabels: {app: a0}}\npolicyTypes: [Egress]\negress: [{to: [{podSelector: {matchLabels: {app: b0}}}]}]", isB0},
			nil, []string{"a0 " + toB0}},
	} {
		v := withPolicies(t, c.policies...)
		for expected, requests := range map[bool][]string{true: c.pass, false: c.drop} {
			for _, request := range requests {
				var who, to string
				fmt.Sscan(request, &who, &to)
				if passes(v, who, to) != expected {
					t.Errorf("%s: %s passes: %v", name, request, !expected)
				}
			}
		}
	}
}

func TestWhatIsForbiddenIsDroppedBeforeKubeProxyCanRefuse(t *testing.T) {
	w := newWorld()
	w.Policies = []*networkingv1.NetworkPolicy{{ObjectMeta: metav1.ObjectMeta{Namespace: "shop"}, Spec: networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Egress"}}}}
	check(t, NewView(w.Objects), "a0", web, "times out")
	check(t, NewView(w.Objects), "a", web, "refused")
}

func TestAPodReachesItselfThroughItsService(t *testing.T) {
	w := newWorld().ends("a0", "ready")
	w.Policies = []*networkingv1.NetworkPolicy{{ObjectMeta: metav1.ObjectMeta{Namespace: "shop"}, Spec: networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{"Ingress"}}}}
	check(t, NewView(w.Objects), "a0", web, "10.0.2.1:8080 on a as "+nodeA)
}

func TestPoliciesAreKeptOnlyWhereAnAgentRuns(t *testing.T) {
	all := withPolicies(t, "podSelector: {matchLabels: {app: b0}}", "podSelector: {matchLabels: {app: a0}}\npolicyTypes: [Egress]")
	for _, c := range []struct {
		agents, who string
		expected    bool
	}{{"ab", "a1", false}, {"a", "a1", true}, {"a", "a0", false}, {"", "a0", true}} {
		kept := map[string]*Policies{}
		for _, node := range c.agents {
			kept[string(node)] = all.Policies()
		}
		if found := passes(all.WithRules(nil, kept), c.who, toB0); found != c.expected {
			t.Errorf("agents on %q, from %s: passes: %v", c.agents, c.who, found)
		}
	}
}

// policyTwin answers for random policies by going through all of them, rule by rule, over plain sets of names.
func policyTwin(policies []map[string][]string, who, to string) bool {
	allows := func(direction, subject, other string) bool {
		isIsolated := false
		for _, policy := range policies {
			if !slices.Contains(policy["types"], direction) || !slices.Contains(policy["subjects"], subject) {
				continue
			}
			isIsolated = true
			if slices.Contains(policy[direction], other) {
				return true
			}
		}
		return !isIsolated
	}
	return who == to || allows("Egress", who, to) && allows("Ingress", to, who)
}

func TestRandomPoliciesAreAsTheTwinSays(t *testing.T) {
	names := []string{"a0", "a1", "b0", "b1", "c0", "c1"}
	for seed := range uint64(5000) {
		chance := rand.New(rand.NewPCG(seed, 2))
		some := func() (picked []string) {
			for _, name := range names {
				if chance.IntN(2) == 0 {
					picked = append(picked, name)
				}
			}
			return picked
		}
		in := func(names []string) *metav1.LabelSelector {
			if len(names) == 0 {
				names = []string{"none"}
			}
			return &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "app", Operator: metav1.LabelSelectorOpIn, Values: names}}}
		}
		w := newWorld()
		var plain []map[string][]string
		for range chance.IntN(4) {
			one := map[string][]string{"subjects": some(), "Ingress": some(), "Egress": some()}
			policy := &networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop"}, Spec: networkingv1.NetworkPolicySpec{PodSelector: *in(one["subjects"])}}
			// Each Pod is a peer by its label or by its address, and each in a rule of its own or not.
			var peers = map[string][]networkingv1.NetworkPolicyPeer{}
			for _, direction := range []string{"Ingress", "Egress"} {
				for _, name := range one[direction] {
					peer := networkingv1.NetworkPolicyPeer{PodSelector: in([]string{name})}
					if chance.IntN(2) == 0 {
						peer = networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: podAddress(name[:1], int(name[1]-'0')) + "/32"}}
					}
					peers[direction] = append(peers[direction], peer)
				}
			}
			if len(peers["Ingress"]) > 0 {
				policy.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: peers["Ingress"]}}
			}
			for _, peer := range peers["Egress"] {
				policy.Spec.Egress = append(policy.Spec.Egress, networkingv1.NetworkPolicyEgressRule{To: []networkingv1.NetworkPolicyPeer{peer}})
			}
			switch chance.IntN(4) {
			case 0:
				one["types"] = []string{"Ingress"}
			case 1:
				one["types"] = []string{"Egress"}
			case 2:
				one["types"] = []string{"Ingress", "Egress"}
			default:
				// Left out: inwards always, outwards where there are rules.
				one["types"] = []string{"Ingress"}
				if len(policy.Spec.Egress) > 0 {
					one["types"] = append(one["types"], "Egress")
				}
			}
			if chance.IntN(2) == 0 || len(one["types"]) == 1 && one["types"][0] == "Egress" || (len(one["types"]) == 1) == (len(policy.Spec.Egress) > 0) {
				for _, kind := range one["types"] {
					policy.Spec.PolicyTypes = append(policy.Spec.PolicyTypes, networkingv1.PolicyType(kind))
				}
			}
			plain, w.Policies = append(plain, one), append(w.Policies, policy)
		}
		v := NewView(w.Objects)
		for _, who := range names {
			for _, to := range names {
				expected := policyTwin(plain, who, to)
				if found := passes(v, who, podAddress(to[:1], int(to[1]-'0'))+":80"); found != expected {
					t.Fatalf("seed %d: from %s to %s: the twin says %v, Decide %v", seed, who, to, expected, found)
				}
			}
		}
	}
}
