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
	"k8s.io/component-base/logs"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"

	"sandbox/session"
)

const usage = `labctl-sandbox: Kubernetes ` + session.KubernetesVersion + ` in one process

  up --config FILE [--own-session]       run a cluster until SIGTERM; at SIGUSR1 it writes what its API server, kubelets and
                                         runtimes believe of each Pod into its folder: beliefs.json, goroutines.txt
  prepare --kubernetes 1.36 --folder DIR make a prepared datastore, once
  kubectl ...                            the real kubectl
  version [--output json]
`

func main() { os.Exit(run(os.Args)) }

// run is the program; line[0] is the name that it was called by.
func run(line []string) int {
	if filepath.Base(line[0]) == "kubectl" {
		return kubectl(line)
	}
	arguments := line[1:]
	if len(arguments) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	switch arguments[0] {
	case "up":
		settle()
		return up(arguments[1:])
	case "prepare":
		settle()
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

// kubectl runs the real kubectl as its own program does (k8s.io/kubernetes/cmd/kubectl); arguments[0] is its name.
func kubectl(arguments []string) int {
	os.Args = append([]string{"kubectl"}, arguments[1:]...)
	_, _ = logs.GlogSetter(cmd.GetLogVerbosity(os.Args)) // a wrong level is told when the command line is read
	// The command prints no errors of its own command line; CheckErr does, and ends the program with the error's code.
	util.CheckErr(cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()))
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
