package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"sandbox/config"
)

// await looks until something is so.
func await(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("did not come: %s", what)
		}
	}
}

func TestANodeThatIsRemovedWhileItStartsIsGone(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	s := newSandbox(t, func(*config.Config) {})
	command, client := s.mustUp(t)
	body, err := json.Marshal(node("three", "10.0.16.200"))
	if err != nil {
		t.Fatal(err)
	}
	object := func() error {
		_, err := client.CoreV1().Nodes().Get(t.Context(), "three", metav1.GetOptions{})
		return err
	}
	// Each moment of a start that can be told apart.
	for name, moment := range map[string]func() bool{
		"it is known":       func() bool { _, known := s.state(t)["three"]; return known },
		"its object is new": func() bool { return object() == nil },
		"it is ready":       func() bool { return s.state(t)["three"] == "ready" },
	} {
		type answer struct {
			status int
			text   string
		}
		added := make(chan answer, 1)
		go func() {
			status, text := s.call(t, "POST", "/v1/nodes", string(body))
			added <- answer{status, text}
		}()
		await(t, name, moment)
		if status, text := s.call(t, "DELETE", "/v1/nodes/three", ""); status != 200 {
			t.Errorf("removed when %s: %d %s", name, status, text)
		}
		if a := <-added; a.status != 409 && name != "it is ready" {
			t.Errorf("added and removed when %s: %d %s", name, a.status, a.text)
		}
		if _, known := s.state(t)["three"]; known || !apierrors.IsNotFound(object()) {
			t.Errorf("after it was removed when %s it is known: %t, and its object says %v", name, known, object())
		}
	}
	// Its name and address are free again, and its first kubelet leaves the new one alone.
	if status, text := s.call(t, "POST", "/v1/nodes", string(body)); status != 201 {
		t.Errorf("added again: %d %s", status, text)
	}
	if status, text := s.call(t, "DELETE", "/v1/nodes/three", ""); status != 200 {
		t.Errorf("removed again: %d %s", status, text)
	}
	if err := command.Process.Kill(); err != nil {
		t.Error(err)
	}
	ended(t, command)
}

func TestARemovalThatFailsHalfWayCanBeTriedAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	s := newSandbox(t, func(*config.Config) {})
	command, client := s.mustUp(t)
	// A folder where the pool of addresses is written first.
	inTheWay := filepath.Join(s.folder, "addresses-a.json.new")
	if err := os.Mkdir(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	if status, text := s.call(t, "DELETE", "/v1/nodes/two", ""); status != 409 || !strings.Contains(text, "failed to write address pool") {
		t.Errorf("%d %s", status, text)
	}
	if _, known := s.state(t)["two"]; !known {
		t.Error("it was forgotten before it was removed")
	}
	if status, text := s.call(t, "POST", "/v1/nodes/two/start", ""); status != 409 || !strings.Contains(text, "node `two` is being removed") {
		t.Errorf("started meanwhile: %d %s", status, text)
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	if status, text := s.call(t, "DELETE", "/v1/nodes/two", ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if _, err := client.CoreV1().Nodes().Get(t.Context(), "two", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("its object is there: %v", err)
	}
	body, err := json.Marshal(node("two", "10.0.16.12"))
	if err != nil {
		t.Fatal(err)
	}
	if status, text := s.call(t, "POST", "/v1/nodes", string(body)); status != 201 {
		t.Errorf("added again: %d %s", status, text)
	}
	if err := command.Process.Kill(); err != nil {
		t.Error(err)
	}
	ended(t, command)
}
