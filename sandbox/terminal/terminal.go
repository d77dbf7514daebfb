// Package terminal is what a kernel's terminal does between a person's keyboard and a program: it echoes what is typed,
// lets it be corrected, hands over whole lines, and makes interrupts of Ctrl-C.
//
// It must not know who types, nor which program reads.
package terminal

import (
	"bytes"
	"io"
	"sync"
	"unicode/utf8"
)

// Terminal is one terminal. It is read by the program, and written to by the program.
type Terminal struct {
	out        io.Writer
	interrupts chan struct{}

	// writing keeps an echo and what the program writes apart.
	writing sync.Mutex

	mu    sync.Mutex
	ready *sync.Cond
	// lines are handed over whole; line is what is being typed.
	lines [][]byte
	line  []byte
	err   error

	// history is what was typed before; at is where the person is in it.
	history []string
	at      int
	// escape is a sequence of keys that has begun.
	escape []byte
}

// mostLine is how long a line may be, as a kernel's is; what is typed beyond is not taken.
const mostLine = 4095

// mostWaiting is how many lines may wait for the program before the keyboard is no longer read.
const mostWaiting = 1000

// mostHistory is how many lines are remembered.
const mostHistory = 200

// New begins to read the keyboard. What the program reads ends with it.
func New(keyboard io.Reader, screen io.Writer) *Terminal {
	t := &Terminal{out: screen, interrupts: make(chan struct{}, 1)}
	t.ready = sync.NewCond(&t.mu)
	go t.listen(keyboard)
	return t
}

// Interrupts has a value for each Ctrl-C that nobody has looked at yet, and no more than one.
func (t *Terminal) Interrupts() <-chan struct{} { return t.interrupts }

// Read hands over what is there of one line.
func (t *Terminal) Read(into []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.lines) == 0 && t.err == nil {
		t.ready.Wait()
	}
	if len(t.lines) == 0 {
		return 0, t.err
	}
	first := t.lines[0]
	// An empty line is a Ctrl-D: the end of the input, once.
	if len(first) == 0 {
		t.lines = t.lines[1:]
		t.ready.Broadcast()
		return 0, io.EOF
	}
	n := copy(into, first)
	if t.lines[0] = first[n:]; n == len(first) {
		t.lines = t.lines[1:]
		t.ready.Broadcast()
	}
	return n, nil
}

// Write begins each line of the program's output at the left edge of the screen.
func (t *Terminal) Write(text []byte) (int, error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	if _, err := t.out.Write(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(text), nil
}

func (t *Terminal) echo(text string) {
	t.writing.Lock()
	defer t.writing.Unlock()
	// A screen that is gone shows nothing; the keyboard's end follows.
	io.WriteString(t.out, text)
}

func (t *Terminal) listen(keyboard io.Reader) {
	keys := make([]byte, 4096)
	for {
		n, err := keyboard.Read(keys)
		for _, key := range keys[:n] {
			t.key(key)
		}
		if err != nil {
			t.mu.Lock()
			t.err = io.EOF
			t.ready.Broadcast()
			t.mu.Unlock()
			return
		}
	}
}

const (
	ctrlC     = 3
	ctrlD     = 4
	backspace = 8
	ctrlL     = 12
	ctrlU     = 21
	ctrlW     = 23
	escape    = 27
	ctrlBack  = 28
	deleteKey = 127
)

func (t *Terminal) key(key byte) {
	if len(t.escape) > 0 {
		t.escaped(key)
		return
	}
	switch key {
	case '\r', '\n':
		t.echo("\r\n")
		t.remember()
		t.hand(append(t.line, '\n'))
	case ctrlC, ctrlBack:
		t.echo("^C")
		t.line = nil
		t.mu.Lock()
		// What waits was typed for what is interrupted.
		t.lines = nil
		t.ready.Broadcast()
		t.mu.Unlock()
		select {
		case t.interrupts <- struct{}{}:
		default:
		}
	case ctrlD:
		t.hand(t.line)
	case backspace, deleteKey:
		t.erase()
	case ctrlU:
		t.replace("")
	case ctrlW:
		t.replace(string(t.line[:lastWord(t.line)]))
	case ctrlL:
	case escape:
		t.escape = []byte{key}
	default:
		t.typed(key)
	}
}

// typed takes a key that stands for itself.
func (t *Terminal) typed(key byte) {
	if key < ' ' && key != '\t' || len(t.line) >= mostLine {
		return
	}
	t.line = append(t.line, key)
	t.echo(string([]byte{key}))
}

// hand gives the program what was typed, once it has taken enough of what waits.
func (t *Terminal) hand(line []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.lines) >= mostWaiting {
		t.ready.Wait()
	}
	t.lines = append(t.lines, line)
	t.line = nil
	t.ready.Broadcast()
}

func (t *Terminal) erase() {
	if len(t.line) == 0 {
		return
	}
	_, size := utf8.DecodeLastRune(t.line)
	t.line = t.line[:len(t.line)-size]
	t.echo("\b \b")
}

// replace puts another line in the place of the present one.
func (t *Terminal) replace(line string) {
	for len(t.line) > 0 {
		t.erase()
	}
	t.line = []byte(line)
	t.echo(line)
}

func lastWord(line []byte) int {
	trimmed := bytes.TrimRight(line, " ")
	return bytes.LastIndexByte(trimmed, ' ') + 1
}

func (t *Terminal) remember() {
	line := string(t.line)
	if line != "" && (len(t.history) == 0 || t.history[len(t.history)-1] != line) {
		t.history = append(t.history, line)
		t.history = t.history[max(0, len(t.history)-mostHistory):]
	}
	t.at = len(t.history)
}

// escaped takes the rest of a sequence: the arrows up and down go through what was typed before, and the others do nothing.
func (t *Terminal) escaped(key byte) {
	t.escape = append(t.escape, key)
	if len(t.escape) == 2 && (key == '[' || key == 'O') {
		return
	}
	isOver := len(t.escape) == 2 || key >= '@' && key <= '~' || len(t.escape) > 16
	if !isOver {
		return
	}
	t.escape = nil
	switch key {
	case 'A':
		t.recall(-1)
	case 'B':
		t.recall(1)
	}
}

func (t *Terminal) recall(by int) {
	at := t.at + by
	if at < 0 || at > len(t.history) {
		return
	}
	if t.at = at; at == len(t.history) {
		t.replace("")
		return
	}
	t.replace(t.history[at])
}
