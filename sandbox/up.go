package main

// `up` and `prepare`.

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"

	"sandbox/api"
	"sandbox/config"
	"sandbox/controlplane"
	"sandbox/session"
)

// The garbage collector's targets; the environment variable GOGC overrides them. Nearly all that the control plane makes until it stands is kept,
// so that looking for garbage would only take time. A session stays for hours on a laptop and is to be small.
const (
	gcPercentUntilControlPlane = 800
	gcPercentUntilSettled      = 200
	gcPercentSettled           = 40
	// Many short-lived clusters at a time are to take little of the processor.
	gcPercentThrowAway = 400
)

func collect(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// settling is how long after its start a cluster is still being set up by whoever wanted it.
const settling = 10 * time.Second

// stopDeadline is how long an orderly stop may take; the datastore survives a disorderly one.
const stopDeadline = 2500 * time.Millisecond

func up(arguments []string) int {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	file := flags.String("config", "", "the configuration file")
	own := flags.Bool("own-session", false, "leave the terminal's session, so that its end is not ours")
	if err := flags.Parse(arguments); err != nil || *file == "" {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	// Whoever reads the progress may go away; that must not end the cluster.
	signal.Ignore(syscall.SIGPIPE)
	if *own {
		signal.Ignore(syscall.SIGHUP)
		if _, err := syscall.Setsid(); err != nil {
			return fail(fmt.Errorf("failed to leave the terminal's session: %w", err))
		}
	}
	text, err := os.ReadFile(*file)
	if err != nil {
		return fail(err)
	}
	c, err := config.Parse(text)
	if err != nil {
		return fail(fmt.Errorf("`%s`: %w", *file, err))
	}
	return serve(c)
}

func serve(c *config.Config) int {
	log := newLog()
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	collect(gcPercentUntilControlPlane)
	untilSettled, settled := gcPercentUntilSettled, gcPercentSettled
	if c.ThrowAway {
		untilSettled, settled = gcPercentThrowAway, gcPercentThrowAway
	}
	report := func(p session.Progress) {
		if p.Phase == "nodes" {
			collect(untilSettled)
		}
		say(p)
	}
	s, err := session.Up(ctx, c, log, report, asked)
	switch {
	case err != nil && ctx.Err() != nil:
		return fail(errors.New("it was told to stop before it was ready"))
	case err != nil:
		return fail(err)
	}
	listener, err := api.Listen()
	if err != nil {
		return fail(errors.Join(err, s.Stop()))
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		api.Serve(ctx, listener, s, stop)
	}()
	say(session.Progress{Phase: "ready"})
	time.AfterFunc(settling, func() {
		s.Settle()
		collect(settled)
		if !c.ThrowAway {
			debug.FreeOSMemory()
		}
	})
	_ = os.Stdout.Close() // nothing more to say; the log goes to stderr

	idle, err := c.Idle()
	if err != nil || idle == 0 {
		idle = 1 << 62
	}
	check := time.NewTicker(time.Minute)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			code := end(s, log, 0)
			<-served
			return code
		case err := <-s.Failed():
			log.Error("a component ended", "error", err)
			return end(s, log, 1)
		case <-check.C:
			if s.Idle() > idle {
				log.Info("nobody used it", "for", s.Idle().String())
				return end(s, log, 0)
			}
		}
	}
}

// end stops in order, and at the deadline whatever is left.
func end(s *session.Session, log *slog.Logger, code int) int {
	log.Info("stopping")
	done := make(chan error, 1)
	go func() { done <- s.Stop() }()
	select {
	case err := <-done:
		if err != nil {
			log.Error("stopped with an error", "error", err)
		}
	case <-time.After(stopDeadline):
		log.Info("stopped at the deadline")
	}
	return code
}

func prepare(arguments []string) int {
	flags := flag.NewFlagSet("prepare", flag.ContinueOnError)
	version := flags.String("kubernetes", "1.36", "the emulated version")
	folder := flags.String("folder", "", "where the prepared datastore goes")
	if err := flags.Parse(arguments); err != nil || *folder == "" {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	target, err := filepath.Abs(*folder)
	if err != nil {
		return fail(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := controlplane.Prepare(ctx, *version, config.ServiceCIDR, target, newLog()); err != nil {
		return fail(err)
	}
	return 0
}

// newLog sends our own messages to stderr, and of Kubernetes' those that tell of a problem.
func newLog() *slog.Logger {
	klog.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

func say(p session.Progress) {
	_ = json.NewEncoder(os.Stdout).Encode(p) // whoever listened may be gone
}

func fail(err error) int {
	said := map[string]string{"phase": "failed", "error": err.Error()}
	if notUp := (*session.NotUpError)(nil); errors.As(err, &notUp) && notUp.Beliefs != "" {
		said["beliefs"] = notUp.Beliefs
	}
	_ = json.NewEncoder(os.Stdout).Encode(said) // whoever listened may be gone
	fmt.Fprintln(os.Stderr, "error:", err)
	return 1
}
