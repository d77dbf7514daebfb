package runtime

// This file is the CRI's Pod sandboxes: a sandbox is an address and the containers that share it.

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/subnet"
	"sandbox/workload"
)

// sandbox is one Pod sandbox; its exported fields are its file.
type sandbox struct {
	FormatVersion int                                   `json:"format_version"`
	ID            string                                `json:"id"`
	Config        message[*runtimeapi.PodSandboxConfig] `json:"config"`
	Handler       string                                `json:"handler"`
	CreatedAt     time.Time                             `json:"created_at"`
	Ready         bool                                  `json:"ready"`
	// Address is empty for a Pod on the node's own network.
	Address string `json:"address"`
}

func (s *sandbox) hostNetwork() bool {
	return s.Config.value.GetLinux().GetSecurityContext().GetNamespaceOptions().GetNetwork() == runtimeapi.NamespaceMode_NODE
}

func (s *sandbox) state() runtimeapi.PodSandboxState {
	if s.Ready {
		return runtimeapi.PodSandboxState_SANDBOX_READY
	}
	return runtimeapi.PodSandboxState_SANDBOX_NOTREADY
}

func (r *Runtime) owner(sandboxID string) string { return r.options.NodeName + "/" + sandboxID }

// RunPodSandbox makes a sandbox with an address of its own.
//
// # Errors
// The subnet has no free address: the VPC CNI plugin's words.
func (r *Runtime) RunPodSandbox(_ context.Context, config *runtimeapi.PodSandboxConfig, handler string) (string, error) {
	s := &sandbox{FormatVersion: 1, ID: newID(), Handler: handler, CreatedAt: time.Now(), Ready: true}
	s.Config.value = config
	if err := r.makeLogFolder(config.GetLogDirectory()); err != nil {
		return "", failure("failed to create sandbox log directory: %v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !s.hostNetwork() {
		address, err := r.options.Addresses.Take(r.owner(s.ID))
		if errors.Is(err, subnet.ErrExhausted) {
			return "", failure("failed to setup network for sandbox %q: plugin type=\"aws-cni\" name=\"aws-cni\" failed (add): add cmd: failed to assign an IP address to container", s.ID)
		}
		if err != nil {
			return "", failure("failed to setup network for sandbox %q: %v", s.ID, err)
		}
		s.Address = address.String()
	}
	if err := r.save(kindSandboxes, s.ID, s); err != nil {
		return "", failure("%v", errors.Join(err, r.options.Addresses.Release(r.owner(s.ID))))
	}
	r.sandboxes[s.ID] = s
	return s.ID, nil
}

// makeLogFolder makes the folder of a Pod's logs; a Pod without one has no logs.
func (r *Runtime) makeLogFolder(folder string) error {
	if folder == "" {
		return nil
	}
	root, inside, err := openRoot(r.options.Roots, folder)
	if err != nil {
		return err
	}
	return errors.Join(root.MkdirAll(inside, 0o700), root.Close())
}

// StopPodSandbox ends the containers at once and gives the address back, as the CNI plugin does. An unknown sandbox is
// *not* an error.
func (r *Runtime) StopPodSandbox(ctx context.Context, id string) error {
	for _, containerID := range r.containersOf(id) {
		if err := r.StopContainer(ctx, containerID, 0); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[id]
	if s == nil || !s.Ready {
		return nil
	}
	s.Ready = false
	if err := r.save(kindSandboxes, id, s); err != nil {
		s.Ready = true
		return failure("%v", err)
	}
	if err := r.options.Addresses.Release(r.owner(id)); err != nil {
		return failure("failed to destroy network for sandbox %q: %v", id, err)
	}
	return nil
}

// RemovePodSandbox stops a sandbox and forgets it with its containers. An unknown sandbox is *not* an error.
func (r *Runtime) RemovePodSandbox(ctx context.Context, id string) error {
	if err := r.StopPodSandbox(ctx, id); err != nil {
		return err
	}
	for _, containerID := range r.containersOf(id) {
		if err := r.RemoveContainer(ctx, containerID); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sandboxes[id] == nil {
		return nil
	}
	if err := r.forget(kindSandboxes, id); err != nil {
		return failure("%v", err)
	}
	delete(r.sandboxes, id)
	return nil
}

func (r *Runtime) containersOf(sandboxID string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var ids []string
	for id, c := range r.containers {
		if c.SandboxID == sandboxID {
			ids = append(ids, id)
		}
	}
	return ids
}

// PodSandboxStatus describes a sandbox.
func (r *Runtime) PodSandboxStatus(_ context.Context, id string, _ bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sandboxes[id]
	if s == nil {
		return nil, notFound("sandbox", id)
	}
	config := s.Config.value
	return &runtimeapi.PodSandboxStatusResponse{Status: &runtimeapi.PodSandboxStatus{
		Id: id, Metadata: config.GetMetadata(), State: s.state(), CreatedAt: s.CreatedAt.UnixNano(), Network: &runtimeapi.PodSandboxNetworkStatus{Ip: s.Address},
		Linux:  &runtimeapi.LinuxPodSandboxStatus{Namespaces: &runtimeapi.Namespace{Options: config.GetLinux().GetSecurityContext().GetNamespaceOptions()}},
		Labels: config.GetLabels(), Annotations: config.GetAnnotations(), RuntimeHandler: s.Handler}}, nil
}

// ListPodSandbox lists the sandboxes that fit, the newest first.
func (r *Runtime) ListPodSandbox(_ context.Context, filter *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*runtimeapi.PodSandbox
	for id, s := range r.sandboxes {
		config := s.Config.value
		if filter.GetId() != "" && !strings.HasPrefix(id, filter.GetId()) || filter.GetState() != nil && filter.GetState().State != s.state() || !fits(config.GetLabels(), filter.GetLabelSelector()) {
			continue
		}
		all = append(all, &runtimeapi.PodSandbox{Id: id, Metadata: config.GetMetadata(), State: s.state(), CreatedAt: s.CreatedAt.UnixNano(),
			Labels: config.GetLabels(), Annotations: config.GetAnnotations(), RuntimeHandler: s.Handler})
	}
	slices.SortFunc(all, func(a, b *runtimeapi.PodSandbox) int { return int(max(-1, min(1, b.CreatedAt-a.CreatedAt))) })
	return all, nil
}

func fits(labels, wanted map[string]string) bool {
	for name, value := range wanted {
		if labels[name] != value {
			return false
		}
	}
	return true
}

// UpdatePodSandboxResources has nothing to do: there are no cgroups.
func (r *Runtime) UpdatePodSandboxResources(context.Context, *runtimeapi.UpdatePodSandboxResourcesRequest) (*runtimeapi.UpdatePodSandboxResourcesResponse, error) {
	return &runtimeapi.UpdatePodSandboxResourcesResponse{}, nil
}

// reach lists the processes that listen where the address leads, seen from the node. It is false for an address that
// leads nowhere.
func (r *Runtime) reach(address string) (processes []*workload.Process, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	node := address == r.options.NodeAddress || address == "127.0.0.1" || address == "localhost"
	known = node
	for _, s := range r.sandboxes {
		known = known || s.Ready && s.Address == address
	}
	for _, c := range r.containers {
		here := node && c.sandbox.hostNetwork() || c.sandbox.Ready && !c.sandbox.hostNetwork() && c.sandbox.Address == address
		if here && c.process != nil && c.State == stateRunning {
			processes = append(processes, c.process)
		}
	}
	return processes, known
}

// address is where the sandbox's containers are reached from the node.
func (r *Runtime) address(s *sandbox) string {
	if s.hostNetwork() {
		return r.options.NodeAddress
	}
	return s.Address
}
