package node

// What the kubelet's probe workers and lifecycle hooks call instead of the host's network: the
// container runtime answers for its Pods. Timing, thresholds, events and restarts stay the kubelet's.

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/prober"
	"k8s.io/kubernetes/pkg/kubelet/status"
	kubetypes "k8s.io/kubernetes/pkg/kubelet/types"
	"k8s.io/kubernetes/pkg/probe"
	grpcprobe "k8s.io/kubernetes/pkg/probe/grpc"
	httpprobe "k8s.io/kubernetes/pkg/probe/http"
	tcpprobe "k8s.io/kubernetes/pkg/probe/tcp"
)

// podDialer connects to host:port as seen from the node.
type podDialer func(ctx context.Context, host string, port int) (net.Conn, error)

// useDialer makes everything in the kubelet that connects to Pods use dial.
func useDialer(kubelet any, dial podDialer) error {
	transport := podTransport(dial)
	probes := []string{"probeManager", "prober"}
	return errors.Join(
		replace[httpprobe.Prober](kubelet, httpProber{transport}, append(probes, "http")...),
		replace[tcpprobe.Prober](kubelet, tcpProber{dial}, append(probes, "tcp")...),
		replace[grpcprobe.Prober](kubelet, grpcProber{dial}, append(probes, "grpc")...),
		replace[kubetypes.HTTPDoer](kubelet, hookClient(transport), "containerRuntime", "runner", "httpDoer"),
	)
}

// probeAtOnce makes the first probe of a container come when it starts. A kubelet that has just started spreads
// them over a period, to spare its node; one that has run for a while, as a node's in production has, does not.
func probeAtOnce(kubelet any) error {
	return replace(kubelet, time.Now().Add(-time.Hour), "probeManager", "start")
}

// promptStatus is the kubelet's store of statuses, which lets the first readiness probe of a container find it. The kubelet triggers
// that probe when it works out a status in which the container runs, and stores the status a moment later: a worker that is
// quicker finds no container and looks again only a whole period later. So it is triggered once more when the status is stored.
type promptStatus struct {
	status.Manager
	context context.Context
	probes  prober.Manager
}

// probeWhenKnown makes the kubelet use such a store.
func probeWhenKnown(ctx context.Context, kubelet any) error {
	statuses, err := field[status.Manager](kubelet, "statusManager")
	if err != nil {
		return err
	}
	probes, err := field[prober.Manager](kubelet, "probeManager")
	if err != nil {
		return err
	}
	*statuses = &promptStatus{Manager: *statuses, context: ctx, probes: *probes}
	return nil
}

// SetPodStatus stores the status.
func (p promptStatus) SetPodStatus(logger klog.Logger, pod *v1.Pod, now v1.PodStatus) (v1.PodStatus, bool) {
	before, _ := p.GetPodStatus(pod.UID) // nothing runs in a status that is not there
	stored, changed := p.Manager.SetPodStatus(logger, pod, now)
	if startsContainer(before, now) {
		p.probes.UpdatePodStatus(p.context, pod, now.DeepCopy())
	}
	return stored, changed
}

// startsContainer says that a container runs and has started that did not before.
func startsContainer(before, now v1.PodStatus) bool {
	started := func(all []v1.ContainerStatus) map[string]bool {
		ids := map[string]bool{}
		for _, c := range all {
			if c.State.Running != nil && c.Started != nil && *c.Started {
				ids[c.ContainerID] = true
			}
		}
		return ids
	}
	adds := func(before, now []v1.ContainerStatus) bool {
		known := started(before)
		for id := range started(now) {
			if !known[id] {
				return true
			}
		}
		return false
	}
	return adds(before.ContainerStatuses, now.ContainerStatuses) || adds(before.InitContainerStatuses, now.InitContainerStatuses)
}

// podTransport is the transport of k8s.io/kubernetes/pkg/probe/http with another dialler.
func podTransport(dial podDialer) *http.Transport {
	return &http.Transport{
		// Neither probes nor hooks verify certificates: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true},
		DisableKeepAlives:  true,
		Proxy:              func(*http.Request) (*url.URL, error) { return nil, nil },
		DisableCompression: true,
		DialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			host, port, err := splitAddress(address)
			if err != nil {
				return nil, err
			}
			return dial(ctx, host, port)
		},
	}
}

func splitAddress(address string) (string, int, error) {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.Atoi(text)
	return host, port, err
}

// hookClient follows the same redirects as the kubelet's own client for HTTP lifecycle hooks.
func hookClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, CheckRedirect: httpprobe.RedirectChecker(false)}
}

type httpProber struct{ transport http.RoundTripper }

func (p httpProber) Probe(request *http.Request, timeout time.Duration) (probe.Result, string, error) {
	client := hookClient(p.transport)
	client.Timeout = timeout
	return httpprobe.DoHTTPProbe(request, client)
}

type tcpProber struct{ dial podDialer }

func (p tcpProber) Probe(host string, port int, timeout time.Duration) (probe.Result, string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	conn, err := p.dial(ctx, host, port)
	if errors.Is(err, context.DeadlineExceeded) {
		// The dialler of the kubelet has a timeout of its own, whose words differ from the context's.
		err = &net.OpError{Op: "dial", Net: "tcp", Addr: tcpAddress(host, port), Err: timeoutError{}}
	}
	if err != nil {
		return probe.Failure, err.Error(), nil
	}
	// The connection was the question; how it ends does not matter.
	_ = conn.Close()
	return probe.Success, "", nil
}

func tcpAddress(host string, port int) *net.TCPAddr {
	return &net.TCPAddr{IP: net.ParseIP(host), Port: port}
}

// timeoutError is the unexported error of net.Dialer's timeout.
type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
