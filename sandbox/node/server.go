package node

// The kubelet's HTTPS server: real authentication (client certificates, tokens) and authorisation (the
// API server is asked), on the node's link instead of a port.

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticatorfactory"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/server/dynamiccertificates"
	genericoptions "k8s.io/apiserver/pkg/server/options"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/server"
	"k8s.io/kubernetes/pkg/kubelet/server/stats"
)

// newAuth is BuildAuth of k8s.io/kubernetes/cmd/kubelet/app with the kubelet's defaults, without its
// watch of a certificate file.
func newAuth(o Options, client kubernetes.Interface) (server.AuthInterface, error) {
	authorities, err := dynamiccertificates.NewStaticCAContent("cluster", o.ClusterCA)
	if err != nil {
		return nil, fmt.Errorf("failed to read the cluster's certificate authority: %w", err)
	}
	authentication := authenticatorfactory.DelegatingAuthenticatorConfig{
		Anonymous:                          &apiserver.AnonymousAuthConfig{Enabled: false},
		TokenAccessReviewClient:            client.AuthenticationV1(),
		TokenAccessReviewTimeout:           10 * time.Second,
		WebhookRetryBackoff:                genericoptions.DefaultAuthWebhookRetryBackoff(),
		CacheTTL:                           2 * time.Minute,
		ClientCertificateCAContentProvider: authorities,
	}
	authenticator, _, err := authentication.New()
	if err != nil {
		return nil, fmt.Errorf("failed to make the kubelet's authentication: %w", err)
	}
	authorization := authorizerfactory.DelegatingAuthorizerConfig{
		SubjectAccessReviewClient: client.AuthorizationV1(),
		AllowCacheTTL:             5 * time.Minute,
		DenyCacheTTL:              30 * time.Second,
		WebhookRetryBackoff:       genericoptions.DefaultAuthWebhookRetryBackoff(),
	}
	authorizer, err := authorization.New()
	if err != nil {
		return nil, fmt.Errorf("failed to make the kubelet's authorisation: %w", err)
	}
	attributes := server.NewNodeAuthorizerAttributesGetter(types.NodeName(o.Facts.Name))
	return server.NewKubeletAuth(authenticator, attributes, authorizer, authorities), nil
}

// serve starts the server. It ends with the process.
func (n *Node) serve(
	ctx context.Context,
	k *kubelet.Kubelet,
	configuration *kubeletconfig.KubeletConfiguration,
	auth server.AuthInterface,
) error {
	analyzer, err := field[stats.ResourceAnalyzer](k, "resourceAnalyzer")
	if err != nil {
		return err
	}
	logger := klog.FromContext(ctx)
	handler := server.NewServer(ctx, k, *analyzer, nil, nil, auth, configuration)
	n.server = &http.Server{
		Handler: &handler,
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{n.options.Serving},
			ClientAuth:   tls.RequestClientCert, // the authenticator verifies it
			MinVersion:   tls.VersionTLS12,
		},
		IdleTimeout:    90 * time.Second,
		ReadTimeout:    4 * time.Hour,
		WriteTimeout:   4 * time.Hour,
		MaxHeaderBytes: 1 << 20,
		ErrorLog:       slog.NewLogLogger(logr.ToSlogHandler(logger), slog.LevelInfo),
	}
	go func() {
		err := n.server.ServeTLS(linkListener{n.link}, "", "")
		logger.Error(err, "The kubelet's server ended")
	}()
	return nil
}
