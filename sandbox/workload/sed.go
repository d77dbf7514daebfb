package workload

// This file is `sed` for what people type: substitutions, deletions and printing, of all lines or of those that a number
// or an expression picks. What else sed can do it says that it does not know.

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// edit is one command of a script.
type edit struct {
	from, to *place
	isNot    bool
	// what is `s`, `d`, `p` or `q`.
	what        byte
	expression  *regexp.Regexp
	replacement string
	isGlobal    bool
	prints      bool
	nth         int
	// isInside is true between the first and the last line of a range.
	isInside bool
}

// place is where an edit holds.
type place struct {
	line       int
	isLast     bool
	expression *regexp.Regexp
}

func sed(c *call) int {
	o := c.options("nEre:i")
	if o == nil {
		return 1
	}
	script, given := o.given['e']
	if !given {
		if len(o.operands) == 0 {
			c.say("a script is missing")
			return 1
		}
		script, o.operands = o.operands[0], o.operands[1:]
	}
	edits, err := parseEdits(script, o.has('E') || o.has('r'))
	if err != nil {
		c.say("%v", err)
		return 1
	}
	if o.has('i') {
		return c.editInPlace(edits, o)
	}
	isFine := c.each(o.operands, func(_ string, from io.Reader) { c.edit(edits, o.has('n'), from, c.Stdout) })
	if !isFine {
		return 1
	}
	return 0
}

func (c *call) editInPlace(edits []*edit, o *options) int {
	code := 0
	for _, name := range o.operands {
		var changed strings.Builder
		if !c.each([]string{name}, func(_ string, from io.Reader) { c.edit(edits, o.has('n'), io.LimitReader(from, mostHeld), &changed) }) {
			code = 1
			continue
		}
		if err := c.write(name, changed.String()); err != nil {
			c.say("can't create '%s': %s", name, words(err))
			code = 1
		}
	}
	return code
}

func (c *call) write(name, text string) error {
	file, err := c.create(name, os.O_TRUNC)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.WriteString(file, text)
	return err
}

// edit passes lines on, one behind, so that the last one is known as such.
func (c *call) edit(edits []*edit, isQuiet bool, from io.Reader, to io.Writer) {
	at, goesOn := 0, true
	do := func(line string, isLast bool) {
		at++
		isPrinted := !isQuiet
		for _, e := range edits {
			if !e.holds(line, at, isLast) {
				continue
			}
			switch e.what {
			case 'd':
				return
			case 'p':
				fmt.Fprintln(to, line)
			case 'q':
				goesOn = false
			case 's':
				changed := e.substitute(line)
				if changed != line && e.prints {
					fmt.Fprintln(to, changed)
				}
				line = changed
			}
		}
		if isPrinted {
			_, err := fmt.Fprintln(to, line)
			goesOn = goesOn && err == nil
		}
	}
	var held string
	var hasHeld bool
	c.eachLine(from, func(line string) bool {
		if hasHeld {
			do(held, false)
		}
		held, hasHeld = line, true
		return goesOn
	})
	if hasHeld && goesOn {
		do(held, true)
	}
}

func (e *edit) holds(line string, at int, isLast bool) bool {
	fits := func(p *place) bool {
		return p.isLast && isLast || p.line > 0 && p.line == at || p.expression != nil && p.expression.MatchString(line)
	}
	hit := e.from == nil
	switch {
	case e.from != nil && e.to == nil:
		hit = fits(e.from)
	case e.from != nil && e.isInside:
		hit = true
		e.isInside = !fits(e.to) && (e.to.line == 0 || at < e.to.line)
	case e.from != nil && fits(e.from):
		hit = true
		e.isInside = e.to.line == 0 || at < e.to.line
	}
	return hit != e.isNot
}

func (e *edit) substitute(line string) string {
	n := 0
	var all strings.Builder
	last := 0
	for _, match := range e.expression.FindAllStringSubmatchIndex(line, -1) {
		if n++; !e.isGlobal && n != max(1, e.nth) || n < e.nth || all.Len() > longestLine {
			continue
		}
		all.WriteString(line[last:match[0]])
		all.Write(e.expression.ExpandString(nil, e.replacement, line, match))
		last = match[1]
	}
	return all.String() + line[last:]
}

// parseEdits reads a script.
func parseEdits(script string, isExtended bool) ([]*edit, error) {
	var all []*edit
	for rest := strings.TrimLeft(script, " ;\n"); rest != ""; rest = strings.TrimLeft(rest, " ;\n}") {
		e := &edit{}
		var err error
		if e.from, rest, err = readPlace(rest, isExtended); err == nil && strings.HasPrefix(rest, ",") {
			e.to, rest, err = readPlace(rest[1:], isExtended)
			if err == nil && e.to == nil {
				err = fmt.Errorf("an address is missing after `,`")
			}
		}
		if err != nil {
			return nil, err
		}
		rest = strings.TrimLeft(rest, " ")
		if strings.HasPrefix(rest, "!") {
			e.isNot, rest = true, rest[1:]
		}
		if rest == "" {
			return nil, fmt.Errorf("a command is missing")
		}
		e.what, rest = rest[0], rest[1:]
		switch e.what {
		case 'd', 'p', 'q':
		case 's':
			if rest, err = e.readSubstitution(rest, isExtended); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("in this image it knows the commands s, d, p and q, and not `%c`", e.what)
		}
		if rest != "" && !strings.ContainsAny(rest[:1], " ;\n}") {
			return nil, fmt.Errorf("extra characters after the command: `%s`", rest)
		}
		all = append(all, e)
	}
	return all, nil
}

func readPlace(text string, isExtended bool) (*place, string, error) {
	switch {
	case strings.HasPrefix(text, "$"):
		return &place{isLast: true}, text[1:], nil
	case strings.HasPrefix(text, "/"):
		pattern, rest, ok := untilDelimiter(text[1:], '/')
		if !ok {
			return nil, "", fmt.Errorf("unterminated address regex")
		}
		expression, err := sedExpression(pattern, isExtended, "")
		return &place{expression: expression}, rest, err
	}
	rest := strings.TrimLeft(text, "0123456789")
	if rest == text {
		return nil, text, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, rest))
	return &place{line: n}, rest, err
}

func sedExpression(pattern string, isExtended bool, flags string) (*regexp.Regexp, error) {
	if !isExtended {
		pattern = basicExpression(pattern)
	}
	expression, err := regexp.Compile(flags + pattern)
	if err != nil {
		return nil, fmt.Errorf("bad regex '%s'", pattern)
	}
	return expression, nil
}

// untilDelimiter cuts at the delimiter; one behind a backslash stands for itself.
func untilDelimiter(text string, delimiter byte) (before, after string, ok bool) {
	var all strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == delimiter:
			return all.String(), text[i+1:], true
		case text[i] == '\\' && i+1 < len(text):
			if i++; text[i] != delimiter {
				all.WriteByte('\\')
			}
		}
		all.WriteByte(text[i])
	}
	return "", "", false
}

func (e *edit) readSubstitution(text string, isExtended bool) (string, error) {
	if text == "" {
		return "", fmt.Errorf("unterminated `s' command")
	}
	pattern, rest, isWhole := untilDelimiter(text[1:], text[0])
	replacement, rest, isEnded := untilDelimiter(rest, text[0])
	if !isWhole || !isEnded {
		return "", fmt.Errorf("unterminated `s' command")
	}
	flags := ""
	for rest != "" && !strings.ContainsAny(rest[:1], " ;\n}") {
		switch flag := rest[0]; {
		case flag == 'g':
			e.isGlobal = true
		case flag == 'p':
			e.prints = true
		case flag == 'i' || flag == 'I':
			flags = "(?i)"
		case flag >= '1' && flag <= '9':
			e.nth = int(flag - '0')
		default:
			return "", fmt.Errorf("unknown option to `s': %c", flag)
		}
		rest = rest[1:]
	}
	expression, err := sedExpression(pattern, isExtended, flags)
	e.expression, e.replacement = expression, goReplacement(replacement)
	return rest, err
}

// goReplacement writes `\1` and `&` as Go has them.
func goReplacement(text string) string {
	var all strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '$':
			all.WriteString("$$")
		case text[i] == '&':
			all.WriteString("${0}")
		case text[i] == '\\' && i+1 < len(text):
			switch i++; {
			case text[i] >= '0' && text[i] <= '9':
				all.WriteString("${" + string(text[i]) + "}")
			case text[i] == 'n':
				all.WriteByte('\n')
			case text[i] == 't':
				all.WriteByte('\t')
			default:
				all.WriteByte(text[i])
			}
		default:
			all.WriteByte(text[i])
		}
	}
	return all.String()
}
