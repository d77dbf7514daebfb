package runtime

// This file is a node's daemons: programs that do something beside their own process, from its start to its end. It must
// not know what.

import (
	"context"
	"slices"
	"time"

	"sandbox/workload"
)

// Daemon is what a program does for the node, once for each container that runs it.
type Daemon struct {
	// Repository is its image, in the words of its workload model.
	Repository string
	// Run is called when a container starts or is taken up, and returns soon. ctx ends with the container, and with this
	// program.
	Run func(ctx context.Context, container Started)
}

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
	// Arguments are its command line, as far as the Pod sets it.
	Arguments []string
	// Log appends a line to the container's log, until the container is over.
	Log func(line string)
	// Exit ends its process with a code.
	Exit func(code int)
	// Hold makes its process take so many bytes of memory more, or fewer.
	Hold func(bytes int64)

	runtime   *Runtime
	container *container
	sandbox   *sandbox
	files     *files
}

func (r *Runtime) tellStarted(c *container, resumed bool) {
	for _, daemon := range r.options.Daemons {
		if c.image == nil || c.image.Model.Image != daemon.Repository {
			continue
		}
		ctx, cancel := context.WithCancel(r.ended)
		go func() {
			defer cancel()
			select {
			case <-c.exited:
			case <-r.ended.Done():
			}
		}()
		daemon.Run(ctx, r.startedOf(c, resumed))
	}
}

func (r *Runtime) startedOf(c *container, resumed bool) Started {
	pod := c.sandbox.Config.value.GetMetadata()
	started := Started{Namespace: pod.GetNamespace(), Pod: pod.GetName(), Container: c.Config.value.GetMetadata().GetName(),
		Image: c.Image, Environment: map[string]string{}, Resumed: resumed, runtime: r, container: c, sandbox: c.sandbox, files: newFiles(c),
		Arguments: append(slices.Clone(c.Config.value.GetCommand()), c.Config.value.GetArgs()...)}
	r.mu.Lock()
	process := c.process
	r.mu.Unlock()
	started.Exit = func(code int) {
		if process != nil {
			process.Quit(code)
		}
	}
	started.Hold = func(bytes int64) {
		if process != nil {
			process.Hold(bytes)
		}
	}
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
	return started
}
