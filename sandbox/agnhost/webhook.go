package agnhost

// This file is the webhooks: admission that refuses and changes what is marked for it, and the conversion of one custom
// resource. Objects are plain JSON here; Kubernetes' types are not known.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// mark is the label, or the key of data, by which an object asks to be refused.
const mark = "webhook-e2e-test"

// object is what is read of any object.
type object struct {
	Metadata struct {
		Name   string            `json:"name"`
		Labels map[string]string `json:"labels"`
	} `json:"metadata"`
	Data map[string]string `json:"data"`
	Spec struct {
		InitContainers []named `json:"initContainers"`
		Containers     []named `json:"containers"`
	} `json:"spec"`
	// Those of PodAttachOptions.
	Stdin     bool   `json:"stdin"`
	Container string `json:"container"`
}

type named struct {
	Name string `json:"name"`
}

// asked is an admission request, as far as it is read.
type asked struct {
	UID       string          `json:"uid"`
	Operation string          `json:"operation"`
	Object    json.RawMessage `json:"object"`
	OldObject json.RawMessage `json:"oldObject"`
}

// admission is the answer.
type admission struct {
	UID       string            `json:"uid"`
	Allowed   bool              `json:"allowed"`
	Status    map[string]string `json:"status,omitempty"`
	Patch     []byte            `json:"patch,omitempty"`
	PatchType string            `json:"patchType,omitempty"`
}

// patch is one operation of a JSON patch.
type patch struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

func allow() admission               { return admission{Allowed: true} }
func deny(key, why string) admission { return admission{Status: map[string]string{key: why}} }
func change(patches patch) admission {
	text, err := json.Marshal([]patch{patches})
	if err != nil {
		return deny("message", err.Error())
	}
	return admission{Allowed: true, Patch: text, PatchType: "JSONPatch"}
}

func webhook(p *program) func() int {
	sidecar := p.flags.String("sidecar-image", "", "")
	return p.serveReviews(func(routes *http.ServeMux) {
		for path, judge := range map[string]func(asked, object) admission{
			"/always-allow-delay-5s": func(asked, object) admission {
				select {
				case <-time.After(5 * time.Second):
				case <-p.ctx.Done():
				}
				return admission{Allowed: true, Status: map[string]string{"message": "this webhook allows all requests"}}
			},
			"/always-deny":           func(asked, object) admission { return deny("message", "this webhook denies all requests") },
			"/add-label":             addLabel,
			"/pods":                  p.admitPod,
			"/pods/attach":           admitAttach,
			"/mutating-pods":         addInitContainer,
			"/mutating-pods-sidecar": func(_ asked, o object) admission { return addSidecar(o, *sidecar) },
			"/configmaps": func(a asked, o object) admission {
				return admitData(a, o, "the configmap contains unwanted key and value", "the configmap cannot be deleted because it contains unwanted key and value")
			},
			"/mutating-configmaps": addStage,
			"/custom-resource": func(a asked, o object) admission {
				return admitData(a, o, "the custom resource contains unwanted data", "the custom resource cannot be deleted because it contains unwanted key and value")
			},
			"/mutating-custom-resource": addStage,
			"/crd": func(_ asked, o object) admission {
				if o.Metadata.Labels[mark] == "webhook-disallow" {
					return deny("message", "the crd contains unwanted label")
				}
				return allow()
			},
		} {
			routes.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { admit(w, r, judge) })
		}
	})
}

// serveReviews serves by TLS what a webhook answers.
func (p *program) serveReviews(add func(routes *http.ServeMux)) func() int {
	certificate, key := p.flags.String("tls-cert-file", "", ""), p.flags.String("tls-private-key-file", "", "")
	port := p.flags.Int("port", 443, "")
	p.flags.Int("v", 0, "")
	return func() int {
		secure, err := p.certificate(*certificate, *key)
		if err != nil {
			return p.fatal(err)
		}
		routes := http.NewServeMux()
		routes.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
		add(routes)
		return p.fatal(p.serve(*port, secure, routes))
	}
}

// admit reads a review, has it judged and answers in the version that was asked in.
func admit(w http.ResponseWriter, r *http.Request, judge func(asked, object) admission) {
	var review struct {
		APIVersion string    `json:"apiVersion"`
		Kind       string    `json:"kind"`
		Request    *asked    `json:"request,omitempty"`
		Response   admission `json:"response"`
	}
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Request == nil {
		http.Error(w, fmt.Sprintf("Request could not be decoded: %v", err), http.StatusBadRequest)
		return
	}
	raw := review.Request.Object
	if review.Request.Operation == "DELETE" {
		raw = review.Request.OldObject
	}
	var about object
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &about); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	review.Response = judge(*review.Request, about)
	review.Response.UID, review.Request = review.Request.UID, nil
	answerJSON(w, review)
}

func answerJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value) // whoever asked may be gone
}

func addLabel(_ asked, o object) admission {
	const path = "/metadata/labels"
	value, has := o.Metadata.Labels["added-label"]
	switch {
	case len(o.Metadata.Labels) == 0:
		return change(patch{"add", path, map[string]string{"added-label": "yes"}})
	case !has:
		return change(patch{"add", path + "/added-label", "yes"})
	case value != "yes":
		return change(patch{"replace", path + "/added-label", "yes"})
	}
	return allow()
}

func (p *program) admitPod(_ asked, o object) admission {
	var why []string
	switch o.Metadata.Labels[mark] {
	case "webhook-disallow":
		why = append(why, "the pod contains unwanted label;")
	case "wait-forever":
		<-p.ctx.Done()
		why = append(why, "the pod response should not be sent;")
	}
	for _, container := range o.Spec.Containers {
		if strings.Contains(container.Name, "webhook-disallow") {
			why = append(why, "the pod contains unwanted container name;")
		}
	}
	if why != nil {
		return deny("message", strings.Join(why, " "))
	}
	return allow()
}

func admitAttach(_ asked, o object) admission {
	if o.Stdin && o.Container == "container1" {
		return deny("message", "attaching to pod 'to-be-attached-pod' is not allowed")
	}
	return allow()
}

func has(containers []named, name string) bool {
	for _, container := range containers {
		if container.Name == name {
			return true
		}
	}
	return false
}

func addInitContainer(_ asked, o object) admission {
	const added = "webhook-added-init-container"
	if o.Metadata.Name != "webhook-to-be-mutated" || has(o.Spec.InitContainers, added) {
		return allow()
	}
	return change(patch{"add", "/spec/initContainers", []map[string]any{{"name": added, "image": "webhook-added-image", "resources": map[string]any{}}}})
}

func addSidecar(o object, image string) admission {
	const added = "webhook-added-sidecar"
	switch {
	case image == "":
		return deny("message", "No image specified by the sidecar-image parameter")
	case has(o.Spec.Containers, added):
		return allow()
	}
	return change(patch{"add", "/spec/containers/-", map[string]any{"name": added, "image": image, "resources": map[string]any{}}})
}

func admitData(a asked, o object, whyNot, whyStays string) admission {
	switch value := o.Data[mark]; {
	case value == "webhook-disallow" && (a.Operation == "CREATE" || a.Operation == "UPDATE"):
		return deny("reason", whyNot)
	case value == "webhook-nondeletable" && a.Operation == "DELETE":
		return deny("reason", whyStays)
	}
	return allow()
}

// addStage does the first or the second step of a change that takes two webhooks.
func addStage(_ asked, o object) admission {
	switch {
	case o.Data["mutation-stage-1"] == "yes":
		return change(patch{"add", "/data/mutation-stage-2", "yes"})
	case o.Data["mutation-start"] == "yes":
		return change(patch{"add", "/data/mutation-stage-1", "yes"})
	}
	return allow()
}
