package fabric

// This file is what kube-proxy makes of Services and EndpointSlices. Which endpoints a node uses is decided by kube-proxy's
// own function; the order of its iptables rules is followed in decide.go.

import (
	"net"
	"net/netip"
	"strconv"

	v1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/kubernetes/pkg/proxy"
)

// Services are the rules that a kube-proxy writes, of which only the choice of endpoints depends on its node.
type Services struct {
	byAddress  map[frontend]*servicePort
	byNodePort map[nodePort]*servicePort
}

type frontend struct {
	address  netip.AddrPort
	protocol v1.Protocol
}

type nodePort struct {
	port     uint16
	protocol v1.Protocol
}

// servicePort is one port of one Service.
type servicePort struct {
	name      types.NamespacedName
	spec      *v1.ServiceSpec
	port      v1.ServicePort
	endpoints []endpoint
}

// endpoint is one address behind a port.
type endpoint struct {
	address                     netip.AddrPort
	node                        string
	ready, serving, terminating bool
	zones, nodes                sets.Set[string]
}

func newServices(o Objects) *Services {
	s := &Services{byAddress: map[frontend]*servicePort{}, byNodePort: map[nodePort]*servicePort{}}
	slices := map[types.NamespacedName][]*discoveryv1.EndpointSlice{}
	for _, slice := range o.EndpointSlices {
		owner := types.NamespacedName{Namespace: slice.Namespace, Name: slice.Labels[discoveryv1.LabelServiceName]}
		slices[owner] = append(slices[owner], slice)
	}
	for _, service := range o.Services {
		address, err := netip.ParseAddr(service.Spec.ClusterIP)
		// Without an address (headless) or with the type ExternalName there is nothing for kube-proxy.
		if err != nil || service.Spec.Type == v1.ServiceTypeExternalName {
			continue
		}
		name := types.NamespacedName{Namespace: service.Namespace, Name: service.Name}
		for _, port := range service.Spec.Ports {
			port.Protocol = protocolOf(port.Protocol)
			one := &servicePort{name: name, spec: &service.Spec, port: port, endpoints: endpointsOf(slices[name], port)}
			s.byAddress[frontend{netip.AddrPortFrom(address, uint16(port.Port)), port.Protocol}] = one
			if port.NodePort != 0 {
				s.byNodePort[nodePort{uint16(port.NodePort), port.Protocol}] = one
			}
		}
	}
	return s
}

// endpointsOf are the addresses of a port: the slices name it as the Service does. An address that is in two slices, or of
// two Pods, counts once, and rather for the one that is not terminating.
func endpointsOf(slices []*discoveryv1.EndpointSlice, port v1.ServicePort) []endpoint {
	var all []endpoint
	at := map[netip.AddrPort]int{}
	for _, slice := range slices {
		for _, offered := range slice.Ports {
			if offered.Port == nil || valueOr(offered.Name, "") != port.Name || valueOr(offered.Protocol, v1.ProtocolTCP) != port.Protocol {
				continue
			}
			for _, written := range slice.Endpoints {
				one, fits := newEndpoint(written, *offered.Port)
				if !fits {
					continue
				}
				if i, twice := at[one.address]; twice {
					if !one.terminating {
						all[i] = one
					}
					continue
				}
				at[one.address] = len(all)
				all = append(all, one)
			}
		}
	}
	return all
}

func newEndpoint(written discoveryv1.Endpoint, port int32) (endpoint, bool) {
	if len(written.Addresses) == 0 {
		return endpoint{}, false
	}
	address, err := netip.ParseAddr(written.Addresses[0])
	if err != nil {
		return endpoint{}, false
	}
	one := endpoint{
		address: netip.AddrPortFrom(address, uint16(port)), node: valueOr(written.NodeName, ""),
		// A condition that is left out counts as the API says: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
		ready: valueOr(written.Conditions.Ready, true), serving: valueOr(written.Conditions.Serving, true),
		terminating: valueOr(written.Conditions.Terminating, false),
	}
	if hints := written.Hints; hints != nil {
		for _, zone := range hints.ForZones {
			one.zones = orNew(one.zones).Insert(zone.Name)
		}
		for _, node := range hints.ForNodes {
			one.nodes = orNew(one.nodes).Insert(node.Name)
		}
	}
	return one, true
}

func orNew(set sets.Set[string]) sets.Set[string] {
	if set == nil {
		return sets.New[string]()
	}
	return set
}

func valueOr[T any](pointer *T, otherwise T) T {
	if pointer == nil {
		return otherwise
	}
	return *pointer
}

// usable are the endpoints that a node uses: under the traffic policy `Cluster`, under `Local`, and whether there is any
// one that some node could use.
func (p *servicePort) usable(node *v1.Node) (cluster, local []proxy.Endpoint, exists bool) {
	all := make([]proxy.Endpoint, len(p.endpoints))
	for i := range p.endpoints {
		all[i] = seen{&p.endpoints[i], node.Name}
	}
	cluster, local, _, exists = proxy.CategorizeEndpoints(all, asPort{p}, node.Name, node.Labels)
	return cluster, local, exists
}

// seen is an endpoint as a node's kube-proxy sees it.
type seen struct {
	*endpoint
	from string
}

var _ proxy.Endpoint = seen{}

func (s seen) String() string              { return s.address.String() }
func (s seen) IP() string                  { return s.address.Addr().String() }
func (s seen) Port() int                   { return int(s.address.Port()) }
func (s seen) IsLocal() bool               { return s.node != "" && s.node == s.from }
func (s seen) IsReady() bool               { return s.ready }
func (s seen) IsServing() bool             { return s.serving }
func (s seen) IsTerminating() bool         { return s.terminating }
func (s seen) ZoneHints() sets.Set[string] { return s.zones }
func (s seen) NodeHints() sets.Set[string] { return s.nodes }

// asPort is a Service's port in kube-proxy's words. There are no load balancers' addresses and no external ones.
type asPort struct{ *servicePort }

var _ proxy.ServicePort = asPort{}

func (p asPort) String() string {
	return net.JoinHostPort(p.spec.ClusterIP, strconv.Itoa(p.Port())) + "/" + string(p.Protocol())
}
func (p asPort) ClusterIP() net.IP                       { return net.ParseIP(p.spec.ClusterIP) }
func (p asPort) Port() int                               { return int(p.port.Port) }
func (p asPort) SessionAffinityType() v1.ServiceAffinity { return p.spec.SessionAffinity }
func (p asPort) StickyMaxAgeSeconds() int                { return int(p.stickyFor().Seconds()) }
func (p asPort) ExternalIPs() []net.IP                   { return nil }
func (p asPort) LoadBalancerVIPs() []net.IP              { return nil }
func (p asPort) Protocol() v1.Protocol                   { return p.port.Protocol }
func (p asPort) LoadBalancerSourceRanges() []*net.IPNet  { return nil }
func (p asPort) HealthCheckNodePort() int                { return int(p.spec.HealthCheckNodePort) }
func (p asPort) NodePort() int                           { return int(p.port.NodePort) }
func (p asPort) ExternalPolicyLocal() bool {
	return p.spec.Type != v1.ServiceTypeClusterIP && p.spec.ExternalTrafficPolicy == v1.ServiceExternalTrafficPolicyLocal
}
func (p asPort) InternalPolicyLocal() bool {
	return valueOr(p.spec.InternalTrafficPolicy, v1.ServiceInternalTrafficPolicyCluster) == v1.ServiceInternalTrafficPolicyLocal
}
func (p asPort) ExternallyAccessible() bool { return p.port.NodePort != 0 }
func (p asPort) UsesClusterEndpoints() bool {
	return !p.InternalPolicyLocal() || p.ExternallyAccessible()
}
func (p asPort) UsesLocalEndpoints() bool {
	return p.InternalPolicyLocal() || p.ExternalPolicyLocal() && p.ExternallyAccessible()
}
