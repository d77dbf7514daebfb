package runtime

// This file tells what a node's daemons are started with, for what they do beside their own process.

import (
	"time"

	"sandbox/workload"
)

// Started is a container whose process has begun to run.
type Started struct {
	// Namespace and Pod name its Pod, Container its name in it.
	Namespace, Pod, Container string
	// Image is the whole name of its image.
	Image string
	// Environment is what the Pod sets.
	Environment map[string]string
	// Resumed is true when it ran before this program began.
	Resumed bool
	// Log appends a line to the container's log, until the container is over.
	Log func(line string)
}

func (r *Runtime) tellStarted(c *container, resumed bool) {
	if r.options.Started == nil {
		return
	}
	pod := c.sandbox.Config.value.GetMetadata()
	started := Started{Namespace: pod.GetNamespace(), Pod: pod.GetName(), Container: c.Config.value.GetMetadata().GetName(),
		Image: c.Image, Environment: map[string]string{}, Resumed: resumed}
	for _, variable := range c.Config.value.GetEnvs() {
		started.Environment[variable.GetKey()] = string(variable.GetValue())
	}
	started.Log = func(line string) {
		select {
		case <-c.exited:
			// Its log may be gone already, and writing would bring it back.
		default:
			if err := c.log.write(time.Now(), workload.Stdout, line); err != nil {
				r.log.Warn("log line lost", "container", c.ID, "error", err)
			}
		}
	}
	r.options.Started(started)
}
