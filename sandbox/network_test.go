package main

// Pods on one cluster's network: what a person sees who asks one from another.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/ptr"

	"sandbox/config"
)

const asker = `format_version: 1
image: example.com/asker
tags: ["1"]
entrypoint: /asker
steps: [{log: waiting}]
exec: [curl, wget, nc, cat, nslookup, dig]
`

// inAPod runs a command in Pod `asker` as a person does; the answer is all that it wrote, and its exit code at the end.
func (s sandbox) inAPod(t *testing.T, line string) string {
	t.Helper()
	command := program(t, append([]string{"kubectl", "exec", "asker", "--"}, strings.Fields(line)...)...)
	command.Env = append(command.Env, "KUBECONFIG="+filepath.Join(s.folder, "learner.kubeconfig"), "HOME="+t.TempDir())
	text, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(text)
}

// asks awaits that a command in the Pod says something.
func (s sandbox) asks(t *testing.T, line, expected string) {
	t.Helper()
	said := ""
	await(t, fmt.Sprintf("`%s` says %q", line, expected), func() bool {
		said = s.inAPod(t, line)
		return strings.Contains(said, expected)
	})
}

const healthy = `format_version: 1
image: example.com/healthy
tags: ["1"]
entrypoint: /healthy
steps: [{listen: {port: 9090, grpc: {stock: {}}}}]
`

func pod(name, image string, labels map[string]string, node string) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec:       v1.PodSpec{NodeName: node, Containers: []v1.Container{{Name: "main", Image: "example.com/" + image + ":1"}}},
	}
}

func service(name string, selector map[string]string) *v1.Service {
	return &v1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1.ServiceSpec{Type: v1.ServiceTypeNodePort, Selector: selector,
			Ports: []v1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080), NodePort: nodePortOf(name)}}},
	}
}

// writeModel adds a workload model to the sandbox's.
func writeModel(t *testing.T, c *config.Config, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.Images, name+".yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func nodePortOf(name string) int32 { return 30000 + int32(len(name)) }

func TestPodsReachEachOtherAndServices(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	s := newSandbox(t, func(c *config.Config) {
		writeModel(t, c, "asker", asker)
		writeModel(t, c, "healthy", healthy)
	})
	_, client := s.mustUp(t)
	core := client.CoreV1()
	web := map[string]string{"app": "web"}
	probed := pod("probed", "healthy", nil, "two")
	probed.Spec.Containers[0].ReadinessProbe = &v1.Probe{ProbeHandler: v1.ProbeHandler{GRPC: &v1.GRPCAction{Port: 9090, Service: ptr.To("stock")}}}
	for _, one := range []*v1.Pod{pod("asker", "asker", nil, "one"), pod("web", "web", web, "two"), probed} {
		if _, err := core.Pods("default").Create(t.Context(), one, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	made, err := core.Services("default").Create(t.Context(), service("web", web), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	empty, err := core.Services("default").Create(t.Context(), service("nobody", map[string]string{"app": "nobody"}), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	allReady(t, client, 9)
	there, err := core.Pods("default").Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	at := there.Status.PodIP
	s.asks(t, "curl -s http://"+made.Spec.ClusterIP+"/", "ok")
	for line, expected := range map[string]string{
		"curl -s http://" + at + ":8080/":                   "ok",
		"wget -qO- http://10.0.16.12:30003/":                "ok",
		"nc -z -w 2 " + at + " 81":                          "Connection refused",
		"curl -s http://" + empty.Spec.ClusterIP + "/":      "exit code 7",
		"curl http://" + empty.Spec.ClusterIP + "/":         "curl: (7) Failed to connect to " + empty.Spec.ClusterIP + " port 80",
		"curl -m 1 http://" + made.Spec.ClusterIP + ":81/":  "curl: (28) Connection timed out after 1000 milliseconds",
		"wget -T 1 -qO- http://10.0.16.99/":                 "wget: download timed out",
		"curl -m 1 http://10.0.16.99/":                      "curl: (28) Connection timed out",
		"wget -qO- http://" + empty.Spec.ClusterIP + ":80/": "can't connect to remote host (" + empty.Spec.ClusterIP + "): Connection refused",
	} {
		if said := s.inAPod(t, line); !strings.Contains(said, expected) {
			t.Errorf("`%s`: expected %q, it says %q", line, expected, said)
		}
	}
	namesResolve(t, s, made.Spec.ClusterIP)
	for _, path := range []string{"services/web:80/proxy/", "pods/web:8080/proxy/"} {
		text, err := client.RESTClient().Get().AbsPath("/api/v1/namespaces/default/" + path).DoRaw(t.Context())
		if err != nil || string(text) != "ok" {
			t.Errorf("by the API server's %s: %q, %v", path, text, err)
		}
	}
	policiesAreKeptWhenTheyAreTurnedOn(t, s, client, made.Spec.ClusterIP)
	whenKubeProxyIsGone(t, s, client, made.Spec.ClusterIP, web)
}

// namesResolve asks CoreDNS as the kubelet's resolv.conf has it.
func namesResolve(t *testing.T, s sandbox, address string) {
	t.Helper()
	for line, expected := range map[string]string{
		"curl -s http://web/":                           "ok",
		"curl -s http://web.default.svc.cluster.local/": "ok",
		"nslookup web":                                  "Name:\tweb.default.svc.cluster.local\nAddress: " + address + "\n",
		"nslookup kubernetes.default":                   "Address: 172.20.0.1\n",
		"nslookup web 172.20.0.10":                      "Server:\t\t172.20.0.10\nAddress:\t172.20.0.10:53\n\nName:\tweb.default.svc.cluster.local\nAddress: " + address + "\n",
		"nslookup web kube-dns.kube-system":             "Address:\t172.20.0.10:53\n\nName:\tweb.default.svc.cluster.local\n",
		"nslookup web 169.254.169.253":                  "** server can't find web: NXDOMAIN",
		"nslookup web 10.0.0.2":                         "** server can't find web: NXDOMAIN",
		"curl -s http://api.example.com/v1":             "api.example.com, outside of the cluster\n",
		"curl -m 5 http://api.example.com:8080/":        "curl: (7) Failed to connect to api.example.com port 8080",
		"nslookup s3.eu-west-1.amazonaws.com":           "Name:\ts3.eu-west-1.amazonaws.com\nAddress: 203.0.113.",
		"nslookup no-such-name.example.invalid":         "** server can't find no-such-name.example.invalid: NXDOMAIN",
		"curl http://wep/":                              "curl: (6) Could not resolve host: wep",
		"wget -qO- http://wep/":                         "wget: bad address 'wep'",
		"curl -m 5 -k https://kubernetes.default/":      `"reason": "Unauthorized"`,
		"cat /etc/resolv.conf":                          "nameserver 172.20.0.10",
		"dig +search +short web":                        address + "\n",
		"dig +noall +answer -x " + address:              "\tPTR\tweb.default.svc.cluster.local.\n",
		"dig +noall +comments web":                      "status: NXDOMAIN",
		"dig +tcp +noall +stats +search web":            "SERVER: 172.20.0.10#53(172.20.0.10) (TCP)",
		"dig +short +tries=1 +time=1 @10.0.16.99 web":   ";; communications error to 10.0.16.99#53: timed out\n;; no servers could be reached\n",
	} {
		if said := s.inAPod(t, line); !strings.Contains(said, expected) {
			t.Errorf("`%s`: expected %q, it says %q", line, expected, said)
		}
	}
}

// policiesAreKeptWhenTheyAreTurnedOn denies Pod `asker` all but DNS: at first nobody keeps that, as in a cluster of EKS whose add-on
// was not told to.
func policiesAreKeptWhenTheyAreTurnedOn(t *testing.T, s sandbox, client *kubernetes.Clientset, address string) {
	t.Helper()
	policies := client.NetworkingV1().NetworkPolicies("default")
	port := intstr.FromInt32(53)
	_, err := policies.Create(t.Context(), &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Name: "names-only"},
		Spec: networkingv1.NetworkPolicySpec{
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress},
			Egress: []networkingv1.NetworkPolicyEgressRule{{
				To:    []networkingv1.NetworkPolicyPeer{{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": "kube-system"}}}},
				Ports: []networkingv1.NetworkPolicyPort{{Protocol: ptr.To(v1.ProtocolUDP), Port: &port}},
			}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if said := s.inAPod(t, "curl -s -m 2 http://"+address+"/"); said != "ok" {
		t.Errorf("before policies are turned on: %q", said)
	}
	if _, err := client.CoreV1().ConfigMaps("kube-system").Patch(t.Context(), "amazon-vpc-cni", types.MergePatchType,
		[]byte(`{"data":{"enable-network-policy-controller":"true"}}`), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	agents, err := client.AppsV1().DaemonSets("kube-system").Get(t.Context(), "aws-node", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	arguments := agents.Spec.Template.Spec.Containers[1].Args
	for i, argument := range arguments {
		arguments[i] = strings.Replace(argument, "--enable-network-policy=false", "--enable-network-policy=true", 1)
	}
	if _, err := client.AppsV1().DaemonSets("kube-system").Update(t.Context(), agents, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	s.asks(t, "curl -m 1 http://"+address+"/", "curl: (28) Connection timed out after 1000 milliseconds")
	if said := s.inAPod(t, "nslookup web"); !strings.Contains(said, "Address: "+address) {
		t.Errorf("names still resolve, and it says %q", said)
	}
	if err := policies.Delete(t.Context(), "names-only", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.asks(t, "curl -s -m 1 http://"+address+"/", "ok")
}

// whenKubeProxyIsGone takes kube-proxy off node `one`: its rules stay, and follow nothing any more.
func whenKubeProxyIsGone(t *testing.T, s sandbox, client *kubernetes.Clientset, address string, web map[string]string) {
	t.Helper()
	patch := `{"spec":{"template":{"spec":{"nodeSelector":{"none":"such"}}}}}`
	if _, err := client.AppsV1().DaemonSets("kube-system").Patch(t.Context(), "kube-proxy", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "no kube-proxy runs", func() bool {
		list, err := client.CoreV1().Pods("kube-system").List(t.Context(), metav1.ListOptions{LabelSelector: "k8s-app=kube-proxy"})
		return err == nil && len(list.Items) == 0
	})
	if said := s.inAPod(t, "curl -s http://"+address+"/"); said != "ok" {
		t.Errorf("after kube-proxy has gone: %q", said)
	}
	if err := client.CoreV1().Pods("default").Delete(t.Context(), "web", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "the Pod is gone", func() bool { return gone(t.Context(), client, "web") })
	if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod("web2", "web", web, "two"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	await(t, "its successor is Ready", func() bool {
		slices, err := client.DiscoveryV1().EndpointSlices("default").List(t.Context(), metav1.ListOptions{LabelSelector: "kubernetes.io/service-name=web"})
		return err == nil && len(slices.Items) == 1 && len(slices.Items[0].Endpoints) == 1 && *slices.Items[0].Endpoints[0].Conditions.Ready
	})
	if said := s.inAPod(t, "curl -m 1 http://"+address+"/"); !strings.Contains(said, "Connection timed out") {
		t.Errorf("the old rule leads to a Pod that is gone, and curl says %q", said)
	}
}

func gone(ctx context.Context, client *kubernetes.Clientset, name string) bool {
	list, err := client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + name})
	return err == nil && len(list.Items) == 0
}
