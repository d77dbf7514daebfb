package volumes

// What follows from a claim and its class: whether a volume is to be made, where, and which PersistentVolume stands for
// it. Decisions only, in the words of the external-provisioner and the driver; nothing here talks to the API server.

import (
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Names that the driver and its sidecars give.
const (
	// Driver is the name of the EBS CSI driver.
	Driver = "ebs.csi.aws.com"
	// ZoneLabel is the driver's own label for a node's zone.
	ZoneLabel = "topology.ebs.csi.aws.com/zone"

	selectedNode         = "volume.kubernetes.io/selected-node"
	storageProvisioner   = "volume.kubernetes.io/storage-provisioner"
	provisionedBy        = "pv.kubernetes.io/provisioned-by"
	provisionerFinalizer = "external-provisioner.volume.kubernetes.io/finalizer"
	attacherFinalizer    = "external-attacher/ebs-csi-aws-com"
)

// parameters are those that the driver's CreateVolume knows.
var parameters = []string{
	"allowautoiopspergbincrease", "blockexpress", "blocksize", "bytesperinode", "csi.storage.k8s.io/fstype", "encrypted", "ext4bigalloc",
	"ext4clustersize", "fstype", "inodesize", "iops", "iopspergb", "kmskeyid", "numberofinodes", "throughput", "type", "volumeinitializationrate",
}

var volumeTypes = []string{"gp2", "gp3", "io1", "io2", "sbg1", "sbp1", "sc1", "st1", "standard"}

// isWanted says whether a volume is to be made for a claim now. Kubernetes' own controller sets the annotation that names
// the provisioner when the class allows it: at once, or when the scheduler has chosen a node.
func isWanted(claim *v1.PersistentVolumeClaim, class *storagev1.StorageClass) bool {
	if claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil || claim.Annotations[storageProvisioner] != Driver || class.Provisioner != Driver {
		return false
	}
	return !waits(class) || claim.Annotations[selectedNode] != ""
}

func waits(class *storagev1.StorageClass) bool {
	return class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
}

// refusal is why the driver cannot make the volume, or "".
func refusal(claim *v1.PersistentVolumeClaim, class *storagev1.StorageClass) string {
	if claim.Spec.DataSource != nil || claim.Spec.DataSourceRef != nil {
		return "a volume from a snapshot or from another volume is not simulated"
	}
	if claim.Spec.VolumeMode != nil && *claim.Spec.VolumeMode == v1.PersistentVolumeBlock {
		return "a volume in block mode is not simulated"
	}
	for _, mode := range claim.Spec.AccessModes {
		if mode == v1.ReadWriteMany || mode == v1.ReadOnlyMany {
			return "rpc error: code = InvalidArgument desc = Volume capabilities not supported. Only AccessModes[ReadWriteOnce] supported."
		}
	}
	for _, key := range slices.Sorted(maps.Keys(class.Parameters)) {
		value := class.Parameters[key]
		key := strings.ToLower(key)
		switch {
		case !slices.Contains(parameters, key):
			return fmt.Sprintf("rpc error: code = InvalidArgument desc = Invalid parameter key %s for CreateVolume", key)
		case key == "type" && !slices.Contains(volumeTypes, value):
			return fmt.Sprintf("rpc error: code = InvalidArgument desc = Could not create volume %q: invalid AWS VolumeType %q", nameFor(claim), value)
		case slices.Contains([]string{"iops", "iopspergb", "throughput"}, key):
			if _, err := strconv.Atoi(value); err != nil {
				return fmt.Sprintf("rpc error: code = InvalidArgument desc = Could not parse invalid %s: %v", key, err)
			}
		}
	}
	return ""
}

// nameFor is the name of the PersistentVolume that is made for a claim.
func nameFor(claim *v1.PersistentVolumeClaim) string { return "pvc-" + string(claim.UID) }

// zoneFor chooses the volume's zone: that of the chosen node, or else one of all zones that the class allows, the same
// one at each try.
func zoneFor(claim *v1.PersistentVolumeClaim, class *storagev1.StorageClass, nodes []*v1.Node) (string, error) {
	zones := map[string]bool{}
	for _, node := range nodes {
		zone := node.Labels[ZoneLabel]
		if claim.Annotations[selectedNode] == node.Name {
			if zone == "" {
				return "", fmt.Errorf("error generating accessibility requirements: no topology key found on CSINode %s", node.Name)
			}
			return zone, nil
		}
		if zone != "" && isAllowed(class, node) {
			zones[zone] = true
		}
	}
	if waits(class) {
		return "", fmt.Errorf("failed to get target node: node %q not found", claim.Annotations[selectedNode])
	}
	if len(zones) == 0 {
		return "", fmt.Errorf("error generating accessibility requirements: no available topology found")
	}
	hash := fnv.New32a()
	hash.Write([]byte(claim.Namespace + "/" + claim.Name))
	sorted := slices.Sorted(maps.Keys(zones))
	return sorted[int(hash.Sum32())%len(sorted)], nil
}

func isAllowed(class *storagev1.StorageClass, node *v1.Node) bool {
	return len(class.AllowedTopologies) == 0 || slices.ContainsFunc(class.AllowedTopologies, func(term v1.TopologySelectorTerm) bool {
		return !slices.ContainsFunc(term.MatchLabelExpressions, func(wanted v1.TopologySelectorLabelRequirement) bool {
			return !slices.Contains(wanted.Values, node.Labels[wanted.Key])
		})
	})
}

// persistentVolume is the object for the volume that was made for a claim.
func persistentVolume(claim *v1.PersistentVolumeClaim, class *storagev1.StorageClass, zone string) *v1.PersistentVolume {
	policy, mode, fileSystem := v1.PersistentVolumeReclaimDelete, v1.PersistentVolumeFilesystem, "ext4"
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	if given := class.Parameters["csi.storage.k8s.io/fstype"]; given != "" {
		fileSystem = given
	}
	name := nameFor(claim)
	volume := &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Annotations: map[string]string{
				provisionedBy: Driver,
				"volume.kubernetes.io/provisioner-deletion-secret-name":      "",
				"volume.kubernetes.io/provisioner-deletion-secret-namespace": "",
			},
		},
		Spec: v1.PersistentVolumeSpec{
			AccessModes: claim.Spec.AccessModes,
			Capacity:    v1.ResourceList{v1.ResourceStorage: wholeGiB(claim.Spec.Resources.Requests[v1.ResourceStorage])},
			ClaimRef: &v1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
				ResourceVersion: claim.ResourceVersion,
			},
			PersistentVolumeReclaimPolicy: policy,
			StorageClassName:              class.Name,
			MountOptions:                  class.MountOptions,
			VolumeMode:                    &mode,
			NodeAffinity: &v1.VolumeNodeAffinity{Required: &v1.NodeSelector{NodeSelectorTerms: []v1.NodeSelectorTerm{{
				MatchExpressions: []v1.NodeSelectorRequirement{{Key: v1.LabelTopologyZone, Operator: v1.NodeSelectorOpIn, Values: []string{zone}}},
			}}}},
			PersistentVolumeSource: v1.PersistentVolumeSource{CSI: &v1.CSIPersistentVolumeSource{
				Driver: Driver, VolumeHandle: VolumeID(name), FSType: fileSystem,
				VolumeAttributes: map[string]string{"storage.kubernetes.io/csiProvisionerIdentity": provisionerIdentity},
			}},
		},
	}
	if policy == v1.PersistentVolumeReclaimDelete {
		volume.Finalizers = []string{provisionerFinalizer}
	}
	return volume
}

// wholeGiB is the size that EBS makes: whole GiB, at least one.
func wholeGiB(size resource.Quantity) resource.Quantity {
	const gib = 1 << 30
	return *resource.NewQuantity(max((size.Value()+gib-1)/gib, 1)*gib, resource.BinarySI)
}

// zoneOf is the one zone that a PersistentVolume says it is in; "" when it says none.
func zoneOf(volume *v1.PersistentVolume) string {
	if volume.Spec.NodeAffinity == nil || volume.Spec.NodeAffinity.Required == nil {
		return ""
	}
	for _, term := range volume.Spec.NodeAffinity.Required.NodeSelectorTerms {
		for _, wanted := range term.MatchExpressions {
			isZone := wanted.Key == v1.LabelTopologyZone || wanted.Key == ZoneLabel
			if isZone && wanted.Operator == v1.NodeSelectorOpIn && len(wanted.Values) == 1 {
				return wanted.Values[0]
			}
		}
	}
	return ""
}

// isOurs says whether a PersistentVolume is one of the driver's.
func isOurs(volume *v1.PersistentVolume) bool {
	return volume.Spec.CSI != nil && volume.Spec.CSI.Driver == Driver
}

// isToDelete says whether the volume behind a PersistentVolume is to be deleted, as the external-provisioner decides it.
func isToDelete(volume *v1.PersistentVolume) bool {
	// Without its finalizer an object that is being deleted has lost its volume already.
	gone := volume.DeletionTimestamp != nil && !slices.Contains(volume.Finalizers, provisionerFinalizer)
	return isOurs(volume) && !gone && volume.Status.Phase == v1.VolumeReleased && volume.Annotations[provisionedBy] == Driver &&
		volume.Spec.PersistentVolumeReclaimPolicy == v1.PersistentVolumeReclaimDelete
}

// protected returns the finalizers that a PersistentVolume is to have: its volume is deleted before it, or not at all.
func protected(volume *v1.PersistentVolume) []string {
	has := slices.Contains(volume.Finalizers, provisionerFinalizer)
	deletes := volume.Spec.PersistentVolumeReclaimPolicy == v1.PersistentVolumeReclaimDelete
	switch {
	case has && !deletes:
		return slices.DeleteFunc(slices.Clone(volume.Finalizers), func(f string) bool { return f == provisionerFinalizer })
	case !has && deletes && volume.DeletionTimestamp == nil && volume.Status.Phase == v1.VolumeBound && volume.Annotations[provisionedBy] == Driver:
		return append(slices.Clone(volume.Finalizers), provisionerFinalizer)
	}
	return volume.Finalizers
}
