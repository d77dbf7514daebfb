package fidelity

// This file watches the namespace of the situations and keeps what it sees. It must not know which differences are
// allowed.

import (
	"context"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// observer keeps, of each situation, the facts of its Pod that came closest to the recording, the latest ones, and every
// event. A recording is one moment of a Pod that may go round in circles (running, ended, waiting), so it is compared
// with the closest moment of such a Pod, and with the last moment of any other.
type observer struct {
	recorded map[string]facts

	mu      sync.Mutex
	closest map[string]facts
	latest  map[string]facts
	events  map[string]facts
	others  facts
	// situations are the situations by Pod name; deleted Pods keep theirs.
	situations map[string]string
	early      []*corev1.Event
	// changed wakes whoever waits for a state.
	changed chan struct{}
}

// observe watches until ctx ends.
func observe(ctx context.Context, client kubernetes.Interface, recorded map[string]facts) *observer {
	o := &observer{recorded: recorded, closest: map[string]facts{}, latest: map[string]facts{}, events: map[string]facts{}, others: facts{},
		situations: map[string]string{}, changed: make(chan struct{}, 1)}
	all := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	// Adding a handler to an informer that does not run yet cannot fail.
	all.Core().V1().Pods().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { o.pod(object.(*corev1.Pod)) },
		UpdateFunc: func(_, object any) { o.pod(object.(*corev1.Pod)) },
	})
	all.Core().V1().Events().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { o.event(object.(*corev1.Event)) },
		UpdateFunc: func(_, object any) { o.event(object.(*corev1.Event)) },
	})
	all.Start(ctx.Done())
	all.WaitForCacheSync(ctx.Done())
	return o
}

func (o *observer) pod(pod *corev1.Pod) {
	o.mu.Lock()
	defer o.mu.Unlock()
	situation := pod.Labels[situationLabel]
	if situation == "" {
		return
	}
	if o.situations[pod.Name] == "" {
		o.situations[pod.Name] = situation
		early := o.early
		o.early = nil
		for _, event := range early {
			o.add(event)
		}
	}
	// The recording does not show a Pod's end.
	if pod.DeletionTimestamp != nil {
		return
	}
	seen := ofPod(pod)
	wanted := o.recorded[situation].status()
	if before, ok := o.closest[situation]; !ok || len(compare("", wanted, seen)) < len(compare("", wanted, before)) {
		o.closest[situation] = seen
	}
	o.latest[situation] = seen
	o.wake()
}

func (o *observer) event(event *corev1.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.add(event)
	o.wake()
}

func (o *observer) add(event *corev1.Event) {
	if event.InvolvedObject.Kind != "Pod" {
		o.others[otherPath(event.InvolvedObject.Kind, event.Type, event.Reason, event.Message)] = "seen"
		return
	}
	situation := o.situations[event.InvolvedObject.Name]
	if situation == "" {
		// The event came before its Pod.
		o.early = append(o.early, event)
		return
	}
	from := event.ReportingController
	if from == "" {
		from = event.Source.Component
	}
	if o.events[situation] == nil {
		o.events[situation] = facts{}
	}
	o.events[situation][eventPath(event.Type, event.Reason, from, event.InvolvedObject.FieldPath, event.Message)] = "seen"
}

func (o *observer) wake() {
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

// differences are all differences between the recording and what was seen so far.
func (o *observer) differences(others facts) []difference {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []difference
	for situation, recorded := range o.recorded {
		status := o.latest[situation]
		if goesRound(recorded) {
			status = o.closest[situation]
		}
		seen := facts{}
		for _, part := range []facts{status, o.events[situation]} {
			for path, value := range part {
				seen[path] = value
			}
		}
		all = append(all, compare(situation, recorded, seen)...)
	}
	return append(all, compare("(other objects)", others, o.others)...)
}

// goesRound is true for a Pod whose containers were restarted, or that waits and tries again.
func goesRound(recorded facts) bool {
	for path, value := range recorded {
		if strings.HasSuffix(path, "/restarted") && value == "true" || strings.HasSuffix(path, "/state/kind") && value == "waiting" {
			return true
		}
	}
	return false
}
