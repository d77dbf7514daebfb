package node

// The runtime as the kubelet of a removed node sees it: the kubelet cannot be ended, and would start
// again what Remove ended.

import (
	"context"
	"errors"
	"sync/atomic"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

var errRemoved = errors.New("the node was removed")

type guardedRuntime struct {
	Runtime
	isShut atomic.Bool
}

func (g *guardedRuntime) shut() { g.isShut.Store(true) }

func (g *guardedRuntime) RunPodSandbox(
	ctx context.Context, config *runtimeapi.PodSandboxConfig, handler string,
) (string, error) {
	if g.isShut.Load() {
		return "", errRemoved
	}
	return g.Runtime.RunPodSandbox(ctx, config, handler)
}

func (g *guardedRuntime) CreateContainer(
	ctx context.Context, sandbox string, config *runtimeapi.ContainerConfig, pod *runtimeapi.PodSandboxConfig,
) (string, error) {
	if g.isShut.Load() {
		return "", errRemoved
	}
	for _, mount := range config.GetMounts() {
		// Volumes are private already; this is /etc/hosts.
		if err := keepPrivate(mount.GetHostPath()); err != nil {
			return "", err
		}
	}
	return g.Runtime.CreateContainer(ctx, sandbox, config, pod)
}

func (g *guardedRuntime) StartContainer(ctx context.Context, container string) error {
	if g.isShut.Load() {
		return errRemoved
	}
	return g.Runtime.StartContainer(ctx, container)
}
