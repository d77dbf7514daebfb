package workload

// This file is `expr`: what its words come to, with the precedence that POSIX gives.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/expr.html

import (
	"cmp"
	"errors"
	"regexp"
	"strconv"
)

// levels are the operators that join two values, the weakest first.
var levels = [...][]string{{"|"}, {"&"}, {"=", "==", "!=", "<", "<=", ">", ">="}, {"+", "-"}, {"*", "/", "%"}, {":"}}

var errExpression = errors.New("syntax error")

// expression is what of the words is not read yet.
type expression struct{ words []string }

// expr ends with 0 for a value, 1 for an empty one or a zero, and 2 for what is no expression.
func expr(c *call) int {
	e := &expression{c.arguments[1:]}
	value, err := e.level(0)
	if err == nil && len(e.words) > 0 {
		err = errExpression
	}
	if err != nil {
		c.say("%s", err)
		return 2
	}
	c.print("%s", value)
	if isNothing(value) {
		return 1
	}
	return 0
}

func isNothing(value string) bool {
	number, err := strconv.ParseInt(value, 10, 64)
	return value == "" || err == nil && number == 0
}

// level reads values that operators of a level or a stronger one join, from left to right.
func (e *expression) level(n int) (string, error) {
	if n == len(levels) {
		return e.value()
	}
	left, err := e.level(n + 1)
	for err == nil {
		operator := e.operator(n)
		if operator == "" {
			break
		}
		var right string
		if right, err = e.level(n + 1); err == nil {
			left, err = join(left, operator, right)
		}
	}
	return left, err
}

// operator takes the next word if it is an operator of the level.
func (e *expression) operator(n int) string {
	for _, known := range levels[n] {
		if len(e.words) > 0 && e.words[0] == known {
			e.words = e.words[1:]
			return known
		}
	}
	return ""
}

func (e *expression) value() (string, error) {
	if len(e.words) == 0 {
		return "", errExpression
	}
	word := e.words[0]
	e.words = e.words[1:]
	switch {
	case word == "(":
		value, err := e.level(0)
		if err != nil || len(e.words) == 0 || e.words[0] != ")" {
			return "", errExpression
		}
		e.words = e.words[1:]
		return value, nil
	case word == "length" && len(e.words) > 0:
		text, err := e.value()
		return strconv.Itoa(len([]rune(text))), err
	}
	return word, nil
}

func join(left, operator, right string) (string, error) {
	one, notOne := strconv.ParseInt(left, 10, 64)
	other, notOther := strconv.ParseInt(right, 10, 64)
	areNumbers := notOne == nil && notOther == nil
	switch operator {
	case "|":
		if !isNothing(left) {
			return left, nil
		}
		return right, nil
	case "&":
		if isNothing(left) || isNothing(right) {
			return "0", nil
		}
		return left, nil
	case ":":
		return matched(left, right)
	case "+", "-", "*", "/", "%":
		if !areNumbers {
			return "", errors.New("non-integer argument")
		}
		return reckon(one, operator, other)
	}
	order := cmp.Compare(left, right)
	if areNumbers {
		order = cmp.Compare(one, other)
	}
	holds := map[string]bool{"=": order == 0, "==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}
	if holds[operator] {
		return "1", nil
	}
	return "0", nil
}

func reckon(one int64, operator string, other int64) (string, error) {
	switch {
	case operator == "+":
		one += other
	case operator == "-":
		one -= other
	case operator == "*":
		one *= other
	case other == 0:
		return "", errors.New("division by zero")
	case operator == "/":
		one /= other
	default:
		one %= other
	}
	return strconv.FormatInt(one, 10), nil
}

// matched compares the beginning of a text with a pattern: what its group has, or how long it is.
func matched(text, pattern string) (string, error) {
	compiled, err := regexp.Compile("^(?:" + basicExpression(pattern) + ")")
	if err != nil {
		return "", errExpression
	}
	found := compiled.FindStringSubmatch(text)
	switch {
	case compiled.NumSubexp() > 0 && found != nil:
		return found[1], nil
	case compiled.NumSubexp() > 0:
		return "", nil
	case found == nil:
		return "0", nil
	}
	return strconv.Itoa(len([]rune(found[0]))), nil
}
