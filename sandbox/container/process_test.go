package main

// What process 1 does, as a real process.

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestAServiceListensAndEndsInOrder(t *testing.T) {
	port := freePort(t)
	model := fmt.Sprintf(`
steps:
  - keep_file: {path: ROOT/data/journal, text: "begun\n", log: began an empty journal}
  - listen: {port: %d, paths: {/healthz: {body: "ok\n"}, /dead: {status: 500}}}
  - log: listening
on_sigterm: {after: 10ms, log: bye, exit: 7}
`, port)
	i := newImage(t, model)
	ledger := start(t, i.command("app/ledger"))
	ledger.says("began an empty journal")
	ledger.says("listening")
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", port))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err != nil || string(body) != "ok\n" {
		t.Errorf("%q, %v", body, err)
	}
	ledger.terminate()
	ledger.says("bye")
	ledger.ends(7)

	again := start(t, i.command("app/ledger"))
	// The journal is there already.
	again.says("listening")
	again.terminate()
	again.says("bye")
	again.ends(7)
}

func TestAPortWithoutPathsClosesAtTheFirstByteAndOneThatIsTakenEndsTheProcess(t *testing.T) {
	port := freePort(t)
	i := newImage(t, fmt.Sprintf("steps: [{listen: {port: %d}}, {log: up}]\n", port))
	ledger := start(t, i.command("app/ledger"))
	ledger.says("up")
	connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("G")); err != nil {
		t.Fatal(err)
	}
	if n, err := connection.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	second := i.command("app/ledger")
	problems, err := second.CombinedOutput()
	want := fmt.Sprintf("listen tcp :%d: bind: address already in use\n", port)
	if string(problems) != want || second.ProcessState.ExitCode() != 1 {
		t.Errorf("%q, %v", problems, err)
	}
	ledger.terminate()
	// Without a reaction of its own, a process ends as one that a shell sees killed by SIGTERM.
	ledger.ends(143)
}

func TestAPortOpensLater(t *testing.T) {
	port := freePort(t)
	i := newImage(t, fmt.Sprintf("steps: [{listen: {port: %d, after: 50ms}}, {log: up}]\n", port))
	ledger := start(t, i.command("app/ledger"))
	ledger.says("up")
	for deadline := time.Now().Add(30 * time.Second); ; {
		connection, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			connection.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	ledger.terminate()
	ledger.ends(143)
}

func TestMemoryIsReallyTaken(t *testing.T) {
	i := newImage(t, "steps: [{memory: {mib: 100, over: 50ms}}, {log: grown}]\n")
	ledger := start(t, i.command("app/ledger"))
	ledger.says("grown")
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", ledger.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	// What the program takes by itself is part of it, and may grow a little.
	if mib := pages * os.Getpagesize() >> 20; err != nil || mib < 100 || mib > 108 {
		t.Errorf("%d MiB resident, %v", mib, err)
	}
}

func TestProcessorTimeIsReallyTaken(t *testing.T) {
	const work = 200 * time.Millisecond
	i := newImage(t, "steps: [{work: {processor: 200ms, threads: 2}}, {log: done}]\n")
	ledger := start(t, i.command("app/ledger"))
	ledger.says("done")
	ledger.terminate()
	ledger.ends(143)
	if took := ledger.ProcessState.UserTime() + ledger.ProcessState.SystemTime(); took < work {
		t.Errorf("%s of a processor", took)
	}
}

func TestArgumentsAreSteps(t *testing.T) {
	i := newImage(t, "steps: from_args\n")
	needy := i.command("app/ledger", "need", "NOPE")
	if said, err := needy.CombinedOutput(); string(said) != "error: NOPE is not set\n" || needy.ProcessState.ExitCode() != 3 {
		t.Errorf("%q, %v", said, err)
	}
	if err := i.command("app/ledger", "need", "URL", "exit", "0").Run(); err != nil {
		t.Error(err)
	}
}

func TestWhatTheMachineCannotSpareIsOnlyCounted(t *testing.T) {
	m := newMemory()
	m.spare = func() int64 { return part - 1 }
	if before := m.taken; !m.Occupy(1<<30) || m.taken != before {
		t.Errorf("%d bytes were taken", m.taken-before)
	}
	select {
	case <-m.short:
	default:
		t.Error("nobody is told")
	}
	// It is told once.
	if !m.Occupy(1<<31) || len(m.short) > 0 {
		t.Error("it is told twice")
	}
}
