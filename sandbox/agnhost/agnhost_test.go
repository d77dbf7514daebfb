package agnhost

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// box is a container on the machine's own loopback: a port of the program is some free one.
type box struct {
	environment []string
	files       fstest.MapFS

	mu    sync.Mutex
	ports map[string]string
	// opened gets each port that is open.
	opened chan int
}

func newBox() *box {
	return &box{environment: []string{"A=b"}, files: fstest.MapFS{}, ports: map[string]string{}, opened: make(chan int, 8)}
}

func (b *box) Environment() []string { return b.environment }
func (b *box) Hostname() string      { return "box-0" }

func (b *box) User() (user, group int64) { return 1000, 2000 }

func (b *box) ReadFile(path string) ([]byte, error)       { return b.files.ReadFile(path[1:]) }
func (b *box) Stat(path string) (fs.FileInfo, error)      { return b.files.Stat(path[1:]) }
func (b *box) ReadDir(path string) ([]fs.FileInfo, error) { return nil, fs.ErrNotExist }
func (b *box) Owner(fs.FileInfo) (user, group int64)      { return 1000, 2000 }
func (b *box) FileSystem(path string) string              { return "tmpfs" }
func (b *box) Run(_ context.Context, line []string, to io.Writer) (int, error) {
	fmt.Fprint(to, line[2])
	return 3, nil
}

func (b *box) Write(path string, text []byte, mode fs.FileMode) error {
	b.files[path[1:]] = &fstest.MapFile{Data: text, Mode: mode}
	return nil
}

func (b *box) Lookup(_ context.Context, host string) (string, []string, error) {
	if host != "other" {
		return "", nil, errors.New("no such host")
	}
	return host, []string{"127.0.0.1"}, nil
}

func (b *box) at(protocol string, port int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ports[protocol+strconv.Itoa(port)]
}

func (b *box) Dial(ctx context.Context, _ string, port int) (net.Conn, error) {
	var dialer net.Dialer
	to := b.at("tcp", port)
	if to == "" {
		to = "127.0.0.1:1" // nobody listens there
	}
	return dialer.DialContext(ctx, "tcp", to)
}

func (b *box) DialPacket(_ context.Context, _ string, port int) (net.Conn, error) {
	return net.Dial("udp", b.at("udp", port))
}

func (b *box) Listen(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err == nil {
		b.open("tcp", port, listener.Addr())
	}
	return listener, err
}

func (b *box) ListenPacket(port int) (net.PacketConn, error) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err == nil {
		b.open("udp", port, socket.LocalAddr())
	}
	return socket, err
}

func (b *box) open(protocol string, port int, at net.Addr) {
	b.mu.Lock()
	b.ports[protocol+strconv.Itoa(port)] = at.String()
	b.mu.Unlock()
	b.opened <- port
}

// run runs a command line to its end.
func (b *box) run(t *testing.T, line ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	code = Run(t.Context(), b, Streams{Stdout: &out, Stderr: &problems}, append([]string{"/agnhost"}, line...))
	return code, out.String(), problems.String()
}

// serve runs a command line until the test ends or a TERM, and waits for its ports.
func (b *box) serve(t *testing.T, nPorts int, line ...string) (signals chan<- string, ended <-chan int) {
	t.Helper()
	heard, over := make(chan string, 1), make(chan int, 1)
	go func() {
		over <- Run(t.Context(), b, Streams{Stdout: io.Discard, Stderr: io.Discard, Signals: heard}, append([]string{"/agnhost"}, line...))
	}()
	for range nPorts {
		<-b.opened
	}
	return heard, over
}

// ask asks a port by HTTP.
func (b *box) ask(t *testing.T, port int, path string) string {
	t.Helper()
	answer, err := http.Get("http://" + b.at("tcp", port) + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestMountTestTellsInItsOrderWhateverTheOrderOfItsFlags(t *testing.T) {
	b := newBox()
	code, said, _ := b.run(t, "mounttest", "--file_perm=/v/new", "--new_file_0666=/v/new", "--fs_type=/v/new", "--file_owner=/v/new")
	want := `error from statfs("/v/new"): open v/new: file does not exist
content of file "/v/new": mount-tester new file

perms of file "/v/new": -rw-rw-rw-
owner UID of "/v/new": 1000
owner GID of "/v/new": 2000
`
	if code != 1 || said != want {
		t.Errorf("it ends with %d and says\n%s", code, said)
	}
}

func TestMountTestWaitsForContentAndTellsWhatItSees(t *testing.T) {
	b := newBox()
	b.files["v/f"] = &fstest.MapFile{Data: []byte(newText)}
	code, said, _ := b.run(t, "mounttest", "--file_content_in_loop=/v/f")
	if code != 0 || said != "content of file \"/v/f\": mount-tester new file\n\n" {
		t.Errorf("it ends with %d and says %q", code, said)
	}
}

func TestEntrypointTesterSaysItsWholeCommandLine(t *testing.T) {
	if code, said, _ := newBox().run(t, "entrypoint-tester", "override", "--arguments"); code != 0 || said != "[/agnhost entrypoint-tester override --arguments]\n" {
		t.Errorf("it ends with %d and says %q", code, said)
	}
}

func TestASubcommandThatItDoesNotKnowIsRefusedWithThoseThatItDoes(t *testing.T) {
	if code, _, said := newBox().run(t, "nonsense"); code != 1 || !strings.Contains(said, "it knows the subcommands connect, crd-") {
		t.Errorf("it ends with %d and says %q", code, said)
	}
}

func TestTheSetUserIDBitCountsOnlyWhereRightsMayBeGot(t *testing.T) {
	b := newBox()
	for confined, want := range map[string]string{"0": "Effective uid: 0\n", "1": "Effective uid: 1000\n"} {
		b.files["proc/1/status"] = &fstest.MapFile{Data: []byte("Pid:\t1\nNoNewPrivs:\t" + confined + "\n")}
		if code, said, _ := b.run(t, "nonewprivs"); code != 0 || said != want {
			t.Errorf("with %s it ends with %d and says %q", confined, code, said)
		}
	}
}

func TestPauseLeavesItsLastWordWhereTheContainerWantsIt(t *testing.T) {
	b := newBox()
	b.environment = append(b.environment, "TERMINATION_MESSAGE_PATH=/t")
	signals, ended := b.serve(t, 0)
	signals <- "TERM"
	if code := <-ended; code != 2 || string(b.files["t"].Data) != "exiting because of signal \"terminated\"\n" {
		t.Errorf("it ends with %d, with %v", code, b.files["t"])
	}
}

func TestNetexecSaysWhoItIsAsksOthersAndRunsCommands(t *testing.T) {
	b := newBox()
	b.serve(t, 2, "netexec", "--http-port=80", "--udp-port=81")
	for path, want := range map[string]string{
		"/hostName": "box-0", "/serverport": "80", "/echo?msg=hi": "hi", "/header?key=User-Agent": "Go-http-client/1.1",
		"/shell?cmd=" + url.QueryEscape("echo hi"):                          `{"error":"exit status 3","output":"echo hi"}`,
		"/dial?host=other&port=80&request=hostname&tries=2":                 `{"responses":["box-0","box-0"]}`,
		"/dial?host=127.0.0.1&protocol=udp&port=81&request=" + "echo%20HI!": `{"responses":["hi!"]}`,
		"/dial?host=nobody&protocol=udp&port=81&request=hostname":           `{"errors":["no such host"]}`,
		"/readyz": "ok",
	} {
		if said := b.ask(t, 80, path); said != want {
			t.Errorf("%s says %q", path, said)
		}
	}
}

func TestNetexecEndsAsARequestSaysAndAfterATermInItsOwnTime(t *testing.T) {
	b := newBox()
	_, ended := b.serve(t, 2, "netexec")
	b.ask(t, 8080, "/exit?code=7")
	if code := <-ended; code != 7 {
		t.Errorf("it ends with %d", code)
	}
	signals, ended := newBox().serve(t, 2, "netexec")
	signals <- "TERM"
	if code := <-ended; code != 0 {
		t.Errorf("after a TERM it ends with %d", code)
	}
}

func TestConnectSaysInOneWordWhyItFails(t *testing.T) {
	b := newBox()
	b.serve(t, 1, "serve-hostname", "--port=9000")
	for line, want := range map[string]string{
		"--timeout=5s other:9000": "", "other:9001": "REFUSED", "nobody:9000": "DNS: no such host", "other": "UNKNOWN: address other: missing port in address",
	} {
		code, _, said := b.run(t, append([]string{"connect"}, strings.Fields(line)...)...)
		if strings.TrimSpace(said) != want || (code == 0) != (want == "") {
			t.Errorf("%s ends with %d and says %q", line, code, said)
		}
	}
}

func TestAServerAnswersWhoeverSpeaksNoHTTP(t *testing.T) {
	b := newBox()
	b.serve(t, 1, "serve-hostname", "--port=9000")
	connection, err := net.Dial("tcp", b.at("tcp", 9000))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintln(connection, "hostName")
	if said, err := io.ReadAll(connection); err != nil || !strings.HasPrefix(string(said), "HTTP/1.1 400 Bad Request") {
		t.Errorf("it says %q, %v", said, err)
	}
}

func TestPorterAnswersOnEachPortThatAVariableNames(t *testing.T) {
	b := newBox()
	b.environment = []string{"SERVE_PORT_80=eighty", "SERVE_UDP_PORT_53=names", "SERVE_TLS_PORT_443=secret", "OTHER=x"}
	b.serve(t, 3, "porter")
	secure, err := tls.Dial("tcp", b.at("tcp", 443), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer secure.Close()
	fmt.Fprint(secure, "GET / HTTP/1.0\r\n\r\n")
	if said, err := io.ReadAll(secure); err != nil || !strings.HasSuffix(string(said), "secret") {
		t.Errorf("by TLS it says %q, %v", said, err)
	}
	if said := b.ask(t, 80, "/"); said != "eighty" {
		t.Errorf("it says %q", said)
	}
	p := &program{Container: b, ctx: t.Context()}
	if said, err := p.askPacket(t.Context(), "127.0.0.1", 53, "?", 0); said != "names" {
		t.Errorf("by UDP it says %q, %v", said, err)
	}
}

func TestNettestTellsWhoHasCalled(t *testing.T) {
	b := newBox()
	b.serve(t, 1, "nettest")
	for _, body := range []string{`{"Source": "prestop"}`, "nonsense"} {
		answer, err := http.Post("http://"+b.at("tcp", 8080)+"/write", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	const want = `{"Hostname":"box-0","Received":{"prestop":1},"Errors":["box-0: Got request with no source"],"StillContactingPeers":true}`
	if said := b.ask(t, 8080, "/read"); said != want {
		t.Errorf("it says %s", said)
	}
}

func TestHealthIsTakenAndGivenBackByRequests(t *testing.T) {
	b := newBox()
	b.serve(t, 2, "grpc-health-checking", "--service=stock")
	client := &http.Client{Transport: &http.Transport{Protocols: &http.Protocols{}}}
	client.Transport.(*http.Transport).Protocols.SetUnencryptedHTTP2(true)
	check := func(service string) (message, status string) {
		request, err := http.NewRequest("POST", "http://"+b.at("tcp", 5000)+"/grpc.health.v1.Health/Check", strings.NewReader("\x00\x00\x00\x00\x07\x0a\x05"+service))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/grpc")
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), answer.Header.Get("Grpc-Status") + answer.Trailer.Get("Grpc-Status")
	}
	const serves, doesNot = "\x00\x00\x00\x00\x02\x08\x01", "\x00\x00\x00\x00\x02\x08\x02"
	for _, step := range []struct{ asks, service, message, status string }{
		{"", "stock", serves, "0"}, {"/make-not-serving", "stock", doesNot, "0"}, {"/make-serving", "stock", serves, "0"}, {"", "other", "", "5"},
	} {
		if step.asks != "" {
			b.ask(t, 8080, step.asks)
		}
		if message, status := check(step.service); message != step.message || status != step.status {
			t.Errorf("after %q %s says %q, %s", step.asks, step.service, message, status)
		}
	}
}

func TestTestWebserverServesTheFilesOfItsContainer(t *testing.T) {
	b := newBox()
	b.files["data/a"] = &fstest.MapFile{Data: []byte("text")}
	b.serve(t, 1, "test-webserver", "--port=80")
	if said := b.ask(t, 80, "/data/a") + b.ask(t, 80, "/none"); said != "text404 page not found\n" {
		t.Errorf("it says %q", said)
	}
	if said := b.ask(t, 80, "/localhost.crt"); !strings.HasPrefix(said, "-----BEGIN CERTIFICATE-----") {
		t.Errorf("its certificate is %q", said)
	}
}

// review asks an admission handler.
func review(t *testing.T, judge func(asked, object) admission, operation, object string) (allowed bool, patch, status string) {
	t.Helper()
	field := "object"
	if operation == "DELETE" {
		field = "oldObject"
	}
	body := fmt.Sprintf(`{"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u", "operation": %q, %q: %s}}`, operation, field, object)
	w := httptest.NewRecorder()
	admit(w, httptest.NewRequest("POST", "/", strings.NewReader(body)), judge)
	var said struct {
		Kind     string
		Response struct {
			UID     string
			Allowed bool
			Patch   []byte
			Status  map[string]string
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.Kind != "AdmissionReview" || said.Response.UID != "u" {
		t.Fatalf("the answer is %s, %v", w.Body, err)
	}
	for _, text := range said.Response.Status {
		status += text
	}
	return said.Response.Allowed, string(said.Response.Patch), status
}
