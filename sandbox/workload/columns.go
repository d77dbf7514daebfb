package workload

// This file is the tools that change lines: their order, their fields, their letters.

import (
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hold is all lines of files. It is nil where they are too many.
func (c *call) hold(names []string) (lines []string, isFine bool) {
	held := 0
	isFine = c.each(names, func(_ string, from io.Reader) {
		c.eachLine(from, func(line string) bool {
			lines = append(lines, line)
			held += len(line) + 16
			return held < mostHeld
		})
	})
	if held >= mostHeld {
		c.say("out of memory")
		return nil, false
	}
	return lines, isFine
}

func sortLines(c *call) int {
	o := c.options("nrufk:t:hV")
	if o == nil {
		return 2
	}
	lines, isFine := c.hold(o.operands)
	if !isFine {
		return 2
	}
	key := sortKey(o)
	slices.SortStableFunc(lines, func(a, b string) int {
		one, other := key(a), key(b)
		order := strings.Compare(one, other)
		if o.has('f') {
			order = strings.Compare(strings.ToLower(one), strings.ToLower(other))
		}
		if o.has('n') || o.has('h') {
			order = compareNumbers(leadingNumber(one), leadingNumber(other))
		}
		if order == 0 && !o.has('u') {
			order = strings.Compare(a, b)
		}
		if o.has('r') {
			order = -order
		}
		return order
	})
	if o.has('u') {
		lines = slices.CompactFunc(lines, func(a, b string) bool { return key(a) == key(b) })
	}
	for _, line := range lines {
		if !c.print("%s", line) {
			break
		}
	}
	return 0
}

// sortKey is the part of a line that is compared. Flags after a key's number are options as others.
func sortKey(o *options) func(string) string {
	text := o.given['k']
	digits := strings.TrimLeft(text, "0123456789")
	for _, letter := range []byte(digits) {
		if strings.IndexByte("nrfh", letter) >= 0 {
			o.given[letter] = ""
		}
	}
	n, err := strconv.Atoi(strings.TrimSuffix(text, digits))
	if err != nil || n < 1 {
		return func(line string) string { return line }
	}
	_, last, _ := strings.Cut(text, ",")
	// Without an end the key goes to the end of the line.
	end, noEnd := strconv.Atoi(strings.TrimRight(last, "nrfh"))
	return func(line string) string {
		separator, given := o.given['t']
		fields := strings.Fields(line)
		if given {
			fields = strings.Split(line, separator)
		}
		if n > len(fields) {
			return ""
		}
		if noEnd != nil || end > len(fields) {
			return strings.Join(fields[n-1:], " ")
		}
		return strings.Join(fields[n-1:max(n, end)], " ")
	}
}

func compareNumbers(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

var startsWithNumber = regexp.MustCompile(`^\s*-?[0-9]*\.?[0-9]*`)

func leadingNumber(text string) float64 {
	// What is no number counts as 0.
	n, _ := strconv.ParseFloat(strings.TrimSpace(startsWithNumber.FindString(text)), 64)
	return n
}

func uniq(c *call) int {
	o := c.options("cdui")
	if o == nil {
		return 1
	}
	last, n, hasLast := "", 0, false
	show := func() bool {
		switch {
		case !hasLast || o.has('d') && n < 2 || o.has('u') && n > 1:
			return true
		case o.has('c'):
			return c.print("%7d %s", n, last)
		}
		return c.print("%s", last)
	}
	isFine := c.each(o.operands[:min(1, len(o.operands))], func(_ string, from io.Reader) {
		c.eachLine(from, func(line string) bool {
			if hasLast && (line == last || o.has('i') && strings.EqualFold(line, last)) {
				n++
				return true
			}
			if !show() {
				return false
			}
			last, n, hasLast = line, 1, true
			return true
		})
	})
	show()
	if !isFine {
		return 1
	}
	return 0
}

func cut(c *call) int {
	o := c.options("d:f:c:b:s")
	if o == nil {
		return 1
	}
	list := o.given['f'] + o.given['c'] + o.given['b']
	wanted, err := ranges(list)
	if err != nil {
		c.say("bad list '%s'", list)
		return 1
	}
	delimiter, given := o.given['d']
	if !given {
		delimiter = "\t"
	}
	isFine := c.each(o.operands, func(_ string, from io.Reader) {
		c.eachLine(from, func(line string) bool {
			if !o.has('f') {
				var all []byte
				for i := range len(line) {
					if wanted(i + 1) {
						all = append(all, line[i])
					}
				}
				return c.print("%s", all)
			}
			if !strings.Contains(line, delimiter) {
				return o.has('s') || c.print("%s", line)
			}
			var fields []string
			for i, field := range strings.Split(line, delimiter) {
				if wanted(i + 1) {
					fields = append(fields, field)
				}
			}
			return c.print("%s", strings.Join(fields, delimiter))
		})
	})
	if !isFine {
		return 1
	}
	return 0
}

// ranges reads a list as `1,3-5,7-`.
func ranges(list string) (func(int) bool, error) {
	var all [][2]int
	for one := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(one, "-")
		from, err := strconv.Atoi(first)
		if first == "" && isRange {
			from, err = 1, nil
		}
		if err != nil || from < 1 {
			return nil, fmt.Errorf("bad list `%s`", list)
		}
		to := from
		if isRange {
			if to, err = strconv.Atoi(last); last == "" {
				to, err = 1<<30, nil
			}
		}
		if err != nil {
			return nil, fmt.Errorf("bad list `%s`: %w", list, err)
		}
		all = append(all, [2]int{from, to})
	}
	return func(n int) bool {
		return slices.ContainsFunc(all, func(r [2]int) bool { return n >= r[0] && n <= r[1] })
	}, nil
}

func tr(c *call) int {
	o := c.options("dsc")
	if o == nil {
		return 1
	}
	if len(o.operands) == 0 || len(o.operands) == 1 && !o.has('d') && !o.has('s') {
		c.say("a set of characters is missing")
		return 1
	}
	from := letters(o.operands[0])
	var to []byte
	if len(o.operands) > 1 {
		to = letters(o.operands[1])
	}
	part := make([]byte, 4096)
	last := -1
	for c.ctx.Err() == nil {
		n, err := c.stdin().Read(part)
		var all []byte
		for _, one := range part[:n] {
			at := slices.Index(from, one)
			if isIn := at >= 0; isIn != o.has('c') {
				switch {
				case o.has('d'):
					continue
				case len(to) > 0 && o.has('c'):
					one = to[len(to)-1]
				case len(to) > 0:
					one = to[min(at, len(to)-1)]
				}
				if o.has('s') && last == int(one) {
					continue
				}
				last = int(one)
			} else {
				last = -1
			}
			all = append(all, one)
		}
		if _, failed := c.Stdout.Write(all); failed != nil || err != nil {
			break
		}
	}
	return 0
}

// letters spells a set of tr out.
func letters(set string) []byte {
	for name, all := range map[string]string{"[:upper:]": "A-Z", "[:lower:]": "a-z", "[:digit:]": "0-9", "[:alpha:]": "A-Za-z", "[:alnum:]": "0-9A-Za-z", "[:space:]": " \t\n\v\f\r", "[:blank:]": " \t"} {
		set = strings.ReplaceAll(set, name, all)
	}
	set = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\r`, "\r", `\0`, "\x00", `\\`, `\`).Replace(set)
	var all []byte
	for i := 0; i < len(set); i++ {
		if i+2 < len(set) && set[i+1] == '-' && set[i] <= set[i+2] {
			for one := int(set[i]); one <= int(set[i+2]); one++ {
				all = append(all, byte(one))
			}
			i += 2
			continue
		}
		all = append(all, set[i])
	}
	return all
}

func base64Tool(c *call) int {
	o := c.options("dw:i")
	if o == nil {
		return 1
	}
	isRight := true
	isFine := c.each(o.operands, func(_ string, from io.Reader) {
		text, _ := io.ReadAll(io.LimitReader(from, mostHeld))
		if !o.has('d') {
			encoded := base64.StdEncoding.EncodeToString(text)
			width := 76
			if o.has('w') {
				width = number(o, 'w', 'w')
			}
			for width > 0 && len(encoded) > width {
				c.print("%s", encoded[:width])
				encoded = encoded[width:]
			}
			fmt.Fprint(c.Stdout, encoded)
			if width > 0 {
				fmt.Fprintln(c.Stdout)
			}
			return
		}
		decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
		if c.Stdout.Write(decoded); err != nil {
			c.say("invalid input")
			isRight = false
		}
	})
	if !isFine || !isRight {
		return 1
	}
	return 0
}
