package workload

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// container is a World in memory.
type container struct {
	env   []string
	files map[string]string
	// folders are those that were made.
	folders map[string]bool
	user    int64
	// others answer at addresses beyond the container, lookups have what names lead to; unset: there is no network.
	others  map[string]func() (net.Conn, error)
	lookups map[string]any

	mu      sync.Mutex
	logged  []string
	exit    *Exit
	changes int
	process *Process
}

func (c *container) Environment() []string { return c.env }
func (c *container) Hostname() string      { return "ledger-0" }

func (c *container) Log(at time.Time, stream Stream, line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logged = append(c.logged, fmt.Sprintf("%s %s %s", at.Sub(epoch), stream, line))
}

func (c *container) LogRest(at time.Time, stream Stream, rest string) { c.Log(at, stream, rest+"\\") }

func (c *container) Dial(ctx context.Context, host string, port int) (net.Conn, error) {
	if c.others != nil && host != "localhost" {
		if other := c.others[net.JoinHostPort(host, strconv.Itoa(port))]; other != nil {
			return other()
		}
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	if host != "localhost" && host != "127.0.0.1" {
		return nil, ErrNotSimulated
	}
	if connection := c.process.Connect(port); connection != nil {
		return connection, nil
	}
	return nil, errors.New("connect: connection refused")
}

func (c *container) Processes() []Running { return nil }

func (c *container) Changed() { c.mu.Lock(); c.changes++; c.mu.Unlock() }

func (c *container) Exited(exit Exit) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.exit != nil {
		panic("exited twice")
	}
	c.exit = &exit
}

// epoch is the first moment of a synctest bubble.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func parse(t *testing.T, body string) *Model {
	t.Helper()
	m, err := Parse("test.yaml", []byte("format_version: 1\nimage: ledger\ntags: [\"1\"]\nentrypoint: /app\n"+body))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// start runs a model in the container.
func start(t *testing.T, m *Model, c *container, o Options) *Process {
	t.Helper()
	o.World = c
	if o.StartedAt.IsZero() {
		o.StartedAt = time.Now()
	}
	p, err := m.New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.process = p
	p.Run()
	t.Cleanup(p.Freeze)
	return p
}

func wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (c *container) expect(t *testing.T, exit string, logged ...string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	got := "runs"
	if c.exit != nil {
		got = fmt.Sprintf("%d after %s", c.exit.Code, c.exit.At.Sub(epoch))
		if c.exit.OutOfMemory {
			got += " out of memory"
		}
	}
	if got != exit {
		t.Errorf("exit: got %q, want %q", got, exit)
	}
	if !slices.Equal(c.logged, logged) {
		t.Errorf("log:\ngot  %q\nwant %q", c.logged, logged)
	}
}

func TestStepsEndAsTheModelSays(t *testing.T) {
	const needs = "steps:\n  - need_env: {name: URL, log: URL is missing, exit: 4}\n  - need_file: {path: /etc/a, exit: 5}\n  - sleep: 300ms\n  - log: up\n"
	const flags = "steps: [{flags: {wait: duration, workers: number, name: text}}, {log: up}]"
	usage := []string{"0s stderr Usage of /app:", "0s stderr   -name string", "0s stderr   -wait duration", "0s stderr   -workers int"}
	for name, c := range map[string]struct {
		model     string
		env       []string
		files     map[string]string
		limit     int64
		command   []string
		arguments []string
		exit      string
		log       []string
	}{
		"environment missing": {model: needs, exit: "4 after 0s", log: []string{"0s stderr URL is missing"}},
		"environment empty":   {model: needs, env: []string{"URL="}, exit: "4 after 0s", log: []string{"0s stderr URL is missing"}},
		"file missing":        {model: needs, env: []string{"URL=x"}, exit: "5 after 0s", log: []string{"0s stderr open /etc/a: no such file or directory"}},
		"all there":           {model: needs, env: []string{"URL=x"}, files: map[string]string{"/etc/a": ""}, exit: "runs", log: []string{"300ms stdout up"}},
		"file is a folder":    {model: needs, env: []string{"URL=x"}, files: map[string]string{"/etc/a/b": ""}, exit: "5 after 0s", log: []string{"0s stderr read /etc/a: is a directory"}},
		"environment no number": {model: "steps: [{need_env: {name: WORKERS, is: number, exit: 3}}]", env: []string{"WORKERS=8x"}, exit: "3 after 0s",
			log: []string{`0s stderr fatal: WORKERS: strconv.Atoi: parsing "8x": invalid syntax`}},
		"environment a duration": {model: "steps: [{need_env: {name: WAIT, is: duration}}]", env: []string{"WAIT=5s"}, exit: "runs"},
		"flags":                  {model: flags, arguments: []string{"-wait=5s", "--workers", "8", "-name", "a", "rest", "-x"}, exit: "runs", log: []string{"0s stdout up"}},
		"no flags":               {model: flags, exit: "runs", log: []string{"0s stdout up"}},
		"flag unknown":           {model: flags, arguments: []string{"-worker=8"}, exit: "2 after 0s", log: append([]string{"0s stderr flag provided but not defined: -worker"}, usage...)},
		"flag of another type":   {model: flags, arguments: []string{"-wait=5"}, exit: "2 after 0s", log: append([]string{`0s stderr invalid value "5" for flag -wait: parse error`}, usage...)},
		"flag without value":     {model: flags, arguments: []string{"-wait=5s", "-workers"}, exit: "2 after 0s", log: append([]string{"0s stderr flag needs an argument: -workers"}, usage...)},
		"flag with three dashes": {model: flags, command: []string{"/app"}, arguments: []string{"---wait=5s"}, exit: "2 after 0s", log: append([]string{"0s stderr bad flag syntax: ---wait=5s"}, usage...)},
		"exit 0":                 {model: "steps: [{sleep: 1s}, {exit: 0}]", exit: "0 after 1s"},
		"in the limit":           {model: "steps: [{memory: {mib: 120, over: 200ms}}, {log: grown}]", limit: 200 << 20, exit: "runs", log: []string{"200ms stdout grown"}},
		// Half of the way from 2 to 102 MiB is at 52.
		"over the limit":             {model: "steps: [{memory: {mib: 102, over: 200ms}}, {log: grown}]", limit: 52 << 20, exit: "137 after 100ms out of memory"},
		"over the limit at once":     {model: "steps: [{sleep: 1s}, {memory: {mib: 102}}]", limit: 52 << 20, exit: "137 after 1s out of memory"},
		"arguments are ignored":      {model: "steps: [{exit: 3}]", arguments: []string{"exit", "9"}, exit: "3 after 0s"},
		"command is the entrypoint":  {model: "steps: [{exit: 3}]", command: []string{"/app", "--fast"}, exit: "3 after 0s"},
		"command is a tool":          {model: "steps: []\nexec: [echo]", command: []string{"echo"}, arguments: []string{"a", "b"}, exit: "0 after 0s", log: []string{"0s stdout a b"}},
		"command sleeps":             {model: "steps: []\nexec: [sleep]", command: []string{"/bin/sleep", "2"}, exit: "0 after 2s"},
		"command sleeps for ever":    {model: "steps: []\nexec: [sleep]", command: []string{"sleep", "infinity"}, exit: "runs"},
		"from_args exit":             {model: "steps: from_args", arguments: []string{"sleep", "1s", "exit", "7"}, exit: "7 after 1s", log: []string{"1s stderr error: stopping with 7"}},
		"from_args need":             {model: "steps: from_args", arguments: []string{"need", "X"}, exit: "3 after 0s", log: []string{"0s stderr error: X is not set"}},
		"from_args eat":              {model: "steps: from_args", arguments: []string{"eat", "100"}, limit: 51 << 20, exit: "137 after 250ms out of memory"},
		"from_args unknown":          {model: "steps: from_args", arguments: []string{"dance", "1"}, exit: "2 after 0s", log: []string{"0s stderr error: cannot do `dance 1`"}},
		"from_args without value":    {model: "steps: from_args", arguments: []string{"sleep"}, exit: "2 after 0s", log: []string{"0s stderr error: `sleep` needs a value"}},
		"from_args through command":  {model: "steps: from_args", command: []string{"/app", "exit"}, arguments: []string{"6"}, exit: "6 after 0s", log: []string{"0s stderr error: stopping with 6"}},
		"every period":               {model: "steps: [{sleep: 1s}]\nevery: {period: 4s, log: [a, b]}", exit: "runs", log: []string{"5s stdout a", "5s stdout b", "9s stdout a", "9s stdout b"}},
		"every not after an exit":    {model: "steps: [{sleep: 1s}, {exit: 1}]\nevery: {period: 4s, log: [a]}", exit: "1 after 1s"},
		"every not by another tool":  {model: "steps: []\nexec: [sleep]\nevery: {period: 1s, log: [a]}", command: []string{"sleep", "3"}, exit: "0 after 3s"},
		"log_error goes to stderr":   {model: "steps: [{log_error: oh}]", exit: "runs", log: []string{"0s stderr oh"}},
		"a command's error is its 1": {model: "steps: []\nexec: [cat]", command: []string{"cat", "/nope"}, exit: "1 after 0s", log: []string{"0s stderr cat: can't open '/nope': No such file or directory"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &container{env: c.env, files: c.files}
				start(t, parse(t, c.model), w, Options{Command: c.command, Arguments: c.arguments, MemoryLimit: c.limit})
				wait(10 * time.Second)
				w.expect(t, c.exit, c.log...)
			})
		})
	}
}

func TestSigterm(t *testing.T) {
	for name, c := range map[string]struct {
		model, exit        string
		command, arguments []string
		log                []string
	}{
		"default":               {model: "steps: []", exit: "143 after 1s"},
		"own code and time":     {model: "steps: []\non_sigterm: {after: 200ms, exit: 0, log: bye}", exit: "0 after 1.2s", log: []string{"1.2s stdout bye"}},
		"ignored":               {model: "steps: []\non_sigterm: {ignore: true}", exit: "137 after 6s"},
		"the recorded program":  {model: "steps: from_args", exit: "2 after 1s"},
		"deaf":                  {model: "steps: from_args", arguments: []string{"deaf"}, exit: "137 after 6s"},
		"not deaf yet":          {model: "steps: from_args", arguments: []string{"sleep", "2s", "deaf"}, exit: "2 after 1s"},
		"a tool as process 1":   {model: "steps: []\nexec: [sleep]", command: []string{"sleep", "600"}, exit: "137 after 6s"},
		"slower than the grace": {model: "steps: []\non_sigterm: {after: 1m, exit: 0}", exit: "137 after 6s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &container{}
				p := start(t, parse(t, c.model), w, Options{Command: c.command, Arguments: c.arguments})
				wait(time.Second)
				p.Terminate()
				wait(5 * time.Second)
				p.Kill()
				w.expect(t, c.exit, c.log...)
			})
		})
	}
}

func TestAProcessIsTakenUpWhereItIs(t *testing.T) {
	const model = "steps:\n  - log: one\n  - sleep: 10s\n  - log: two\n  - memory: {mib: 64}\n  - listen: {port: 80, after: 5s}\n  - sleep: 10s\n  - log: three\nevery: {period: 60s, log: [tick]}"
	for name, c := range map[string]struct {
		died, resumed time.Duration
		open          bool
		memory        int64
		before        []string
		after         []string
	}{
		"in the first sleep":   {died: 5 * time.Second, resumed: 7 * time.Second, memory: 2, before: []string{"0s stdout one"}, after: []string{"10s stdout two", "20s stdout three"}},
		"slept through it all": {died: 5 * time.Second, resumed: 30 * time.Second, open: true, memory: 64, before: []string{"0s stdout one"}, after: []string{"10s stdout two", "20s stdout three"}},
		"listening already":    {died: 16 * time.Second, resumed: 16 * time.Second, open: true, memory: 64, before: []string{"0s stdout one", "10s stdout two"}, after: []string{"20s stdout three"}},
		"listening soon":       {died: 11 * time.Second, resumed: 12 * time.Second, memory: 64, before: []string{"0s stdout one", "10s stdout two"}, after: []string{"20s stdout three"}},
		"idle":                 {died: 25 * time.Second, resumed: 26 * time.Second, open: true, memory: 64, before: []string{"0s stdout one", "10s stdout two", "20s stdout three"}},
		"past a tick":          {died: 25 * time.Second, resumed: 190 * time.Second, open: true, memory: 64, before: []string{"0s stdout one", "10s stdout two", "20s stdout three"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, before, after := parse(t, model), &container{}, &container{}
				first := start(t, m, before, Options{})
				wait(c.died)
				first.Freeze()
				done := first.StepsDone()
				wait(c.resumed - c.died)
				before.expect(t, "runs", c.before...)
				// What is read back from a file has no monotonic part.
				second := start(t, m, after, Options{StartedAt: epoch.Round(0), Resume: true, StepsDone: done})
				if open := second.Connect(80) != nil; open != c.open || second.MemoryBytes() != c.memory<<20 {
					t.Errorf("open %v, memory %d; want %v, %d MiB", open, second.MemoryBytes(), c.open, c.memory)
				}
				if c.resumed < 30*time.Second {
					wait(30*time.Second - c.resumed)
				}
				after.expect(t, "runs", c.after...)
			})
		})
	}
}

func TestAnEndThatWasMissedHasItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, before, after := parse(t, "steps: from_args"), &container{}, &container{}
		arguments := []string{"sleep", "10s", "exit", "4"}
		first := start(t, m, before, Options{Arguments: arguments})
		wait(time.Second)
		first.Freeze()
		wait(time.Hour)
		start(t, m, after, Options{Arguments: arguments, StartedAt: epoch, Resume: true, StepsDone: first.StepsDone()})
		after.expect(t, "4 after 10s", "10s stderr error: stopping with 4")
	})
}

func TestASmallerLimitKills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &container{}
		p := start(t, parse(t, "steps: [{memory: {mib: 102, over: 100s}}]"), w, Options{MemoryLimit: 200 << 20})
		wait(50 * time.Second)
		if got := p.MemoryBytes(); got != 52<<20 {
			t.Errorf("half grown: %d", got)
		}
		p.SetMemoryLimit(77 << 20)
		wait(24 * time.Second)
		w.expect(t, "runs")
		wait(2 * time.Second)
		w.expect(t, "137 after 1m15s out of memory")
	})
	synctest.Test(t, func(t *testing.T) {
		w := &container{}
		p := start(t, parse(t, "steps: [{memory: {mib: 102}}]"), w, Options{})
		wait(time.Second)
		p.SetMemoryLimit(50 << 20)
		w.expect(t, "137 after 1s out of memory")
	})
}

func TestWhatIsHeldBesideItsStepsCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &container{}
		p := start(t, parse(t, "steps: [{memory: {mib: 18}}]"), w, Options{MemoryLimit: 170 << 20})
		wait(time.Second)
		p.Hold(152 << 20)
		if got := p.MemoryBytes(); got != 170<<20 {
			t.Errorf("it takes %d", got)
		}
		p.Hold(-2 << 20)
		w.expect(t, "runs")
		p.Hold(3 << 20)
		w.expect(t, "137 after 1s out of memory")
	})
}

func get(p *Process, port int, path string) string {
	connection := p.Connect(port)
	if connection == nil {
		return "refused"
	}
	defer connection.Close()
	fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return "closed"
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return fmt.Sprintf("%d %s", answer.StatusCode, strings.TrimSpace(string(body)))
}

func TestPortsAnswerAsTheModelSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, parse(t, `steps:
  - listen: {port: 8080, after: 1s, paths: {/healthz: {body: "ok\n"}, /ready: {after: 3s, status: 201, body: now}, /dead: {status: 500, body: dead}}}
  - listen: {port: 5432}
`), &container{}, Options{})
		for _, c := range []struct {
			at   time.Duration
			port int
			path string
			want string
		}{
			{0, 8080, "/healthz", "refused"},
			{0, 9, "/healthz", "refused"},
			{0, 5432, "/", "closed"},
			{time.Second, 8080, "/healthz", "200 ok"},
			{time.Second, 8080, "/healthz?deep=1", "200 ok"},
			{time.Second, 8080, "/ready", "503 not ready"},
			{time.Second, 8080, "/dead", "500 dead"},
			{time.Second, 8080, "/other", "404 404 page not found"},
			{3 * time.Second, 8080, "/ready", "201 now"},
		} {
			wait(c.at - time.Since(epoch))
			if got := get(p, c.port, c.path); got != c.want {
				t.Errorf("after %s: %d%s answers %q, want %q", c.at, c.port, c.path, got, c.want)
			}
		}
		idle := p.Connect(8080)
		p.Kill()
		synctest.Wait()
		if _, err := idle.Read(make([]byte, 1)); err == nil {
			t.Error("a connection outlived the process")
		}
		if got := get(p, 8080, "/healthz"); got != "refused" {
			t.Errorf("after the end: %q", got)
		}
	})
}
