package node

// The kubelet's settings: Kubernetes' defaults, EKS's changes to them, and off what would touch the host.

import (
	"fmt"
	"time"

	"k8s.io/kubernetes/cmd/kubelet/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"

	"sandbox/eks"
)

const (
	// kubeletPort is the port a Node object names; the node listens on no port (see Node.Dial).
	kubeletPort = 10250
	// cgroupDriver is what EKS's node images use; there are no cgroups here.
	cgroupDriver = "systemd"
	// nodeStatusUpdateFrequency is the kubelet's default.
	nodeStatusUpdateFrequency = 10 * time.Second
	// statusLookFrequency is how often the kubelet looks whether its Node's status has changed, where a real one takes
	// ten seconds: a Pod with a volume waits twice for the status, once to get it and once to let it go.
	statusLookFrequency = 2 * time.Second
)

func kubeletVersion(o Options) string { return eks.KubeletVersion(o.KubernetesVersion) }

func kubeletFlags(o Options) (*options.KubeletFlags, error) {
	flags := options.NewKubeletFlags()
	flags.RootDirectory = kubeletFolder(o)
	flags.HostnameOverride = o.Facts.Name
	flags.CloudProvider = "external"
	flags.NodeIP = o.Facts.Address
	flags.NodeLabels = eks.NodeLabels(o.Facts)
	if err := options.ValidateKubeletFlags(flags); err != nil {
		return nil, fmt.Errorf("the kubelet refuses its flags: %w", err)
	}
	return flags, nil
}

func kubeletConfiguration(o Options) (*kubeletconfig.KubeletConfiguration, error) {
	c, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, fmt.Errorf("failed to make the kubelet's defaults: %w", err)
	}
	c.Port = kubeletPort
	c.ReadOnlyPort = 0
	c.HealthzPort = 0
	c.ProviderID = eks.ProviderID(o.Facts.Zone, o.Facts.Name)
	c.RegisterWithTaints = o.Taints
	c.PodLogsDir = logsFolder(o)
	c.ClusterDNS = []string{o.ClusterDNS}
	c.ClusterDomain = eks.ClusterDomain
	c.ResolverConfig = resolverFile(o)
	c.NodeStatusUpdateFrequency.Duration = statusLookFrequency
	nodeImageSettings(c, o.Facts.InstanceType)
	offTheHost(c)
	return c, nil
}

// nodeImageSettings are those of EKS's node images that a learner can see.
func nodeImageSettings(c *kubeletconfig.KubeletConfiguration, kind eks.InstanceType) {
	c.MaxPods = int32(kind.MaxPods())
	c.CgroupDriver = cgroupDriver
	c.SerializeImagePulls = false
	c.EvictionHard = map[string]string{
		"memory.available":  "100Mi",
		"nodefs.available":  "10%",
		"nodefs.inodesFree": "5%",
	}
	c.KubeReserved = map[string]string{}
	for name, quantity := range kind.KubeReserved() {
		c.KubeReserved[string(name)] = quantity.String()
	}
}

// offTheHost turns off what needs, shows or changes the machine this program runs on.
func offTheHost(c *kubeletconfig.KubeletConfiguration) {
	c.CgroupRoot = ""
	c.CgroupsPerQOS = false
	c.EnforceNodeAllocatable = nil
	c.MakeIPTablesUtilChains = false
	c.ProtectKernelDefaults = false
	c.EnableSystemLogHandler = false
	c.EnableSystemLogQuery = false
	c.EnableProfilingHandler = false
	c.EnableContentionProfiling = false
	c.EnableDebugFlagsHandler = false
	// Images take no space here.
	c.ImageGCHighThresholdPercent = 100
}
