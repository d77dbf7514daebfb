package volumes_test

// Claims on the real sandbox. One process holds one control plane, and a kill is part of the test: the sandbox is this
// test's own binary, started again with upVariable set.

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"sandbox/config"
	"sandbox/session"
)

const upVariable = "VOLUMES_TEST_UP"

const model = `format_version: 1
image: registry.example.internal/ledger
tags: ["1"]
entrypoint: /app
steps:
  - keep_file: {path: /data/journal, text: "first\n", log: began}
  - listen: {port: 8080}
`

const configuration = `format_version: 1
cluster_name: volumes
region: eu-west-1
kubernetes: "1.36"
folder: %[1]s
images: %[1]s/images
service_cidr: 172.20.0.0/16
subnets:
  - {name: a, id: subnet-a, zone: eu-west-1a, cidr: 10.0.1.0/24}
  - {name: b, id: subnet-b, zone: eu-west-1b, cidr: 10.0.2.0/24}
nodes:
  - {name: node-a, address: 10.0.1.10, subnet: a, instance_type: m5.large, node_group: general, capacity_type: ON_DEMAND}
  - {name: node-b, address: 10.0.2.10, subnet: b, instance_type: m5.large, node_group: general, capacity_type: ON_DEMAND}
idle_timeout: "0"
`

func TestMain(m *testing.M) {
	if file := os.Getenv(upVariable); file != "" {
		if err := up(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {} // until it is killed
	}
	os.Exit(m.Run())
}

func up(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	c, err := config.Parse(text)
	if err != nil {
		return err
	}
	_, err = session.Up(context.Background(), c, slog.New(slog.NewTextHandler(os.Stderr, nil)), func(session.Progress) {}, nil)
	return err
}

// sandbox is a sandbox process on a folder.
type sandbox struct {
	folder string
	client kubernetes.Interface
	kill   func()
}

func start(t *testing.T, folder string) *sandbox {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), upVariable+"="+filepath.Join(folder, "config.yaml"))
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	s := &sandbox{folder: folder, kill: func() {
		command.Process.Kill() // it may be over
		command.Wait()
	}}
	t.Cleanup(s.kill)
	eventually(t, "the sandbox", func(context.Context) bool {
		_, err := os.Stat(filepath.Join(folder, "ready.json"))
		return err == nil
	})
	config, err := clientcmd.BuildConfigFromFlags("", filepath.Join(folder, "admin.kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	if s.client, err = kubernetes.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	return s
}

func eventually(t *testing.T, what string, holds func(ctx context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds(ctx) {
		select {
		case <-ctx.Done():
			t.Fatalf("did not come: %s", what)
		case <-tick.C:
		}
	}
}

func (s *sandbox) claim(t *testing.T, name string, class *string) {
	t.Helper()
	_, err := s.client.CoreV1().PersistentVolumeClaims("default").Create(t.Context(), &v1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1.PersistentVolumeClaimSpec{
			AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce}, StorageClassName: class,
			Resources: v1.VolumeResourceRequirements{Requests: v1.ResourceList{v1.ResourceStorage: resource.MustParse("1Gi")}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *sandbox) pod(t *testing.T, name, claim, zone string) {
	t.Helper()
	grace := int64(0)
	_, err := s.client.CoreV1().Pods("default").Create(t.Context(), &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: v1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			NodeSelector:                  map[string]string{v1.LabelTopologyZone: zone},
			Containers: []v1.Container{{
				Name: "app", Image: "registry.example.internal/ledger:1",
				VolumeMounts: []v1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}},
			Volumes: []v1.Volume{{Name: "data", VolumeSource: v1.VolumeSource{
				PersistentVolumeClaim: &v1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
			}}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *sandbox) awaitReady(t *testing.T, name string) {
	t.Helper()
	eventually(t, "Pod "+name+" Ready", func(ctx context.Context) bool {
		pod, err := s.client.CoreV1().Pods("default").Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false
		}
		for _, c := range pod.Status.Conditions {
			if c.Type == v1.PodReady && c.Status == v1.ConditionTrue {
				return true
			}
		}
		return false
	})
}

func (s *sandbox) volumeOf(t *testing.T, claim string) *v1.PersistentVolume {
	t.Helper()
	bound, err := s.client.CoreV1().PersistentVolumeClaims("default").Get(t.Context(), claim, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	volume, err := s.client.CoreV1().PersistentVolumes().Get(t.Context(), bound.Spec.VolumeName, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return volume
}

// log is what the container of a Pod has written.
func (s *sandbox) log(t *testing.T, name string) string {
	t.Helper()
	text, err := s.client.CoreV1().Pods("default").GetLogs(name, &v1.PodLogOptions{}).DoRaw(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestClaimsOnTheSandbox(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster twice")
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "images"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"config.yaml": fmt.Sprintf(configuration, folder), "images/ledger.yaml": model} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, folder)
	s.claim(t, "data", nil)
	s.pod(t, "one", "data", "eu-west-1b")
	absent := "absent"
	s.claim(t, "lost", &absent)
	s.awaitReady(t, "one")

	volume := s.volumeOf(t, "data")
	zone := volume.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0].Values
	if len(zone) != 1 || zone[0] != "eu-west-1b" {
		t.Errorf("the volume is in %v", zone)
	}
	if !strings.Contains(s.log(t, "one"), "began") {
		t.Error("the first Pod found files in a new volume")
	}
	eventually(t, "the event of the claim without a class", func(ctx context.Context) bool {
		events, err := s.client.CoreV1().Events("default").List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=lost"})
		if err != nil {
			return false
		}
		for _, e := range events.Items {
			if e.Reason == "ProvisioningFailed" && e.Message == `storageclass.storage.k8s.io "absent" not found` {
				return true
			}
		}
		return false
	})

	if err := s.client.CoreV1().Pods("default").Delete(t.Context(), "one", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	s.pod(t, "two", "data", "eu-west-1b")
	s.awaitReady(t, "two")
	if strings.Contains(s.log(t, "two"), "began") {
		t.Error("the next Pod found the volume empty")
	}

	s.kill()
	s = start(t, folder)
	s.awaitReady(t, "two")
	if again := s.volumeOf(t, "data"); again.Spec.CSI.VolumeHandle != volume.Spec.CSI.VolumeHandle {
		t.Errorf("after a restart the claim has %s", again.Spec.CSI.VolumeHandle)
	}
	files := filepath.Join(folder, "volumes", volume.Spec.CSI.VolumeHandle)
	if text, err := os.ReadFile(filepath.Join(files, "journal")); err != nil || string(text) != "first\n" {
		t.Errorf("after a restart the file is %q, %v", text, err)
	}

	ctx := t.Context()
	err := s.client.CoreV1().Pods("default").Delete(ctx, "two", metav1.DeleteOptions{})
	if err == nil {
		err = s.client.CoreV1().PersistentVolumeClaims("default").Delete(ctx, "data", metav1.DeleteOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of the volume", func(ctx context.Context) bool {
		_, err := s.client.CoreV1().PersistentVolumes().Get(ctx, volume.Name, metav1.GetOptions{})
		_, left := os.Stat(files)
		return apierrors.IsNotFound(err) && os.IsNotExist(left)
	})
}
