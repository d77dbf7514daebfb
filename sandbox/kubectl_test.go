package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The words and codes are those of the real kubectl v1.36.3.
func TestKubectlSaysWhatIsWrongWithACommandLine(t *testing.T) {
	for line, test := range map[string]struct {
		code int
		says string
	}{
		"descrobe pods":                 {1, "error: unknown command \"descrobe\" for \"kubectl\"\n\nDid you mean this?\n\tdescribe\n"},
		"get pods --foo":                {1, "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n"},
		"apply -f":                      {1, "error: flag needs an argument: 'f' in -f\nSee 'kubectl apply --help' for usage.\n"},
		"scale deploy uploads":          {1, "error: required flag(s) \"replicas\" not set\n"},
		"scale deploy/x --replicas=abc": {1, "error: invalid argument \"abc\" for \"--replicas\" flag: strconv.ParseInt: parsing \"abc\": invalid syntax\nSee 'kubectl scale --help' for usage.\n"},
		"get pods --server=https://127.0.0.1:1 -v=nine": {1, "error: invalid argument \"nine\" for \"-v, --v\" flag: strconv.ParseInt: parsing \"nine\": invalid syntax\nSee 'kubectl get --help' for usage.\n"},
		"patch deploy x":   {1, "error: must specify --patch or --patch-file containing the contents of the patch\n"},
		"version --client": {0, ""},
		"get pods --server=http://127.0.0.1:1 --token=a": {1, "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"},
	} {
		t.Run(line, func(t *testing.T) {
			command := program(t, append([]string{"kubectl"}, strings.Fields(line)...)...)
			command.Env = append(command.Env, "KUBECONFIG="+filepath.Join(t.TempDir(), "none"), "HOME="+t.TempDir())
			var said bytes.Buffer
			command.Stderr = &said
			_ = command.Run() // its exit code says what happened
			if code := command.ProcessState.ExitCode(); code != test.code || !strings.HasSuffix(said.String(), test.says) {
				t.Errorf("exit code %d, and it says %q", code, said.String())
			}
		})
	}
}

// A link of this name to the program is how a person runs it.
func TestAProgramOfThatNameIsKubectl(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "kubectl")
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	command := program(t, "descrobe")
	command.Path, command.Args[0] = link, "kubectl"
	out, err := command.CombinedOutput()
	if err == nil || command.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "Did you mean this?\n\tdescribe") {
		t.Errorf("%v: %s", err, out)
	}
}
