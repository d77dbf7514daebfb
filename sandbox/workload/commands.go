package workload

// This file is the commands that look at the container: each takes a call and returns its exit code, with the words of
// the BusyBox tool of that name. They must not touch the host.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func env(c *call) int {
	if len(c.arguments) == 1 {
		for _, variable := range c.world.Environment() {
			fmt.Fprintln(c.Stdout, variable)
		}
		return 0
	}
	if c.arguments[0] == "env" {
		return c.refuse("runs no other program here; use it without arguments")
	}
	code := 0
	for _, name := range c.arguments[1:] {
		value := lookup(c.world.Environment(), name)
		if value == "" {
			code = 1
			continue
		}
		fmt.Fprintln(c.Stdout, value)
	}
	return code
}

// refuse says that an option or use of a command is not there.
func (c *call) refuse(format string, arguments ...any) int {
	fmt.Fprintf(c.Stderr, "%s: in this image it %s\n", path.Base(c.arguments[0]), fmt.Sprintf(format, arguments...))
	return 2
}

func cat(c *call) int {
	code := 0
	for _, name := range c.arguments[1:] {
		if name == "-" && c.Stdin != nil {
			io.Copy(c.Stdout, c.Stdin)
			continue
		}
		text, err := c.world.ReadFile(absolute(name))
		if err != nil {
			fmt.Fprintf(c.Stderr, "cat: can't open '%s': %s\n", name, words(err))
			code = 1
			continue
		}
		c.Stdout.Write(text)
	}
	if len(c.arguments) == 1 && c.Stdin != nil {
		io.Copy(c.Stdout, c.Stdin)
	}
	return code
}

// absolute is a path seen from the working directory, which is always `/`.
func absolute(name string) string { return path.Join("/", name) }

// words are what a C program says of a file error.
func words(err error) string {
	var number syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "No such file or directory"
	case errors.Is(err, fs.ErrPermission):
		return "Permission denied"
	case errors.As(err, &number):
		text := number.Error()
		return strings.ToUpper(text[:1]) + text[1:]
	default:
		return "Is a directory"
	}
}

func ls(c *call) int {
	var long, all bool
	var names []string
	for _, argument := range c.arguments[1:] {
		if letters, ok := strings.CutPrefix(argument, "-"); ok && letters != "" {
			if rest := strings.Trim(letters, "alA1"); rest != "" {
				return c.refuse("knows the options -a, -A, -l and -1")
			}
			long = long || strings.Contains(letters, "l")
			all = all || strings.ContainsAny(letters, "aA")
			continue
		}
		names = append(names, argument)
	}
	if len(names) == 0 {
		names = []string{"/"}
	}
	code := 0
	for _, name := range names {
		entries, err := c.world.ReadDir(absolute(name))
		if err != nil {
			if _, file := c.world.ReadFile(absolute(name)); file != nil {
				fmt.Fprintf(c.Stderr, "ls: %s: %s\n", name, words(err))
				code = 1
				continue
			}
			fmt.Fprintln(c.Stdout, name)
			continue
		}
		if len(names) > 1 {
			fmt.Fprintf(c.Stdout, "%s:\n", name)
		}
		for _, entry := range entries {
			switch {
			case strings.HasPrefix(entry.Name(), ".") && !all:
			case long:
				user, group := owner(entry)
				fmt.Fprintf(c.Stdout, "%s 1 %-4s %-4s %8d %s %s\n", modeOf(entry), user, group, entry.Size(), entry.ModTime().UTC().Format("Jan _2 15:04"), entry.Name())
			default:
				fmt.Fprintln(c.Stdout, entry.Name())
			}
		}
	}
	return code
}

// Owned is a file that says whose it is; another one is root's.
type Owned interface {
	Owner() (user, group int64)
}

func owner(entry fs.FileInfo) (user, group string) {
	if owned, ok := entry.(Owned); ok {
		one, other := owned.Owner()
		return userName(one), userName(other)
	}
	return userName(0), userName(0)
}

// modeOf is a file's mode as `ls` writes it.
func modeOf(entry fs.FileInfo) string {
	kind := "-"
	switch mode := entry.Mode(); {
	case mode.IsDir():
		kind = "d"
	case mode&fs.ModeSymlink != 0:
		kind = "l"
	case mode&fs.ModeCharDevice != 0:
		kind = "c"
	case mode&fs.ModeDevice != 0:
		kind = "b"
	case mode&fs.ModeSocket != 0:
		kind = "s"
	case mode&fs.ModeNamedPipe != 0:
		kind = "p"
	}
	return kind + entry.Mode().Perm().String()[1:]
}

func ps(c *call) int {
	fmt.Fprintln(c.Stdout, "PID   USER     TIME  COMMAND")
	for _, running := range c.processes() {
		fmt.Fprintf(c.Stdout, "%5d %-8s  0:00 %s\n", running.ID, userName(running.User), strings.Join(running.Command, " "))
	}
	return 0
}

func (c *call) processes() []Running {
	switch seen := c.world.Processes(); {
	case len(seen) > 0:
		return seen
	case c.first != nil:
		user := c.first.model.User
		return []Running{{1, user, c.first.CommandLine()}, {7, user, c.arguments}}
	default:
		return []Running{{1, 0, c.arguments}}
	}
}

func userName(user int64) string {
	if user == 0 {
		return "root"
	}
	return strconv.FormatInt(user, 10)
}

func echo(c *call) int {
	fmt.Fprintln(c.Stdout, strings.Join(c.arguments[1:], " "))
	return 0
}

func date(c *call) int {
	fmt.Fprintln(c.Stdout, time.Now().UTC().Format("Mon Jan _2 15:04:05 UTC 2006"))
	return 0
}

func hostname(c *call) int {
	fmt.Fprintln(c.Stdout, c.world.Hostname())
	return 0
}

func sleep(c *call) int {
	if len(c.arguments) != 2 {
		fmt.Fprintln(c.Stderr, "sleep: missing operand")
		return 1
	}
	span, forever := sleepSpan(c.arguments[1])
	if forever {
		span = longest
	}
	if span < 0 {
		fmt.Fprintf(c.Stderr, "sleep: invalid number '%s'\n", c.arguments[1])
		return 1
	}
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
		return 0
	case <-c.ctx.Done():
		return 143
	}
}

// sleepSpan reads the operand of sleep: seconds, or a number with s, m, h or d. A span below 0 is no number.
func sleepSpan(operand string) (span time.Duration, forever bool) {
	if operand == "infinity" || operand == "inf" {
		return 0, true
	}
	unit := time.Second
	number := strings.TrimRight(operand, "smhd")
	switch strings.TrimPrefix(operand, number) {
	case "", "s":
	case "m":
		unit = time.Minute
	case "h":
		unit = time.Hour
	case "d":
		unit = 24 * time.Hour
	default:
		return -1, false
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || value < 0 || value > 1e6 {
		return -1, false
	}
	return time.Duration(value * float64(unit)), false
}
