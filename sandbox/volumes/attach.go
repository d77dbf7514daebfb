package volumes

// What the external-attacher and the driver's ControllerPublishVolume do: a volume is attached to one instance at a
// time, and only in its own zone. Which node is to have it, and when no more, is decided by Kubernetes' own controller.

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"sandbox/eks"
)

// attach brings one attachment to where it is to be.
func (c *Controller) attach(ctx context.Context, attachment *storagev1.VolumeAttachment) error {
	attachments := c.client.StorageV1().VolumeAttachments()
	protected := slices.Contains(attachment.Finalizers, attacherFinalizer)
	if attachment.DeletionTimestamp != nil {
		if !protected {
			return nil
		}
		changed := attachment.DeepCopy()
		changed.Finalizers = slices.DeleteFunc(changed.Finalizers, func(f string) bool { return f == attacherFinalizer })
		_, err := attachments.Update(ctx, changed, metav1.UpdateOptions{})
		return err
	}
	if attachment.Status.Attached || attachment.Spec.Source.PersistentVolumeName == nil {
		return nil
	}
	if !protected {
		changed := attachment.DeepCopy()
		changed.Finalizers = append(changed.Finalizers, attacherFinalizer)
		if changed.Annotations == nil {
			changed.Annotations = map[string]string{}
		}
		changed.Annotations["csi.alpha.kubernetes.io/node-id"] = eks.InstanceID(attachment.Spec.NodeName)
		_, err := attachments.Update(ctx, changed, metav1.UpdateOptions{})
		return err // the change brings it back here
	}
	refused := c.publish(ctx, attachment)
	changed := attachment.DeepCopy()
	if refused == nil {
		changed.Status = storagev1.VolumeAttachmentStatus{Attached: true, AttachmentMetadata: map[string]string{"devicePath": "/dev/xvdaa"}}
	} else if old := attachment.Status.AttachError; old == nil || old.Message != refused.Error() {
		changed.Status.AttachError = &storagev1.VolumeError{Message: refused.Error(), Time: metav1.Now()}
	} else {
		return refused
	}
	if _, err := attachments.UpdateStatus(ctx, changed, metav1.UpdateOptions{}); err != nil {
		return err
	}
	return refused
}

// publish says why EBS would not attach the volume to the node; nil: it would.
func (c *Controller) publish(ctx context.Context, attachment *storagev1.VolumeAttachment) error {
	name, node := *attachment.Spec.Source.PersistentVolumeName, attachment.Spec.NodeName
	object, err := c.volumes.Get(name)
	if err != nil {
		return err
	}
	if !isOurs(object) {
		return fmt.Errorf("persistent volume %q has no CSI source of %s", name, Driver)
	}
	id := object.Spec.CSI.VolumeHandle
	volume, err := c.store.Find(id)
	if errors.Is(err, ErrNoSuchVolume) {
		return refuse("NotFound", id, node, "InvalidVolume.NotFound", fmt.Sprintf("The volume '%s' does not exist.", id))
	}
	if err != nil {
		return err
	}
	machine, err := c.nodes.Get(node)
	if err != nil {
		return err
	}
	instance := eks.InstanceID(node)
	if zone := zoneOfInstance(machine); volume.Zone != "" && zone != volume.Zone {
		return refuse("Internal", id, node, "InvalidVolume.ZoneMismatch", fmt.Sprintf("The volume '%s' is not in the same availability zone as instance '%s'", id, instance))
	}
	others, err := c.attachments.List(labels.Everything())
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.Name != attachment.Name && other.Status.Attached && c.handleOf(other) == id && other.Spec.NodeName != node {
			return refuse("Internal", id, node, "VolumeInUse", fmt.Sprintf("%s is already attached to an instance", id))
		}
	}
	finalizers := object.Finalizers
	if !slices.Contains(finalizers, attacherFinalizer) {
		return c.setFinalizers(ctx, object, append(slices.Clone(finalizers), attacherFinalizer))
	}
	return nil
}

// zoneOfInstance is where an instance really is, whatever the Node's labels say: `aws:///eu-west-1a/i-…`.
func zoneOfInstance(node *v1.Node) string {
	parts := strings.Split(strings.TrimPrefix(node.Spec.ProviderID, "aws:///"), "/")
	return parts[0]
}

// refuse is the driver's error for an error of EC2.
func refuse(code, id, node, kind, message string) error {
	instance := eks.InstanceID(node)
	return fmt.Errorf(
		"rpc error: code = %s desc = Could not attach volume %q to node %q: could not attach volume %q to node %q: operation error EC2: AttachVolume, "+
			"https response error StatusCode: 400, RequestID: %s, api error %s: %s", code, id, instance, id, instance, requestID(id, node), kind, message)
}

// errMalformed is the driver's error when EC2 refuses to delete what no volume can be named.
func errMalformed(id string) error {
	return fmt.Errorf(
		"rpc error: code = Internal desc = Could not delete volume ID %q: DeleteDisk could not delete volume: operation error EC2: DeleteVolume, "+
			"https response error StatusCode: 400, RequestID: %s, api error InvalidParameterValue: Value (%s) for parameter volumeId is invalid. Expected: 'vol-...'.",
		id, requestID(id), id)
}

// requestID is the same for the same request, so that a repeated error is one event with a count.
func requestID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "/")))
	text := hex.EncodeToString(sum[:])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:32]}, "-")
}

func (c *Controller) handleOf(attachment *storagev1.VolumeAttachment) string {
	if attachment.Spec.Source.PersistentVolumeName == nil {
		return ""
	}
	object, err := c.volumes.Get(*attachment.Spec.Source.PersistentVolumeName)
	if err != nil || !isOurs(object) { // an object that is gone holds no volume
		return ""
	}
	return object.Spec.CSI.VolumeHandle
}

// attachedTo is the node that a PersistentVolume's volume is attached to, or is to be; "" when there is none.
func (c *Controller) attachedTo(name string) (string, error) {
	all, err := c.attachments.List(labels.Everything())
	if err != nil && !apierrors.IsNotFound(err) {
		return "", err
	}
	for _, attachment := range all {
		if source := attachment.Spec.Source.PersistentVolumeName; source != nil && *source == name {
			return attachment.Spec.NodeName, nil
		}
	}
	return "", nil
}
