package workload

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCommands(t *testing.T) {
	m := parse(t, "steps:\n  - listen: {port: 8080, paths: {/healthz: {body: \"ok\\n\"}, /dead: {status: 500, body: \"no\\n\"}}}\nprograms: [{path: /app/probe, output: \"fine\\n\", exit: 3}]\nexec: ["+strings.Join(Commands(), ", ")+"]\n")
	for _, c := range []struct {
		command        string
		code           int
		stdout, stderr string
	}{
		{"env", 0, "PATH=/bin\nURL=x\n", ""},
		{"printenv URL", 0, "x\n", ""},
		{"printenv NONE", 1, "", ""},
		{"env X=1 printenv X", 0, "1\n", ""},
		{"env -u X", 2, "", "env: in this image it knows the option -i, and not -u"},
		{"env X=1 nosuch", 127, "", "env: can't execute 'nosuch': No such file or directory"},
		{"cat /etc/a", 0, "text\n", ""},
		{"/bin/cat etc/a", 0, "text\n", ""},
		{"cat /etc/b", 1, "", "cat: can't open '/etc/b': No such file or directory"},
		{"ls /etc/b", 1, "", "ls: /etc/b: No such file or directory"},
		{"ls -R", 2, "", "knows the options -a"},
		{"ps -o pid,comm", 0, "PID   COMMAND\n    1 app\n    7 ps\n", ""},
		{"ps -o rss", 1, "", "ps: bad -o argument 'rss', supported arguments: args,comm,pid,time,user"},
		{"ps aux", 0, "PID   USER     TIME  COMMAND\n    1 root      0:00 /app\n    7 root      0:00 ps aux\n", ""},
		{"hostname", 0, "ledger-0\n", ""},
		{"/app/probe -addr=:50051", 3, "fine\n", ""},
		{"/app", 1, "", "process 1 runs this program already"},
		{"expr 7 % 2", 0, "1\n", ""},
		{"expr 8 % 2", 1, "0\n", ""},
		{"expr ( 1 + 2 ) * 3 - -1", 0, "10\n", ""},
		{"expr 10 > 9", 0, "1\n", ""},
		{"expr b < a", 1, "0\n", ""},
		{"expr pod-12 : pod-\\(.*\\)", 0, "12\n", ""},
		{"expr abc : a.", 0, "2\n", ""},
		{"expr length abc", 0, "3\n", ""},
		{"expr 1 / 0", 2, "", "expr: division by zero"},
		{"expr 1 +", 2, "", "expr: syntax error"},
		{"getent hosts payments", 2, "", "getent: in this image it has no name server"},
		{"getent passwd root", 2, "", "getent: in this image it knows the database hosts"},
		{"hostname -x", 1, "", "hostname: "},
		{"sleep 2", 0, "", ""},
		{"sleep soon", 1, "", "sleep: invalid number 'soon'"},
		{"true", 0, "", ""},
		{"false", 1, "", ""},
		{"curl localhost:8080/healthz", 0, "ok\n", ""},
		{"curl -s -o /dev/null -w %{http_code} http://localhost:8080/dead", 0, "500", ""},
		{"curl -sf http://localhost:8080/dead", 22, "", ""},
		{"curl -f http://localhost:8080/dead", 22, "", "curl: (22) The requested URL returned error: 500"},
		{"curl -i localhost:8080/healthz", 0, "HTTP/1.1 200 OK\r\n", ""},
		{"curl localhost:9", 7, "", "curl: (7) Failed to connect to localhost port 9 after 0 ms: Couldn't connect to server"},
		{"curl -s http://payments.shop.svc:8080/", 6, "", "curl: (6) Could not resolve host: payments.shop.svc (this sandbox simulates no DNS"},
		{"curl", 2, "", "curl: (2) no URL specified"},
		{"curl --upload-file x", 2, "", "does not know the option --upload-file"},
		{"curl -s -o /dev/null -w %{http_code}\\n localhost:9", 7, "000\n", ""},
		{"curl -sS localhost:9", 7, "", "curl: (7) Failed to connect"},
		{"curl ftp://localhost", 1, "", "curl: (1) Protocol \"ftp\" not supported"},
		{"curl -m soon localhost:9", 2, "", "curl: option --max-time: expected a proper numerical parameter"},
		{"curl -s localhost:8080/healthz localhost:8080/healthz", 0, "ok\nok\n", ""},
		{"curl -X", 2, "", "requires parameter"},
		{"wget -qO- http://localhost:8080/healthz", 0, "ok\n", ""},
		{"wget -q -O - -T 2 localhost:8080/dead", 1, "", "wget: server returned error: HTTP/1.1 500"},
		{"wget localhost:8080", 2, "", "writes no files"},
		{"wget -O - payments", 1, "", "wget: bad address 'payments' (this sandbox simulates no DNS"},
		{"wget -O - localhost:9", 1, "", "can't connect to remote host (127.0.0.1): Connection refused"},
		{"nslookup payments", 1, "", "nslookup: can't resolve 'payments' (this sandbox simulates no DNS"},
		{"nc -zv localhost 8080", 0, "", "localhost (127.0.0.1:8080) open"},
		{"nc -z -w 2 localhost 9", 1, "", "Connection refused"},
		{"nc -z payments 80", 1, "", "nc: bad address 'payments'"},
		{"nc -l 80", 2, "", "does not listen"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := start(t, m, &container{env: []string{"PATH=/bin", "URL=x"}, files: map[string]string{"/etc/a": "text\n"}}, Options{})
			var stdout, stderr bytes.Buffer
			code, err := p.Exec(t.Context(), strings.Fields(c.command), Streams{Stdout: &stdout, Stderr: &stderr})
			if err != nil || code != c.code || !strings.HasPrefix(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) ||
				c.stdout == "" && stdout.Len() > 0 || c.stderr == "" && stderr.Len() > 0 {
				t.Errorf("%s: %d, %v\nstdout %q, want %q\nstderr %q, want %q", c.command, code, err, stdout.String(), c.stdout, stderr.String(), c.stderr)
			}
		})
	}
}

func TestACommandEndsWithItsContextAndItsProcess(t *testing.T) {
	m := parse(t, "steps: []\nexec: [sleep]\n")
	synctest.Test(t, func(t *testing.T) {
		p := start(t, m, &container{}, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if code, err := p.Exec(ctx, []string{"sleep", "60"}, Streams{}); err != nil || code != 143 || time.Since(epoch) != time.Second {
			t.Errorf("code %d, %v after %s", code, err, time.Since(epoch))
		}
		time.AfterFunc(time.Second, p.Kill)
		if code, err := p.Exec(t.Context(), []string{"sleep", "60"}, Streams{}); err != nil || code != 143 || time.Since(epoch) != 2*time.Second {
			t.Errorf("code %d, %v after %s", code, err, time.Since(epoch))
		}
	})
}

func TestAnEntrypointAlongPathHasAName(t *testing.T) {
	for name, c := range map[string]struct {
		entrypoint, command string
		found               bool
	}{
		"its name":         {"/usr/local/bin/kube-proxy", "kube-proxy", true},
		"its path":         {"/usr/local/bin/kube-proxy", "/usr/local/bin/kube-proxy", true},
		"another path":     {"/usr/local/bin/kube-proxy", "/bin/kube-proxy", false},
		"not along PATH":   {"/app/ledger", "ledger", false},
		"its path, again":  {"/app/ledger", "/app/ledger", true},
		"an unknown name":  {"/app/ledger", "kube-proxy", false},
		"a part of a path": {"/app/ledger", "app/ledger", false},
	} {
		m := parse(t, "steps: []")
		m.Entrypoint = c.entrypoint
		if _, err := m.New(Options{Command: []string{c.command, "--v=2"}, World: &container{}}); (err == nil) != c.found {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAbsentCommandsHaveTheKernelsWords(t *testing.T) {
	m := parse(t, "steps: []\nexec: [ls]")
	for command, want := range map[string]string{
		"/nope":   `exec: "/nope": stat /nope: no such file or directory`,
		"/bin/sh": `exec: "/bin/sh": stat /bin/sh: no such file or directory`,
		"sh":      `exec: "sh": executable file not found in $PATH`,
	} {
		_, err := m.New(Options{Command: []string{command}, World: &container{}})
		var absent *CommandError
		if !errors.As(err, &absent) || err.Error() != want {
			t.Errorf("%s: %v, want %s", command, err, want)
		}
	}
}
