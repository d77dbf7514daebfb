package node

// The kubelet's clients of the API server, all through the node's link.

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// acquaintance is how long an API server may take to learn that a Pod was bound to a node.
const acquaintance = time.Second

// patient asks again when it is refused. In one process a kubelet can be quicker than its API server's authorizer in
// learning that a Pod was bound to it, and is then refused what the Pod needs; the kubelet alone would back off for a second.
type patient struct{ http.RoundTripper }

func (p patient) RoundTrip(request *http.Request) (*http.Response, error) {
	end := time.Now().Add(acquaintance)
	for wait := 5 * time.Millisecond; ; wait *= 2 {
		response, err := p.RoundTripper.RoundTrip(request)
		again := request.Body == nil || request.GetBody != nil
		if err != nil || response.StatusCode != http.StatusForbidden || !again || time.Now().Add(wait).After(end) {
			return response, err
		}
		_ = response.Body.Close() // what is not read of it is no loss
		select {
		case <-time.After(wait):
		case <-request.Context().Done():
			return nil, request.Context().Err()
		}
		if request.GetBody != nil {
			request = request.Clone(request.Context())
			if request.Body, err = request.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// clients are the three clients of a kubelet: they differ in their rate limits and deadlines.
type clients struct {
	kube, heartbeat, events kubernetes.Interface
}

func newClients(o Options, l *link) (clients, error) {
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(o.ClusterCA) {
		return clients{}, errors.New("the cluster's certificate authority is not PEM")
	}
	transport := utilnet.SetTransportDefaults(&http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: authorities, Certificates: []tls.Certificate{o.Client}},
		DialContext:     l.dialOut,
		Proxy:           http.ProxyURL(nil), // the API server is on this machine, whatever the environment says
	})
	make := func(burst int, qps float32, timeout time.Duration) (kubernetes.Interface, error) {
		client, err := kubernetes.NewForConfig(&rest.Config{
			Host:      o.Server,
			Transport: patient{transport},
			QPS:       qps,
			Burst:     burst,
			Timeout:   timeout,
			// The first word becomes the field manager of what the kubelet writes.
			UserAgent: fmt.Sprintf("kubelet/%s (linux/amd64) kubernetes", kubeletVersion(o)),
			ContentConfig: rest.ContentConfig{
				ContentType:        runtime.ContentTypeProtobuf,
				AcceptContentTypes: runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON,
			},
		})
		if err != nil {
			return nil, fmt.Errorf("failed to make a client of the API server: %w", err)
		}
		return client, nil
	}
	kube, kubeErr := make(100, 50, 0)
	heartbeat, heartbeatErr := make(0, -1, nodeStatusUpdateFrequency)
	events, eventsErr := make(100, 50, 0)
	return clients{kube, heartbeat, events}, errors.Join(kubeErr, heartbeatErr, eventsErr)
}
