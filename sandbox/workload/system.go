package workload

// This file is the tools that tell about the system and run other commands. What a simulated machine does not have they
// say so.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func env(c *call) int {
	variables := c.variables()
	words := c.arguments[1:]
	if len(words) > 0 && (words[0] == "-i" || words[0] == "-") {
		variables, words = []string{}, words[1:]
	}
	for len(words) > 0 && strings.Contains(words[0], "=") {
		variables, words = append(variables[:len(variables):len(variables)], words[0]), words[1:]
	}
	if len(words) > 0 && strings.HasPrefix(words[0], "-") {
		return c.refuse("knows the option -i, and not %s", words[0])
	}
	if len(words) == 0 {
		for _, variable := range variables {
			c.print("%s", variable)
		}
		return 0
	}
	return c.run(c.ctx, words, func(inner *call) { inner.environment = variables })
}

// run starts another program and says what hinders it.
func (c *call) run(ctx context.Context, arguments []string, change func(*call)) int {
	code, err := c.start(ctx, arguments, change)
	if err != nil {
		c.say("can't execute '%s': No such file or directory", arguments[0])
		return 127
	}
	return code
}

func printenv(c *call) int {
	if len(c.arguments) == 1 {
		return env(c)
	}
	code := 0
	for _, name := range c.arguments[1:] {
		value := lookup(c.variables(), name)
		if value == "" {
			code = 1
			continue
		}
		c.print("%s", value)
	}
	return code
}

func timeout(c *call) int {
	words := c.arguments[1:]
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		if words[0] != "-s" && words[0] != "-k" || len(words) < 2 {
			return c.refuse("knows the options -s and -k, and not %s", words[0])
		}
		words = words[2:]
	}
	if len(words) < 2 {
		return c.missing()
	}
	span, forever := sleepSpan(words[0])
	if span < 0 {
		c.say("invalid number '%s'", words[0])
		return 1
	}
	if forever {
		span = longest
	}
	ctx, cancel := context.WithTimeout(c.ctx, span)
	defer cancel()
	code := c.run(ctx, words[1:], func(inner *call) { inner.Stdin = until(ctx, c.stdin()) })
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return 143
	}
	return code
}

// until is a reader whose end comes with a context's; what a read that was under way brings after that is lost.
func until(ctx context.Context, from io.Reader) io.Reader {
	reading, writing := io.Pipe()
	context.AfterFunc(ctx, func() { reading.CloseWithError(io.EOF) })
	go func() {
		_, err := io.Copy(writing, from)
		writing.CloseWithError(err)
	}()
	return reading
}

func xargs(c *call) int {
	// What follows the command's name is the command's own.
	letters, words := "n:I:r0t", c.arguments[1:]
	n, placeholder, isNull := 1<<20, "", false
	for len(words) > 0 && strings.HasPrefix(words[0], "-") {
		option := words[0]
		value := strings.TrimPrefix(option, option[:min(2, len(option))])
		words = words[1:]
		if (strings.HasPrefix(option, "-n") || strings.HasPrefix(option, "-I")) && value == "" && len(words) > 0 {
			value, words = words[0], words[1:]
		}
		switch {
		case strings.HasPrefix(option, "-n"):
			number, err := strconv.Atoi(value)
			if err != nil || number < 1 {
				c.say("invalid number '%s'", value)
				return 1
			}
			n = number
		case strings.HasPrefix(option, "-I"):
			placeholder = value
		case option == "-0":
			isNull = true
		case option == "-r" || option == "-t":
		default:
			return c.unknown(option, letters)
		}
	}
	if len(words) == 0 {
		words = []string{"echo"}
	}
	text, _ := io.ReadAll(io.LimitReader(c.stdin(), mostHeld/64))
	var items []string
	switch {
	case isNull:
		items = strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
	case placeholder != "":
		items = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	default:
		items = strings.Fields(string(text))
	}
	code := 0
	for len(items) > 0 && c.ctx.Err() == nil {
		taken := items[:min(n, len(items))]
		command := append(words[:len(words):len(words)], taken...)
		if placeholder != "" {
			taken, command = items[:1], nil
			for _, word := range words {
				command = append(command, strings.ReplaceAll(word, placeholder, taken[0]))
			}
		}
		items = items[len(taken):]
		if got := c.run(c.ctx, command, func(inner *call) { inner.Stdin = nothing{} }); got != 0 {
			code = 123
		}
	}
	return code
}

func id(c *call) int {
	o := c.options("ugGn")
	if o == nil {
		return 1
	}
	user, group := c.world.User()
	show := func(n int64) string {
		if o.has('n') {
			return userName(n)
		}
		return strconv.FormatInt(n, 10)
	}
	switch {
	case o.has('u'):
		c.print("%s", show(user))
	case o.has('g'):
		c.print("%s", show(group))
	case o.has('G'):
		c.print("%s", strings.Join(each(c.groups(), show), " "))
	default:
		c.print("uid=%s gid=%s groups=%s", named(user), named(group), strings.Join(each(c.groups(), named), ","))
	}
	return 0
}

// groups are those that the container's processes are of, each once, by number.
func (c *call) groups() []int64 {
	_, group := c.world.User()
	all := append([]int64{group}, c.world.Groups()...)
	slices.Sort(all)
	return slices.Compact(all)
}

func each(numbers []int64, write func(int64) string) (texts []string) {
	for _, n := range numbers {
		texts = append(texts, write(n))
	}
	return texts
}

func named(n int64) string {
	if n == 0 {
		return "0(root)"
	}
	return strconv.FormatInt(n, 10)
}

func whoami(c *call) int {
	user, _ := c.world.User()
	if user != 0 {
		c.say("unknown uid %d", user)
		return 1
	}
	c.print("root")
	return 0
}

func uname(c *call) int {
	o := c.options("asnrvmo")
	if o == nil {
		return 1
	}
	release, version, machine := machineNames()
	parts := []struct{ letter, text string }{{"s", "Linux"}, {"n", c.world.Hostname()}, {"r", release}, {"v", version}, {"m", machine}, {"o", "Linux"}}
	var all []string
	for _, part := range parts {
		if o.has('a') || o.has(part.letter[0]) || len(o.given) == 0 && part.letter == "s" {
			all = append(all, part.text)
		}
	}
	c.print("%s", strings.Join(all, " "))
	return 0
}

// machineNames are those of an EKS node's kernel, whatever machine this is.
func machineNames() (release, version, machine string) {
	return "6.12.40-64.114.amzn2023.x86_64", "#1 SMP PREEMPT_DYNAMIC", "x86_64"
}

func kill(c *call) int {
	targets, signal := c.arguments[1:], syscall.SIGTERM
	if len(targets) > 0 && targets[0] == "-l" {
		c.print("HUP INT QUIT KILL USR1 USR2 TERM")
		return 0
	}
	if len(targets) > 0 && strings.HasPrefix(targets[0], "-") {
		name := strings.TrimPrefix(targets[0], "-")
		if targets = targets[1:]; name == "s" && len(targets) > 0 {
			name, targets = targets[0], targets[1:]
		}
		number, err := strconv.Atoi(name)
		known, ok := map[string]syscall.Signal{"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15}[strings.TrimPrefix(strings.ToUpper(name), "SIG")]
		switch {
		case err == nil:
			signal = syscall.Signal(number)
		case ok:
			signal = known
		default:
			c.say("bad signal name '%s'", name)
			return 1
		}
	}
	if len(targets) == 0 {
		c.say("you need to specify whom to kill")
		return 1
	}
	code := 0
	for _, word := range targets {
		number, err := strconv.Atoi(word)
		if err != nil {
			c.say("invalid number '%s'", word)
			code = 1
			continue
		}
		if c.endCaller(number, signal) {
			continue
		}
		if err := c.world.Signal(number, signal); err != nil {
			c.say("can't kill pid %d: %s", number, words(err))
			code = 1
		}
	}
	return code
}

func which(c *call) int {
	code := 0
	for _, name := range c.arguments[1:] {
		if where := c.find(name); where != "" {
			c.print("%s", where)
		} else {
			code = 1
		}
	}
	return code
}

func busybox(c *call) int {
	if len(c.arguments) == 1 {
		c.print("BusyBox v1.37.0 (simulated) multi-call binary.\n\nCurrently defined functions:\n\t%s", strings.Join(c.model.Exec, ", "))
		return 0
	}
	return c.run(c.ctx, c.arguments[1:], func(inner *call) { inner.above, inner.signals = c.above, c.signals })
}

func df(c *call) int {
	return c.refuse("does not tell: the sandbox reckons no disks (a volume's size is in `kubectl get pvc`)")
}
func free(c *call) int {
	return c.refuse("does not tell: a container sees its node's memory, which the sandbox does not have")
}
func top(c *call) int {
	return c.refuse("does not tell: the sandbox reckons no processor time here; `ps` lists the processes")
}

func date(c *call) int {
	now := time.Now().UTC()
	for _, word := range c.arguments[1:] {
		format, isFormat := strings.CutPrefix(word, "+")
		switch {
		case word == "-u":
		case isFormat:
			c.print("%s", dateText(now, format))
			return 0
		default:
			return c.refuse("knows -u and +FORMAT, and not %s", word)
		}
	}
	c.print("%s", now.Format("Mon Jan _2 15:04:05 UTC 2006"))
	return 0
}

func dateText(now time.Time, format string) string {
	return strings.NewReplacer("%Y", now.Format("2006"), "%m", now.Format("01"), "%d", now.Format("02"), "%H", now.Format("15"), "%M", now.Format("04"), "%S", now.Format("05"),
		"%s", strconv.FormatInt(now.Unix(), 10), "%N", fmt.Sprintf("%09d", now.Nanosecond()), "%T", now.Format("15:04:05"), "%F", now.Format("2006-01-02"), "%D", now.Format("01/02/06"),
		"%a", now.Format("Mon"), "%b", now.Format("Jan"), "%y", now.Format("06"), "%Z", "UTC", "%z", "+0000", "%j", fmt.Sprintf("%03d", now.YearDay()), "%%", "%").Replace(format)
}
