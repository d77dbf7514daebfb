package workload

// This file is the tools that pass lines on: all of them, some of them, or counted. They hold no more of a stream than
// they need.

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostHeld is how much of its input a tool holds that needs all of it, in bytes.
const mostHeld = 64 << 20

// eachLine calls for every line, until one call says that it wants no more or nobody listens.
func (c *call) eachLine(from io.Reader, want func(line string) bool) {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, longestLine)
	for scanner.Scan() {
		if c.ctx.Err() != nil || !want(scanner.Text()) {
			return
		}
	}
	if scanner.Err() == bufio.ErrTooLong {
		c.say("a line is longer than %d bytes, which is not simulated", longestLine)
	}
}

// print writes a line; it is false where nobody reads any more.
func (c *call) print(format string, arguments ...any) bool {
	_, err := fmt.Fprintf(c.Stdout, format+"\n", arguments...)
	return err == nil
}

func head(c *call) int { return c.ends("head") }
func tail(c *call) int { return c.ends("tail") }

// ends is the first or the last lines of files.
func (c *call) ends(which string) int {
	letters := "n:c:q"
	if which == "tail" {
		letters = "n:c:qfF"
	}
	// `head -5` is an old way of saying `-n 5`.
	for i, word := range c.arguments[1:] {
		if len(word) > 1 && word[0] == '-' && strings.Trim(word[1:], "0123456789") == "" {
			c.arguments = slices.Replace(slices.Clone(c.arguments), i+1, i+2, "-n", word[1:])
			break
		}
	}
	o := c.options(letters)
	if o == nil {
		return 1
	}
	text, isBytes := o.given['c']
	if !isBytes {
		text = o.given['n']
	}
	if text == "" {
		text = "10"
	}
	fromStart := which == "tail" && strings.HasPrefix(text, "+")
	n, err := strconv.Atoi(strings.TrimPrefix(text, "+"))
	if err != nil || n < 0 {
		c.say("invalid number '%s'", text)
		return 1
	}
	isFine := c.each(o.operands, func(name string, from io.Reader) {
		if len(o.operands) > 1 && !o.has('q') {
			c.print("==> %s <==", name)
		}
		switch {
		case isBytes && which == "head":
			io.CopyN(c.Stdout, from, int64(n))
		case which == "head":
			left := n
			if n > 0 {
				c.eachLine(from, func(line string) bool {
					left--
					return c.print("%s", line) && left > 0
				})
			}
		case fromStart:
			at := 0
			c.eachLine(from, func(line string) bool { at++; return at < n || c.print("%s", line) })
		case isBytes:
			held, _ := io.ReadAll(io.LimitReader(from, mostHeld))
			c.Stdout.Write(held[max(0, len(held)-n):])
		default:
			c.lastLines(from, n)
		}
		if o.has('f') || o.has('F') {
			c.follow(from)
		}
	})
	if !isFine {
		return 1
	}
	return 0
}

func (c *call) lastLines(from io.Reader, n int) {
	var last []string
	held := 0
	c.eachLine(from, func(line string) bool {
		last = append(last, line)
		if held += len(line); len(last) > n || held > mostHeld {
			held -= len(last[0])
			last = last[1:]
		}
		return true
	})
	for _, line := range last {
		c.print("%s", line)
	}
}

// followsEvery is how often `tail -f` looks, as the real one does.
const followsEvery = time.Second

// follow passes on what is added to a file, until the command ends.
func (c *call) follow(from io.Reader) {
	ticker := time.NewTicker(followsEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if _, err := io.Copy(c.Stdout, from); err != nil {
				return
			}
		case <-c.ctx.Done():
			return
		}
	}
}

func wc(c *call) int {
	o := c.options("lwcm")
	if o == nil {
		return 1
	}
	var total [3]int
	show := func(counts [3]int, name string) {
		var fields []string
		for i, letter := range []byte("lwc") {
			if len(o.given) == 0 || o.has(letter) || letter == 'c' && o.has('m') {
				fields = append(fields, strconv.Itoa(counts[i]))
			}
		}
		text := strings.Join(fields, " ")
		if len(fields) > 1 {
			text = ""
			for _, field := range fields {
				text += fmt.Sprintf("%10s", field)
			}
			text = strings.TrimPrefix(text, " ")
		}
		if name != "-" {
			text += " " + name
		}
		c.print("%s", text)
	}
	isFine := c.each(o.operands, func(name string, from io.Reader) {
		var counts [3]int
		isInWord := false
		buffered := bufio.NewReader(from)
		for c.ctx.Err() == nil {
			one, err := buffered.ReadByte()
			if err != nil {
				break
			}
			counts[2]++
			isSpace := bytes.IndexByte([]byte(" \t\n\r\v\f"), one) >= 0
			if one == '\n' {
				counts[0]++
			}
			if !isSpace && !isInWord {
				counts[1]++
			}
			isInWord = !isSpace
		}
		for i := range total {
			total[i] += counts[i]
		}
		show(counts, name)
	})
	if len(o.operands) > 1 {
		show(total, "total")
	}
	if !isFine {
		return 1
	}
	return 0
}

func grep(c *call) int {
	o := c.options("ivncoqlLrRhHsEFwxe:A:B:C:m:")
	if o == nil {
		return 2
	}
	wanted, isGiven := o.given['e']
	if !isGiven && len(o.operands) == 0 {
		c.say("a pattern is missing")
		return 2
	}
	if !isGiven {
		wanted, o.operands = o.operands[0], o.operands[1:]
	}
	expression, err := grepExpression(wanted, o)
	if err != nil {
		c.say("bad regex '%s'", wanted)
		return 2
	}
	names := o.operands
	if o.has('r') || o.has('R') {
		if len(names) == 0 {
			names = []string{"."}
		}
		names = c.below(names)
	}
	search := &search{c: c, o: o, expression: expression, showsName: (len(names) > 1 || o.has('r') || o.has('R') || o.has('H')) && !o.has('h'),
		before: number(o, 'B', 'C'), after: number(o, 'A', 'C'), most: number(o, 'm', 'm')}
	isFine := c.each(names, search.file)
	switch {
	case !isFine && !(search.hits > 0 && o.has('q')):
		return 2
	case search.hits > 0:
		return 0
	}
	return 1
}

// number is the value of an option, or of another one; 0: it is not given.
func number(o *options, letter, other byte) int {
	text, given := o.given[letter]
	if !given {
		text = o.given[other]
	}
	// What is no number is none.
	n, _ := strconv.Atoi(text)
	return n
}

// grepExpression is a pattern in Go's form. The basic form has its special characters behind a backslash.
func grepExpression(wanted string, o *options) (*regexp.Regexp, error) {
	var alternatives []string
	for one := range strings.SplitSeq(wanted, "\n") {
		switch {
		case o.has('F'):
			one = regexp.QuoteMeta(one)
		case !o.has('E'):
			one = basicExpression(one)
		}
		alternatives = append(alternatives, one)
	}
	text := "(?:" + strings.Join(alternatives, "|") + ")"
	if o.has('w') {
		text = `\b` + text + `\b`
	}
	if o.has('x') {
		text = "^" + text + "$"
	}
	if o.has('i') {
		text = "(?i)" + text
	}
	return regexp.Compile(text)
}

// basicExpression turns POSIX's basic form into the extended one.
func basicExpression(text string) string {
	var all strings.Builder
	for i := 0; i < len(text); i++ {
		switch one := text[i]; {
		case one == '[':
			end := i + 1
			for end < len(text) && (text[end] != ']' || end <= i+1 || end == i+2 && text[i+1] == '^') {
				if strings.HasPrefix(text[end:], "[:") && strings.Contains(text[end:], ":]") {
					end += strings.Index(text[end:], ":]") + 1
				}
				end++
			}
			all.WriteString(text[i:min(len(text), end+1)])
			i = end
		case one == '\\' && i+1 < len(text):
			i++
			if strings.IndexByte("(){}|+?", text[i]) >= 0 {
				all.WriteByte(text[i])
			} else {
				all.WriteString(`\` + string(text[i]))
			}
		case strings.IndexByte("(){}|+?", one) >= 0 || one == '*' && i == 0:
			all.WriteString(`\` + string(one))
		default:
			all.WriteByte(one)
		}
	}
	return all.String()
}

// search is one run of grep.
type search struct {
	c                   *call
	o                   *options
	expression          *regexp.Regexp
	showsName           bool
	before, after, most int
	hits                int
}

func (s *search) file(name string, from io.Reader) {
	if name == "-" {
		name = "(standard input)"
	}
	var held []string
	at, hits, trailing := 0, 0, 0
	show := func(line string, number int, sign string) bool {
		text := ""
		if s.showsName {
			text = name + sign
		}
		if s.o.has('n') {
			text += strconv.Itoa(number) + sign
		}
		return s.c.print("%s%s", text, line)
	}
	isQuiet := s.o.has('q') || s.o.has('c') || s.o.has('l') || s.o.has('L')
	s.c.eachLine(from, func(line string) bool {
		at++
		if s.expression.MatchString(line) == s.o.has('v') {
			if trailing > 0 && !isQuiet {
				trailing--
				return show(line, at, "-")
			}
			if held = append(held, line); len(held) > s.before {
				held = held[1:]
			}
			return true
		}
		hits++
		if isQuiet {
			return !s.o.has('q') && !s.o.has('l') && hits != s.most
		}
		for i, earlier := range held {
			show(earlier, at-len(held)+i, "-")
		}
		held, trailing = nil, s.after
		if s.o.has('o') {
			for _, part := range s.expression.FindAllString(line, -1) {
				show(part, at, ":")
			}
			return hits != s.most
		}
		return show(line, at, ":") && hits != s.most
	})
	s.hits += hits
	switch {
	case s.o.has('q'):
	case s.o.has('l') && hits > 0, s.o.has('L') && hits == 0:
		s.c.print("%s", name)
	case s.o.has('c') && s.showsName:
		s.c.print("%s:%d", name, hits)
	case s.o.has('c'):
		s.c.print("%d", hits)
	}
}
