package node

// How a kubelet is put together and started: the steps of k8s.io/kubernetes/cmd/kubelet/app RunKubelet,
// which cannot be used because it ends the whole process when one kubelet cannot listen.

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"github.com/blang/semver/v4"
	"github.com/prometheus/client_golang/prometheus"
	noopoteltrace "go.opentelemetry.io/otel/trace/noop"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	v1core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/component-base/metrics"
	"k8s.io/component-base/metrics/legacyregistry"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/kubelet"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	podconfig "k8s.io/kubernetes/pkg/kubelet/config"
	"k8s.io/kubernetes/pkg/kubelet/metrics/collectors"
	kubetypes "k8s.io/kubernetes/pkg/kubelet/types"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
)

// startDeadline is how long a kubelet may take from its construction to its running loops.
const startDeadline = 30 * time.Second

// starting is held while a kubelet registers its metrics in the registry of the process. The registry is
// a global variable of Kubernetes, so its lock has to be one too.
var starting sync.Mutex

func (n *Node) startKubelet(ctx context.Context) error {
	o := n.options
	logger := klog.FromContext(ctx).WithName("kubelet").WithValues("node", o.Facts.Name)
	ctx = klog.NewContext(ctx, logger)
	flags, err := kubeletFlags(o)
	if err != nil {
		return err
	}
	configuration, err := kubeletConfiguration(o)
	if err != nil {
		return err
	}
	clients, err := newClients(o, n.link)
	if err != nil {
		return err
	}
	auth, err := newAuth(o, clients.kube)
	if err != nil {
		return err
	}
	machine := newMachine(o.Facts, o.Runtime)
	dependencies := n.dependencies(ctx, clients, machine)
	dependencies.PodConfig = podconfig.NewPodConfig(dependencies.Recorder, dependencies.PodStartupLatencyTracker)
	assigned := dependencies.PodConfig.Channel(ctx, kubetypes.ApiserverSource)

	starting.Lock()
	defer starting.Unlock()
	if err := forgetCollectors(o.KubernetesVersion); err != nil {
		return err
	}
	k, err := newKubelet(ctx, flags, configuration, dependencies, o)
	if err != nil {
		return err
	}
	if err := n.adapt(ctx, k); err != nil {
		return err
	}
	n.kubelet = k
	k.BirthCry()
	k.StartGarbageCollection(ctx)
	go k.Run(ctx, dependencies.PodConfig.Updates())
	hasServices, err := field[cache.InformerSynced](k, "serviceHasSynced")
	if err != nil {
		return err
	}
	go func() {
		if knowsItsNode(ctx, k, *hasServices) {
			podconfig.NewSourceApiserver(logger, clients.kube, types.NodeName(o.Facts.Name), func() bool { return true }, assigned)
		}
	}()
	select {
	case <-machine.started:
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(startDeadline):
		return fmt.Errorf("its kubelet did not come up within %s", startDeadline)
	}
	return n.serve(ctx, k, configuration, auth)
}

// knowsItsNode waits until a kubelet knows its Node object, without whose labels it would refuse Pods that select them, and
// the cluster's Services, without which a container fails to start and is tried again ten seconds later. The kubelet's own
// wait looks for the node only, and again only after a second. It is false when the node has ended.
func knowsItsNode(ctx context.Context, k *kubelet.Kubelet, hasServices func() bool) bool {
	// Both come within the first second or so, which a step that grows fast would overshoot.
	look := wait.Backoff{Duration: 10 * time.Millisecond, Factor: 1.02, Steps: math.MaxInt, Cap: time.Second}
	for {
		if _, err := k.GetNode(ctx); err == nil && hasServices() {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(look.Step()):
		}
	}
}

func (n *Node) dependencies(ctx context.Context, clients clients, machine *machine) *kubelet.Dependencies {
	o := n.options
	return &kubelet.Dependencies{
		KubeClient:                clients.kube,
		HeartbeatClient:           clients.heartbeat,
		EventClient:               clients.events.CoreV1(),
		Recorder:                  newRecorder(ctx, clients.events.CoreV1(), o.Facts.Name),
		RemoteRuntimeService:      n.runtime,
		RemoteImageService:        n.runtime,
		CAdvisorInterface:         machine,
		ContainerManager:          newResources(o.Facts.InstanceType),
		OSInterface:               confinedOS{folder: kubeletFolder(o)},
		VolumePlugins:             volumePlugins(hostFolder(o), o.VolumeFiles),
		OOMAdjuster:               oom.NewFakeOOMAdjuster(),
		Mounter:                   noMounts{},
		Subpather:                 plainSubpaths{},
		HostUtil:                  newQuietHost(),
		PodStartupLatencyTracker:  kubeletutil.NewPodStartupLatencyTracker(),
		NodeStartupLatencyTracker: kubeletutil.NewNodeStartupLatencyTracker(),
		TracerProvider:            noopoteltrace.NewTracerProvider(),
	}
}

func newRecorder(ctx context.Context, client v1core.EventsGetter, name string) record.EventRecorderLogger {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	broadcaster.StartStructuredLogging(3)
	broadcaster.StartRecordingToSink(&v1core.EventSinkImpl{Interface: client.Events("")})
	return broadcaster.NewRecorder(legacyscheme.Scheme, v1.EventSource{Component: "kubelet", Host: name})
}

func newKubelet(
	ctx context.Context,
	flags *options.KubeletFlags,
	configuration *kubeletconfig.KubeletConfiguration,
	dependencies *kubelet.Dependencies,
	o Options,
) (*kubelet.Kubelet, error) {
	var refused error
	dependencies.Options = append(dependencies.Options, func(k *kubelet.Kubelet) { refused = acceptAddress(k) })
	k, err := kubelet.NewMainKubelet(
		ctx,
		configuration,
		dependencies,
		&flags.ContainerRuntimeOptions,
		o.Facts.Name,
		types.NodeName(o.Facts.Name),
		[]net.IP{net.ParseIP(o.Facts.Address)},
		configuration.ProviderID,
		flags.CloudProvider,
		flags.CertDirectory,
		flags.RootDirectory,
		configuration.PodLogsDir,
		flags.ImageCredentialProviderConfigPath,
		flags.ImageCredentialProviderBinDir,
		configuration.RegisterNode,
		configuration.RegisterWithTaints,
		configuration.AllowedUnsafeSysctls,
		flags.ExperimentalMounterPath,
		configuration.KernelMemcgNotification,
		flags.ExperimentalNodeAllocatableIgnoreEvictionThreshold,
		flags.MinimumGCAge,
		flags.MaxPerPodContainerCount,
		flags.MaxContainerCount,
		flags.NodeLabels,
		configuration.NodeStatusMaxImages,
		configuration.SeccompDefault,
	)
	if err := errors.Join(err, refused); err != nil {
		return nil, fmt.Errorf("failed to create the kubelet: %w", err)
	}
	return k, nil
}

// adapt replaces what the kubelet would do on the host's network, and its version by that of EKS's build.
func (n *Node) adapt(ctx context.Context, k *kubelet.Kubelet) error {
	statusFunctions, err := field[[]func(context.Context, *v1.Node) error](k, "setNodeStatusFuncs")
	if err != nil {
		return err
	}
	version := kubeletVersion(n.options)
	*statusFunctions = append(*statusFunctions, func(_ context.Context, node *v1.Node) error {
		node.Status.NodeInfo.KubeletVersion = version
		return nil
	})
	if n.isNew {
		if err := probeAtOnce(k); err != nil {
			return err
		}
	}
	return errors.Join(useDialer(k, n.options.Runtime.DialPod), probeWhenKnown(ctx, k), writeInOrder(k), mountPromptly(k))
}

// acceptAddress lets the kubelet take an address that is not one of the host's.
func acceptAddress(k *kubelet.Kubelet) error {
	isAnAddress := func(net.IP) error { return nil }
	return replace(k, isAnAddress, "nodeIPValidator")
}

// forgetCollectors takes the collectors that a kubelet registers in the process's registries, and that
// would make the next kubelet panic, out of them again.
func forgetCollectors(kubernetes string) error {
	version, err := semver.ParseTolerant(kubernetes)
	if err != nil {
		return fmt.Errorf("`%s` is no version of Kubernetes: %w", kubernetes, err)
	}
	for _, collector := range []metrics.StableCollector{
		collectors.NewVolumeStatsCollector(nil),
		collectors.NewLogMetricsCollector(nil),
	} {
		collector.Create(&version, collector)
		legacyregistry.Registerer().Unregister(collector)
		prometheus.Unregister(collector)
	}
	return nil
}
