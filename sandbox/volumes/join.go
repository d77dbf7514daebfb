package volumes

// What the driver's node plugin does when it registers with a kubelet: the node's zone as a label of the driver's, and
// the CSINode object with how many volumes the instance can have.

import (
	"context"
	"encoding/json"
	"fmt"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"sandbox/eks"
)

// attachable is how many volumes an instance can have besides its own: a Nitro instance has 28 attachments, less the
// root volume and two network interfaces.
const attachable = int32(25)

// Join registers the driver on a node that the cloud has initialised.
func Join(ctx context.Context, client kubernetes.Interface, facts eks.NodeFacts) error {
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{"labels": map[string]string{ZoneLabel: facts.Zone}}})
	if err != nil {
		return err
	}
	node, err := client.CoreV1().Nodes().Patch(ctx, facts.Name, types.StrategicMergePatchType, body, metav1.PatchOptions{FieldManager: "kubelet"})
	if err != nil {
		return fmt.Errorf("failed to label node `%s` for its volumes: %w", facts.Name, err)
	}
	count := attachable
	_, err = client.StorageV1().CSINodes().Create(ctx, &storagev1.CSINode{
		ObjectMeta: metav1.ObjectMeta{
			Name:            facts.Name,
			Annotations:     map[string]string{v1.MigratedPluginsAnnotationKey: "kubernetes.io/aws-ebs,kubernetes.io/azure-disk,kubernetes.io/azure-file,kubernetes.io/cinder,kubernetes.io/gce-pd,kubernetes.io/portworx-volume,kubernetes.io/vsphere-volume"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID}},
		},
		Spec: storagev1.CSINodeSpec{Drivers: []storagev1.CSINodeDriver{{
			Name: Driver, NodeID: eks.InstanceID(facts.Name),
			TopologyKeys: []string{v1.LabelOSStable, ZoneLabel, v1.LabelTopologyZone},
			Allocatable:  &storagev1.VolumeNodeResources{Count: &count},
		}}},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("failed to register the volumes of node `%s`: %w", facts.Name, err)
	}
	return nil
}
