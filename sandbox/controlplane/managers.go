package controlplane

// The controller manager and the scheduler, in the order of calls of their own test servers.

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	v1 "k8s.io/api/core/v1"
	cloudproviderapi "k8s.io/cloud-provider/api"
	kcmapp "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kcmoptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	schedulerapp "k8s.io/kubernetes/cmd/kube-scheduler/app"
	scheduleroptions "k8s.io/kubernetes/cmd/kube-scheduler/app/options"
)

// component writes the kubeconfig of a component and returns its path.
func (c *ControlPlane) component(name, user string, groups ...string) (string, error) {
	pair, err := c.authority.component(name, user, groups...)
	if err != nil {
		return "", err
	}
	path := c.authority.file(name + ".kubeconfig")
	if err := c.authority.kubeconfig(path, c.Server(), c.options.ClusterName, user, pair); err != nil {
		return "", fmt.Errorf("failed to write `%s`: %w", path, err)
	}
	return path, nil
}

func (c *ControlPlane) startControllers(ctx context.Context) error {
	// The bootstrap roles give each controller's rights to its service account. With one identity for all of
	// them the certificate has to bring the rights, out of the learner's reach as on EKS.
	kubeconfig, err := c.component("controller-manager", "system:kube-controller-manager", "system:masters")
	if err != nil {
		return err
	}
	o, err := kcmoptions.NewKubeControllerManagerOptions()
	if err != nil {
		return fmt.Errorf("failed to make the controller manager's options: %w", err)
	}
	known, disabled, aliases := kcmapp.KnownControllers(), kcmapp.ControllersDisabledByDefault(), kcmapp.ControllerAliases()
	flags := o.Flags(known, disabled, aliases)
	err = parse(flags, []string{
		"--kubeconfig=" + kubeconfig, "--leader-elect=false", "--secure-port=0", "--profiling=false",
		"--service-account-private-key-file=" + c.authority.file("service-account.key"),
		"--root-ca-file=" + c.authority.file("ca.crt"),
		// With one identity for all controllers, a write by a service account is never a component's.
		"--use-service-account-credentials=false",
		"--kube-api-qps=500", "--kube-api-burst=1000",
		// Drivers of flex volumes are programs of the host.
		"--flex-volume-plugin-dir=" + filepath.Join(c.options.Folder, "flex-volumes"),
		// The volume controller runs with plugins of ours (binder.go).
		"--controllers=*,-persistentvolume-binder-controller,-bootstrap-signer-controller,-token-cleaner-controller,-node-ipam-controller,-cloud-node-lifecycle-controller," +
			"-service-lb-controller,-node-route-controller,-certificatesigningrequest-signing-controller",
	})
	if err != nil {
		return fmt.Errorf("failed to configure the controller manager: %w", err)
	}
	o.ParsedFlags = &flags
	config, err := o.Config(ctx, known, disabled, aliases)
	if err != nil {
		return fmt.Errorf("failed to configure the controller manager: %w", err)
	}
	if err := startBinder(ctx, config); err != nil {
		return err
	}
	c.run(ctx, "the controller manager", func() error { return kcmapp.Run(ctx, config.Complete()) })
	return nil
}

// prepareScheduler sets the scheduler up, and lets it learn what there is until Schedule.
func (c *ControlPlane) prepareScheduler(ctx context.Context) error {
	kubeconfig, err := c.component("scheduler", "system:kube-scheduler")
	if err != nil {
		return err
	}
	o := scheduleroptions.NewOptions()
	err = parse(*o.Flags, []string{
		"--kubeconfig=" + kubeconfig, "--leader-elect=false", "--secure-port=0", "--profiling=false",
		"--kube-api-qps=500", "--kube-api-burst=1000", "--authentication-skip-lookup=true",
	})
	if err != nil {
		return fmt.Errorf("failed to configure the scheduler: %w", err)
	}
	c.schedulerConfig, c.scheduler, err = schedulerapp.Setup(ctx, o)
	if err != nil {
		return fmt.Errorf("failed to set the scheduler up: %w", err)
	}
	c.schedulerConfig.InformerFactory.Start(ctx.Done())
	c.schedulerConfig.DynInformerFactory.Start(ctx.Done())
	return nil
}

// acquaintance is how long the scheduler may take to learn of nodes that are ready by the API server's word.
const acquaintance = 5 * time.Second

// Schedule starts the scheduler. It is to be called when these nodes are ready: a Pod that the scheduler has refused once waits for a
// second before it looks again, so it begins when it knows of all of them.
func (c *ControlPlane) Schedule(ctx context.Context, ready []string) {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(acquaintance); !c.schedulerKnows(ready) && ctx.Err() == nil && time.Now().Before(end); {
		<-tick.C
	}
	c.run(c.others, "the scheduler", func() error { return schedulerapp.Run(c.others, c.schedulerConfig, c.scheduler) })
}

func (c *ControlPlane) schedulerKnows(ready []string) bool {
	known := c.scheduler.Cache.Dump().Nodes
	for _, name := range ready {
		info := known[name]
		if info == nil || info.Node() == nil {
			return false
		}
		for _, taint := range info.Node().Spec.Taints {
			if taint.Key == v1.TaintNodeNotReady || taint.Key == cloudproviderapi.TaintExternalCloudProvider {
				return false
			}
		}
	}
	return true
}

// run runs a component until ctx ends; ending earlier is a failure of the whole.
func (c *ControlPlane) run(ctx context.Context, name string, component func() error) {
	go func() {
		err := component()
		if ctx.Err() == nil { // the scheduler returns an error at a normal end, too
			c.failed <- fmt.Errorf("%s ended: %w", name, err)
		}
	}()
}
