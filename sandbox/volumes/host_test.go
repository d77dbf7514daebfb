package volumes_test

// What a PersistentVolume names never leads out of the session's folder, whichever part of Kubernetes deletes it.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNoManifestDeletesAFolderOfTheHost(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	folder := sessionFolder(t)
	// Beside the store of volumes there is a folder, and a file that can be read as its record.
	beside := precious(t, folder)
	if err := os.WriteFile(beside+".json", []byte(`{"id": "`+"../"+filepath.Base(beside)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	// The host-path plugin of the controller manager deletes below /tmp only.
	temporary, err := os.MkdirTemp("/tmp", "labctl-volumes-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temporary) })
	other := precious(t, temporary)

	s := start(t, folder)
	s.released(t, "by-handle", v1.PersistentVolumeSource{CSI: &v1.CSIPersistentVolumeSource{
		Driver: "ebs.csi.aws.com", VolumeHandle: "../" + filepath.Base(beside),
	}}, map[string]string{"pv.kubernetes.io/provisioned-by": "ebs.csi.aws.com"})
	s.mounted(t, "../"+filepath.Base(beside))
	s.released(t, "by-path", v1.PersistentVolumeSource{HostPath: &v1.HostPathVolumeSource{Path: other}}, nil)
	s.released(t, "elsewhere", v1.PersistentVolumeSource{HostPath: &v1.HostPathVolumeSource{Path: "/var/lib/ledger"}}, nil)

	eventually(t, "the refusal to delete a volume with such a handle", func(ctx context.Context) bool {
		return s.said(ctx, "by-handle", "VolumeFailedDelete") != "" || !isThere(beside)
	})
	eventually(t, "the refusal to attach a volume with such a handle", func(ctx context.Context) bool {
		return strings.Contains(s.said(ctx, "escape", "FailedAttachVolume"), "The volume '../"+filepath.Base(beside)+"' does not exist.")
	})
	eventually(t, "the end of the PersistentVolume of a path", func(ctx context.Context) bool {
		_, err := s.client.CoreV1().PersistentVolumes().Get(ctx, "by-path", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
	eventually(t, "the host-path plugin's own refusal", func(ctx context.Context) bool {
		return s.said(ctx, "elsewhere", "VolumeFailedDelete") == "host_path deleter only supports /tmp/.+ but received provided /var/lib/ledger"
	})
	// The controller manager makes the folder for drivers of flex volumes, and runs what is in it.
	if !isThere(filepath.Join(folder, "flex-volumes")) {
		t.Error("the folder of flex volumes is elsewhere")
	}
	for _, kept := range []string{beside, other} {
		if !isThere(filepath.Join(kept, "work")) {
			t.Errorf("`%s` was deleted", kept)
		}
		if entries, err := os.ReadDir(kept); err != nil || len(entries) != 1 {
			t.Errorf("in `%s` there is %v, %v", kept, entries, err)
		}
	}
}

// sessionFolder has a configuration and a model in it.
func sessionFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "images"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"config.yaml": fmt.Sprintf(configuration, folder), "images/ledger.yaml": model} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// precious makes a folder with a file in it that nobody may delete.
func precious(t *testing.T, in string) string {
	t.Helper()
	folder := filepath.Join(in, "precious")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "work"), []byte("a year of it\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func isThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// released makes a PersistentVolume whose claim is gone, which is to be deleted with what it names.
func (s *sandbox) released(t *testing.T, name string, source v1.PersistentVolumeSource, annotations map[string]string) {
	t.Helper()
	_, err := s.client.CoreV1().PersistentVolumes().Create(t.Context(), &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: annotations},
		Spec: v1.PersistentVolumeSpec{
			AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce}, PersistentVolumeReclaimPolicy: v1.PersistentVolumeReclaimDelete,
			Capacity:               v1.ResourceList{v1.ResourceStorage: resource.MustParse("1Gi")},
			ClaimRef:               &v1.ObjectReference{Namespace: "default", Name: "gone", UID: "0e9c3a52-6b0c-4c11-9f8b-c1ab0a2c6a11"},
			PersistentVolumeSource: source,
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// mounted makes a Pod that wants the volume with this handle.
func (s *sandbox) mounted(t *testing.T, handle string) {
	t.Helper()
	none := ""
	_, err := s.client.CoreV1().PersistentVolumes().Create(t.Context(), &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "escape"},
		Spec: v1.PersistentVolumeSpec{
			AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce}, PersistentVolumeReclaimPolicy: v1.PersistentVolumeReclaimRetain,
			Capacity:               v1.ResourceList{v1.ResourceStorage: resource.MustParse("1Gi")},
			ClaimRef:               &v1.ObjectReference{Namespace: "default", Name: "escape"},
			PersistentVolumeSource: v1.PersistentVolumeSource{CSI: &v1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com", VolumeHandle: handle}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.claim(t, "escape", &none)
	s.pod(t, "escape", "escape", "eu-west-1a")
}

// said is the last event with this reason about an object of this name; "" when there is none.
func (s *sandbox) said(ctx context.Context, name, reason string) string {
	events, err := s.client.CoreV1().Events("default").List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=" + name + ",reason=" + reason})
	if err != nil || len(events.Items) == 0 {
		return ""
	}
	return events.Items[len(events.Items)-1].Message
}
