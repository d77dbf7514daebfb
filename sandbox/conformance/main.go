// Command conformance runs Kubernetes' own conformance tests against the sandbox and says what is lost and what is gained
// since the last time, which results.csv remembers.
//
// It knows the sandbox by its command line and its configuration only, and never what makes a test pass.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

// version is that of the suite, as go.mod pins it.
func version() string {
	about, _ := debug.ReadBuildInfo()
	for _, module := range about.Deps {
		if module.Path == "k8s.io/kubernetes" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

const usage = `usage: go run . [-all | -match REGEXP] [-write] [-at-once N] [-timeout 15m] [-keep]

Runs the conformance tests that passed the last time (results.csv), or all, or those whose names match.
Exit code: 0 nothing is lost; 1 something is lost; 2 it could not be run.
`

// wish is what the command line says.
type wish struct {
	all, write, keep bool
	match            string
	atOnce           int
	timeout          time.Duration
}

func main() {
	var w wish
	flag.BoolVar(&w.all, "all", false, "run every test")
	flag.StringVar(&w.match, "match", "", "run the tests whose names match")
	flag.BoolVar(&w.write, "write", false, "write the results down, and the book's page")
	flag.BoolVar(&w.keep, "keep", false, "keep the folder with the logs, and say where it is")
	flag.IntVar(&w.atOnce, "at-once", 4, "how many tests run at once")
	flag.DurationVar(&w.timeout, "timeout", 15*time.Minute, "the time of one test")
	flag.Usage = func() { fmt.Fprint(os.Stderr, usage); flag.PrintDefaults() }
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	nLost, err := w.grant(ctx)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	case nLost > 0:
		os.Exit(1)
	}
}

// grant does what is wished for and returns how many tests are lost.
func (w wish) grant(ctx context.Context) (nLost int, err error) {
	before, err := load(resultsFile)
	if err != nil {
		return 0, err
	}
	names, err := w.choose(before)
	if err != nil {
		return 0, err
	}
	// A socket's path may not be long.
	folder, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return 0, err
	}
	if w.keep {
		fmt.Println("logs:", folder)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	}
	program := filepath.Join(folder, "suite")
	if err := build(ctx, "test", "-c", "-o", program, "./suite"); err != nil {
		return 0, fmt.Errorf("failed to build the suite: %w", err)
	}
	running, err := start(ctx, folder)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, running.stop()) }()
	today := results{}
	s := &suite{program: program, folder: folder, cluster: running, timeout: w.timeout, atOnce: w.atOnce}
	s.run(ctx, names, func(o outcome) {
		r := o.row()
		today[o.test] = r
		fmt.Printf("%4d/%d %-9s %6.1f s  %s\n", len(today), len(names), r.result, o.took.Seconds(), o.test)
		if r.reason != "" {
			fmt.Printf("          %s\n", r.reason)
		}
	})
	nLost, err = tell(before, today, w.write)
	if ctx.Err() != nil {
		err = errors.Join(err, errors.New("it was told to stop before the end"))
	}
	return nLost, err
}

// choose lists the tests to run.
func (w wish) choose(before results) ([]string, error) {
	every, err := tests()
	if err != nil {
		return nil, err
	}
	if !w.all && w.match == "" {
		return before.passing(), nil
	}
	wanted, err := regexp.Compile(w.match)
	if err != nil {
		return nil, fmt.Errorf("`-match` is no regular expression: %w", err)
	}
	var names []string
	for _, name := range every {
		if wanted.MatchString(name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// tell says what is different, and writes it down if that is wished for.
func tell(before, today results, write bool) (nLost int, err error) {
	lost, gained := before.compare(today)
	for _, one := range gained {
		fmt.Println("gained:", one.test)
	}
	for _, one := range lost {
		fmt.Printf("lost: %s (%s)\n", one.test, one.reason)
	}
	fmt.Printf("%d of %d tests passed; %d gained, %d lost\n", len(today.passing()), len(today), len(gained), len(lost))
	if !write {
		return len(lost), nil
	}
	for test, one := range today {
		before[test] = one
	}
	return len(lost), errors.Join(before.save(resultsFile), before.writePage(pageFile, version()))
}
