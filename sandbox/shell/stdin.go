package shell

// This file shares one standard input among the commands of a script, each of which ends by itself: what a command did
// not take is for the next one. It must not know who reads.

import (
	"bytes"
	"context"
	"io"
	"sync"
)

// source reads on demand: nothing is taken from below before somebody asks.
type source struct {
	below io.Reader

	mu   sync.Mutex
	rest bytes.Buffer
	err  error
	// news is closed when rest or err has changed, and made anew by who waits.
	news     chan struct{}
	isAsking bool
}

func newSource(below io.Reader) *source {
	if below == nil {
		below = bytes.NewReader(nil)
	}
	return &source{below: below}
}

// reader is the source for a command that ends with ctx.
func (s *source) reader(ctx context.Context) io.Reader { return &tap{s, ctx} }

type tap struct {
	source *source
	ctx    context.Context
}

// Read waits for what comes or for the end of the command.
func (t *tap) Read(into []byte) (int, error) {
	for {
		n, err, news := t.source.take(into)
		if n > 0 || err != nil {
			return n, err
		}
		select {
		case <-news:
		case <-t.ctx.Done():
			return 0, io.EOF
		}
	}
}

// take is what is there already, or the news of more.
func (s *source) take(into []byte) (int, error, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rest.Len() > 0 {
		// A buffer that has something gives it.
		n, _ := s.rest.Read(into)
		return n, nil, nil
	}
	if err := s.err; err != nil {
		// A terminal's end is told once; what is typed after it is for the next command.
		s.err = nil
		return 0, err, nil
	}
	if !s.isAsking {
		s.isAsking, s.news = true, make(chan struct{})
		go s.ask()
	}
	return 0, nil, s.news
}

// discard forgets what came and nobody has taken.
func (s *source) discard() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest.Reset()
}

func (s *source) ask() {
	part := make([]byte, 4096)
	n, err := s.below.Read(part)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rest.Write(part[:n])
	s.err, s.isAsking = err, false
	close(s.news)
}

// line reads up to a newline and not a byte further. ok is false where there was none before the end.
func line(from io.Reader) (text string, ok bool) {
	var all []byte
	one := make([]byte, 1)
	for len(all) < longestScript {
		n, err := from.Read(one)
		if n > 0 {
			if one[0] == '\n' {
				return string(all), true
			}
			all = append(all, one[0])
		}
		if err != nil {
			break
		}
	}
	return string(all), false
}
