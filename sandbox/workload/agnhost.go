package workload

// This file is `agnhost` among the commands: it gives the program the container that the command runs in. It must not know
// what the program does there.

import (
	"context"
	"io"
	"io/fs"
	"os"

	"sandbox/agnhost"
	"sandbox/rights"
)

func agnhostTool(c *call) int {
	streams := agnhost.Streams{Stdout: c.Stdout, Stderr: c.Stderr, Signals: c.signals}
	return agnhost.Run(c.ctx, guest{World: c.world, call: c}, streams, c.arguments)
}

// guest is a command's container.
type guest struct {
	World
	call *call
}

var _ agnhost.Container = guest{}

func (g guest) Environment() []string { return g.call.variables() }

func (g guest) Owner(about fs.FileInfo) (user, group int64) { return rights.Of(about) }

// Write gives the file its mode whatever the umask is.
func (g guest) Write(path string, text []byte, mode fs.FileMode) error {
	file, err := g.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		file.Close()
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return g.ChangeMode(path, mode)
}

func (g guest) Run(ctx context.Context, arguments []string, output io.Writer) (int, error) {
	return g.call.start(ctx, arguments, func(inner *call) { inner.Stdin, inner.Stdout, inner.Stderr = nil, output, output })
}
