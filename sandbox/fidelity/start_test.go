package fidelity

// This file starts the sandbox that the situations run on: this test program once more, as another process, because
// Kubernetes' globals allow one control plane in a process.

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"

	"sandbox/config"
	"sandbox/session"
)

// childVariable names the configuration file for the process that is the sandbox.
const childVariable = "FIDELITY_SANDBOX"

// kubectlVariable is set for the process that is kubectl.
const kubectlVariable = "FIDELITY_KUBECTL"

// nodeName is the one node's.
const nodeName = "ip-10-0-16-10.eu-west-1.compute.internal"

func TestMain(m *testing.M) {
	if os.Getenv(kubectlVariable) != "" {
		if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	if file := os.Getenv(childVariable); file != "" {
		if err := sandbox(file); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// sandbox runs a session until standard input ends, which it does when the test ends, however it does.
func sandbox(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	c, err := config.Parse(text)
	if err != nil {
		return err
	}
	s, err := session.Up(context.Background(), c, slog.New(slog.NewTextHandler(os.Stderr, nil)), func(session.Progress) {}, nil)
	if err != nil {
		return err
	}
	fmt.Println(s.AdminKubeconfig())
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, s.Stop())
}

// start starts a sandbox with one node, as the recorded cluster had, and returns its kubeconfig.
func start(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	images, err := filepath.Abs("testdata/images")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(config.Config{
		FormatVersion: config.FormatVersion, ClusterName: "fidelity", Region: "eu-west-1", Kubernetes: "1.36", Folder: folder, Images: images,
		ServiceCIDR: config.ServiceCIDR, IdleTimeout: "0", NetworkPolicies: true,
		Subnets: []config.Subnet{{Name: "a", ID: "subnet-1", Zone: "eu-west-1a", CIDR: "10.0.16.0/24"}},
		Nodes: []config.Node{{Name: nodeName, Address: "10.0.16.10", Subnet: "a",
			InstanceType: "m5.2xlarge", NodeGroup: "general", CapacityType: "ON_DEMAND"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return run(t, file)
}

// run starts the process and returns what it says when it is ready.
func run(t *testing.T, file string) string {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childVariable+"="+file)
	command.Stderr = log
	command.WaitDelay = 10 * time.Second
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		input.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("the sandbox ended with %v", err)
		}
		log.Close()
	})
	said := bufio.NewScanner(output)
	if !said.Scan() {
		text, _ := os.ReadFile(log.Name()) // only to say more
		t.Fatalf("the sandbox did not start: %s", text)
	}
	return said.Text()
}
