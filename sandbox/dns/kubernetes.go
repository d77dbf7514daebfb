package dns

// This file is CoreDNS' plugin `kubernetes` with a client that is given to it, for a Pod's own files are not the host's.

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/plugin"
	"github.com/coredns/coredns/plugin/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// tokenFile is where the kubelet puts the Pod's token.
const tokenFile = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// startsWithin is how long CoreDNS waits for the API server before it serves without it.
const startsWithin = 5 * time.Second

func setUpKubernetes(c *caddy.Controller) error {
	s := serverOf(c)
	var k *kubernetes.Kubernetes
	for c.Next() {
		if k != nil {
			return plugin.Error("kubernetes", plugin.ErrOnce)
		}
		var err error
		if k, err = kubernetes.ParseStanza(c); err != nil {
			return plugin.Error("kubernetes", err)
		}
	}
	if k.ClientConfig != nil || len(k.APIServerList) > 0 {
		return plugin.Error("kubernetes", errors.New("in this sandbox CoreDNS asks the API server of its own cluster only"))
	}
	k.ClientConfig = inCluster{s}
	_, onShutdown, err := k.InitKubeCache(s.context)
	if err != nil {
		return plugin.Error("kubernetes", err)
	}
	c.OnStartup(func() error {
		go k.APIConn.Run()
		s.awaitSync(k.APIConn.HasSynced)
		return nil
	})
	c.OnShutdown(onShutdown)
	dnsserver.GetConfig(c).AddPlugin(func(next plugin.Handler) plugin.Handler {
		k.Next = next
		return k
	})
	return nil
}

// awaitSync waits as the plugin does, but looks more often.
func (s *Server) awaitSync(isSynced func() bool) {
	ctx, cancel := context.WithTimeout(s.context, startsWithin)
	defer cancel()
	look, tell := time.NewTicker(5*time.Millisecond), time.NewTicker(500*time.Millisecond)
	defer look.Stop()
	defer tell.Stop()
	for !isSynced() {
		select {
		case <-look.C:
		case <-tell.C:
			s.options.Log("[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server")
		case <-ctx.Done():
			if s.context.Err() == nil {
				s.options.Log("[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API")
			}
			return
		}
	}
}

// inCluster is the configuration of a client in a Pod.
type inCluster struct{ server *Server }

var _ clientcmd.ClientConfig = inCluster{}

// ClientConfig is the session's way to the API server with the Pod's token, which the kubelet renews.
func (i inCluster) ClientConfig() (*rest.Config, error) {
	config := rest.CopyConfig(&i.server.options.Client)
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.UserAgent = "CoreDNS/" + caddy.AppVersion
	config.WrapTransport = func(inner http.RoundTripper) http.RoundTripper {
		return withToken{inner, i.server.options.Pod}
	}
	return config, nil
}

func (inCluster) RawConfig() (clientcmdapi.Config, error) { return clientcmdapi.Config{}, nil }
func (inCluster) Namespace() (string, bool, error)        { return "", false, nil }
func (inCluster) ConfigAccess() clientcmd.ConfigAccess    { return nil }

// withToken sends a Pod's token.
type withToken struct {
	inner http.RoundTripper
	pod   Pod
}

func (w withToken) RoundTrip(request *http.Request) (*http.Response, error) {
	token, err := w.pod.ReadFile(tokenFile)
	if err != nil {
		return nil, err
	}
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	return w.inner.RoundTrip(request)
}
