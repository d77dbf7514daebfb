package volumes

import (
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func newClaim(change func(*v1.PersistentVolumeClaim)) *v1.PersistentVolumeClaim {
	class := "gp3"
	claim := &v1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name: "data", Namespace: "shop", UID: "0b1c",
			Annotations: map[string]string{storageProvisioner: Driver, selectedNode: "node-b"},
		},
		Spec: v1.PersistentVolumeClaimSpec{
			AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce}, StorageClassName: &class,
			Resources: v1.VolumeResourceRequirements{Requests: v1.ResourceList{v1.ResourceStorage: resource.MustParse("3500Mi")}},
		},
	}
	if change != nil {
		change(claim)
	}
	return claim
}

func newClass(change func(*storagev1.StorageClass)) *storagev1.StorageClass {
	mode := storagev1.VolumeBindingWaitForFirstConsumer
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: "gp3"}, Provisioner: Driver, Parameters: map[string]string{"type": "gp3"}, VolumeBindingMode: &mode,
	}
	if change != nil {
		change(class)
	}
	return class
}

func immediate(class *storagev1.StorageClass) {
	mode := storagev1.VolumeBindingImmediate
	class.VolumeBindingMode = &mode
}

func newNode(name, zone string) *v1.Node {
	node := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{v1.LabelTopologyZone: zone}}}
	if zone != "" {
		node.Labels[ZoneLabel] = zone
		node.Spec.ProviderID = "aws:///" + zone + "/i-0123"
	}
	return node
}

func TestWhenAVolumeIsWanted(t *testing.T) {
	for name, c := range map[string]struct {
		claim *v1.PersistentVolumeClaim
		class *storagev1.StorageClass
		want  bool
	}{
		"a node is chosen":     {newClaim(nil), newClass(nil), true},
		"no node is chosen":    {newClaim(func(c *v1.PersistentVolumeClaim) { delete(c.Annotations, selectedNode) }), newClass(nil), false},
		"it waits for no node": {newClaim(func(c *v1.PersistentVolumeClaim) { delete(c.Annotations, selectedNode) }), newClass(immediate), true},
		"it has a volume":      {newClaim(func(c *v1.PersistentVolumeClaim) { c.Spec.VolumeName = "pv" }), newClass(nil), false},
		"it is being deleted":  {newClaim(func(c *v1.PersistentVolumeClaim) { c.DeletionTimestamp = &metav1.Time{} }), newClass(nil), false},
		"another driver's":     {newClaim(func(c *v1.PersistentVolumeClaim) { c.Annotations[storageProvisioner] = "efs" }), newClass(nil), false},
	} {
		if got := isWanted(c.claim, c.class); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatTheDriverRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		claim *v1.PersistentVolumeClaim
		class *storagev1.StorageClass
		want  string
	}{
		"nothing":  {newClaim(nil), newClass(nil), ""},
		"a key":    {newClaim(nil), newClass(func(c *storagev1.StorageClass) { c.Parameters["speed"] = "1" }), "Invalid parameter key speed"},
		"a type":   {newClaim(nil), newClass(func(c *storagev1.StorageClass) { c.Parameters["type"] = "gp9" }), `invalid AWS VolumeType "gp9"`},
		"a number": {newClaim(nil), newClass(func(c *storagev1.StorageClass) { c.Parameters["iops"] = "many" }), "Could not parse invalid iops"},
		"many writers": {newClaim(func(c *v1.PersistentVolumeClaim) {
			c.Spec.AccessModes = []v1.PersistentVolumeAccessMode{v1.ReadWriteMany}
		}), newClass(nil), "Only AccessModes[ReadWriteOnce]"},
	} {
		got := refusal(c.claim, c.class)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestWhereAVolumeIsMade(t *testing.T) {
	nodes := []*v1.Node{newNode("node-a", "eu-west-1a"), newNode("node-b", "eu-west-1b"), newNode("bare", "")}
	free := newClaim(func(c *v1.PersistentVolumeClaim) { delete(c.Annotations, selectedNode) })
	onlyA := newClass(func(c *storagev1.StorageClass) {
		immediate(c)
		c.AllowedTopologies = []v1.TopologySelectorTerm{{MatchLabelExpressions: []v1.TopologySelectorLabelRequirement{{Key: v1.LabelTopologyZone, Values: []string{"eu-west-1a"}}}}}
	})
	for name, c := range map[string]struct {
		claim     *v1.PersistentVolumeClaim
		class     *storagev1.StorageClass
		want, err string
	}{
		"in the chosen node's zone": {newClaim(nil), newClass(nil), "eu-west-1b", ""},
		"where the class allows":    {free, onlyA, "eu-west-1a", ""},
		"the node is gone":          {newClaim(func(c *v1.PersistentVolumeClaim) { c.Annotations[selectedNode] = "gone" }), newClass(nil), "", `node "gone" not found`},
		"the node has no driver":    {newClaim(func(c *v1.PersistentVolumeClaim) { c.Annotations[selectedNode] = "bare" }), newClass(nil), "", "no topology key found on CSINode bare"},
	} {
		got, err := zoneFor(c.claim, c.class, nodes)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestThePersistentVolume(t *testing.T) {
	volume := persistentVolume(newClaim(nil), newClass(nil), "eu-west-1b")
	size := volume.Spec.Capacity[v1.ResourceStorage]
	if volume.Name != "pvc-0b1c" || size.String() != "4Gi" || zoneOf(volume) != "eu-west-1b" || volume.Spec.ClaimRef.UID != "0b1c" {
		t.Errorf("it is %+v", volume)
	}
	if id := volume.Spec.CSI.VolumeHandle; !volumeID.MatchString(id) || len(id) != len("vol-")+17 || id != VolumeID("pvc-0b1c") {
		t.Errorf("its id is %s", id)
	}
	keeping := persistentVolume(newClaim(nil), newClass(func(c *storagev1.StorageClass) {
		retain := v1.PersistentVolumeReclaimRetain
		c.ReclaimPolicy = &retain
	}), "eu-west-1b")
	if len(keeping.Finalizers) != 0 || len(volume.Finalizers) != 1 {
		t.Errorf("the finalizers are %v and %v", keeping.Finalizers, volume.Finalizers)
	}
}

func TestWhenAVolumeIsDeleted(t *testing.T) {
	released := func(change func(*v1.PersistentVolume)) *v1.PersistentVolume {
		volume := persistentVolume(newClaim(nil), newClass(nil), "eu-west-1b")
		volume.Status.Phase = v1.VolumeReleased
		change(volume)
		return volume
	}
	for name, c := range map[string]struct {
		volume *v1.PersistentVolume
		want   bool
	}{
		"released":              {released(func(*v1.PersistentVolume) {}), true},
		"bound":                 {released(func(v *v1.PersistentVolume) { v.Status.Phase = v1.VolumeBound }), false},
		"kept":                  {released(func(v *v1.PersistentVolume) { v.Spec.PersistentVolumeReclaimPolicy = v1.PersistentVolumeReclaimRetain }), false},
		"not made by us":        {released(func(v *v1.PersistentVolume) { v.Annotations = nil }), false},
		"its volume has gone":   {released(func(v *v1.PersistentVolume) { v.DeletionTimestamp = &metav1.Time{}; v.Finalizers = nil }), false},
		"deleted, not yet gone": {released(func(v *v1.PersistentVolume) { v.DeletionTimestamp = &metav1.Time{} }), true},
	} {
		if got := isToDelete(c.volume); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
