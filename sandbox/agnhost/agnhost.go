// Package agnhost is the program of Kubernetes' image of that name, with which its documentation and its tests look at a
// cluster: servers that say who they are, clients that say why they fail, and what tells about files.
//
// It reaches the container that it is given and nothing else; it must not know workload models.
package agnhost

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net"
	"slices"
	"strings"
)

// Container is where the program runs.
type Container interface {
	// Environment is every variable as `NAME=value`.
	Environment() []string
	Hostname() string
	User() (user, group int64)
	ReadFile(path string) ([]byte, error)
	ReadDir(path string) ([]fs.FileInfo, error)
	Stat(path string) (fs.FileInfo, error)
	// Owner is whose a file is that Stat told of.
	Owner(about fs.FileInfo) (user, group int64)
	// FileSystem is the kind of the file system that a path is on, in the words of /proc/mounts.
	FileSystem(path string) string
	// Write makes a file with just this mode, or writes it anew.
	Write(path string, text []byte, mode fs.FileMode) error
	Dial(ctx context.Context, host string, port int) (net.Conn, error)
	DialPacket(ctx context.Context, address string, port int) (net.Conn, error)
	Lookup(ctx context.Context, host string) (name string, addresses []string, err error)
	Listen(port int) (net.Listener, error)
	ListenPacket(port int) (net.PacketConn, error)
	// Run runs another program of the container; what it prints goes to output.
	Run(ctx context.Context, arguments []string, output io.Writer) (code int, err error)
}

// Streams are where it writes, and the signals that it gets, as `TERM`.
type Streams struct {
	Stdout, Stderr io.Writer
	Signals        <-chan string
}

// program is one run.
type program struct {
	Container
	Streams
	ctx context.Context
	// arguments are the whole command line, operands what is left of it after the flags.
	arguments, operands []string
	flags               *flag.FlagSet
	log                 *log.Logger
	// terminated is closed by a SIGTERM; exits takes the code that a request ends the program with.
	terminated chan struct{}
	exits      chan int
}

// command is a subcommand: it declares its flags and returns what runs. Only one that is patient goes on after a SIGTERM; one that
// is flagless takes its arguments as they stand.
type command struct {
	begin      func(p *program) func() int
	isPatient  bool
	isFlagless bool
}

func commands() map[string]command {
	return map[string]command{
		"connect":                {begin: connect},
		"crd-conversion-webhook": {begin: conversionWebhook},
		"dns-server-list":        {begin: serverList},
		"dns-suffix":             {begin: suffixes},
		"entrypoint-tester":      {begin: entrypointTester, isFlagless: true},
		"etc-hosts":              {begin: hosts},
		"grpc-health-checking":   {begin: healthChecking},
		"guestbook":              {begin: guestbook},
		"inclusterclient":        {begin: inClusterClient},
		"liveness":               {begin: liveness},
		"logs-generator":         {begin: logsGenerator},
		"mounttest":              {begin: mountTest},
		"netexec":                {begin: netExec, isPatient: true},
		"nettest":                {begin: netTest},
		"nonewprivs":             {begin: noNewPrivileges},
		"pause":                  {begin: pause, isPatient: true},
		"porter":                 {begin: porter},
		"serve-hostname":         {begin: serveHostname, isPatient: true},
		"test-webserver":         {begin: testWebserver},
		"webhook":                {begin: webhook},

		"test-service-account-issuer-discovery": {begin: issuerDiscovery},
	}
}

// What a Go program that handles no SIGTERM ends with as process 1.
const exitAfterTERM = 2

// Run runs the program until it ends by itself or ctx does, and returns its exit code.
func Run(ctx context.Context, container Container, streams Streams, arguments []string) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	known := commands()
	if len(arguments) == 1 {
		// What the image does where nothing else is said.
		arguments = append(arguments, "pause")
	}
	if known[arguments[1]].begin == nil {
		fmt.Fprintf(streams.Stderr, "%s: in this sandbox it knows the subcommands %s\n", arguments[0], strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		return 1
	}
	one := known[arguments[1]]
	p := &program{Container: container, Streams: streams, ctx: ctx, arguments: arguments, flags: flag.NewFlagSet(arguments[1], flag.ContinueOnError),
		log: log.New(streams.Stderr, "", log.LstdFlags), terminated: make(chan struct{}), exits: make(chan int, 1)}
	p.flags.SetOutput(streams.Stderr)
	run := one.begin(p)
	if p.operands = arguments[2:]; !one.isFlagless {
		if err := p.parse(arguments[2:]); err != nil {
			return 1
		}
	}
	go p.hear()
	ended := make(chan int, 1)
	go func() { ended <- run() }()
	impatient := p.terminated
	if one.isPatient {
		impatient = nil
	}
	select {
	case code := <-ended:
		return code
	case code := <-p.exits:
		return code
	case <-impatient:
		return exitAfterTERM
	case <-ctx.Done():
		return 137
	}
}

// parse takes flags before and after operands.
func (p *program) parse(arguments []string) error {
	p.operands = nil
	for len(arguments) > 0 {
		if err := p.flags.Parse(arguments); err != nil {
			return err
		}
		if arguments = p.flags.Args(); len(arguments) > 0 {
			p.operands, arguments = append(p.operands, arguments[0]), arguments[1:]
		}
	}
	return nil
}

// hear waits for a SIGTERM.
func (p *program) hear() {
	for {
		select {
		case signal := <-p.Signals:
			if signal == "TERM" {
				close(p.terminated)
				return
			}
		case <-p.ctx.Done():
			return
		}
	}
}

// exit ends the program from a request.
func (p *program) exit(code int) {
	select {
	case p.exits <- code:
	default:
	}
}

// fatal says why the program ends.
func (p *program) fatal(err error) int {
	if p.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
		return 0
	}
	p.log.Print(err)
	return 1
}

// variable is one of the environment's.
func (p *program) variable(name string) string {
	for _, one := range slices.Backward(p.Environment()) {
		if value, is := strings.CutPrefix(one, name+"="); is {
			return value
		}
	}
	return ""
}
