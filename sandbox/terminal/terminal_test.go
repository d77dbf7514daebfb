package terminal

// Keys that a person types, and what the screen shows.

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// screen is what was shown.
type screen struct {
	mu    sync.Mutex
	shown bytes.Buffer
}

func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Write(text)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

func TestWhatIsTypedIsShownAndHandedOverInLines(t *testing.T) {
	for keys, want := range map[string]struct{ shown, read string }{
		"ls\r":                       {"ls\r\n", "ls\n"},
		"lx\x7fs\r":                  {"lx\b \bs\r\n", "ls\n"},
		"\x7fls\r":                   {"ls\r\n", "ls\n"},
		"é\x7fe\r":                   {"é\b \be\r\n", "e\n"},
		"no\x15ls\r":                 {"no\b \b\b \bls\r\n", "ls\n"},
		"a bc\x17d\r":                {"a bc\b \b\b \b\b \b\b \ba d\r\n", "a d\n"},
		"no\x03ls\r":                 {"no^Cls\r\n", "ls\n"},
		"a\r\x1b[A\r":                {"a\r\na\r\n", "a\na\n"},
		"a\rb\r\x1b[A\x1b[A\x1b[B\r": {"a\r\nb\r\nb\b \ba\b \bb\r\n", "a\nb\nb\n"},
		"a\x1b[D\x1b[3~b\r":          {"ab\r\n", "ab\n"},
		"a\x01b\r":                   {"ab\r\n", "ab\n"},
		"part\x04":                   {"part", "part"},
	} {
		shown := &screen{}
		terminal := New(strings.NewReader(keys), shown)
		read, err := io.ReadAll(terminal)
		if err != nil || string(read) != want.read || shown.String() != want.shown {
			t.Errorf("%q: shown %q, want %q; read %q, want %q; %v", keys, shown.String(), want.shown, read, want.read, err)
		}
	}
}

func TestCtrlDEndsTheInputOnceAndCtrlCInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keyboard, typing := io.Pipe()
		terminal := New(keyboard, &screen{})
		io.WriteString(typing, "one\r\x04two\r")
		if text, err := io.ReadAll(terminal); string(text) != "one\n" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		if text, err := bufio.NewReader(terminal).ReadString('\n'); text != "two\n" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
		io.WriteString(typing, "typed\rno\x03\x03")
		synctest.Wait()
		if len(terminal.Interrupts()) != 1 {
			t.Errorf("%d interrupts", len(terminal.Interrupts()))
		}
		io.WriteString(typing, "new\r")
		typing.Close()
		if text, err := io.ReadAll(terminal); string(text) != "new\n" || err != nil {
			t.Errorf("%q, %v", text, err)
		}
	})
}

func TestTheProgramsLinesBeginAtTheLeftEdge(t *testing.T) {
	shown := &screen{}
	terminal := New(strings.NewReader(""), shown)
	if n, err := terminal.Write([]byte("a\nb\n")); n != 4 || err != nil || shown.String() != "a\r\nb\r\n" {
		t.Errorf("%d, %v, %q", n, err, shown.String())
	}
}
