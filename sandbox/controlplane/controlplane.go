// Package controlplane runs etcd, the API server, the controller manager and the scheduler of Kubernetes in this
// process, with a certificate authority and identities of its own.
//
// It knows Kubernetes' own start-up code. It must not know how a node runs (a dialer reaches it), what a
// container does, or what a lab is. There is one control plane in a process: Kubernetes' globals allow no second.
package controlplane

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	logsapi "k8s.io/component-base/logs/api/v1"
	schedulerconfig "k8s.io/kubernetes/cmd/kube-scheduler/app/config"
	"k8s.io/kubernetes/pkg/scheduler"
)

// Options says what to run and where.
type Options struct {
	// Folder holds all state; absolute. The process works in it, because etcd's sockets are relative.
	Folder string
	// Prepared is a prepared datastore to start from when Folder holds none; empty: begin empty.
	Prepared    string
	ClusterName string
	Region      string
	// Kubernetes is the emulated minor version: "1.36".
	Kubernetes string
	// Version is what `/version` says, such as "v1.36.3-eks-efcacff".
	Version     string
	ServiceCIDR string
	// Listener is where the API server listens: loopback.
	Listener net.Listener
	Audit    bool
	// Bare leaves out the controller manager, the scheduler and the lab's roles: only what the API server makes is there.
	Bare bool
	// DialNode connects to the kubelet of the node with this address.
	DialNode func(ctx context.Context, address string) (net.Conn, error)
	// DialPod connects to any other address of the cluster. Unset: nothing is there.
	DialPod func(ctx context.Context, address netip.AddrPort) (net.Conn, error)
	// Used is called at each request of somebody who is not a component.
	Used func()
	// Install adds API groups of ours to the API server before it runs; unset: there are none.
	Install func(*genericapiserver.GenericAPIServer) error
	// Given is called before each PersistentVolume that the identity with all rights applies; unset: nobody asks.
	Given func(name string)
	Log   *slog.Logger
}

// ControlPlane is a running control plane.
type ControlPlane struct {
	options   Options
	authority *authority
	etcd      *embed.Etcd
	// setup is this program's own identity.
	setup tls.Certificate
	// isNew says that there was no datastore before: a lab is going to be set up in it.
	isNew           bool
	schedulerConfig *schedulerconfig.CompletedConfig
	scheduler       *scheduler.Scheduler
	// others is the context of the controller manager and the scheduler.
	others  context.Context
	cancel  context.CancelFunc
	stopAPI context.CancelFunc
	// apiEnded is nil until the API server runs, and closed when it has ended with apiError.
	apiEnded  chan struct{}
	apiError  error
	documents *documents
	failed    chan error
}

// Start starts everything but the scheduler and returns when the API server is ready and the roles and bindings are there.
// The controller manager may still be starting.
//
// # Errors
//
// When the folder cannot be written, or a component cannot start; what was started is stopped.
func Start(ctx context.Context, o Options) (*ControlPlane, error) {
	logsapi.ReapplyHandling = logsapi.ReapplyHandlingIgnoreUnchanged
	if err := os.Chdir(o.Folder); err != nil {
		return nil, fmt.Errorf("failed to enter folder `%s`: %w", o.Folder, err)
	}
	_, notThere := os.Stat(filepath.Join(o.Folder, "etcd"))
	prepared, err := unpack(o)
	if err != nil {
		return nil, err
	}
	authority, err := openAuthority(filepath.Join(o.Folder, "pki"))
	if err != nil {
		return nil, fmt.Errorf("failed to open the certificates in `%s`: %w", filepath.Join(o.Folder, "pki"), err)
	}
	c := &ControlPlane{options: o, authority: authority, isNew: notThere != nil, failed: make(chan error, 4)}
	if err := c.start(ctx, prepared); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *ControlPlane) start(ctx context.Context, prepared bool) (err error) {
	begin := time.Now()
	mark := func(what string) {
		c.options.Log.Info(what, "after_ms", time.Since(begin).Milliseconds())
	}
	// Nothing of etcd is asked before the API server runs, and both take their time.
	etcd := make(chan error, 1)
	go func() {
		var err error
		c.etcd, err = startEtcd(c.options.Folder)
		etcd <- err
	}()
	var apiContext context.Context
	apiContext, c.stopAPI = context.WithCancel(ctx)
	server, err := c.configure(apiContext, prepared)
	if err := errors.Join(<-etcd, err); err != nil {
		return err
	}
	mark("etcd is ready, API server is configured")
	if err := c.serve(apiContext, server); err != nil {
		return err
	}
	mark("API server listens")
	client, err := c.Client()
	if err != nil {
		return err
	}
	if err := c.awaitReady(ctx, client); err != nil {
		return err
	}
	mark("API server is ready")
	if c.options.Bare {
		return c.awaitService(ctx, client)
	}
	if err := bindRoles(ctx, client); err != nil {
		return err
	}
	c.others, c.cancel = context.WithCancel(ctx)
	if err := c.startControllers(c.others); err != nil {
		return err
	}
	mark("controller manager starts")
	if err := c.prepareScheduler(c.others); err != nil {
		return err
	}
	return c.writeKubeconfigs()
}

// Stop ends everything in order: scheduler and controllers, API server, etcd. The caller has cut the
// nodes before: an API server waits for connections that are still in use.
func (c *ControlPlane) Stop() error {
	if c.cancel != nil {
		c.cancel()
	}
	c.endAPI()
	if c.etcd != nil {
		// Close would wait until the last watch has ended; the process ends with this.
		c.etcd.Server.HardStop()
	}
	return nil
}

// apiDeadline is how long the API server may take to end. Its requests are done in a moment; then it waits a second for
// clients to leave.
const apiDeadline = 400 * time.Millisecond

func (c *ControlPlane) endAPI() {
	if c.stopAPI != nil {
		c.stopAPI()
	}
	if c.apiEnded == nil {
		return
	}
	select {
	case <-c.apiEnded:
	case <-time.After(apiDeadline):
	}
}

// Settle does what a start has left for later. It returns when it is done.
func (c *ControlPlane) Settle() { c.documents.makeThird() }

// Failed tells when a component ended that should not have.
func (c *ControlPlane) Failed() <-chan error { return c.failed }

// Server is the API server's URL.
func (c *ControlPlane) Server() string { return "https://" + c.options.Listener.Addr().String() }

// Dial connects to the API server as whoever has its address does.
func (c *ControlPlane) Dial() (net.Conn, error) {
	address := c.options.Listener.Addr()
	return net.Dial(address.Network(), address.String())
}

// CA is the cluster's certificate authority in PEM.
func (c *ControlPlane) CA() []byte { return c.authority.pem }

// Client is a client with all rights, to set things up.
func (c *ControlPlane) Client() (kubernetes.Interface, error) { return c.clientAs(c.setup) }

// CloudClient is the client of what stands for the AWS cloud controller.
func (c *ControlPlane) CloudClient() (kubernetes.Interface, error) {
	pair, err := c.authority.component("cloud", cloudUser)
	if err != nil {
		return nil, err
	}
	return c.clientAs(pair)
}

func (c *ControlPlane) clientAs(pair tls.Certificate) (kubernetes.Interface, error) {
	key, certificate, err := pemOf(pair)
	if err != nil {
		return nil, err
	}
	return kubernetes.NewForConfig(&rest.Config{
		Host:            c.Server(),
		TLSClientConfig: rest.TLSClientConfig{CAData: c.authority.pem, CertData: certificate, KeyData: key},
		QPS:             -1,
		Proxy:           noProxy,
	})
}

// KubeletCertificates returns a node's client certificate and the certificate of its own server.
func (c *ControlPlane) KubeletCertificates(name, address string) (client, serving tls.Certificate, err error) {
	client, err = c.authority.component("node-"+name, "system:node:"+name, "system:nodes")
	if err != nil {
		return client, serving, fmt.Errorf("failed to issue the certificate of node `%s`: %w", name, err)
	}
	serving, err = c.authority.server("node-"+name+"-server", "system:node:"+name, []string{name}, address)
	return client, serving, err
}

// setupKubeconfig is the file for whoever sets a lab up, who removes it when the learner gets the lab. A datastore that was
// there before has been handed over.
const setupKubeconfig = "setup.kubeconfig"

// writeKubeconfigs writes the files of the people: learner, checker, admin, and of who sets the lab up.
func (c *ControlPlane) writeKubeconfigs() error {
	if err := os.Remove(filepath.Join(c.options.Folder, setupKubeconfig)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	learner, err := c.authority.client("learner", learnerUser, learnerGroup)
	if err != nil {
		return err
	}
	checker, err := c.authority.component("checker", checkerUser)
	if err != nil {
		return err
	}
	admin, err := c.authority.client("admin", adminUser, "system:masters")
	if err != nil {
		return err
	}
	files := map[string]tls.Certificate{"learner": learner, "checker": checker, "admin": admin}
	if c.isNew {
		files["setup"] = c.setup
	}
	for name, pair := range files {
		path := filepath.Join(c.options.Folder, name+".kubeconfig")
		if err := c.authority.kubeconfig(path, c.Server(), c.options.ClusterName, name, pair); err != nil {
			return fmt.Errorf("failed to write `%s`: %w", path, err)
		}
	}
	return nil
}
