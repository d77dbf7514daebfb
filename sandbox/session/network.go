package session

// How the nodes are connected: the fabric is fed with the API server's objects, and the nodes' runtimes with the fabric.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"

	"sandbox/controlplane"
	"sandbox/dns"
	"sandbox/fabric"
	simulated "sandbox/runtime"
)

// The images of the programs that make the network: kube-proxy writes a node's rules for Services, the agent keeps
// NetworkPolicies, CoreDNS answers for names.
const (
	kubeProxy   = "602401143452.dkr.ecr.*.amazonaws.com/eks/kube-proxy"
	policyAgent = "602401143452.dkr.ecr.*.amazonaws.com/amazon/aws-network-policy-agent"
	coreDNS     = "602401143452.dkr.ecr.*.amazonaws.com/eks/coredns"
)

// What turns NetworkPolicies on, as the add-on's setting `enableNetworkPolicy` does: a key of a ConfigMap for EKS' controller,
// and an argument of each node's agent. https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy-configure.html
const (
	settingsOfCNI    = "amazon-vpc-cni"
	keyOfController  = "enable-network-policy-controller"
	argumentOfAgents = "--enable-network-policy=true"
)

// coreDNSWithin is how long a container of CoreDNS may take to start before it runs without having begun to serve. The first
// probe is then not too early.
const coreDNSWithin = 2 * time.Second

// startNetwork makes the network, which follows the objects until endNetwork. It does not wait until it knows them: no node is
// up before.
func (s *Session) startNetwork() error {
	following, end := context.WithCancel(s.context)
	s.endNetwork = end
	factory := informers.NewSharedInformerFactoryWithOptions(s.client, 0, informers.WithTransform(slim))
	nodes, pods, services := factory.Core().V1().Nodes(), factory.Core().V1().Pods(), factory.Core().V1().Services()
	endpoints := factory.Discovery().V1().EndpointSlices()
	policies, namespaces := factory.Networking().V1().NetworkPolicies(), factory.Core().V1().Namespaces()
	system := informers.NewSharedInformerFactoryWithOptions(s.client, 0, informers.WithNamespace(metav1.NamespaceSystem), informers.WithTweakListOptions(func(o *metav1.ListOptions) {
		o.FieldSelector = fields.OneTermEqualSelector(metav1.ObjectNameField, settingsOfCNI).String()
	}))
	settings := system.Core().V1().ConfigMaps()
	s.objects.Store(&followed{pods: pods.Lister(), nodes: nodes.Lister()})
	network := fabric.New(func() fabric.Objects {
		// A list over what a watch has stored cannot fail.
		var o fabric.Objects
		o.Nodes, _ = nodes.Lister().List(labels.Everything())
		o.Pods, _ = pods.Lister().List(labels.Everything())
		o.Services, _ = services.Lister().List(labels.Everything())
		o.EndpointSlices, _ = endpoints.Lister().List(labels.Everything())
		o.EndpointSlices = append(o.EndpointSlices, s.controlPlaneSlice())
		o.Namespaces, _ = namespaces.Lister().List(labels.Everything())
		if cni, err := settings.Lister().ConfigMaps(metav1.NamespaceSystem).Get(settingsOfCNI); err == nil && cni.Data[keyOfController] == "true" {
			o.Policies, _ = policies.Lister().List(labels.Everything())
		}
		return o
	})
	outside, close := dns.NewOutside(s.addressOfNode, s.config.MuteDomains)
	context.AfterFunc(following, close)
	for _, address := range []netip.Addr{dns.Resolver, s.resolverOfVPC()} {
		network.AttachOutside(address, resolving{outside})
	}
	world, leave := newBeyond()
	context.AfterFunc(following, leave)
	for _, address := range dns.Hosts() {
		network.AttachOutside(address, world)
	}
	network.AttachOutside(s.controlPlaneAddress(), apiServer{s.plane})
	s.mutex.Lock()
	s.network = network
	s.mutex.Unlock()
	changed := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { network.Changed() },
		UpdateFunc: func(any, any) { network.Changed() },
		DeleteFunc: func(any) { network.Changed() },
	}
	for _, informer := range []cache.SharedIndexInformer{nodes.Informer(), pods.Informer(), services.Informer(), endpoints.Informer(), policies.Informer(), namespaces.Informer(), settings.Informer()} {
		if _, err := informer.AddEventHandler(changed); err != nil {
			return fmt.Errorf("failed to follow the objects of the network: %w", err)
		}
	}
	factory.StartWithContext(following)
	system.StartWithContext(following)
	return nil
}

// slim keeps of an object what the network looks at; a cluster has a copy of everything already.
func slim(object any) (any, error) {
	switch o := object.(type) {
	case *v1.Pod:
		pod := &v1.Pod{ObjectMeta: slimMeta(o.ObjectMeta)}
		pod.Spec.NodeName, pod.Spec.HostNetwork = o.Spec.NodeName, o.Spec.HostNetwork
		for _, container := range o.Spec.Containers {
			pod.Spec.Containers = append(pod.Spec.Containers, v1.Container{Name: container.Name, Ports: container.Ports})
		}
		pod.Status.Phase, pod.Status.PodIP = o.Status.Phase, o.Status.PodIP
		return pod, nil
	case *v1.Node:
		node := &v1.Node{ObjectMeta: slimMeta(o.ObjectMeta)}
		node.Status.Addresses = o.Status.Addresses
		return node, nil
	case *v1.Service:
		return &v1.Service{ObjectMeta: slimMeta(o.ObjectMeta), Spec: o.Spec}, nil
	case *v1.Namespace:
		return &v1.Namespace{ObjectMeta: slimMeta(o.ObjectMeta)}, nil
	case *networkingv1.NetworkPolicy:
		return &networkingv1.NetworkPolicy{ObjectMeta: slimMeta(o.ObjectMeta), Spec: o.Spec}, nil
	case *discoveryv1.EndpointSlice:
		return &discoveryv1.EndpointSlice{ObjectMeta: slimMeta(o.ObjectMeta), AddressType: o.AddressType, Endpoints: o.Endpoints, Ports: o.Ports}, nil
	}
	return object, nil
}

// slimMeta keeps what an informer needs and what selects.
func slimMeta(meta metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: meta.Namespace, Name: meta.Name, UID: meta.UID, ResourceVersion: meta.ResourceVersion, Labels: meta.Labels, DeletionTimestamp: meta.DeletionTimestamp}
}

// runKubeProxy writes the rules of a node while a kube-proxy runs on it.
func (s *Session) runKubeProxy(node string) func(context.Context, simulated.Started) {
	return func(ctx context.Context, _ simulated.Started) { s.network.RunProxy(ctx, node) }
}

// dialPod reaches an address of the cluster from the control plane.
func (s *Session) dialPod(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	s.mutex.Lock()
	network := s.network
	s.mutex.Unlock()
	if network == nil {
		return nil, fmt.Errorf("nothing is at %s yet", to)
	}
	return network.Dial(ctx, "tcp", fabric.Source{Address: s.controlPlaneAddress()}, to)
}

// controlPlaneAddress is that of the control plane's interface: in the first subnet one that AWS keeps from everybody else.
func (s *Session) controlPlaneAddress() netip.Addr {
	if len(s.config.Subnets) == 0 {
		return netip.IPv4Unspecified()
	}
	return netip.MustParsePrefix(s.config.Subnets[0].CIDR).Masked().Addr().Next().Next().Next()
}

// resolverOfVPC is the VPC's resolver by its other address, the third of the VPC: of /16, as that of a cluster that eksctl makes.
// https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
func (s *Session) resolverOfVPC() netip.Addr {
	if len(s.config.Subnets) == 0 {
		return dns.Resolver
	}
	vpc := netip.PrefixFrom(netip.MustParsePrefix(s.config.Subnets[0].CIDR).Addr(), 16)
	return vpc.Masked().Addr().Next().Next()
}

// controlPlaneSlice is where the Service `kubernetes` leads. On EKS the API server writes it; here only the network knows it.
func (s *Session) controlPlaneSlice() *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Namespace: metav1.NamespaceDefault, Name: "kubernetes", Labels: map[string]string{discoveryv1.LabelServiceName: "kubernetes"}},
		AddressType: discoveryv1.AddressTypeIPv4, Endpoints: []discoveryv1.Endpoint{{Addresses: []string{s.controlPlaneAddress().String()}}},
		Ports: []discoveryv1.EndpointPort{{Name: ptr.To("https"), Port: ptr.To[int32](443), Protocol: ptr.To(v1.ProtocolTCP)}},
	}
}

// apiServer is the API server as the network reaches it.
type apiServer struct{ plane *controlplane.ControlPlane }

func (a apiServer) Accept(protocol string, at netip.AddrPort, _ netip.Addr) (net.Conn, error) {
	if protocol != "tcp" || at.Port() != 443 {
		return nil, fabric.ErrNobody
	}
	return a.plane.Dial()
}

// runPolicyAgent keeps the policies of a node, if the agent is told to.
func (s *Session) runPolicyAgent(node string) func(context.Context, simulated.Started) {
	return func(ctx context.Context, started simulated.Started) {
		if slices.Contains(started.Arguments, argumentOfAgents) {
			s.network.RunAgent(ctx, node)
		}
	}
}

// runCoreDNS is a CoreDNS on a node, for as long as its container runs.
func (s *Session) runCoreDNS(ctx context.Context, started simulated.Started) {
	dns.Run(ctx, dns.Options{
		Pod: started, Arguments: started.Arguments, Log: started.Log, Exit: started.Exit, Hold: started.Hold,
		Client: rest.Config{Host: s.plane.Server(), TLSClientConfig: rest.TLSClientConfig{CAData: s.plane.CA()}, QPS: -1, Proxy: noProxy},
	}, coreDNSWithin)
}

// noProxy: the API server is on loopback.
func noProxy(*http.Request) (*url.URL, error) { return nil, nil }

// addressOfNode is a node's address by its name, which is its host's.
func (s *Session) addressOfNode(name string) (netip.Addr, bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	m, known := s.nodes[name]
	if !known {
		return netip.Addr{}, false
	}
	address, err := netip.ParseAddr(m.Spec.Address)
	return address, err == nil
}

// resolving is the VPC's resolver as the network reaches it.
type resolving struct{ *dns.Outside }

func (r resolving) Accept(protocol string, at netip.AddrPort, seen netip.Addr) (net.Conn, error) {
	conn := r.Connect(protocol, at.Port(), netip.AddrPortFrom(seen, ephemeral()))
	if conn == nil {
		return nil, fabric.ErrNobody
	}
	return conn, nil
}

// uplink is a node's way into the network.
type uplink struct {
	network *fabric.Fabric
	node    string
}

func (u uplink) Dial(ctx context.Context, protocol string, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	return u.network.Dial(ctx, protocol, fabric.Source{Node: u.node, Address: from}, to)
}

// downlink is the network's way to a node.
type downlink struct{ *simulated.Runtime }

func (d downlink) Accept(protocol string, at netip.AddrPort, seen netip.Addr) (net.Conn, error) {
	conn, err := d.Runtime.Accept(protocol, at, seen)
	if errors.Is(err, simulated.ErrNobody) {
		return nil, fabric.ErrNobody
	}
	return conn, err
}
