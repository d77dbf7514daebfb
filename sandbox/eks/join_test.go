package eks

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/fake"
)

func facts() NodeFacts {
	kind, _ := FindInstanceType("m5.large")
	return NodeFacts{
		Name: nodeName, Address: "10.0.16.23", Region: "eu-west-1", Zone: "eu-west-1a", Cluster: "shop",
		NodeGroup: "general", CapacityType: "ON_DEMAND", InstanceType: kind,
	}
}

func TestJoinWaitsForTheNodeAndInitialisesIt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	client := fake.NewClientset()
	joined := make(chan error, 1)
	go func() { joined <- Join(ctx, client, facts()) }()

	own := v1.Taint{Key: "dedicated", Value: "ledger", Effect: v1.TaintEffectNoSchedule}
	cloud := v1.Taint{Key: "node.cloudprovider.kubernetes.io/uninitialized", Value: "true", Effect: v1.TaintEffectNoSchedule}
	node := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName}, Spec: v1.NodeSpec{Taints: []v1.Taint{cloud, own}}}
	if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := <-joined; err != nil {
		t.Fatal(err)
	}
	after, err := client.CoreV1().Nodes().Get(ctx, nodeName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(after.Spec.Taints) != 1 || after.Spec.Taints[0] != own {
		t.Errorf("the taints are %v", after.Spec.Taints)
	}
	if after.Spec.ProviderID != ProviderID("eu-west-1a", nodeName) {
		t.Errorf("the provider id is %s", after.Spec.ProviderID)
	}
	for key, value := range map[string]string{
		"node.kubernetes.io/instance-type": "m5.large",
		"topology.kubernetes.io/zone":      "eu-west-1a",
		"topology.kubernetes.io/region":    "eu-west-1",
	} {
		if after.Labels[key] != value {
			t.Errorf("%s is %q, expected %q", key, after.Labels[key], value)
		}
	}
	types := map[v1.NodeAddressType]string{}
	for _, address := range after.Status.Addresses {
		types[address.Type] = address.Address
	}
	if types[v1.NodeInternalIP] != "10.0.16.23" || types[v1.NodeInternalDNS] != nodeName || types[v1.NodeHostName] != nodeName {
		t.Errorf("the addresses are %v", after.Status.Addresses)
	}
}

func TestJoinLeavesAnInitialisedNodeAsItIs(t *testing.T) {
	node := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: nodeName}, Spec: v1.NodeSpec{ProviderID: "aws:///eu-west-1a/i-1"}}
	client := fake.NewClientset(node)
	if err := Join(t.Context(), client, facts()); err != nil {
		t.Fatal(err)
	}
	for _, action := range client.Actions() {
		if action.GetVerb() == "patch" {
			t.Errorf("the node was patched: %v", action)
		}
	}
}

func TestJoinEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Join(ctx, fake.NewClientset(), facts()); err == nil {
		t.Error("joined a node that does not exist")
	}
}

func TestAddOnsAreWholeAndNameTheClustersOwnValues(t *testing.T) {
	objects, err := addOnObjects(AddOnOptions{Region: "eu-west-1", Cluster: "shop", ClusterDNS: ClusterDNS, Server: "https://127.0.0.1:6443"})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, object := range objects {
		found[object.GetKind()+"/"+object.GetName()] = true
		if resources[object.GetKind()] == "" {
			t.Errorf("the API's name of the kind %s is missing", object.GetKind())
		}
	}
	for _, wanted := range []string{
		"Deployment/coredns", "Service/kube-dns", "ConfigMap/coredns", "DaemonSet/kube-proxy", "DaemonSet/aws-node", "APIService/v1beta1.metrics.k8s.io",
	} {
		if !found[wanted] {
			t.Errorf("%s is missing", wanted)
		}
	}
}

func TestCoreDNSBeginsWithTheCorefileThatItIsTold(t *testing.T) {
	for told, expected := range map[string]string{
		"": "forward . /etc/resolv.conf\n    cache 30",
		".:53 {\n    forward \"a.example.com\" 10.9.9.9\n}\n": ".:53 {\n    forward \"a.example.com\" 10.9.9.9\n}\n",
	} {
		objects, err := addOnObjects(AddOnOptions{Region: "eu-west-1", Cluster: "shop", ClusterDNS: ClusterDNS, Corefile: told})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(objects, func(o *unstructured.Unstructured) bool {
			return o.GetKind() == "ConfigMap" && o.GetName() == "coredns"
		})
		if found, _, err := unstructured.NestedString(objects[at].Object, "data", "Corefile"); err != nil || !strings.Contains(found, expected) || told != "" && found != told {
			t.Errorf("told %q it begins with %q, %v", told, found, err)
		}
	}
}

func TestPoliciesAreKeptByControllerAndAgentTogetherOrByNeither(t *testing.T) {
	for _, kept := range []bool{false, true} {
		objects, err := addOnObjects(AddOnOptions{Region: "eu-west-1", Cluster: "shop", ClusterDNS: ClusterDNS, NetworkPolicies: kept})
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]bool{}
		for _, object := range objects {
			text, err := object.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			said["controller"] = said["controller"] || bytes.Contains(text, fmt.Appendf(nil, `"enable-network-policy-controller":"%t"`, kept))
			said["agent"] = said["agent"] || bytes.Contains(text, fmt.Appendf(nil, `"--enable-network-policy=%t"`, kept))
		}
		if !said["controller"] || !said["agent"] {
			t.Errorf("kept: %t, and said by %v", kept, said)
		}
	}
}
