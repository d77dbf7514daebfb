package controlplane

// The API server, in the order of calls of its own test server
// (k8s.io/kubernetes/cmd/kube-apiserver/app/testing/testserver.go).

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiversion "k8s.io/apimachinery/pkg/version"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	cliflag "k8s.io/component-base/cli/flag"
	basecompatibility "k8s.io/component-base/compatibility"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"

	"sandbox/disk"
)

// configure is everything that needs no datastore, the API server's certificate for itself included, which takes the
// processor a while.
func (c *ControlPlane) configure(ctx context.Context, prepared bool) (app.CompletedConfig, error) {
	var none app.CompletedConfig
	var err error
	if c.setup, err = c.authority.passing("setup", setupUser, "system:masters"); err != nil {
		return none, err
	}
	arguments, err := c.apiServerArguments(ctx)
	if err != nil {
		return none, err
	}
	server := options.NewServerRunOptions()
	if err := parse(server.Flags(), arguments); err != nil {
		return none, fmt.Errorf("failed to configure the API server: %w", err)
	}
	server.SecureServing.Listener = c.options.Listener
	server.SecureServing.BindPort = c.options.Listener.Addr().(*net.TCPAddr).Port
	if err := server.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return none, fmt.Errorf("failed to set the version to emulate: %w", err)
	}
	completed, err := server.Complete(ctx)
	if err != nil {
		return none, fmt.Errorf("failed to complete the API server's options: %w", err)
	}
	if problems := completed.Validate(); len(problems) > 0 {
		return none, fmt.Errorf("failed to configure the API server: %w", errors.Join(problems...))
	}
	config, err := app.NewConfig(completed)
	if err != nil {
		return none, fmt.Errorf("failed to make the API server's configuration: %w", err)
	}
	c.adapt(config, prepared)
	complete, err := config.Complete()
	if err != nil {
		return none, fmt.Errorf("failed to complete the API server's configuration: %w", err)
	}
	return complete, nil
}

// serve starts the API server on the listener; it is not ready yet when this returns.
func (c *ControlPlane) serve(ctx context.Context, config app.CompletedConfig) error {
	chain, err := app.CreateServerChain(config)
	if err != nil {
		return fmt.Errorf("failed to make the API server: %w", err)
	}
	behind := chain.GenericAPIServer.NextDelegate()
	var isServer bool
	if c.documents.server, isServer = behind.(*genericapiserver.GenericAPIServer); !isServer {
		return fmt.Errorf("failed to find the API server behind the aggregator, found a %T", behind)
	}
	if c.options.Install != nil {
		if err := c.options.Install(c.documents.server); err != nil {
			return fmt.Errorf("failed to add to the API server: %w", err)
		}
	}
	run, err := chain.PrepareRun()
	if err != nil {
		return fmt.Errorf("failed to prepare the API server: %w", err)
	}
	c.apiEnded = make(chan struct{})
	go func() {
		c.apiError = run.Run(ctx)
		close(c.apiEnded)
		if ctx.Err() == nil {
			c.failed <- fmt.Errorf("the API server ended: %w", c.apiError)
		}
	}()
	return nil
}

func (c *ControlPlane) apiServerArguments(ctx context.Context) ([]string, error) {
	a, o := c.authority, c.options
	accountKey, err := a.serviceAccountKey()
	if err != nil {
		return nil, fmt.Errorf("failed to make the key of service-account tokens: %w", err)
	}
	if _, err := a.server("api-server", "kube-apiserver", []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}, "127.0.0.1", firstAddress(o.ServiceCIDR)); err != nil {
		return nil, err
	}
	if _, err := a.client("api-server-kubelet", "kube-apiserver-kubelet-client", "system:masters"); err != nil {
		return nil, err
	}
	egress, err := serveEgress(ctx, o.Folder, dialers{o.DialNode, o.DialPod})
	if err != nil {
		return nil, err
	}
	issuer := issuer(o.Region, o.ClusterName)
	arguments := []string{
		"--etcd-servers=" + etcdSocket,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
		"--cert-dir=" + a.folder,
		"--tls-cert-file=" + a.file("api-server.crt"), "--tls-private-key-file=" + a.file("api-server.key"),
		"--client-ca-file=" + a.file("ca.crt"),
		"--kubelet-certificate-authority=" + a.file("ca.crt"),
		"--kubelet-client-certificate=" + a.file("api-server-kubelet.crt"), "--kubelet-client-key=" + a.file("api-server-kubelet.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--service-cluster-ip-range=" + o.ServiceCIDR,
		"--service-account-issuer=" + issuer, "--service-account-jwks-uri=" + issuer + "/keys", "--api-audiences=" + issuer,
		"--service-account-key-file=" + accountKey, "--service-account-signing-key-file=" + accountKey,
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true", "--anonymous-auth=false",
		"--endpoint-reconciler-type=none", "--profiling=false",
		// As EKS has it: webhooks and APIServices by Service are asked at a Pod's address, for no rule of kube-proxy is here.
		"--enable-aggregator-routing=true",
		"--emulated-version=" + o.Kubernetes,
		"--egress-selector-config-file=" + egress,
	}
	if o.Audit {
		policy := filepath.Join(o.Folder, "audit-policy.yaml")
		if err := disk.Write(policy, []byte(auditPolicy)); err != nil {
			return nil, err
		}
		arguments = append(arguments, "--audit-policy-file="+policy, "--audit-log-path="+filepath.Join(o.Folder, "audit.log"), "--audit-log-maxsize="+auditMaxMiB)
	}
	return arguments, nil
}

// adapt changes what no flag can.
func (c *ControlPlane) adapt(config *app.Config, prepared bool) {
	generic := config.KubeAPIs.ControlPlane.Generic
	if prepared {
		// Both wait a fixed second and then create objects that a prepared datastore has.
		generic.DisabledPostStartHooks.Insert("rbac/bootstrap-roles", "scheduling/bootstrap-system-priority-classes")
		// It looks for Services whose address is not allocated, and what it sees of both comes by two watches: in one process
		// a new Service is now and then "not allocated; repairing", a warning about nothing. Nothing is to be repaired
		// here: no second API server allocates, and no backup is restored.
		generic.DisabledPostStartHooks.Insert("start-service-ip-repair-controllers")
	}
	aggregator := config.Aggregator.GenericConfig
	for _, version := range []*basecompatibility.EffectiveVersion{&generic.EffectiveVersion, &aggregator.EffectiveVersion, &config.ApiExtensions.GenericConfig.EffectiveVersion} {
		*version = dressedVersion{*version, c.options.Version}
	}
	aggregator.Authentication.Authenticator = &knownCertificates{of: aggregator.Authentication.Authenticator}
	c.documents = left(generic)
	build := aggregator.BuildHandlerChainFunc
	aggregator.BuildHandlerChainFunc = func(handler http.Handler, generic *genericapiserver.Config) http.Handler {
		return build(c.noteUse(c.documents.before(handler)), generic)
	}
}

// noteUse tells of each request that is not a component's.
func (c *ControlPlane) noteUse(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, ok := genericapirequest.UserFrom(r.Context()); ok && !isComponent(user.GetName()) {
			c.options.Used()
		} else if ok && user.GetName() == setupUser {
			c.noteGiven(r)
		}
		handler.ServeHTTP(w, r)
	})
}

// noteGiven tells of a PersistentVolume of a lab's author.
func (c *ControlPlane) noteGiven(r *http.Request) {
	info, ok := genericapirequest.RequestInfoFrom(r.Context())
	if ok && c.options.Given != nil && info.Resource == "persistentvolumes" && info.Verb == "patch" {
		c.options.Given(info.Name)
	}
}

func isComponent(user string) bool {
	return strings.HasPrefix(user, "system:") || user == setupUser || user == cloudUser
}

// dressedVersion is the version with EKS's build mark; which APIs are served it does not change.
type dressedVersion struct {
	basecompatibility.EffectiveVersion
	git string
}

// Info is what `/version` says.
func (v dressedVersion) Info() *apiversion.Info {
	info := *v.EffectiveVersion.Info()
	// The commit is filled in by git archive only, not for a build from modules.
	info.GitVersion, info.GitCommit, info.GitTreeState = v.git, "", "clean"
	return &info
}

// readyDeadline is for a machine that is busy with other sandboxes' starts; alone it takes about a second.
const readyDeadline = 2 * time.Minute

// awaitReady waits until `/readyz` says yes and the Namespace kube-system is there, which the API server makes in the
// background.
func (c *ControlPlane) awaitReady(ctx context.Context, client kubernetes.Interface) error {
	return c.awaitAPI(ctx, func(ctx context.Context) error {
		if _, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx); err != nil {
			return err
		}
		_, err := client.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
		return err
	})
}

// awaitService waits until the API server has made the Service `kubernetes`.
func (c *ControlPlane) awaitService(ctx context.Context, client kubernetes.Interface) error {
	return c.awaitAPI(ctx, func(ctx context.Context) error {
		_, err := client.CoreV1().Services(metav1.NamespaceDefault).Get(ctx, "kubernetes", metav1.GetOptions{})
		return err
	})
}

// awaitAPI asks until the answer is no error.
func (c *ControlPlane) awaitAPI(ctx context.Context, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyDeadline)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-c.apiEnded:
			return fmt.Errorf("the API server ended before it was ready: %w", c.apiError)
		case <-ctx.Done():
			return fmt.Errorf("the API server did not become ready: %w", err)
		case <-tick.C:
		}
	}
}

func parse(sets cliflag.NamedFlagSets, arguments []string) error {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, set := range sets.FlagSets {
		all.AddFlagSet(set)
	}
	return all.Parse(arguments)
}

// issuer is the cluster's OIDC issuer, named as EKS names it: stable by the cluster's name.
func issuer(region, cluster string) string {
	sum := sha256.Sum256([]byte(cluster))
	return fmt.Sprintf("https://oidc.eks.%s.amazonaws.com/id/%s", region, strings.ToUpper(hex.EncodeToString(sum[:16])))
}

// firstAddress is the address that the API server's Service gets.
func firstAddress(cidr string) string {
	ip, network, err := net.ParseCIDR(cidr)
	if err != nil {
		return ""
	}
	first := ip.Mask(network.Mask).To4()
	first[3]++
	return first.String()
}
