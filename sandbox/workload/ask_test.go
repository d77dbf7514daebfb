package workload

// What a process asks of others, and what it says and does where they do not answer.

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// says answers one request over HTTP with a status; 0: it hangs up, -1: it says nothing.
func says(status int) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			if _, err := http.ReadRequest(bufio.NewReader(far)); err != nil || status == 0 {
				return
			}
			if status < 0 {
				far.Read(make([]byte, 1))
				return
			}
			fmt.Fprintf(far, "HTTP/1.1 %d %s\r\nContent-Length: 2\r\n\r\nok", status, http.StatusText(status))
		}()
		return near, nil
	}
}

func refuses(number syscall.Errno) func() (net.Conn, error) {
	return func() (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", number)}
	}
}

// asking is a container on a network.
func asking(target string) *container {
	return &container{
		env:   []string{"STOCK=" + target},
		files: map[string]string{"/etc/resolv.conf": "nameserver 10.100.0.10\n"},
		lookups: map[string]any{
			"stock": "10.100.3.4", "nobody": "10.100.9.9", "missing": &net.DNSError{Name: "missing", IsNotFound: true},
			"silent": &net.DNSError{Name: "silent", IsTimeout: true}, "broken": &net.DNSError{Name: "broken", IsTemporary: true},
		},
		others: map[string]func() (net.Conn, error){
			"10.100.3.4:80": says(200), "10.100.3.4:81": says(503), "10.100.3.4:82": says(0), "10.100.3.4:83": says(-1),
			"10.100.3.4:84": refuses(syscall.ECONNREFUSED), "10.100.3.4:85": refuses(syscall.ENETUNREACH),
		},
	}
}

func (c *container) Lookup(_ context.Context, host string) (string, []string, error) {
	switch found := c.lookups[host].(type) {
	case string:
		return host, []string{found}, nil
	case error:
		return "", nil, found
	}
	return "", nil, ErrNotSimulated
}

// LookupAt knows the same names at one server, and no other answers.
func (c *container) LookupAt(ctx context.Context, server, host string) (string, []string, error) {
	if server != "10.0.0.53" {
		return "", nil, &net.DNSError{Err: "no servers could be reached", IsTimeout: true}
	}
	return c.Lookup(ctx, host)
}

// Listen and ListenPacket have no port to open.
func (c *container) Listen(int) (net.Listener, error)         { return nil, ErrNotSimulated }
func (c *container) ListenPacket(int) (net.PacketConn, error) { return nil, ErrNotSimulated }
func (c *container) FileSystem(string) string                 { return "overlay" }

func TestARequestThatFailsIsToldInTheWordsOfItsLanguage(t *testing.T) {
	for target, words := range map[string][3]string{
		"http://stock/":       {},
		"stock:80":            {},
		"10.100.3.4:80":       {},
		"http://stock:81/a":   {`Get "http://stock:81/a": unexpected status 503 Service Unavailable`, "java.io.IOException: Server returned HTTP response code: 503 for URL: http://stock:81/a", "Error: Request failed with status code 503"},
		"http://stock:82":     {`Get "http://stock:82": EOF`, "java.net.SocketException: Unexpected end of file from server", "Error: socket hang up"},
		"http://stock:83":     {`Get "http://stock:83": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`, "java.net.SocketTimeoutException: Read timed out", "Error: timeout of 2000ms exceeded"},
		"stock:84":            {"dial tcp 10.100.3.4:84: connect: connection refused", "java.net.ConnectException: Connection refused", "Error: connect ECONNREFUSED 10.100.3.4:84"},
		"stock:85":            {"dial tcp 10.100.3.4:85: connect: network is unreachable", "java.net.ConnectException: Network is unreachable", "Error: connect ENETUNREACH 10.100.3.4:85"},
		"http://nobody:8080/": {`Get "http://nobody:8080/": dial tcp 10.100.9.9:8080: i/o timeout`, "java.net.SocketTimeoutException: Connect timed out", "Error: connect ETIMEDOUT 10.100.9.9:8080"},
		"http://missing/":     {`Get "http://missing/": dial tcp: lookup missing on 10.100.0.10:53: no such host`, "java.net.UnknownHostException: missing: Name or service not known", "Error: getaddrinfo ENOTFOUND missing"},
		"silent:80":           {"dial tcp: lookup silent: i/o timeout", "java.net.UnknownHostException: silent: Temporary failure in name resolution", "Error: getaddrinfo EAI_AGAIN silent"},
		"broken:80":           {"dial tcp: lookup broken on 10.100.0.10:53: server misbehaving", "java.net.UnknownHostException: broken: Temporary failure in name resolution", "Error: getaddrinfo EAI_AGAIN broken"},
	} {
		for i, language := range []string{"go", "java", "node"} {
			synctest.Test(t, func(t *testing.T) {
				w := asking(target)
				start(t, parse(t, "steps: [{need_answer: {ask: {env: STOCK, timeout: 2s, log: no stock, speaks: "+language+"}, exit: 7}}]"), w, Options{})
				wait(10 * time.Second)
				w.mu.Lock()
				defer w.mu.Unlock()
				_, told, _ := strings.Cut(strings.Join(w.logged, "\n"), "stderr no stock: ")
				if told != words[i] || (w.exit == nil) != (words[i] == "") || w.exit != nil && w.exit.Code != 7 {
					t.Errorf("%s asks %s: says %q, ends %v; want %q", language, target, w.logged, w.exit, words[i])
				}
			})
		}
	}
}

func TestAStepAsksAsOftenAsItIsTold(t *testing.T) {
	const model = "steps: [{need_answer: {ask: {env: STOCK, timeout: 1s}, tries: 3, pause: 2s}}, {log: up}]"
	const line = " stderr error: dial tcp 10.100.3.4:84: connect: connection refused"
	synctest.Test(t, func(t *testing.T) {
		w := asking("stock:84")
		start(t, parse(t, model), w, Options{})
		wait(10 * time.Second)
		w.expect(t, "1 after 4s", "0s"+line, "2s"+line, "4s"+line)
	})
	synctest.Test(t, func(t *testing.T) {
		w := asking("stock:84")
		p := start(t, parse(t, model), w, Options{})
		wait(time.Second)
		w.others["10.100.3.4:84"] = says(200)
		wait(3 * time.Second)
		w.expect(t, "runs", "0s"+line, "2s stdout up")
		if p.StepsDone() != 2 {
			t.Errorf("%d steps are done", p.StepsDone())
		}
	})
	synctest.Test(t, func(t *testing.T) {
		w := asking("stock:84")
		p := start(t, parse(t, model), w, Options{})
		wait(time.Second)
		p.Terminate()
		wait(10 * time.Second)
		w.expect(t, "143 after 1s", "0s"+line)
	})
	synctest.Test(t, func(t *testing.T) {
		for target, want := range map[string]string{"": "not set", "stock": `"stock" is no address`, "ftp://stock:80/": `"ftp://stock:80/" is no address`} {
			w := asking(target)
			start(t, parse(t, "steps: [{need_answer: {ask: {env: STOCK}}}]"), w, Options{})
			synctest.Wait()
			if !slices.Equal(w.logged, []string{"0s stderr error: STOCK: " + want}) {
				t.Errorf("%q: %q", target, w.logged)
			}
		}
	})
}

func TestWhatIsNotAnsweredIsAskedAgainWithoutWaiting(t *testing.T) {
	const model = "steps: [{sleep: 1s}]\nevery: {period: 30s, log: [well], asks: [{env: STOCK, timeout: 2s, log: no stock}], again: PAUSE}"
	for pause, failed := range map[string][2]int{"500ms": {3, 7}, "1s": {2, 4}, "": {1, 1}, "soon": {1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			w := asking("nobody:8080")
			w.env = append(w.env, "PAUSE="+pause)
			said := func() int {
				w.mu.Lock()
				defer w.mu.Unlock()
				return strings.Count(strings.Join(w.logged, "\n"), " stderr no stock: dial tcp 10.100.9.9:8080: i/o timeout")
			}
			start(t, parse(t, model), w, Options{})
			wait(4200 * time.Millisecond)
			if said() != failed[0] {
				t.Errorf("with a pause of %q it failed %d times while nobody answered, want %d", pause, said(), failed[0])
			}
			w.others["10.100.9.9:8080"] = says(200)
			wait(20 * time.Second)
			if said() != failed[1] {
				t.Errorf("with a pause of %q it failed %d times until somebody answered, want %d", pause, said(), failed[1])
			}
		})
	}
}

func TestAPathAnswersForWhatItAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := asking("http://stock:81/")
		p := start(t, parse(t, "steps: [{listen: {port: 8080, paths: {/readyz: {body: ok, asks: [{env: STOCK, log: stock}]}}}}]"), w, Options{})
		if got := get(p, 8080, "/readyz"); got != "503 dependency does not answer" {
			t.Errorf("without its dependency it answers %q", got)
		}
		w.others["10.100.3.4:81"] = says(204)
		if got := get(p, 8080, "/readyz"); got != "200 ok" {
			t.Errorf("with its dependency it answers %q", got)
		}
		w.expect(t, "runs", `0s stderr stock: Get "http://stock:81/": unexpected status 503 Service Unavailable`)
	})
}

func TestWhatIsOptionalIsAskedWhereItIsToldToBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for told, want := range map[string]string{"": "200 ok", "http://stock:81/": "503 dependency does not answer"} {
			w := asking(told)
			p := start(t, parse(t, "steps: [{listen: {port: 8080, paths: {/: {body: ok, asks: [{env: STOCK, optional: true}]}}}}]"), w, Options{})
			if got := get(p, 8080, "/"); got != want {
				t.Errorf("told %q it answers %q, want %q", told, got, want)
			}
		}
	})
}

func TestANameServerThatFailsIsNotOneThatKnowsNothing(t *testing.T) {
	m := parse(t, "steps: []\nexec: [nslookup]")
	for command, want := range map[string]string{
		"nslookup missing": "** server can't find missing: NXDOMAIN",
		"nslookup broken":  "** server can't find broken: SERVFAIL",
		"nslookup silent":  ";; connection timed out; no servers could be reached",
		// Another server does not ask the container's own.
		"nslookup missing 10.0.0.53": "Server:\t\t10.0.0.53\nAddress:\t10.0.0.53:53\n\n** server can't find missing: NXDOMAIN",
		"nslookup missing missing":   "nslookup: bad address 'missing'",
		"nslookup missing 10.0.0.54": ";; connection timed out; no servers could be reached",
	} {
		var said strings.Builder
		if _, err := m.Run(t.Context(), strings.Fields(command), Streams{Stdout: &said, Stderr: &said}, asking("")); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(said.String(), want) {
			t.Errorf("%s says %q, want %q", command, said.String(), want)
		}
	}
}
