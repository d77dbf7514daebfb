// Package node runs one simulated EKS node: a real kubelet of Kubernetes with everything below it
// replaced (machine, mounts, network, container runtime).
//
// It knows the kubelet and the API server's address. It must not know how the control plane is started,
// what a container does (Runtime answers that), or what a lab is.
package node

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	v1 "k8s.io/api/core/v1"
	internalapi "k8s.io/cri-api/pkg/apis"
	"k8s.io/kubernetes/pkg/kubelet"

	"sandbox/disk"
	"sandbox/eks"
)

// Runtime is the simulated container runtime of one node.
type Runtime interface {
	internalapi.RuntimeService
	internalapi.ImageManagerService
	// DialPod connects to what listens on host:port as seen from the node: a Pod of this node, or a Pod
	// on the node's own network. Its errors are those of net.Dialer.
	DialPod(ctx context.Context, host string, port int) (net.Conn, error)
	// EndAll ends every container and gives every address back.
	EndAll(ctx context.Context) error
}

// Options says what a node is and where it finds its cluster.
type Options struct {
	// Facts is what EKS knows of the node; its labels are the node group's.
	Facts eks.NodeFacts
	// Taints are what the node registers with, besides the cloud's own.
	Taints []v1.Taint
	// Folder is the node's own, absolute. The kubelet's files go to `kubelet` inside; Start makes it.
	Folder string
	// Server is the API server's URL.
	Server string
	// ClusterCA is the cluster's certificate authority in PEM: for the API server's certificate and for
	// the clients of the kubelet's own server.
	ClusterCA []byte
	// Client identifies the kubelet to the API server (CN `system:node:<name>`, O `system:nodes`).
	Client tls.Certificate
	// Serving is the certificate of the kubelet's own HTTPS server, for the node's name and address.
	Serving tls.Certificate
	// ClusterDNS is the address of the Service kube-dns.
	ClusterDNS string
	// Runtime is the node's container runtime.
	Runtime Runtime
	// VolumeFiles is the folder with the files of the EBS volume of this id.
	VolumeFiles func(id string) (string, error)
	// Disconnected starts the node cut from its cluster; see Node.Connect.
	Disconnected bool
	// KubernetesVersion is the kubelet's version, "v1.36.3"; the node adds EKS's build mark.
	KubernetesVersion string
}

// Node is a running node.
type Node struct {
	options Options
	link    *link
	runtime *guardedRuntime
	server  *http.Server
	kubelet *kubelet.Kubelet
	// isNew says that the folder was not there: no container waits for this kubelet.
	isNew bool
}

// Start starts the node's kubelet and returns when its loops run; the Node object appears, and becomes
// Ready, soon after. Several nodes can be started at the same time.
//
// ctx ends the kubelet with the process: one kubelet cannot be ended alone (use Remove).
//
// # Errors
//
// When the node's folder cannot be written, or when this version of the kubelet is not the one the
// package was made for.
func Start(ctx context.Context, o Options) (*Node, error) {
	_, notThere := os.Stat(kubeletFolder(o))
	if err := makeFolders(o); err != nil {
		return nil, fmt.Errorf("failed to start node `%s`: %w", o.Facts.Name, err)
	}
	n := &Node{isNew: notThere != nil, options: o, link: newLink(), runtime: &guardedRuntime{Runtime: o.Runtime}}
	if o.Disconnected {
		n.link.cut()
	}
	if err := n.startKubelet(ctx); err != nil {
		return nil, fmt.Errorf("failed to start node `%s`: %w", o.Facts.Name, err)
	}
	return n, nil
}

// Name is the node's name.
func (n *Node) Name() string { return n.options.Facts.Name }

// Facts is what EKS knows of the node.
func (n *Node) Facts() eks.NodeFacts { return n.options.Facts }

// Disconnect cuts the node from its cluster in both directions, as a failed network would: its
// containers run on, the Node object becomes NotReady after the controller manager's grace period.
func (n *Node) Disconnect() { n.link.cut() }

// Connect ends a Disconnect: the kubelet's next report comes within ten seconds.
func (n *Node) Connect() { n.link.restore() }

// Remove cuts the node for good and ends its containers. The caller deletes the Node object.
func (n *Node) Remove(ctx context.Context) error {
	n.link.cut()
	n.runtime.shut()
	if err := n.options.Runtime.EndAll(ctx); err != nil {
		return fmt.Errorf("failed to end the containers of node `%s`: %w", n.Name(), err)
	}
	return nil
}

// Dial connects to the kubelet's HTTPS server. Nothing else reaches it: it listens on no port.
//
// # Errors
//
// As from net.Dialer when the node is disconnected.
func (n *Node) Dial(ctx context.Context) (net.Conn, error) {
	conn, err := n.link.dialIn(ctx)
	if err != nil {
		address := &net.TCPAddr{IP: net.ParseIP(n.options.Facts.Address), Port: kubeletPort}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: address, Err: err}
	}
	return conn, nil
}

func kubeletFolder(o Options) string { return filepath.Join(o.Folder, "kubelet") }
func logsFolder(o Options) string    { return filepath.Join(kubeletFolder(o), "logs") }

// hostFolder stands for the node's root file system: what a hostPath volume sees.
func hostFolder(o Options) string { return filepath.Join(kubeletFolder(o), "host") }

func resolverFile(o Options) string { return filepath.Join(kubeletFolder(o), "resolv.conf") }

// makeFolders makes the folders the kubelet would end the process over, were they missing.
func makeFolders(o Options) error {
	if err := os.MkdirAll(logsFolder(o), 0o700); err != nil {
		return err
	}
	// What a Pod with `dnsPolicy: Default` sees: the resolver of the VPC.
	resolver := fmt.Sprintf("search %s.compute.internal\nnameserver 169.254.169.253\n", o.Facts.Region)
	return disk.Write(resolverFile(o), []byte(resolver))
}
