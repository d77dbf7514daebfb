package runtime

// This file is one container: its record on disk and the way its process's end gets there. calls.go has the CRI methods.

import (
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"sandbox/workload"
)

// container is one container; its exported fields are its file.
type container struct {
	FormatVersion int                                  `json:"format_version"`
	ID            string                               `json:"id"`
	SandboxID     string                               `json:"sandbox_id"`
	Config        message[*runtimeapi.ContainerConfig] `json:"config"`
	// Image is the whole name of the image that it was made of.
	Image     string    `json:"image"`
	State     state     `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	// StartedAt and FinishedAt are zero until it happened; a container that could not start has no StartedAt.
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	ExitCode   int32     `json:"exit_code"`
	Reason     string    `json:"reason"`
	Message    string    `json:"message"`
	StepsDone  int       `json:"steps_done"`
	LogPath    string    `json:"log_path"`

	runtime *Runtime
	sandbox *sandbox
	// image is nil when its model is gone.
	image *workload.Image
	log   *containerLog
	// process is set while the container runs.
	process *workload.Process
	// console is what can be attached to; files are the container's own. Both are set while it runs.
	console *console
	files   *files
	// exited is closed when the container is over.
	exited chan struct{}
}

type state string

const (
	stateCreated state = "created"
	stateRunning state = "running"
	stateExited  state = "exited"
)

func (c *container) criState() runtimeapi.ContainerState {
	switch c.State {
	case stateCreated:
		return runtimeapi.ContainerState_CONTAINER_CREATED
	case stateRunning:
		return runtimeapi.ContainerState_CONTAINER_RUNNING
	default:
		return runtimeapi.ContainerState_CONTAINER_EXITED
	}
}

// prepare makes the container's process. The runtime's lock is held; the caller lets it run after releasing it.
func (c *container) prepare(resume bool) error {
	config := c.Config.value
	c.console, c.files = newConsole(config), newFiles(c)
	process, err := c.image.Model.New(workload.Options{
		Command: config.GetCommand(), Arguments: config.GetArgs(), MemoryLimit: config.GetLinux().GetResources().GetMemoryLimitInBytes(),
		ProcessorLimit: processors(config.GetLinux().GetResources()),
		World:          &world{runtime: c.runtime, container: c, sandbox: c.sandbox, log: c.log, config: config, files: c.files},
		StartedAt:      c.StartedAt, Resume: resume, StepsDone: c.StepsDone, Console: c.console.streams,
	})
	c.process = process
	return err
}

// processors is the limit of processor time, as the kernel's quota says it; 0: none.
func processors(resources *runtimeapi.LinuxContainerResources) float64 {
	if resources.GetCpuQuota() <= 0 || resources.GetCpuPeriod() <= 0 {
		return 0
	}
	return float64(resources.GetCpuQuota()) / float64(resources.GetCpuPeriod())
}

// finish writes down the end. The runtime's lock is held.
func (c *container) finish(exit workload.Exit, reason string) {
	c.State, c.FinishedAt, c.ExitCode, c.Reason, c.process = stateExited, exit.At, int32(exit.Code), reason, nil
	if c.console != nil {
		c.console.close()
	}
	c.store()
	close(c.exited)
}

// store writes the record of a change that nobody asked for, so that a failure can only be logged; the next change
// writes all of it again.
func (c *container) store() {
	if err := c.runtime.save(kindContainers, c.ID, c); err != nil {
		c.runtime.log.Error("container not written down", "container", c.ID, "error", err)
	}
}

// reasonFor is containerd's reason of an exit.
func reasonFor(exit workload.Exit) string {
	switch {
	case exit.OutOfMemory:
		return "OOMKilled"
	case exit.Code == 0:
		return "Completed"
	default:
		return "Error"
	}
}

// nanoseconds is CRI's form of a time; 0 when it has not come.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
