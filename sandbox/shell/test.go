package shell

// This file is `test`, `[` and `[[`: questions about files and texts. It must not know where files are.

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"sandbox/rights"
)

// Test answers what `test` is asked: 0 for yes, 1 for no, 2 where the question makes no sense. stat sees a file by its name, and may
// tells what may be done with it.
func Test(name string, words []string, stat func(string) (fs.FileInfo, error), may func(fs.FileInfo, fs.FileMode) bool) (int, error) {
	if end := map[string]string{"[": "]", "[[": "]]"}[name]; end != "" {
		if len(words) == 0 || words[len(words)-1] != end {
			return 2, fmt.Errorf("missing %s", end)
		}
		words = words[:len(words)-1]
	}
	q := &question{words: words, stat: stat, may: may, isGlob: name == "[["}
	if len(words) == 0 {
		return 1, nil
	}
	yes := q.or()
	if q.err == nil && len(q.words) > 0 {
		q.err = fmt.Errorf("%s: unknown operand", q.words[0])
	}
	switch {
	case q.err != nil:
		return 2, q.err
	case yes:
		return 0, nil
	}
	return 1, nil
}

// question is read from left to right.
type question struct {
	words  []string
	stat   func(string) (fs.FileInfo, error)
	may    func(fs.FileInfo, fs.FileMode) bool
	isGlob bool
	err    error
}

func (q *question) take(word string) bool {
	if len(q.words) > 0 && q.words[0] == word {
		q.words = q.words[1:]
		return true
	}
	return false
}

func (q *question) or() bool {
	yes := q.and()
	for q.take("-o") || q.take("||") {
		// Both sides are read.
		other := q.and()
		yes = yes || other
	}
	return yes
}

func (q *question) and() bool {
	yes := q.not()
	for q.take("-a") || q.take("&&") {
		other := q.not()
		yes = yes && other
	}
	return yes
}

func (q *question) not() bool {
	if len(q.words) > 1 && q.words[0] == "!" && !(len(q.words) == 3 && isBinary(q.words[1])) {
		q.words = q.words[1:]
		return !q.not()
	}
	return q.one()
}

func isBinary(word string) bool {
	return slices.Contains([]string{"=", "==", "!=", "<", ">", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"}, word)
}

func (q *question) one() bool {
	switch {
	case len(q.words) == 0:
		q.err = errors.New("argument expected")
		return false
	case len(q.words) >= 3 && isBinary(q.words[1]):
		left, operator, right := q.words[0], q.words[1], q.words[2]
		q.words = q.words[3:]
		return q.compare(left, operator, right)
	case q.take("("):
		yes := q.or()
		if !q.take(")") {
			q.err = errors.New("closing paren expected")
		}
		return yes
	case len(q.words) >= 2 && len(q.words[0]) == 2 && q.words[0][0] == '-' && strings.ContainsAny(q.words[0][1:], "bcdefghkLnprsStuwxzOG"):
		operator, operand := q.words[0], q.words[1]
		q.words = q.words[2:]
		return q.about(operator[1], operand)
	}
	word := q.words[0]
	q.words = q.words[1:]
	return word != ""
}

func (q *question) compare(left, operator, right string) bool {
	switch operator {
	case "=", "==":
		return left == right || q.isGlob && matches(right, left)
	case "!=":
		return left != right && !(q.isGlob && matches(right, left))
	case "<":
		return left < right
	case ">":
		return left > right
	case "=~":
		expression, err := regexp.Compile(right)
		return err == nil && expression.MatchString(left)
	case "-nt", "-ot", "-ef":
		return q.compareFiles(left, operator, right)
	}
	a, noNumber := strconv.ParseInt(strings.TrimSpace(left), 10, 64)
	b, norThis := strconv.ParseInt(strings.TrimSpace(right), 10, 64)
	if noNumber != nil || norThis != nil {
		wrong := left
		if noNumber == nil {
			wrong = right
		}
		q.err = fmt.Errorf("%s: bad number", wrong)
		return false
	}
	return map[string]bool{"-eq": a == b, "-ne": a != b, "-lt": a < b, "-le": a <= b, "-gt": a > b, "-ge": a >= b}[operator]
}

func (q *question) compareFiles(left, operator, right string) bool {
	one, err := q.stat(left)
	other, alsoErr := q.stat(right)
	if err != nil || alsoErr != nil {
		return false
	}
	switch operator {
	case "-nt":
		return one.ModTime().After(other.ModTime())
	case "-ot":
		return one.ModTime().Before(other.ModTime())
	}
	return left == right
}

func (q *question) about(operator byte, operand string) bool {
	switch operator {
	case 'n':
		return operand != ""
	case 'z':
		return operand == ""
	case 't':
		return false
	}
	about, err := q.stat(operand)
	if err != nil {
		return false
	}
	mode := about.Mode()
	switch operator {
	case 'd':
		return mode.IsDir()
	case 'f':
		return mode.IsRegular()
	case 'h', 'L':
		return mode&fs.ModeSymlink != 0
	case 'p':
		return mode&fs.ModeNamedPipe != 0
	case 'S':
		return mode&fs.ModeSocket != 0
	case 'c':
		return mode&fs.ModeCharDevice != 0
	case 'b':
		return mode&fs.ModeDevice != 0 && mode&fs.ModeCharDevice == 0
	case 's':
		return about.Size() > 0
	case 'r':
		return q.may(about, rights.Read)
	case 'w':
		return q.may(about, rights.Write)
	case 'x':
		return q.may(about, rights.Run)
	}
	return true
}

func (s *state) test(name string, words []string) int {
	code, err := Test(name, words, func(file string) (fs.FileInfo, error) {
		if file == "" {
			return nil, fs.ErrNotExist
		}
		return s.options.System.Stat(s.absolute(file))
	}, s.options.System.May)
	if err != nil {
		s.complain("%s%v", map[bool]string{true: "", false: name + ": "}[s.options.Style == Ash], err)
	}
	return code
}

// testClause is `[[ … ]]` in the language of Bash.
func (s *state) testClause(c *syntax.TestClause) {
	yes := s.answer(c.X)
	if s.flow == onward {
		s.status = map[bool]int{true: 0, false: 1}[yes]
	}
}

func (s *state) answer(question syntax.TestExpr) bool {
	switch q := question.(type) {
	case *syntax.Word:
		text, ok := s.literal(q)
		return ok && text != ""
	case *syntax.ParenTest:
		return s.answer(q.X)
	case *syntax.UnaryTest:
		if q.Op == syntax.TsNot {
			return !s.answer(q.X)
		}
		word, isWord := q.X.(*syntax.Word)
		operand, ok := s.literal(word)
		if !isWord || !ok {
			return false
		}
		if q.Op == syntax.TsVarSet {
			return s.vars.find(operand).IsSet()
		}
		return s.test("test", []string{q.Op.String(), operand}) == 0
	case *syntax.BinaryTest:
		switch q.Op {
		case syntax.AndTest:
			return s.answer(q.X) && s.answer(q.Y)
		case syntax.OrTest:
			return s.answer(q.X) || s.answer(q.Y)
		}
		return s.answerTwo(q)
	}
	return false
}

func (s *state) answerTwo(q *syntax.BinaryTest) bool {
	one, isOne := q.X.(*syntax.Word)
	other, isOther := q.Y.(*syntax.Word)
	left, ok := s.literal(one)
	if !isOne || !isOther || !ok {
		return false
	}
	switch q.Op {
	case syntax.TsMatch, syntax.TsMatchShort:
		return s.fits(left, other)
	case syntax.TsNoMatch:
		return !s.fits(left, other)
	}
	right, ok := s.expand(func() (string, error) { return expand.Literal(s.config, other) })
	return ok && s.test("test", []string{left, q.Op.String(), right}) == 0
}
