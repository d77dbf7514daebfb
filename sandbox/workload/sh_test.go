package workload

// The shell over the tools of an image.

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// shellModel is one whose image has every command.
func shellModel(t *testing.T) *Model {
	t.Helper()
	return parse(t, "steps: []\nexec: ["+strings.Join(Commands(), ", ")+"]\n")
}

// play runs a command in a container with two files, and returns all that came of it.
func play(t *testing.T, command []string, stdin string) (code int, stdout, stderr string, c *container) {
	t.Helper()
	c = &container{env: []string{"PATH=/bin", "HOME=/root", "URL=x"}, files: map[string]string{"/etc/a": "text\n", "/etc/hosts": "one 1\ntwo 2\nthree 3\n"}, folders: map[string]bool{"/tmp": true}}
	p := start(t, shellModel(t), c, Options{})
	var out, problems bytes.Buffer
	var in io.Reader
	if stdin != "" {
		in = strings.NewReader(stdin)
	}
	code, err := p.Exec(t.Context(), command, Streams{Stdin: in, Stdout: &out, Stderr: &problems})
	if err != nil {
		t.Fatal(err)
	}
	return code, out.String(), problems.String(), c
}

func TestScripts(t *testing.T) {
	for _, c := range []struct {
		script         string
		code           int
		stdout, stderr string
	}{
		{`echo a; echo b >&2`, 0, "a\n", "b\n"},
		{`echo $URL ${NONE:-none} "$HOME" '$HOME'`, 0, "x none /root $HOME\n", ""},
		{`exit 3`, 3, "", ""},
		{`false || echo yes && true`, 0, "yes\n", ""},
		{`nosuch`, 127, "", "sh: nosuch: not found\n"},
		{`/bin/nosuch`, 127, "", "sh: /bin/nosuch: not found\n"},
		{`/etc/a`, 126, "", "sh: /etc/a: Permission denied\n"},
		{`cat /etc/hosts | grep t | wc -l`, 0, "2\n", ""},
		{`for i in 1 2 3; do echo $i; done | tail -n 1`, 0, "3\n", ""},
		{`i=0; while [ $i -lt 3 ]; do i=$((i+1)); [ $i = 2 ] && continue; echo $i; done`, 0, "1\n3\n", ""},
		{`until false; do break; done; echo $?`, 0, "0\n", ""},
		{`while true; do for i in 1 2; do break 2; done; echo no; done; echo out`, 0, "out\n", ""},
		{`case abc in a*) echo hit;; *) echo no;; esac`, 0, "hit\n", ""},
		{`f() { local x=1; echo $1$x; return 4; }; f a; echo $?$x`, 0, "a1\n4\n", ""},
		{`echo hi > /tmp/x; echo ho >> /tmp/x; cat < /tmp/x; rm /tmp/x; cat /tmp/x`, 1, "hi\nho\n", "cat: can't open '/tmp/x': No such file or directory\n"},
		{`cat < /no`, 1, "", "sh: can't open /no: No such file or directory\n"},
		{`echo x > /no/x; echo after`, 0, "after\n", "sh: can't create /no/x: No such file or directory\n"},
		{"cat <<EOF\n$URL\n\\$URL\nEOF", 0, "x\n$URL\n", ""},
		{"cat <<-EOF\n\ta\t$((1+1))\n\t\tb\n\tEOF\n", 0, "a\t2\nb\n", ""},
		{"cat <<'EOF'\n$URL\nEOF", 0, "$URL\n", ""},
		{`x=$(echo in; exit 5); echo $? $x`, 0, "5 in\n", ""},
		{`(cd /etc; pwd; exit 2); echo $? $(pwd)`, 0, "/etc\n2 /\n", ""},
		{`cd /no`, 2, "", "sh: cd: can't cd to /no: No such file or directory\n"},
		{`cd /etc && ls`, 0, "a\nhosts\n", ""},
		{`echo /etc/h* /no*`, 0, "/etc/hosts /no*\n", ""},
		{`set -e; false; echo no`, 1, "", ""},
		{`set -e; if false; then :; fi; false || true; ! true; echo yes`, 0, "yes\n", ""},
		{`set -u; echo $NONE; echo no`, 2, "", "sh: NONE: parameter not set\n"},
		{`set -x; echo a`, 0, "a\n", "+ echo a\n"},
		{`X=1 env | grep ^X=; echo "[$X]"`, 0, "X=1\n[]\n", ""},
		{`export Y=2; sh -c 'echo $Y $0 $1' name one`, 0, "2 name one\n", ""},
		{`trap 'echo bye' EXIT; echo hi; exit 7`, 7, "hi\nbye\n", ""},
		{`echo a b c | { read x y; echo "$y"; }`, 0, "b c\n", ""},
		{`while read l; do echo "<$l>"; done < /etc/hosts | head -n 1`, 0, "<one 1>\n", ""},
		{`yes | head -n 2`, 0, "y\ny\n", ""},
		{`sleep 1 & wait $!; echo $?`, 0, "0\n", ""},
		{`echo one; if then`, 2, "", "sh: syntax error: "},
		{`echo {a,b}`, 0, "{a,b}\n", ""},
		{`bash -c 'echo {a,b} ${URL/x/y}; [[ a == a* ]] && echo glob; x=(1 2); echo ${x[1]}'`, 0, "a b y\nglob\n2\n", ""},
		{`printf 'a b c\nd e\n' | awk {'print $1'}`, 0, "a\nd\n", ""},
		{`printf 'a b c\nd e\n' | awk '/b/ {print $2, NF " of " NR; }'`, 0, "b 3 of 1\n", ""},
		{`printf 'a:b\nd:e\n' | awk -F: 'NR>1 {print $NF}'`, 0, "e\n", ""},
		{`printf 'a\nb\n' | awk 'END{print NR}'`, 0, "2\n", ""},
		{`printf 'a\nb\n' | awk /b/`, 0, "b\n", ""},
		{`/bin/sh -c 'echo $0; cd /no'`, 2, "/bin/sh\n", "/bin/sh: cd: can't cd to /no: No such file or directory\n"},
		{`env a-b=c sh -c env | grep a-b`, 0, "a-b=c\n", ""},
		{`printf '0123456789abcde\nx' | hexdump -C`, 0, "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 0a  |0123456789abcde.|\n00000010  78                                                |x|\n00000011\n", ""},
		{`awk 'BEGIN{x=1}'`, 2, "", "awk: in this image it has one sentence: [/PATTERN/ or NR==NUMBER or END] { print WORDS }, whose words are $1, $NF, NR, NF and \"text\"\n"},
		{`bash -c nosuch`, 127, "", "bash: line 1: nosuch: command not found\n"},
		{`command -v ls; command -v nosuch; echo $?; type cd`, 0, "/bin/ls\n127\ncd is a shell builtin\n", ""},
		{`printf '%s-%02d\n' a 1 b 2; echo -n x; echo -e 'a\tb'`, 0, "a-01\nb-02\nxa\tb\n", ""},
		{`eval "z=5"; echo $z; . /etc/none`, 2, "5\n", "sh: can't open '/etc/none': No such file or directory\n"},
		{`printf '#!/bin/sh\necho script $1\n' > /tmp/s.sh; /tmp/s.sh one; sh /tmp/s.sh two`, 0, "script one\nscript two\n", ""},
		{`set -- -a -b v rest; while getopts ab: o; do echo $o $OPTARG; done; shift $((OPTIND-1)); echo $1`, 0, "a\nb v\nrest\n", ""},
		{`[ -f /etc/a ] && [ -d /etc ] && [ ! -e /no ] && [ "a" != b ] && test -s /etc/a && echo ok`, 0, "ok\n", ""},
		{`[ 1 -eq x ]`, 2, "", "sh: x: bad number\n"},
		{`ps`, 0, "PID   USER     TIME  COMMAND\n    1 root      0:00 /app\n    7 root      0:00 sh -c ps\n    8 root      0:00 ps\n", ""},
		{`readonly r=1; r=2; echo no`, 2, "", "sh: r: is read only\n"},
		{`exec echo gone; echo no`, 0, "gone\n", ""},
		{`exec > /tmp/log; echo logged; exec 1>&2; cat /tmp/log`, 0, "", "logged\n"},
		{`echo $$; echo $#; echo $-`, 0, "7\n0\n\n", ""},
		{`true | false | true; echo $?; set -o pipefail; false | true; echo $?`, 0, "0\n1\n", ""},
		{`echo a >&3`, 1, "", "sh: 3: Bad file descriptor\n"},
		{`sleep 60 & kill $!; wait $!; echo $?`, 0, "143\n", "Terminated\n"},
		{`sleep 60 & sleep 60 & kill -9 %2; wait %2; echo $?; kill %3`, 1, "137\n", "Killed\nsh: kill: %3: no such job\n"},
		{`sleep 60 & kill -0 $! && echo runs; kill $!; wait $!; kill -0 $!`, 1, "runs\n", "Terminated\nsh: kill: 8: no such process\n"},
		{`kill -9 $$; echo never`, 137, "", ""},
		{`sh -c 'kill $$'; echo $?`, 0, "143\n", ""},
		{`timeout 1 sleep 60; echo $?`, 0, "143\n", ""},
		{`kill -0 1 && echo there; kill 99`, 1, "there\n", "kill: can't kill pid 99: No such process\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			code, stdout, stderr, _ := play(t, []string{"sh", "-c", c.script}, "")
			isSame := stderr == c.stderr || strings.HasSuffix(c.stderr, ": ") && strings.HasPrefix(stderr, c.stderr)
			if code != c.code || stdout != c.stdout || !isSame {
				t.Errorf("%s: %d, want %d\nstdout %q, want %q\nstderr %q, want %q", c.script, code, c.code, stdout, c.stdout, stderr, c.stderr)
			}
		})
	}
}

func TestAScriptOnStandardInputLeavesWhatFollowsToItsCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		code, stdout, stderr, _ := play(t, []string{"sh"}, "read x\nvalue\necho got $x\ncat\nrest\n")
		if code != 0 || stdout != "got value\nrest\n" || stderr != "" {
			t.Errorf("%d, %q, %q", code, stdout, stderr)
		}
	})
}

func TestAShellAsProcessOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &container{files: map[string]string{}}
		start(t, shellModel(t), c, Options{Command: []string{"sh", "-c"}, Arguments: []string{"echo $$; echo two >&2; sleep 5; exit 6"}})
		time.Sleep(6 * time.Second)
		synctest.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		if got := strings.Join(c.logged, "|"); got != "0s stdout 1|0s stderr two" || c.exit == nil || c.exit.Code != 6 {
			t.Errorf("%q, %+v", got, c.exit)
		}
	})
}

func TestAShellAsProcessOneTrapsSIGTERMAndIsShieldedWithout(t *testing.T) {
	for script, want := range map[string]int{
		"trap 'exit 9' TERM; while true; do sleep 1; done":   9,
		"trap 'echo t; exit 8' TERM; sleep 1000 & wait":      8,
		"trap 'echo traped' TERM; sleep 2 & wait; exit 3":    3,
		"while true; do sleep 1; done":                       -1,
		"trap '' TERM; while true; do sleep 1; done; exit 5": -1,
	} {
		synctest.Test(t, func(t *testing.T) {
			c := &container{files: map[string]string{}}
			p := start(t, shellModel(t), c, Options{Command: []string{"sh", "-c", script}})
			time.Sleep(1500 * time.Millisecond)
			p.Terminate()
			time.Sleep(5 * time.Second)
			synctest.Wait()
			c.mu.Lock()
			got := -1
			if c.exit != nil {
				got = c.exit.Code
			}
			c.mu.Unlock()
			if got != want {
				t.Errorf("%s: ended with %d, want %d", script, got, want)
			}
			p.Kill()
			synctest.Wait()
		})
	}
}
