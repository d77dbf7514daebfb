// Command labctl-sandbox is Kubernetes in one process: `up` runs a cluster from a configuration file, `prepare` makes a
// prepared datastore once, `kubectl` is the real one (also when called by that name).
//
// It parses arguments and signals, prints progress, and leaves the rest to package session.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"

	"sandbox/session"
)

const usage = `labctl-sandbox: Kubernetes ` + session.KubernetesVersion + ` in one process

  up --config FILE [--own-session]       run a cluster until SIGTERM; at SIGUSR1 it writes what its API server, kubelets and
                                         runtimes believe of each Pod into its folder: beliefs.json, goroutines.txt
  prepare --kubernetes 1.36 --folder DIR make a prepared datastore, once
  kubectl ...                            the real kubectl
  version [--output json]
`

func main() {
	if filepath.Base(os.Args[0]) == "kubectl" {
		os.Exit(kubectl(os.Args))
	}
	os.Exit(run(os.Args[1:]))
}

func run(arguments []string) int {
	if len(arguments) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	switch arguments[0] {
	case "up":
		return up(arguments[1:])
	case "prepare":
		return prepare(arguments[1:])
	case "kubectl":
		return kubectl(arguments)
	case "version":
		return version(arguments[1:])
	case "help", "--help", "-h":
		fmt.Print(usage)
		return 0
	}
	fmt.Fprintf(os.Stderr, "error: no command named `%s`\n\n%s", arguments[0], usage)
	return 2
}

// kubectl runs the real kubectl; arguments[0] is its name.
func kubectl(arguments []string) int {
	os.Args = append([]string{"kubectl"}, arguments[1:]...)
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		return 1
	}
	return 0
}

func version(arguments []string) int {
	if len(arguments) == 2 && arguments[0] == "--output" && arguments[1] == "json" {
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"format_version": 1, "kubernetes": session.KubernetesVersion}) // nobody reads it
		return 0
	}
	fmt.Println("labctl-sandbox, Kubernetes " + session.KubernetesVersion)
	return 0
}
