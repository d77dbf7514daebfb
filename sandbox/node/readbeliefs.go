package node

// How the beliefs of a kubelet's parts are read: under the parts' own locks, from fields that are looked up by name.

import (
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/kubernetes/pkg/kubelet"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
	kubepod "k8s.io/kubernetes/pkg/kubelet/pod"
)

// lockWithin is how long a part may keep its lock before that is told instead.
const lockWithin = time.Second

func (n *Node) readLoops(b *Beliefs) error {
	b.SyncLoop = when(n.kubelet.LatestLoopEntryTime())
	relist, err := field[atomic.Value](n.kubelet, "pleg", "relistTime")
	if err != nil {
		return err
	}
	if at, is := relist.Load().(time.Time); is {
		b.Relist = when(at)
	}
	return nil
}

// readPods reads the kubelet's list of Pods.
func (n *Node) readPods(b *Beliefs) error {
	manager, err := field[kubepod.Manager](n.kubelet, "podManager")
	if err != nil {
		return err
	}
	for _, pod := range (*manager).GetPods() {
		told := &StatusBelief{Version: pod.ResourceVersion, Status: *pod.Status.DeepCopy()}
		b.of(pod.UID, pod.Namespace, pod.Name).Told = told
	}
	return nil
}

// readStatuses reads the kubelet's store of statuses.
func (n *Node) readStatuses(b *Beliefs) error {
	store, err := reach(reflect.ValueOf(n.kubelet), "statusManager", "Manager")
	if err != nil {
		return err
	}
	return eachPod(store, "podStatusesLock", "podStatuses", func(uid types.UID, entry reflect.Value) error {
		stored, err := field[v1.PodStatus](entry.Addr().Interface(), "status")
		if err != nil {
			return err
		}
		version, err := reach(entry, "version")
		if err != nil {
			return err
		}
		b.of(uid, "", "").Stored = &StatusBelief{Version: fmt.Sprint(version), Status: *stored.DeepCopy()}
		return nil
	})
}

// readWorkers reads what each Pod's worker does.
func (n *Node) readWorkers(b *Beliefs) error {
	workers, err := reach(reflect.ValueOf(n.kubelet), "podWorkers")
	if err != nil {
		return err
	}
	return eachPod(workers, "podLock", "podSyncStatuses", func(uid types.UID, entry reflect.Value) error {
		worker := &WorkerBelief{}
		b.of(uid, "", "").Worker = worker
		works, err := field[bool](entry.Interface(), "working")
		if err != nil {
			return err
		}
		worker.Works = *works
		for name, into := range map[string]*string{"pendingUpdate": &worker.Pending, "activeUpdate": &worker.Active} {
			update, err := field[*kubelet.UpdatePodOptions](entry.Interface(), name)
			if err != nil {
				return err
			}
			if *update != nil {
				*into = (*update).UpdateType.String()
			}
		}
		return readTimes(entry, map[string]**time.Time{
			"syncedAt": &worker.SeenAt, "startedAt": &worker.StartedAt, "terminatingAt": &worker.TerminatingAt, "terminatedAt": &worker.TerminatedAt,
		})
	})
}

// readQueue reads when each Pod is looked at again.
func (n *Node) readQueue(b *Beliefs) error {
	queue, err := reach(reflect.ValueOf(n.kubelet), "workQueue")
	if err != nil {
		return err
	}
	return eachPod(queue, "lock", "queue", func(uid types.UID, at reflect.Value) error {
		if worker := b.of(uid, "", "").Worker; worker != nil {
			worker.NextSync = when(at.Interface().(time.Time))
		}
		return nil
	})
}

// readCache reads what the kubelet last read from the runtime.
func (n *Node) readCache(b *Beliefs) error {
	cache, err := reach(reflect.ValueOf(n.kubelet), "podCache")
	if err != nil {
		return err
	}
	return eachPod(cache, "lock", "pods", func(uid types.UID, entry reflect.Value) error {
		newest, err := field[*time.Time](cache.Interface(), "timestamp")
		if err != nil {
			return err
		}
		if *newest != nil {
			b.Cache = when(**newest)
		}
		cached := &CacheBelief{}
		b.of(uid, "", "").Cached = cached
		known, err := field[*kubecontainer.PodStatus](entry.Interface(), "status")
		if err != nil {
			return err
		}
		failure, err := field[error](entry.Interface(), "err")
		if err != nil {
			return err
		}
		if *failure != nil {
			cached.Error = (*failure).Error()
		}
		if *known != nil {
			cached.Containers = inCache(*known)
		}
		return readTimes(entry, map[string]**time.Time{"modified": &cached.Modified, "observedTime": &cached.Observed})
	})
}

func inCache(known *kubecontainer.PodStatus) []ContainerBelief {
	var all []ContainerBelief
	for _, s := range known.SandboxStatuses {
		all = append(all, ContainerBelief{Name: sandboxName, ID: s.Id, State: s.State.String(), CreatedAt: nanoseconds(s.CreatedAt)})
	}
	for _, c := range known.ContainerStatuses {
		all = append(all, ContainerBelief{Name: c.Name, ID: c.ID.ID, State: string(c.State),
			CreatedAt: when(c.CreatedAt), StartedAt: when(c.StartedAt), FinishedAt: when(c.FinishedAt), ExitCode: c.ExitCode})
	}
	return all
}

func readTimes(owner reflect.Value, into map[string]**time.Time) error {
	for name, to := range into {
		at, err := field[time.Time](owner.Interface(), name)
		if err != nil {
			return err
		}
		*to = when(*at)
	}
	return nil
}

// eachPod visits a map by uid in owner while it holds owner's lock; a value that is no pointer is visited as a copy.
func eachPod(owner reflect.Value, lock, name string, visit func(types.UID, reflect.Value) error) error {
	entries, err := reach(owner, name)
	if err != nil {
		return err
	}
	mutex, err := reach(owner, lock)
	if err != nil {
		return err
	}
	held, is := mutex.Addr().Interface().(interface {
		TryLock() bool
		Unlock()
	})
	if !is {
		return fmt.Errorf("the kubelet is not the expected version: `%s` is a %s", lock, mutex.Type())
	}
	for end := time.Now().Add(lockWithin); !held.TryLock(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("somebody held `%s` of the kubelet's `%s` for %s", lock, name, lockWithin)
		}
	}
	defer held.Unlock()
	for all := entries.MapRange(); all.Next(); {
		value := all.Value()
		if value.Kind() != reflect.Pointer {
			copied := reflect.New(value.Type()).Elem()
			copied.Set(value)
			value = copied
		}
		if err := visit(types.UID(all.Key().String()), value); err != nil {
			return err
		}
	}
	return nil
}
