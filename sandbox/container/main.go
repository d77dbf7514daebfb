// Command container is all that an image of a scenario holds beside its model: process 1 of the container, and, under
// the name of a tool, that tool. It behaves as the model does in the sandbox, over the system that it really runs on.
//
// It must not know Kubernetes, a container runtime or the sandbox; it is linked statically, so that it runs in an image
// that has nothing else.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sandbox/workload"
)

func main() {
	code, err := run(os.Args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
	}
	os.Exit(code)
}

// notFound is a shell's exit code for a program that it cannot start.
const notFound = 127

// run is the program by the name that it was called by.
func run(arguments []string) (int, error) {
	model, err := readModel()
	if err != nil {
		return notFound, err
	}
	arguments = append([]string{called(arguments[0])}, arguments[1:]...)
	if model.IsEntrypoint(arguments[0]) {
		return process(model, arguments)
	}
	streams := workload.Streams{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	if os.Getpid() == 1 {
		streams.Signals = shielded(arguments[0])
	}
	if isTerminal(os.Stdin) {
		streams.IsTerminal, streams.Interrupts = true, interrupts()
	}
	code, err := model.Run(context.Background(), arguments, streams, &world{})
	if err != nil {
		return notFound, err
	}
	return code, nil
}

// shielded is process 1 without an end by signals: a tool installs no handler, and the kernel shields process 1 from signals
// that it does not handle; Go's runtime has one, which would end it. A shell hears of them, for its script may have traps.
func shielded(program string) <-chan string {
	if !workload.IsShell(program) {
		signal.Ignore(syscall.SIGTERM)
		return nil
	}
	came := make(chan os.Signal, 8)
	signal.Notify(came, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	names := make(chan string, 8)
	go func() {
		for one := range came {
			// One that has no room is lost, as signals of a kind are that come too quickly.
			select {
			case names <- strings.TrimPrefix(unix.SignalName(one.(syscall.Signal)), "SIG"):
			default:
			}
		}
	}()
	return names
}

// interrupts are those of the terminal's Ctrl-C.
func interrupts() <-chan struct{} {
	came := make(chan os.Signal, 1)
	signal.Notify(came, syscall.SIGINT)
	told := make(chan struct{}, 1)
	go func() {
		for range came {
			select {
			case told <- struct{}{}:
			default:
			}
		}
	}()
	return told
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// readModel reads the model of the image, which lies beside the program itself, wherever the links to it are.
func readModel() (*workload.Model, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("failed to find the image's model: %w", err)
	}
	file := filepath.Join(filepath.Dir(program), "model.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("failed to read the image's model: %w", err)
	}
	return workload.Parse(file, text)
}

// called is the name as a model has it: a path from the root, or one word that was found along PATH.
func called(name string) string {
	if !strings.Contains(name, "/") {
		return name
	}
	// It fails only where the working directory is gone, and then the name stands as it is.
	if whole, err := filepath.Abs(name); err == nil {
		return whole
	}
	return name
}

// process is the image's own program, until it is over.
func process(model *workload.Model, command []string) (int, error) {
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	over := make(chan workload.Exit, 1)
	memory := newMemory()
	process, err := model.New(workload.Options{
		Command: command[:1], Arguments: command[1:], StartedAt: time.Now(),
		World: &world{over: over}, Machine: machine{memory},
	})
	if err != nil {
		return notFound, err
	}
	process.Run()
	for {
		select {
		case <-terminate:
			process.Terminate()
		case exit := <-over:
			return exit.Code, nil
		case <-memory.short:
			// The kernel would end it at its limit, and the machine cannot spare so much.
			process.SetMemoryLimit(memory.limit)
		}
	}
}
