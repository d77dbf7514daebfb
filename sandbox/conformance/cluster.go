package main

// This file builds the sandbox's program and runs one cluster of it for the suite. It must not know what is tested.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// nodes is how many the cluster has: some tests want two, and DaemonSets more.
const nodes = 4

// stopsWithin is what an orderly end may take; after it the program is killed.
const stopsWithin = 10 * time.Second

// cluster is a running sandbox.
type cluster struct {
	// kubeconfig has all rights; kubectl is the sandbox's own program by that name.
	kubeconfig, kubectl string
	command             *exec.Cmd
}

// build makes a program of a Go package or of its tests, with the sandbox's own flags, so that both have one version.
func build(ctx context.Context, arguments ...string) error {
	flags, err := os.ReadFile("../build.flags")
	if err != nil {
		return fmt.Errorf("run this in sandbox/conformance: %w", err)
	}
	line := append(arguments[:len(arguments)-1:len(arguments)-1], strings.Split(strings.TrimSpace(string(flags)), "\n")...)
	command := exec.CommandContext(ctx, "go", append(line, arguments[len(arguments)-1])...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	command.Stdout, command.Stderr = os.Stderr, os.Stderr
	return command.Run()
}

// start builds the sandbox and runs a cluster in a folder, which is to be short and empty.
//
// # Errors
// It does not build, or says that it does not come up; nothing is left running.
func start(ctx context.Context, folder string) (*cluster, error) {
	program := filepath.Join(folder, "labctl-sandbox")
	if err := build(ctx, "build", "-C", "..", "-o", program, "."); err != nil {
		return nil, fmt.Errorf("failed to build the sandbox: %w", err)
	}
	// It is kubectl when it is called so.
	kubectl := filepath.Join(folder, "kubectl")
	if err := os.Symlink(program, kubectl); err != nil {
		return nil, err
	}
	state := filepath.Join(folder, "cluster")
	if err := os.Mkdir(state, 0o700); err != nil {
		return nil, err
	}
	configuration := filepath.Join(folder, "cluster.json")
	if err := os.WriteFile(configuration, describe(state), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(folder, "sandbox.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	// It ends when it is told to, not by a Ctrl-C of its own: the tests end before.
	c := &cluster{kubeconfig: filepath.Join(state, "admin.kubeconfig"), kubectl: kubectl, command: exec.Command(program, "up", "--config", configuration)}
	c.command.Stderr, c.command.SysProcAttr = log, &syscall.SysProcAttr{Setpgid: true}
	said, err := c.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.command.Start(); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { c.command.Process.Signal(syscall.SIGTERM) })()
	if err := ready(said); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// ready waits until the sandbox says that its cluster is up.
func ready(said io.Reader) error {
	last := "nothing"
	for lines := bufio.NewScanner(said); lines.Scan(); {
		last = lines.Text()
	}
	if last != `{"phase":"ready"}` {
		return fmt.Errorf("the sandbox is not up; its last word was %s", last)
	}
	return nil
}

// stop ends the cluster.
func (c *cluster) stop() error {
	if err := c.command.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the sandbox had ended by itself: %w", err)
	}
	defer time.AfterFunc(stopsWithin, func() { c.command.Process.Kill() }).Stop()
	return c.command.Wait()
}

// describe is the sandbox's configuration: nodes of one size without taints, in one subnet.
func describe(folder string) []byte {
	var all []map[string]any
	for i := range nodes {
		all = append(all, map[string]any{
			"name": fmt.Sprintf("ip-10-0-16-%d.eu-west-1.compute.internal", 11+i), "address": fmt.Sprintf("10.0.16.%d", 11+i), "subnet": "a",
			"instance_type": "m5.xlarge", "node_group": "general", "capacity_type": "ON_DEMAND",
		})
	}
	images, err := filepath.Abs("images")
	if err != nil {
		panic(err) // there is a working directory: `build` has read a file in it
	}
	text, err := json.Marshal(map[string]any{
		"format_version": 1, "cluster_name": "conformance", "region": "eu-west-1", "kubernetes": "1.36", "folder": folder, "images": images,
		"service_cidr": "172.20.0.0/16", "idle_timeout": "0", "audit": true, "throw_away": true,
		"subnets": []map[string]any{{"name": "a", "id": "subnet-1", "zone": "eu-west-1a", "cidr": "10.0.16.0/20"}}, "nodes": all,
	})
	if err != nil {
		panic(err) // maps of texts
	}
	return text
}
