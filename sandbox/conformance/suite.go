package main

// This file runs tests of the suite, each in a process and with a time of its own, and says how each went. It must not
// know what went how before.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"
	conformance "k8s.io/kubernetes/test/conformance/testdata"
)

// grace is what a test that is told to end may take to tidy up.
const grace = 30 * time.Second

// suite is the built test program and where it runs.
type suite struct {
	program, folder string
	cluster         *cluster
	// timeout is for one test.
	timeout time.Duration
	atOnce  int
}

// outcome is how a test went.
type outcome struct {
	test, result string
	took         time.Duration
	// said is what it failed with, log all that it printed, events of its namespace among them.
	said, log string
}

// The results of a test.
const (
	passed   = "passed"
	failed   = "failed"
	timedOut = "timed out"
)

// tests lists Kubernetes' conformance tests by their whole names, in its own order.
func tests() ([]string, error) {
	text, err := conformance.GetConformanceTestdataFS().EmbeddedFS.ReadFile("conformance.yaml")
	if err != nil {
		return nil, fmt.Errorf("failed to read the suite's list of tests: %w", err)
	}
	var listed []struct {
		Codename string `yaml:"codename"`
	}
	if err := yaml.Unmarshal(text, &listed); err != nil {
		return nil, fmt.Errorf("failed to read the suite's list of tests: %w", err)
	}
	var names []string
	for _, one := range listed {
		names = append(names, one.Codename)
	}
	return names, nil
}

// run runs tests until ctx ends, those that want the cluster for themselves last and one by one; tell hears of each.
func (s *suite) run(ctx context.Context, names []string, tell func(outcome)) {
	var together, alone []string
	for _, name := range names {
		if strings.Contains(name, "[Serial]") {
			alone = append(alone, name)
		} else {
			together = append(together, name)
		}
	}
	s.runAtOnce(ctx, s.atOnce, together, tell)
	s.runAtOnce(ctx, 1, alone, tell)
}

func (s *suite) runAtOnce(ctx context.Context, atOnce int, names []string, tell func(outcome)) {
	waiting := make(chan string)
	var workers sync.WaitGroup
	var telling sync.Mutex
	for range atOnce {
		workers.Go(func() {
			for name := range waiting {
				went, err := s.runOne(ctx, name)
				if ctx.Err() != nil {
					return
				}
				if err != nil {
					went = outcome{test: name, result: failed, said: err.Error()}
				}
				telling.Lock()
				tell(went)
				telling.Unlock()
			}
		})
	}
	for _, name := range names {
		select {
		case waiting <- name:
		case <-ctx.Done():
		}
	}
	close(waiting)
	workers.Wait()
}

// report is what Ginkgo writes of a run, as far as it is read.
type report struct {
	SpecReports []struct {
		LeafNodeType, State string
		RunTime             time.Duration
		Failure             struct{ Message string }
	}
}

// runOne runs a test in a process of its own.
//
// # Errors
// There is no result. A test that fails is *not* an error.
func (s *suite) runOne(ctx context.Context, name string) (outcome, error) {
	folder, err := os.MkdirTemp(s.folder, "test-")
	if err != nil {
		return outcome{}, err
	}
	said, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return outcome{}, err
	}
	defer said.Close()
	fmt.Fprintln(said, name)
	limited, cancel := context.WithTimeout(ctx, s.timeout+grace)
	defer cancel()
	command := exec.CommandContext(limited, s.program,
		"--ginkgo.focus=^conformance "+regexp.QuoteMeta(name)+"$", "--ginkgo.json-report=report.json", "--ginkgo.no-color", "--ginkgo.timeout="+s.timeout.String(), "--ginkgo.grace-period="+grace.String(),
		"--kubeconfig="+s.cluster.kubeconfig, "--kubectl-path="+s.cluster.kubectl, "--provider=skeleton", "--dns-domain=cluster.local",
		fmt.Sprintf("--num-nodes=%d", nodes), "--disable-log-dump=true", "--delete-namespace=true")
	command.Dir, command.Stdout, command.Stderr = folder, said, said
	// A Ctrl-C at the terminal comes through us, once.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel, command.WaitDelay = func() error { return command.Process.Signal(os.Interrupt) }, grace
	ended := command.Run()
	text, err := os.ReadFile(filepath.Join(folder, "report.json"))
	if err != nil {
		return outcome{}, fmt.Errorf("the test left no report: %w", errors.Join(ended, err))
	}
	went, err := read(name, text)
	if err != nil || went.result == passed {
		return went, err
	}
	printed, err := os.ReadFile(said.Name())
	went.log = string(printed)
	return went, err
}

// read finds the one test in a report that has run.
func read(name string, text []byte) (outcome, error) {
	var suites []report
	if err := json.Unmarshal(text, &suites); err != nil {
		return outcome{}, fmt.Errorf("failed to read the test's report: %w", err)
	}
	for _, one := range suites {
		for _, spec := range one.SpecReports {
			if spec.LeafNodeType != "It" || spec.State == "skipped" && spec.Failure.Message == "" {
				continue
			}
			went := outcome{test: name, result: failed, took: spec.RunTime, said: spec.Failure.Message}
			switch spec.State {
			case "passed":
				went.result = passed
			case "timedout":
				went.result = timedOut
			}
			return went, nil
		}
	}
	return outcome{}, errors.New("the suite has no test of this name")
}
