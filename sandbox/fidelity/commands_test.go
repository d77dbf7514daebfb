package fidelity

// This file plays the recorded commands with the real kubectl and compares what it prints.

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// recordedCommand is one file of testdata/commands.
type recordedCommand struct {
	name      string
	arguments []string
	// output is what it printed, standard output and standard error together, and the line `exit N`.
	output string
}

func readCommands(t *testing.T) []recordedCommand {
	t.Helper()
	files, err := filepath.Glob("testdata/commands/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded commands: %v", err)
	}
	var all []recordedCommand
	for _, file := range files {
		text := string(readRecorded(t, filepath.Join("commands", filepath.Base(file))))
		line, output, _ := strings.Cut(text, "\n")
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "$" || words[1] != "kubectl" {
			t.Fatalf("%s does not begin with a kubectl command", file)
		}
		for i, word := range words {
			if recordedNode.MatchString(word) {
				words[i] = nodeName
			}
		}
		all = append(all, recordedCommand{name: filepath.Base(file), arguments: words[2:], output: output})
	}
	return all
}

var recordedNode = regexp.MustCompile(`^[a-z]+-control-plane$`)

func (c recordedCommand) compare(t *testing.T, kubeconfig string) {
	t.Helper()
	wanted, got := clean(c.output), clean(kubectl(t, kubeconfig, c.arguments...))
	if got != wanted {
		t.Errorf("kubectl %s (%s)\n    recorded: %s\n    sandbox:  %s", strings.Join(c.arguments, " "), c.name, wanted, got)
	}
}

// kubectl runs the kubectl that is linked into this test program.
func kubectl(t *testing.T, kubeconfig string, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], arguments...)
	command.Env = append(os.Environ(), kubectlVariable+"=1", "KUBECONFIG="+kubeconfig)
	output, err := command.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return fmt.Sprintf("%sexit %d\n", output, command.ProcessState.ExitCode())
}
