package workload

// This file is the commands that look at the container: each takes a call and returns its exit code, with the words of
// the BusyBox tool of that name. They must not touch the host.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sandbox/shell"
)

// refuse says that an option or use of a command is not there.
func (c *call) refuse(format string, arguments ...any) int {
	fmt.Fprintf(c.Stderr, "%s: in this image it %s\n", path.Base(c.arguments[0]), fmt.Sprintf(format, arguments...))
	return 2
}

func cat(c *call) int {
	o := c.options("u")
	if o == nil {
		return 1
	}
	if len(o.operands) == 0 {
		o.operands = []string{"-"}
	}
	return c.forEach(o.operands, "can't open '%s': %s", func(name string) error {
		file, err := c.open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = io.Copy(c.Stdout, file)
		switch {
		case errors.Is(err, syscall.EISDIR):
			return err
		case err != nil && c.ctx.Err() == nil:
			return complain("write error: %s", words(err))
		}
		return nil
	})
}

// words are what a C program says of a file error.
func words(err error) string {
	if errors.Is(err, errIsFolder) {
		return "Is a directory"
	}
	return shell.Reason(err)
}

func ls(c *call) int {
	var long, all, isItself, isForPeople, isByTime, isReversed bool
	var names []string
	for _, argument := range c.arguments[1:] {
		if letters, ok := strings.CutPrefix(argument, "-"); ok && letters != "" {
			if rest := strings.Trim(letters, "alA1dhtr"); rest != "" {
				return c.refuse("knows the options -a, -A, -l, -d, -h, -t, -r and -1")
			}
			long = long || strings.Contains(letters, "l")
			all = all || strings.ContainsAny(letters, "aA")
			isItself = isItself || strings.Contains(letters, "d")
			isForPeople = isForPeople || strings.Contains(letters, "h")
			isByTime = isByTime || strings.Contains(letters, "t")
			isReversed = isReversed || strings.Contains(letters, "r")
			continue
		}
		names = append(names, argument)
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	show := func(entry fs.FileInfo, name string) {
		if !long {
			c.print("%s", name)
			return
		}
		user, group := owner(entry)
		size := strconv.FormatInt(entry.Size(), 10)
		if isForPeople {
			size = kib((entry.Size()+1023)/1024, true)
		}
		c.print("%s 1 %-4s %-4s %8s %s %s", modeOf(entry), user, group, size, entry.ModTime().UTC().Format("Jan _2 15:04"), name)
	}
	return c.forEach(names, "%s: %s", func(name string) error {
		about, err := c.world.Stat(c.absolute(name))
		if err != nil {
			return err
		}
		if !about.IsDir() || isItself {
			show(about, name)
			return nil
		}
		entries, err := c.world.ReadDir(c.absolute(name))
		if err != nil {
			return err
		}
		if len(names) > 1 {
			c.print("%s:", name)
		}
		if isByTime {
			slices.SortStableFunc(entries, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
		}
		if isReversed {
			slices.Reverse(entries)
		}
		for _, entry := range entries {
			if all || !strings.HasPrefix(entry.Name(), ".") {
				show(entry, entry.Name())
			}
		}
		return nil
	})
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
	if seen := c.world.Processes(); len(seen) > 0 {
		return seen
	}
	user, _ := c.world.User()
	var all []Running
	if shared, ok := c.world.(Neighbours); ok {
		all = shared.Neighbours()
	}
	if c.first != nil {
		all = append(all, Running{nextID(all), user, c.first.CommandLine()})
	}
	for _, command := range append(slices.Clone(c.above), c.arguments) {
		all = append(all, Running{nextID(all), user, command})
	}
	return all
}

// Neighbours are the processes of other containers that a simulated container sees, as one that is added to debug another.
type Neighbours interface {
	Neighbours() []Running
}

func nextID(all []Running) int {
	if len(all) == 0 {
		return 1
	}
	return 6 + len(all)
}

func userName(user int64) string {
	if user == 0 {
		return "root"
	}
	return strconv.FormatInt(user, 10)
}

func hostname(c *call) int {
	o := c.options("fis")
	if o == nil {
		return 1
	}
	if !o.has('f') && !o.has('i') {
		c.print("%s", c.world.Hostname())
		return 0
	}
	name, addresses, err := c.world.Lookup(c.ctx, c.world.Hostname())
	switch {
	case err != nil:
		c.say("%s: %s", c.world.Hostname(), "Unknown host")
		return 1
	case o.has('i'):
		c.print("%s", strings.Join(addresses, " "))
	default:
		c.print("%s", name)
	}
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
		if context.Cause(c.ctx) == shell.Interrupted {
			return 130
		}
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
