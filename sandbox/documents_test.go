package main

// What a new cluster says of its API, to whoever asks first.

import (
	"context"
	"encoding/json"
	"testing"

	"sandbox/config"
)

func TestWhatTheAPILooksLikeIsThereForWhoeverAsksFirst(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a cluster")
	}
	s := newSandbox(t, func(*config.Config) {})
	_, client := s.mustUp(t)
	for path, wanted := range map[string]string{"/openapi/v3": "api/v1", "/openapi/v2": "/api/v1/pods"} {
		answer, err := client.Discovery().RESTClient().Get().AbsPath(path).SetHeader("Accept", "application/json").DoRaw(context.Background())
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var document struct{ Paths map[string]json.RawMessage }
		if err := json.Unmarshal(answer, &document); err != nil {
			t.Fatal(err)
		}
		if len(document.Paths[wanted]) == 0 {
			t.Errorf("%s has %d paths, and not `%s`", path, len(document.Paths), wanted)
		}
	}
}
