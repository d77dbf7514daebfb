// Package runtime is the container runtime of one simulated node: what containerd is to a real kubelet. It implements
// the CRI's runtime and image services in the process; its containers do what their workload models say.
//
// It knows CRI, workload and subnet. It must not know the API server, EKS or the kubelet's insides, must not run a
// program of the host, and must not read a host file outside the folders it is given.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/disk"
	"sandbox/subnet"
	"sandbox/workload"
)

// version is the containerd of EKS's node images for Kubernetes 1.36; what the runtime says follows the recorded words.
const version = "2.1.5"

// Options are what a node's runtime needs.
type Options struct {
	// Folder keeps the state; it is made when absent.
	Folder string
	// Roots are the host folders that mounts may lead into: the kubelet's own.
	Roots     []string
	Models    *workload.Catalogue
	Addresses *subnet.Node
	// Daemons are the programs that do something for the node.
	Daemons []Daemon
	// Network connects the node with the others. Unset: a Pod reaches only itself.
	Network Network
	// NodeName owns the addresses that are taken; containers of hostNetwork Pods are reached at NodeAddress.
	NodeName, NodeAddress string
	// Resolver is named when a registry's host is not found. Unset: the resolver of the subnet's VPC.
	Resolver string
	// Log tells what goes wrong beside any call. Unset: nobody is told.
	Log *slog.Logger
}

// Runtime is one node's container runtime. One lock guards all its state; a process is never called under its own lock
// from here, so the order of locks is always runtime, then process.
type Runtime struct {
	options Options
	log     *slog.Logger
	streams streams
	// folders are those of the state, by kind.
	folders map[string]*disk.Folder

	// ended ends with the runtime.
	ended context.Context
	end   context.CancelFunc

	mu         sync.Mutex
	closed     bool
	sandboxes  map[string]*sandbox
	containers map[string]*container
	// openings are what daemons listen at.
	openings map[opening]listening
	// pulled has the names of the images on this node.
	pulled map[string]*workload.Image
}

var (
	_ internalapi.RuntimeService      = (*Runtime)(nil)
	_ internalapi.ImageManagerService = (*Runtime)(nil)
)

// Open starts the runtime on its folder. Containers that ran when the program ended are taken up where they would be
// now, as those of a node whose kubelet was restarted.
//
// # Errors
// The folder cannot be made or read. A damaged file in it is *not* an error: it is put aside and logged, and the kubelet
// makes the Pod anew.
func Open(o Options) (*Runtime, error) {
	r := &Runtime{options: o, log: o.Log, folders: map[string]*disk.Folder{}, sandboxes: map[string]*sandbox{}, containers: map[string]*container{}, pulled: map[string]*workload.Image{}, openings: map[opening]listening{}}
	if r.log == nil {
		r.log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	r.streams.runtime = r
	r.ended, r.end = context.WithCancel(context.Background())
	if err := r.load(); err != nil {
		return nil, err
	}
	if err := r.releaseLost(); err != nil {
		return nil, err
	}
	r.resume()
	return r, nil
}

// releaseLost gives back the addresses of sandboxes that were never written down, because the program died in between.
func (r *Runtime) releaseLost() error {
	for _, owner := range r.options.Addresses.Owners(r.options.NodeName + "/") {
		s := r.sandboxes[owner[len(r.options.NodeName)+1:]]
		if s == nil || !s.Ready {
			if err := r.options.Addresses.Release(owner); err != nil {
				return err
			}
		}
	}
	return nil
}

// resume takes up the processes that ran.
func (r *Runtime) resume() {
	var processes []*workload.Process
	var taken []*container
	r.mu.Lock()
	for _, c := range r.containers {
		if c.State != stateRunning {
			continue
		}
		err := errors.New("no workload model for its image")
		if c.image != nil {
			err = c.prepare(true)
		}
		if err != nil {
			// As containerd does when it finds no task for a running container.
			c.finish(workload.Exit{Code: 255, At: time.Now()}, "Unknown")
			r.log.Warn("container cannot be taken up", "container", c.ID, "error", err)
			continue
		}
		processes = append(processes, c.process)
		taken = append(taken, c)
	}
	r.mu.Unlock()
	for _, process := range processes {
		process.Run()
	}
	for _, c := range taken {
		r.tellStarted(c, true)
	}
}

// Close stops the simulation. Containers are *not* ended: the next Open takes them up.
func (r *Runtime) Close(context.Context) error {
	r.end()
	r.mu.Lock()
	r.closed = true
	var processes []*workload.Process
	for _, c := range r.containers {
		if c.process != nil {
			processes = append(processes, c.process)
		}
	}
	r.mu.Unlock()
	for _, process := range processes {
		process.Freeze()
	}
	return r.streams.close()
}

// EndAll ends and removes every container and sandbox and gives the addresses back, because the node goes away.
func (r *Runtime) EndAll(ctx context.Context) error {
	r.mu.Lock()
	var ids []string
	for id := range r.sandboxes {
		ids = append(ids, id)
	}
	r.mu.Unlock()
	var all error
	for _, id := range ids {
		all = errors.Join(all, r.RemovePodSandbox(ctx, id))
	}
	return all
}

// Version names the runtime as EKS's node images do.
func (r *Runtime) Version(context.Context, string) (*runtimeapi.VersionResponse, error) {
	return &runtimeapi.VersionResponse{Version: "0.1.0", RuntimeName: "containerd", RuntimeVersion: version, RuntimeApiVersion: "v1"}, nil
}

// Status is always ready.
func (r *Runtime) Status(context.Context, bool) (*runtimeapi.StatusResponse, error) {
	// What containerd 2.1 can with the kernel of a node.
	able := &runtimeapi.RuntimeHandlerFeatures{UserNamespaces: true, RecursiveReadOnlyMounts: true}
	return &runtimeapi.StatusResponse{
		Status: &runtimeapi.RuntimeStatus{Conditions: []*runtimeapi.RuntimeCondition{
			{Type: runtimeapi.RuntimeReady, Status: true}, {Type: runtimeapi.NetworkReady, Status: true}}},
		RuntimeHandlers: []*runtimeapi.RuntimeHandler{{Name: "", Features: able}, {Name: "runc", Features: able}},
		Features:        &runtimeapi.RuntimeFeatures{SupplementalGroupsPolicy: true},
	}, nil
}

// UpdateRuntimeConfig is told the node's Pod CIDR, which EKS does not use.
func (r *Runtime) UpdateRuntimeConfig(context.Context, *runtimeapi.RuntimeConfig) error { return nil }

// RuntimeConfig is unimplemented: the kubelet then uses its own setting for the cgroup driver.
func (r *Runtime) RuntimeConfig(context.Context) (*runtimeapi.RuntimeConfigResponse, error) {
	return nil, unimplemented("RuntimeConfig")
}

// CheckpointContainer is unimplemented: there is no process to checkpoint.
func (r *Runtime) CheckpointContainer(context.Context, *runtimeapi.CheckpointContainerRequest) error {
	return unimplemented("CheckpointContainer")
}

// GetContainerEvents is unimplemented: the kubelet lists containers once a second, as it does by default.
func (r *Runtime) GetContainerEvents(context.Context, chan *runtimeapi.ContainerEventResponse, func(runtimeapi.RuntimeService_GetContainerEventsClient)) error {
	return unimplemented("GetContainerEvents")
}

func unimplemented(method string) error {
	return status.Errorf(codes.Unimplemented, "method %s not implemented", method)
}

// failure is an error as it comes out of a CRI call to containerd that has no better code.
func failure(format string, arguments ...any) error {
	return status.Error(codes.Unknown, fmt.Sprintf(format, arguments...))
}

func notFound(what, id string) error {
	return status.Errorf(codes.NotFound, "an error occurred when try to find %s %q: not found", what, id)
}
