package volumes

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
)

// run runs a controller on these objects until the test ends.
func run(t *testing.T, objects ...runtime.Object) (*fake.Clientset, *Store) {
	t.Helper()
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	client := fake.NewClientset(objects...)
	ended := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(ended)
		NewController(client, store, slog.New(slog.NewTextHandler(io.Discard, nil))).Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return client, store
}

func eventually(t *testing.T, what string, holds func(ctx context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds(ctx) {
		select {
		case <-ctx.Done():
			t.Fatalf("did not come: %s", what)
		case <-tick.C:
		}
	}
}

func hasEvent(ctx context.Context, client *fake.Clientset, reason, message string) bool {
	events, err := client.CoreV1().Events("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return false
	}
	for _, e := range events.Items {
		if e.Reason == reason && strings.Contains(e.Message, message) && strings.HasPrefix(e.Source.Component, Driver+"_ebs-csi-controller-") {
			return true
		}
	}
	return false
}

func TestAClaimGetsItsVolume(t *testing.T) {
	client, store := run(t, newClaim(nil), newClass(nil), newNode("node-a", "eu-west-1a"), newNode("node-b", "eu-west-1b"))
	eventually(t, "the volume", func(ctx context.Context) bool {
		volume, err := client.CoreV1().PersistentVolumes().Get(ctx, "pvc-0b1c", metav1.GetOptions{})
		return err == nil && zoneOf(volume) == "eu-west-1b"
	})
	if v, err := store.Find(VolumeID("pvc-0b1c")); err != nil || v.Zone != "eu-west-1b" {
		t.Errorf("EBS has %+v, %v", v, err)
	}
	eventually(t, "the event", func(ctx context.Context) bool {
		return hasEvent(ctx, client, "ProvisioningSucceeded", "Successfully provisioned volume pvc-0b1c")
	})
}

func TestARefusalIsAnEvent(t *testing.T) {
	wrong := newClass(func(c *storagev1.StorageClass) { c.Parameters["type"] = "gp9" })
	client, _ := run(t, newClaim(nil), wrong, newNode("node-b", "eu-west-1b"))
	eventually(t, "the event", func(ctx context.Context) bool {
		return hasEvent(ctx, client, "ProvisioningFailed", `failed to provision volume with StorageClass "gp3": rpc error: code = InvalidArgument`)
	})
}

func TestAReleasedVolumeIsDeletedWithItsData(t *testing.T) {
	volume := persistentVolume(newClaim(nil), newClass(nil), "eu-west-1b")
	client, store := run(t, volume, newClass(nil))
	if err := store.Create(volume.Spec.CSI.VolumeHandle, "eu-west-1b"); err != nil {
		t.Fatal(err)
	}
	patch := []byte(`{"status":{"phase":"Released"}}`)
	if _, err := client.CoreV1().PersistentVolumes().Patch(t.Context(), volume.Name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the object", func(ctx context.Context) bool {
		_, err := client.CoreV1().PersistentVolumes().Get(ctx, volume.Name, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
	if _, err := store.Find(volume.Spec.CSI.VolumeHandle); err == nil {
		t.Error("EBS still has the volume")
	}
}

func newAttachment(node string) *storagev1.VolumeAttachment {
	name := "pvc-0b1c"
	return &storagev1.VolumeAttachment{
		ObjectMeta: metav1.ObjectMeta{Name: "csi-" + node},
		Spec:       storagev1.VolumeAttachmentSpec{Attacher: Driver, NodeName: node, Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: &name}},
	}
}

func TestWhereAVolumeIsAttached(t *testing.T) {
	relabelled := newNode("node-a", "eu-west-1a")
	relabelled.Labels[v1.LabelTopologyZone] = "eu-west-1b"
	for name, c := range map[string]struct {
		node  string
		known bool
		want  string
	}{
		"in its zone":                       {"node-b", true, ""},
		"in another, whatever a label says": {"node-a", true, "InvalidVolume.ZoneMismatch"},
		"a volume that nobody made":         {"node-b", false, "InvalidVolume.NotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			volume := persistentVolume(newClaim(nil), newClass(nil), "eu-west-1b")
			client, store := run(t, volume, relabelled, newNode("node-b", "eu-west-1b"))
			if c.known {
				if err := store.Create(volume.Spec.CSI.VolumeHandle, "eu-west-1b"); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := client.StorageV1().VolumeAttachments().Create(t.Context(), newAttachment(c.node), metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "an end", func(ctx context.Context) bool {
				found, err := client.StorageV1().VolumeAttachments().Get(ctx, "csi-"+c.node, metav1.GetOptions{})
				if err != nil {
					return false
				}
				if c.want == "" {
					return found.Status.Attached
				}
				return found.Status.AttachError != nil && strings.Contains(found.Status.AttachError.Message, c.want)
			})
		})
	}
}
