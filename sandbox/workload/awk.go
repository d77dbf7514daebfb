package workload

// This file is the one sentence of awk that people type: which lines, and what of each to print. A program that says more is
// refused.

import (
	"bufio"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// awkLine is a line with its fields; the first one is the whole line.
type awkLine struct {
	fields []string
	number int
}

var (
	awkProgram   = regexp.MustCompile(`^\s*(?:/((?:[^/\\]|\\.)*)/|NR\s*(==|!=|<=|>=|<|>)\s*(\d+)|(END))?\s*(?:\{\s*print\b\s*([^{}]*?)\s*;?\s*\})?\s*$`)
	awkWord      = regexp.MustCompile(`^(?:\$(\d+|NF)|(NR|NF)|"((?:[^"\\]|\\.)*)")\s*(,?)\s*`)
	errAwk       = errors.New("has one sentence: [/PATTERN/ or NR==NUMBER or END] { print WORDS }, whose words are $1, $NF, NR, NF and \"text\"")
	awkUnescaped = strings.NewReplacer(`\t`, "\t", `\n`, "\n", `\"`, `"`, `\\`, `\`)
)

func awk(c *call) int {
	o := c.options("F:")
	if o == nil {
		return 1
	}
	if len(o.operands) == 0 {
		return c.missing()
	}
	said := awkProgram.FindStringSubmatch(o.operands[0])
	if said == nil || strings.TrimSpace(o.operands[0]) == "" {
		return c.refuse("%s", errAwk)
	}
	pattern, err := regexp.Compile(said[1])
	if err != nil {
		return c.refuse("%s", errAwk)
	}
	words, ok := awkWords(said[5])
	if !ok {
		return c.refuse("%s", errAwk)
	}
	var last awkLine
	separator := awkUnescaped.Replace(o.given['F'])
	code := c.forEach(orStdin(o.operands[1:]), "can't open '%s': %s", func(name string) error {
		file, err := c.open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		lines := bufio.NewReader(io.LimitReader(file, mostHeld))
		for {
			text, err := lines.ReadString('\n')
			if text == "" && err != nil {
				return nil
			}
			last = awkSplit(strings.TrimSuffix(text, "\n"), separator, last.number+1)
			if said[4] == "" && pattern.MatchString(last.fields[0]) && awkCompares(last.number, said[2], said[3]) {
				c.print("%s", words(last))
			}
		}
	})
	if said[4] != "" {
		if last.fields == nil {
			last.fields = []string{""}
		}
		c.print("%s", words(last))
	}
	return code
}

func orStdin(names []string) []string {
	if len(names) == 0 {
		return []string{"-"}
	}
	return names
}

// awkSplit splits at white space, or at what `-F` says.
func awkSplit(text, separator string, number int) awkLine {
	fields := strings.Fields(text)
	if separator != "" && separator != " " {
		fields = strings.Split(text, separator)
	}
	return awkLine{append([]string{text}, fields...), number}
}

func awkCompares(number int, operator, with string) bool {
	other, _ := strconv.Atoi(with)
	switch operator {
	case "==":
		return number == other
	case "!=":
		return number != other
	case "<=":
		return number <= other
	case ">=":
		return number >= other
	case "<":
		return number < other
	case ">":
		return number > other
	}
	return true
}

// awkWords is what a list of words prints of a line: words with a comma between them have a space there.
func awkWords(text string) (print func(awkLine) string, ok bool) {
	var parts []func(awkLine) string
	for text != "" {
		found := awkWord.FindStringSubmatch(text)
		if found == nil {
			return nil, false
		}
		text = text[len(found[0]):]
		parts = append(parts, awkValue(found[1], found[2], found[3]))
		if found[4] != "" {
			parts = append(parts, func(awkLine) string { return " " })
		}
	}
	if parts == nil {
		parts = append(parts, awkValue("0", "", ""))
	}
	return func(line awkLine) string {
		var out strings.Builder
		for _, part := range parts {
			out.WriteString(part(line))
		}
		return out.String()
	}, true
}

func awkValue(field, variable, text string) func(awkLine) string {
	switch {
	case variable == "NR":
		return func(line awkLine) string { return strconv.Itoa(line.number) }
	case variable == "NF":
		return func(line awkLine) string { return strconv.Itoa(len(line.fields) - 1) }
	case field == "NF":
		return func(line awkLine) string { return line.fields[len(line.fields)-1] }
	case field != "":
		n, _ := strconv.Atoi(field) // digits
		return func(line awkLine) string {
			if n >= len(line.fields) {
				return ""
			}
			return line.fields[n]
		}
	}
	return func(awkLine) string { return awkUnescaped.Replace(text) }
}
