package workload

// This file is the tools that write what their arguments say. They read nothing.

import (
	"io"
	"path"
	"strconv"
	"strings"

	"sandbox/shell"
)

func seq(c *call) int {
	words := c.arguments[1:]
	numbers := make([]int, len(words))
	for i, word := range words {
		number, err := strconv.Atoi(word)
		if err != nil {
			c.say("invalid number '%s'", word)
			return 1
		}
		numbers[i] = number
	}
	from, by, to := 1, 1, 0
	switch len(numbers) {
	case 1:
		to = numbers[0]
	case 2:
		from, to = numbers[0], numbers[1]
	case 3:
		from, by, to = numbers[0], numbers[1], numbers[2]
	default:
		return c.missing()
	}
	if by == 0 {
		c.say("the step is 0")
		return 1
	}
	for n := from; by > 0 && n <= to || by < 0 && n >= to; n += by {
		if c.ctx.Err() != nil || !c.print("%d", n) {
			break
		}
	}
	return 0
}

func yes(c *call) int {
	text := "y"
	if len(c.arguments) > 1 {
		text = strings.Join(c.arguments[1:], " ")
	}
	for c.ctx.Err() == nil && c.print("%s", text) {
	}
	return 1
}

func echo(c *call) int {
	if _, err := io.WriteString(c.Stdout, shell.Echo(c.arguments[1:], false)); err != nil {
		return 1
	}
	return 0
}

func printf(c *call) int {
	text, err := shell.Printf(c.arguments[1:])
	io.WriteString(c.Stdout, text)
	if err != nil {
		c.say("%v", err)
		return 1
	}
	return 0
}

func pwd(c *call) int      { c.print("%s", c.in()); return 0 }
func basename(c *call) int { return c.name(path.Base) }
func dirname(c *call) int  { return c.name(path.Dir) }

func (c *call) name(of func(string) string) int {
	if len(c.arguments) < 2 {
		return c.missing()
	}
	name := of(c.arguments[1])
	if len(c.arguments) > 2 && strings.TrimSuffix(name, c.arguments[2]) != "" {
		name = strings.TrimSuffix(name, c.arguments[2])
	}
	c.print("%s", name)
	return 0
}
