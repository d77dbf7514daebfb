package agnhost

// This file is crd-conversion-webhook: of one custom resource the first version has `hostPort`, the second `host` and
// `port`.

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// conversion is a ConversionReview, as far as it is read.
type conversion struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Request    *struct {
		UID               string           `json:"uid"`
		DesiredAPIVersion string           `json:"desiredAPIVersion"`
		Objects           []map[string]any `json:"objects"`
	} `json:"request,omitempty"`
	Response *converted `json:"response,omitempty"`
}

type converted struct {
	UID              string           `json:"uid"`
	ConvertedObjects []map[string]any `json:"convertedObjects"`
	Result           map[string]any   `json:"result"`
}

func conversionWebhook(p *program) func() int {
	return p.serveReviews(func(routes *http.ServeMux) { routes.HandleFunc("/crdconvert", answerConversion) })
}

// answerConversion converts all objects of a review, or none.
func answerConversion(w http.ResponseWriter, r *http.Request) {
	var review conversion
	if err := json.NewDecoder(r.Body).Decode(&review); err != nil || review.Request == nil {
		http.Error(w, fmt.Sprintf("failed to deserialize body: %v", err), http.StatusBadRequest)
		return
	}
	answer := &converted{UID: review.Request.UID, Result: map[string]any{"status": "Success"}}
	for _, one := range review.Request.Objects {
		if err := convert(one, review.Request.DesiredAPIVersion); err != nil {
			answer.Result = map[string]any{"status": "Failure", "message": err.Error()}
			answer.ConvertedObjects = nil
			break
		}
		answer.ConvertedObjects = append(answer.ConvertedObjects, one)
	}
	review.Request, review.Response = nil, answer
	answerJSON(w, review)
}

// convert changes an object to a version.
func convert(one map[string]any, version string) error {
	const first, second = "stable.example.com/v1", "stable.example.com/v2"
	switch from := one["apiVersion"]; {
	case from == version:
		return fmt.Errorf("conversion from a version to itself should not call the webhook: %s", version)
	case from == first && version == second:
		if whole, has := one["hostPort"]; has {
			host, port, isPair := strings.Cut(fmt.Sprint(whole), ":")
			if !isPair || strings.Contains(port, ":") {
				return fmt.Errorf("invalid hostPort value `%v`", whole)
			}
			delete(one, "hostPort")
			one["host"], one["port"] = host, port
		}
	case from == second && version == first:
		host, hasHost := one["host"].(string)
		port, hasPort := one["port"].(string)
		if hasHost || hasPort {
			delete(one, "host")
			delete(one, "port")
			one["hostPort"] = host + ":" + port
		}
	default:
		return fmt.Errorf("unexpected conversion version %q", version)
	}
	one["apiVersion"] = version
	return nil
}
