package agnhost

// What the webhooks answer to the API server.

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAWebhookRefusesAndChangesWhatIsMarkedForIt(t *testing.T) {
	p := &program{ctx: t.Context()}
	configMaps := func(a asked, o object) admission { return admitData(a, o, "unwanted", "stays") }
	for _, test := range []struct {
		judge                    func(asked, object) admission
		operation, object, patch string
		allowed                  bool
		says                     string
	}{
		{p.admitPod, "CREATE", `{"metadata": {"labels": {"webhook-e2e-test": "webhook-disallow"}}}`, "", false, "the pod contains unwanted label;"},
		{p.admitPod, "CREATE", `{"spec": {"containers": [{"name": "fine"}]}}`, "", true, ""},
		{addLabel, "CREATE", `{}`, `[{"op":"add","path":"/metadata/labels","value":{"added-label":"yes"}}]`, true, ""},
		{addLabel, "CREATE", `{"metadata": {"labels": {"added-label": "yes"}}}`, "", true, ""},
		{configMaps, "UPDATE", `{"data": {"webhook-e2e-test": "webhook-disallow"}}`, "", false, "unwanted"},
		{configMaps, "DELETE", `{"data": {"webhook-e2e-test": "webhook-nondeletable"}}`, "", false, "stays"},
		{configMaps, "DELETE", `{"data": {"webhook-e2e-test": "webhook-disallow"}}`, "", true, ""},
		{addStage, "CREATE", `{"data": {"mutation-start": "yes"}}`, `[{"op":"add","path":"/data/mutation-stage-1","value":"yes"}]`, true, ""},
	} {
		allowed, patch, says := review(t, test.judge, test.operation, test.object)
		if allowed != test.allowed || patch != test.patch || says != test.says {
			t.Errorf("%s %s: %v %s %q", test.operation, test.object, allowed, patch, says)
		}
	}
}

func TestAConversionReviewIsAnsweredAsTheAPIServerAsks(t *testing.T) {
	// It sends an empty answer along.
	const body = `{"kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1", "request": {"uid": "u", "desiredAPIVersion": "stable.example.com/v2", "objects":
		[{"apiVersion": "stable.example.com/v1", "hostPort": "a:1"}]}, "response": {"uid": "", "convertedObjects": null, "result": {"metadata": {}}}}`
	w := httptest.NewRecorder()
	answerConversion(w, httptest.NewRequest("POST", "/", strings.NewReader(body)))
	const want = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"ConversionReview","response":{"uid":"u","convertedObjects":[{"apiVersion":"stable.example.com/v2","host":"a","port":"1"}],"result":{"status":"Success"}}}`
	if said := strings.TrimSpace(w.Body.String()); said != want {
		t.Errorf("it says %s", said)
	}
}

func TestAConversionGoesBothWays(t *testing.T) {
	one := map[string]any{"apiVersion": "stable.example.com/v1", "hostPort": "a:1"}
	if err := convert(one, "stable.example.com/v2"); err != nil || one["host"] != "a" || one["port"] != "1" || one["hostPort"] != nil {
		t.Errorf("it is %v, %v", one, err)
	}
	if err := convert(one, "stable.example.com/v1"); err != nil || one["hostPort"] != "a:1" || one["host"] != nil {
		t.Errorf("it is %v, %v", one, err)
	}
	if err := convert(one, "stable.example.com/v1"); err == nil {
		t.Error("a conversion to itself is no error")
	}
}
