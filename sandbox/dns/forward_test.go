package dns

// What questions cost a CoreDNS that wait for a server outside.

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// asksAtOnce asks for one name so often, without waiting, and says what is held meanwhile, in questions, and what is answered once
// all is over.
func (p *pod) asksAtOnce(name string, times int) (held int64, answers map[string]int) {
	answers = map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for range times {
		all.Go(func() {
			answer := p.ask(name)
			mu.Lock()
			answers[answer]++
			mu.Unlock()
		})
	}
	synctest.Wait()
	p.mu.Lock()
	held = p.held / questionHolds
	p.mu.Unlock()
	all.Wait()
	return held, answers
}

func TestAQuestionHoldsMemoryAsLongAsItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, ".:53 {\n errors\n forward . /etc/resolv.conf\n}\n")
		if held, _ := p.asksAtOnce("quotes.partner.example.", 20); held != 20 {
			t.Errorf("20 questions that wait hold %d", held)
		}
		// Whoever asked has given up after two seconds, and CoreDNS has not.
		if p.held != 20*questionHolds {
			t.Errorf("after the client's time %d bytes are held", p.held)
		}
		time.Sleep(forwardsFor)
		synctest.Wait()
		if p.held != 0 {
			t.Errorf("once all is over %d bytes are held", p.held)
		}
		if held, _ := p.asksAtOnce("example.com.", 20); held != 0 {
			t.Errorf("20 questions that are answered hold %d", held)
		}
	})
}

func TestQuestionsBeyondTheMostThatMayWaitAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := begin(t, ".:53 {\n errors\n forward . /etc/resolv.conf {\n  max_concurrent 5\n }\n}\n")
		held, answers := p.asksAtOnce("quotes.partner.example.", 20)
		if held != 5 || answers["REFUSED"] != 15 {
			t.Errorf("%d are held, the answers are %v", held, answers)
		}
		if said := p.said(); !strings.Contains(said, "[ERROR] plugin/errors: 5 quotes.partner.example. A: concurrent queries exceeded maximum 5") {
			t.Errorf("it says\n%s", said)
		}
		time.Sleep(forwardsFor) // those that wait end before the test does
	})
}
