package fidelity

// This file puts what a cluster reports into the recording's form: facts without the names, addresses, ids and times of
// the run. It must not know which differences are allowed.

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// facts are what is known of one situation: a path such as `containers/main/state/reason` and its value, or a whole
// event and `seen`.
type facts map[string]string

// cleaning replaces what belongs to one run. The first six are the recording's own; the last takes the rest of a time
// such as `1m20s`, of which the recording kept a part.
var cleaning = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<uid>"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "<id>"},
	{regexp.MustCompile(`\b10\.\d+\.\d+\.\d+\b`), "<ip>"},
	{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s|µs|m)\b`), "<time>"},
	{regexp.MustCompile(`(guarded|stuck|fails)-[a-z0-9]+(-[a-z0-9]+)?`), "$1-<hash>"},
	{regexp.MustCompile(`kind-[a-z-]+|[a-z]+-control-plane|ip-[0-9-]+[a-z0-9.-]*`), "<node>"},
	{regexp.MustCompile(`back-off \d+m\d+s `), "back-off <time> "},
}

func clean(text string) string {
	for _, c := range cleaning {
		text = c.pattern.ReplaceAllString(text, c.by)
	}
	return text
}

// recorded reads the recording: the facts of each Pod's situation, and the events on other objects by kind.
func recorded(text []byte) (map[string]facts, facts, error) {
	var file struct {
		Pods   map[string]map[string]any   `json:"pods"`
		Others map[string][]map[string]any `json:"others"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, nil, fmt.Errorf("failed to parse the recording: %w", err)
	}
	situations := map[string]facts{}
	for name, pod := range file.Pods {
		f := facts{}
		for _, event := range pod["events"].([]any) {
			e := event.(map[string]any)
			f[eventPath(textOf(e["type"]), textOf(e["reason"]), textOf(e["from"]), textOf(e["field"]), textOf(e["message"]))] = "seen"
		}
		delete(pod, "events")
		f.flatten("", pod)
		situations[name] = f
	}
	others := facts{}
	for kind, events := range file.Others {
		for _, e := range events {
			others[otherPath(kind, textOf(e["type"]), textOf(e["reason"]), textOf(e["message"]))] = "seen"
		}
	}
	return situations, others, nil
}

func textOf(value any) string {
	if value == nil {
		return ""
	}
	return clean(fmt.Sprint(value))
}

// flatten adds a tree of JSON; absent, null and empty are the same.
func (f facts) flatten(path string, value any) {
	if branch, ok := value.(map[string]any); ok {
		for name, one := range branch {
			f.flatten(strings.TrimPrefix(path+"/"+name, "/"), one)
		}
		return
	}
	if text := textOf(value); text != "" {
		f[path] = text
	}
}

func (f facts) set(path, value string) {
	if value = clean(value); value != "" {
		f[path] = value
	}
}

func eventPath(kind, reason, from, field, message string) string {
	return strings.Join(strings.Fields(fmt.Sprintf("event %s %s from %s %s: %s", kind, reason, from, field, clean(message))), " ")
}

func otherPath(object, kind, reason, message string) string {
	return fmt.Sprintf("event on %s %s %s: %s", object, kind, reason, clean(message))
}

// ofPod is the facts of a Pod's status.
func ofPod(pod *corev1.Pod) facts {
	f := facts{}
	f.set("phase", string(pod.Status.Phase))
	f.set("reason", pod.Status.Reason)
	f.set("message", pod.Status.Message)
	f.set("qos", string(pod.Status.QOSClass))
	for _, condition := range pod.Status.Conditions {
		path := "conditions/" + string(condition.Type)
		f.set(path+"/status", string(condition.Status))
		f.set(path+"/reason", condition.Reason)
		f.set(path+"/message", condition.Message)
	}
	for _, container := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		path := "containers/" + container.Name
		f.state(path+"/state", container.State)
		f.state(path+"/lastState", container.LastTerminationState)
		f.set(path+"/ready", fmt.Sprint(container.Ready))
		if container.Started != nil {
			f.set(path+"/started", fmt.Sprint(*container.Started))
		}
		f.set(path+"/restarted", fmt.Sprint(container.RestartCount > 0))
	}
	return f
}

func (f facts) state(path string, state corev1.ContainerState) {
	switch {
	case state.Waiting != nil:
		f.set(path+"/kind", "waiting")
		f.set(path+"/reason", state.Waiting.Reason)
		f.set(path+"/message", state.Waiting.Message)
	case state.Running != nil:
		f.set(path+"/kind", "running")
	case state.Terminated != nil:
		f.set(path+"/kind", "terminated")
		f.set(path+"/reason", state.Terminated.Reason)
		f.set(path+"/message", state.Terminated.Message)
		f.set(path+"/exitCode", fmt.Sprint(state.Terminated.ExitCode))
	}
}

// status are the facts that are not events.
func (f facts) status() facts {
	rest := facts{}
	for path, value := range f {
		if !strings.HasPrefix(path, "event ") {
			rest[path] = value
		}
	}
	return rest
}

// difference is one fact on which the recording and the sandbox do not agree; an empty value is an absent fact.
type difference struct{ situation, path, recorded, sandbox string }

func (d difference) String() string {
	return fmt.Sprintf("%s: %s\n    recorded: %s\n    sandbox:  %s", d.situation, d.path, orAbsent(d.recorded), orAbsent(d.sandbox))
}

func orAbsent(value string) string {
	if value == "" {
		return "(absent)"
	}
	return value
}

// compare lists the differences, by path.
func compare(situation string, recorded, sandbox facts) []difference {
	var all []difference
	for path, value := range recorded {
		if sandbox[path] != value {
			all = append(all, difference{situation, path, value, sandbox[path]})
		}
	}
	for path, value := range sandbox {
		if _, both := recorded[path]; !both {
			all = append(all, difference{situation, path, "", value})
		}
	}
	slices.SortFunc(all, func(a, b difference) int { return strings.Compare(a.path, b.path) })
	return all
}
