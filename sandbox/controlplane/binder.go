package controlplane

// The controller that binds claims and looks after released volumes: Kubernetes' own, started here because one of its
// plugins has to be another. The controller manager's host-path plugin deletes folders below /tmp of its own machine: on
// EKS a machine of AWS, here the learner's.

import (
	"context"
	"fmt"
	"regexp"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	kcmapp "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kcmconfig "k8s.io/kubernetes/cmd/kube-controller-manager/app/config"
	"k8s.io/kubernetes/pkg/controller/volume/persistentvolume"
	persistentvolumeconfig "k8s.io/kubernetes/pkg/controller/volume/persistentvolume/config"
	"k8s.io/kubernetes/pkg/volume"
)

// startBinder starts it as newPersistentVolumeBinderController of the controller manager does
// (k8s.io/kubernetes/cmd/kube-controller-manager/app/core.go).
func startBinder(ctx context.Context, config *kcmconfig.Config) error {
	client, err := kubernetes.NewForConfig(rest.AddUserAgent(config.Kubeconfig, "persistent-volume-binder"))
	if err != nil {
		return fmt.Errorf("failed to make the client of the volume controller: %w", err)
	}
	settings := config.ComponentConfig.PersistentVolumeBinderController
	plugins, err := binderPlugins(ctx, settings.VolumeConfiguration)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(client, config.ComponentConfig.Generic.MinResyncPeriod.Duration,
		informers.WithTransform(withoutManagedFields))
	controller, err := persistentvolume.NewController(ctx, persistentvolume.ControllerParameters{
		KubeClient:                client,
		SyncPeriod:                settings.PVClaimBinderSyncPeriod.Duration,
		VolumePlugins:             plugins,
		VolumeInformer:            factory.Core().V1().PersistentVolumes(),
		ClaimInformer:             factory.Core().V1().PersistentVolumeClaims(),
		ClassInformer:             factory.Storage().V1().StorageClasses(),
		PodInformer:               factory.Core().V1().Pods(),
		NodeInformer:              factory.Core().V1().Nodes(),
		EnableDynamicProvisioning: settings.VolumeConfiguration.EnableDynamicProvisioning,
	})
	if err != nil {
		return fmt.Errorf("failed to make the volume controller: %w", err)
	}
	factory.Start(ctx.Done())
	go controller.Run(ctx)
	return nil
}

// withoutManagedFields makes the objects in memory small, as the controller manager does.
func withoutManagedFields(object any) (any, error) {
	if o, err := meta.Accessor(object); err == nil {
		o.SetManagedFields(nil)
	}
	return object, nil
}

// binderPlugins are the controller manager's, none of which touches a file.
func binderPlugins(ctx context.Context, settings persistentvolumeconfig.VolumeConfiguration) ([]volume.VolumePlugin, error) {
	plugins, err := kcmapp.ProbeProvisionableRecyclableVolumePlugins(klog.FromContext(ctx), settings)
	if err != nil {
		return nil, fmt.Errorf("failed to find the plugins of the volume controller: %w", err)
	}
	isConfined := false
	for i, plugin := range plugins {
		if hostPath, ok := plugin.(hostPathPlugin); ok && plugin.GetPluginName() == "kubernetes.io/host-path" {
			plugins[i], isConfined = confinedHostPath{hostPath}, true
		} else if _, deletes := plugin.(volume.DeletableVolumePlugin); deletes {
			return nil, fmt.Errorf("volume plugin `%s` deletes what this version of the sandbox does not know", plugin.GetPluginName())
		}
	}
	if !isConfined {
		return nil, fmt.Errorf("the host-path plugin is not among the %d plugins of the volume controller", len(plugins))
	}
	return plugins, nil
}

// hostPathPlugin is what the controller asks of the host-path plugin.
type hostPathPlugin interface {
	volume.DeletableVolumePlugin
	volume.RecyclableVolumePlugin
	volume.ProvisionableVolumePlugin
}

// confinedHostPath is the host-path plugin on a machine that nobody sees.
type confinedHostPath struct{ hostPathPlugin }

func (p confinedHostPath) NewDeleter(logger klog.Logger, spec *volume.Spec) (volume.Deleter, error) {
	real, err := p.hostPathPlugin.NewDeleter(logger, spec)
	if err != nil {
		return nil, err
	}
	return unseenFolder{real}, nil
}

// unseenFolder is a folder of that machine.
type unseenFolder struct{ volume.Deleter }

var deletable = regexp.MustCompile("/tmp/.+")

// Delete says what the real one says (k8s.io/kubernetes/pkg/volume/hostpath), and deletes nothing.
func (f unseenFolder) Delete() error {
	if !deletable.MatchString(f.GetPath()) {
		return fmt.Errorf("host_path deleter only supports /tmp/.+ but received provided %s", f.GetPath())
	}
	return nil
}
