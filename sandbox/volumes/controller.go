package volumes

// The controller: it watches claims, volumes and attachments, and does what the external-provisioner does. What the
// external-attacher does is in attach.go.
//
// The external-provisioner's own library (sig-storage-lib-external-provisioner) is not used: it names the learner's
// machine in every event, and registers its metrics in the registry of the process.

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedv1 "k8s.io/client-go/kubernetes/typed/core/v1"
	corelisters "k8s.io/client-go/listers/core/v1"
	storagelisters "k8s.io/client-go/listers/storage/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
)

const (
	// component is who the events are from: the sidecar in the driver's controller Pod. There is no such Pod here, so
	// the parts that would be random are fixed.
	component           = Driver + "_ebs-csi-controller-7c9d5b6f4d-x8kzq_5b0f8c1e-3d3c-4a57-9b55-0d6f3a1c7e42"
	provisionerIdentity = "1767225600000-8081-" + Driver

	// A try that fails is repeated after one second, then less and less often.
	retryFirst = time.Second
	retryLast  = 5 * time.Minute
)

// key is one object to look at.
type key struct{ kind, namespace, name string }

const (
	kindClaim      = "PersistentVolumeClaim"
	kindVolume     = "PersistentVolume"
	kindAttachment = "VolumeAttachment"
)

// Controller is the driver's controller.
type Controller struct {
	client kubernetes.Interface
	store  *Store
	log    *slog.Logger
	events record.EventRecorder
	queue  workqueue.TypedRateLimitingInterface[key]

	claims      corelisters.PersistentVolumeClaimLister
	volumes     corelisters.PersistentVolumeLister
	nodes       corelisters.NodeLister
	classes     storagelisters.StorageClassLister
	attachments storagelisters.VolumeAttachmentLister
}

// NewController makes a controller; Run starts it.
func NewController(client kubernetes.Interface, store *Store, log *slog.Logger) *Controller {
	return &Controller{
		client: client, store: store, log: log,
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[key](retryFirst, retryLast)),
	}
}

// Run watches and works until ctx ends.
func (c *Controller) Run(ctx context.Context) {
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	broadcaster.StartRecordingToSink(&typedv1.EventSinkImpl{Interface: c.client.CoreV1().Events("")})
	defer broadcaster.Shutdown()
	c.events = broadcaster.NewRecorder(scheme.Scheme, v1.EventSource{Component: component})

	factory := informers.NewSharedInformerFactory(c.client, 0)
	core, storage := factory.Core().V1(), factory.Storage().V1()
	c.claims, c.volumes, c.nodes = core.PersistentVolumeClaims().Lister(), core.PersistentVolumes().Lister(), core.Nodes().Lister()
	c.classes, c.attachments = storage.StorageClasses().Lister(), storage.VolumeAttachments().Lister()
	core.Nodes().Informer()
	c.watch(core.PersistentVolumeClaims().Informer(), func(o metav1.Object) []key {
		return []key{{kindClaim, o.GetNamespace(), o.GetName()}}
	})
	c.watch(storage.StorageClasses().Informer(), func(metav1.Object) []key { return c.allClaims() })
	c.watch(core.PersistentVolumes().Informer(), func(o metav1.Object) []key {
		return []key{{kindVolume, "", o.GetName()}}
	})
	c.watch(storage.VolumeAttachments().Informer(), func(o metav1.Object) []key {
		keys := []key{{kindAttachment, "", o.GetName()}}
		if attachment, ok := o.(*storagev1.VolumeAttachment); ok && attachment.Spec.Source.PersistentVolumeName != nil {
			keys = append(keys, key{kindVolume, "", *attachment.Spec.Source.PersistentVolumeName})
		}
		return keys
	})
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	go func() {
		<-ctx.Done()
		c.queue.ShutDown()
	}()
	for c.next(ctx) {
	}
}

func (c *Controller) watch(informer cache.SharedIndexInformer, keys func(metav1.Object) []key) {
	add := func(object any) {
		if last, ok := object.(cache.DeletedFinalStateUnknown); ok {
			object = last.Obj
		}
		if o, ok := object.(metav1.Object); ok {
			for _, k := range keys(o) {
				c.queue.Add(k)
			}
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: add, DeleteFunc: add, UpdateFunc: func(_, object any) { add(object) },
	})
	if err != nil { // only an informer that has ended refuses
		c.log.Error("volumes are not watched", "error", err)
	}
}

func (c *Controller) allClaims() []key {
	claims, err := c.claims.List(labels.Everything())
	if err != nil { // a lister reads memory
		return nil
	}
	var keys []key
	for _, claim := range claims {
		keys = append(keys, key{kindClaim, claim.Namespace, claim.Name})
	}
	return keys
}

// next handles one object of the queue; false: the queue has ended.
func (c *Controller) next(ctx context.Context) bool {
	k, ended := c.queue.Get()
	if ended {
		return false
	}
	defer c.queue.Done(k)
	err := c.handle(ctx, k)
	switch {
	case err == nil:
		c.queue.Forget(k)
	case apierrors.IsConflict(err):
		c.queue.AddAfter(k, 50*time.Millisecond)
	case ctx.Err() == nil:
		c.log.Info("volume not done yet", "kind", k.kind, "name", k.name, "error", err)
		c.queue.AddRateLimited(k)
	}
	return true
}

func (c *Controller) handle(ctx context.Context, k key) error {
	var err error
	switch k.kind {
	case kindClaim:
		var claim *v1.PersistentVolumeClaim
		if claim, err = c.claims.PersistentVolumeClaims(k.namespace).Get(k.name); err == nil {
			return c.provision(ctx, claim)
		}
	case kindVolume:
		var volume *v1.PersistentVolume
		if volume, err = c.volumes.Get(k.name); err == nil && isOurs(volume) {
			return c.lookAfter(ctx, volume)
		}
	case kindAttachment:
		var attachment *storagev1.VolumeAttachment
		if attachment, err = c.attachments.Get(k.name); err == nil && attachment.Spec.Attacher == Driver {
			return c.attach(ctx, attachment)
		}
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// provision makes the volume for a claim, when it is time.
func (c *Controller) provision(ctx context.Context, claim *v1.PersistentVolumeClaim) error {
	if claim.Spec.StorageClassName == nil {
		return nil
	}
	class, err := c.classes.Get(*claim.Spec.StorageClassName)
	if apierrors.IsNotFound(err) {
		return nil // Kubernetes' own controller says so
	}
	if err != nil || !isWanted(claim, class) {
		return err
	}
	if _, err := c.volumes.Get(nameFor(claim)); err == nil {
		return nil // it is about to be bound
	}
	c.events.Eventf(claim, v1.EventTypeNormal, "Provisioning", "External provisioner is provisioning volume for claim %q", claim.Namespace+"/"+claim.Name)
	volume, err := c.create(ctx, claim, class)
	if err != nil {
		err = fmt.Errorf("failed to provision volume with StorageClass %q: %w", class.Name, err)
		c.events.Event(claim, v1.EventTypeWarning, "ProvisioningFailed", err.Error())
		return err
	}
	c.events.Eventf(claim, v1.EventTypeNormal, "ProvisioningSucceeded", "Successfully provisioned volume %s", volume.Name)
	return nil
}

func (c *Controller) create(ctx context.Context, claim *v1.PersistentVolumeClaim, class *storagev1.StorageClass) (*v1.PersistentVolume, error) {
	if why := refusal(claim, class); why != "" {
		return nil, errors.New(why)
	}
	nodes, err := c.nodes.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	zone, err := zoneFor(claim, class, nodes)
	if err != nil {
		return nil, err
	}
	volume := persistentVolume(claim, class, zone)
	if err := c.store.Create(volume.Spec.CSI.VolumeHandle, zone); err != nil {
		return nil, err
	}
	_, err = c.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, err
	}
	return volume, nil
}

// lookAfter keeps a PersistentVolume's finalizers right and deletes the volume of one that is released.
func (c *Controller) lookAfter(ctx context.Context, volume *v1.PersistentVolume) error {
	if c.store.isGiven(volume.Name) {
		if err := c.store.Create(volume.Spec.CSI.VolumeHandle, zoneOf(volume)); err != nil {
			return err
		}
	}
	attached, err := c.attachedTo(volume.Name)
	if err != nil {
		return err
	}
	if isToDelete(volume) {
		return c.delete(ctx, volume, attached)
	}
	finalizers := protected(volume)
	if volume.DeletionTimestamp != nil && attached == "" {
		finalizers = slices.DeleteFunc(slices.Clone(finalizers), func(f string) bool { return f == attacherFinalizer })
	}
	return c.setFinalizers(ctx, volume, finalizers)
}

func (c *Controller) setFinalizers(ctx context.Context, volume *v1.PersistentVolume, finalizers []string) error {
	if slices.Equal(volume.Finalizers, finalizers) {
		return nil
	}
	changed := volume.DeepCopy()
	changed.Finalizers = finalizers
	_, err := c.client.CoreV1().PersistentVolumes().Update(ctx, changed, metav1.UpdateOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func (c *Controller) delete(ctx context.Context, volume *v1.PersistentVolume, attached string) error {
	if attached != "" {
		err := fmt.Errorf("persistentvolume %s is still attached to node %s", volume.Name, attached)
		c.events.Event(volume, v1.EventTypeWarning, "VolumeFailedDelete", err.Error())
		return err
	}
	if err := c.store.Delete(volume.Spec.CSI.VolumeHandle); err != nil {
		if errors.Is(err, ErrMalformedID) {
			err = errMalformed(volume.Spec.CSI.VolumeHandle)
		}
		c.events.Event(volume, v1.EventTypeWarning, "VolumeFailedDelete", err.Error())
		return err
	}
	err := c.client.CoreV1().PersistentVolumes().Delete(ctx, volume.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &volume.UID}})
	if err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	}
	latest, err := c.client.CoreV1().PersistentVolumes().Get(ctx, volume.Name, metav1.GetOptions{})
	if err != nil {
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	}
	return c.setFinalizers(ctx, latest, slices.DeleteFunc(slices.Clone(latest.Finalizers), func(f string) bool {
		return f == provisionerFinalizer || f == attacherFinalizer
	}))
}
