package workload

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestALimitMakesWorkTakeLonger(t *testing.T) {
	const twoSeconds = "  - work: {processor: 2s, threads: %d}\n  - log: done\n"
	for _, c := range []struct {
		says    string
		limit   float64
		threads int
		load    int
		want    time.Duration
	}{
		{"no limit", 0, 1, 0, 2 * time.Second},
		{"no limit, on eight threads", 0, 8, 0, 250 * time.Millisecond},
		{"more than it can use", 4, 2, 0, time.Second},
		{"a fifth of a processor", 0.2, 1, 0, 10 * time.Second},
		{"more threads get no more of it", 0.2, 8, 0, 10 * time.Second},
		{"half a processor, of which it uses a tenth by itself", 0.5, 1, 100, 5 * time.Second},
		{"an even share for a load that wants more", 0.5, 4, 300, 5 * time.Second},
		{"no limit beside a load", 0, 1, 900, 2 * time.Second},
	} {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				steps := "steps:\n"
				if c.load > 0 {
					steps += fmt.Sprintf("  - load: {millis: %d}\n", c.load)
				}
				w := &container{}
				start(t, parse(t, steps+fmt.Sprintf(twoSeconds, c.threads)), w, Options{ProcessorLimit: c.limit})
				wait(c.want - time.Millisecond)
				if len(w.logged) > 0 {
					t.Errorf("too early: %v", w.logged)
				}
				wait(2 * time.Millisecond)
				if len(w.logged) != 1 {
					t.Errorf("not done after %s", c.want)
				}
			})
		})
	}
}

// answersIn is how long an answer of the port takes.
func answersIn(t *testing.T, p *Process) time.Duration {
	t.Helper()
	began := time.Now()
	if got := get(p, 80, "/"); got != "200 ok" {
		t.Errorf("the answer is %s", got)
	}
	return time.Since(began).Round(time.Millisecond)
}

func TestAnswersShareWhatThereIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, parse(t, `steps:
  - listen: {port: 80, paths: {/: {body: ok, processor: 30ms}}}
  - work: {processor: 1800ms, threads: 8}
`), &container{}, Options{ProcessorLimit: 0.15})
		if got := answersIn(t, p); got != 1800*time.Millisecond {
			t.Errorf("beside eight threads it takes %s", got)
		}
		wait(11 * time.Second) // of which each second brings 150 ms, and the answer has had 30
		if got := answersIn(t, p); got != 200*time.Millisecond {
			t.Errorf("alone it takes %s", got)
		}
		both := make(chan time.Duration, 2)
		for range 2 {
			go func() { both <- answersIn(t, p) }()
		}
		if one, other := <-both, <-both; one != 400*time.Millisecond || other != one {
			t.Errorf("side by side they take %s and %s", one, other)
		}
		p.SetProcessorLimit(0)
		if got := answersIn(t, p); got != 30*time.Millisecond {
			t.Errorf("without a limit it takes %s", got)
		}
	})
}

func TestWhoGoesAwayTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, parse(t, "steps: [{listen: {port: 80, paths: {/: {body: ok, processor: 1s}}}}]"), &container{}, Options{ProcessorLimit: 0.1})
		connection := p.Connect(80)
		fmt.Fprintf(connection, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		wait(2 * time.Second)
		connection.Close()
		wait(time.Second)
		if now, soFar := p.ProcessorUse(); now != 0 || soFar.Round(time.Millisecond) != 200*time.Millisecond {
			t.Errorf("it uses %v and has used %s", now, soFar)
		}
	})
}

func TestAProcessThatEndsAnswersNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := start(t, parse(t, "steps: [{listen: {port: 80, paths: {/: {body: ok, processor: 1s}}}}]"), &container{}, Options{ProcessorLimit: 0.1})
		answer := make(chan string)
		go func() { answer <- get(p, 80, "/") }()
		wait(2 * time.Second)
		p.Kill()
		if got := <-answer; got != "closed" {
			t.Errorf("the answer is %s", got)
		}
	})
}

func TestANewLimitCountsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &container{}
		p := start(t, parse(t, "steps: [{work: {processor: 1s}}, {load: {millis: 50}}, {log: done}]"), w, Options{ProcessorLimit: 0.1})
		wait(5 * time.Second)
		if now, soFar := p.ProcessorUse(); now != 0.1 || soFar.Round(time.Millisecond) != 500*time.Millisecond {
			t.Errorf("it uses %v and has used %s", now, soFar)
		}
		p.SetProcessorLimit(0.5)
		wait(time.Second + time.Millisecond)
		if len(w.logged) != 1 {
			t.Errorf("logged %v", w.logged)
		}
		wait(10 * time.Second)
		if now, soFar := p.ProcessorUse(); math.Abs(now-0.05) > 1e-9 || soFar.Round(10*time.Millisecond) != 1500*time.Millisecond {
			t.Errorf("it uses %v and has used %s", now, soFar)
		}
	})
}

func TestALoadIsTakenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := parse(t, "steps: [{work: {processor: 1s}}, {load: {millis: 50}}, {sleep: 1h}]")
		first := start(t, m, &container{}, Options{})
		wait(2 * time.Second)
		first.Freeze()
		wait(time.Minute)
		second := start(t, m, &container{}, Options{StartedAt: epoch, Resume: true, StepsDone: first.StepsDone()})
		if now, _ := second.ProcessorUse(); now != 0.05 {
			t.Errorf("it uses %v", now)
		}
	})
}
