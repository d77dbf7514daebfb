package workload

// This file is the commands that look at the container: each takes a call and returns its exit code, with the words of
// the BusyBox tool of that name. They must not touch the host.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sandbox/rights"
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
		if err == nil {
			defer file.Close()
			_, err = io.Copy(c.Stdout, file)
		} else if !errors.Is(err, syscall.EISDIR) {
			return err
		}
		switch {
		case errors.Is(err, syscall.EISDIR):
			return complain("read error: %s", words(err))
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
	var long, all, isItself, isForPeople, isByTime, isReversed, inNumbers bool
	var names []string
	for _, argument := range c.arguments[1:] {
		if letters, ok := strings.CutPrefix(argument, "-"); ok && letters != "" {
			if rest := strings.Trim(letters, "alnA1dhtr"); rest != "" {
				return c.refuse("knows the options -a, -A, -l, -n, -d, -h, -t, -r and -1")
			}
			long = long || strings.ContainsAny(letters, "ln")
			inNumbers = inNumbers || strings.Contains(letters, "n")
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
		if inNumbers {
			user, group = numberOf(user), numberOf(group)
		}
		links := 1
		if entry.IsDir() {
			links = 2
		}
		size := strconv.FormatInt(entry.Size(), 10)
		if isForPeople {
			size = kib((entry.Size()+1023)/1024, true)
		}
		c.print("%s %4d %-8s %-8s %9s %s %s", modeOf(entry), links, user, group, size, entry.ModTime().UTC().Format("Jan _2 15:04"), name)
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
			return complain("can't open '%s': %s", name, words(err))
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

func owner(entry fs.FileInfo) (user, group string) {
	one, other := rights.Of(entry)
	return userName(one), userName(other)
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
	permissions := []byte(entry.Mode().Perm().String()[1:])
	mark := func(isSet bool, at int, mark byte) {
		switch {
		case !isSet:
		case permissions[at] == 'x':
			permissions[at] = mark
		default:
			// Marked for those who may not run it.
			permissions[at] = mark - 'a' + 'A'
		}
	}
	mark(entry.Mode()&fs.ModeSetgid != 0, 5, 's')
	mark(entry.Mode()&fs.ModeSticky != 0, 8, 't')
	return kind + string(permissions)
}

// bitsOf are a file's mode as numbers.
func bitsOf(entry fs.FileInfo) fs.FileMode {
	bits := entry.Mode().Perm()
	if entry.Mode()&fs.ModeSetgid != 0 {
		bits |= 0o2000
	}
	if entry.Mode()&fs.ModeSticky != 0 {
		bits |= 0o1000
	}
	return bits
}

// columnsOfPS are what ps can show of a process, with their heads.
var columnsOfPS = map[string]struct {
	head string
	show func(Running) string
}{
	"pid":  {"PID  ", func(r Running) string { return fmt.Sprintf("%5d", r.ID) }},
	"user": {"USER    ", func(r Running) string { return fmt.Sprintf("%-8s", userName(r.User)) }},
	"time": {"TIME ", func(Running) string { return " 0:00" }},
	"comm": {"COMMAND", func(r Running) string { return path.Base(r.Command[0]) }},
	"args": {"COMMAND", func(r Running) string { return strings.Join(r.Command, " ") }},
}

// ps shows the same whatever it is asked for, but for `-o`.
func ps(c *call) int {
	shown := []string{"pid", "user", "time", "args"}
	for i, word := range c.arguments {
		if word == "-o" && i+1 < len(c.arguments) {
			shown = strings.Split(c.arguments[i+1], ",")
		}
	}
	line := func(of func(name string) string) {
		var fields []string
		for _, name := range shown {
			fields = append(fields, of(name))
		}
		c.print("%s", strings.TrimRight(strings.Join(fields, " "), " "))
	}
	for _, name := range shown {
		if columnsOfPS[name].show == nil {
			c.say("bad -o argument '%s', supported arguments: %s", name, strings.Join(slices.Sorted(maps.Keys(columnsOfPS)), ","))
			return 1
		}
	}
	line(func(name string) string { return columnsOfPS[name].head })
	for _, running := range c.processes() {
		line(func(name string) string { return columnsOfPS[name].show(running) })
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
	for _, one := range append(slices.Clone(c.above), caller{arguments: c.arguments}) {
		all = append(all, Running{nextID(all), user, one.arguments})
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
	o := c.options("fsi")
	switch {
	case o == nil:
		return 1
	case len(o.operands) > 0:
		c.say("sethostname: Operation not permitted")
		return 1
	}
	short := c.world.Hostname()
	// In a Pod the hosts file has a line with the address and the names of the Pod, the whole one first.
	address, whole := "127.0.0.1", short
	text, _ := c.world.ReadFile("/etc/hosts") // without it the name has no other
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && slices.Contains(fields[1:], short) {
			address, whole = fields[0], fields[1]
		}
	}
	switch {
	case o.has('f'):
		c.print("%s", whole)
	case o.has('i'):
		c.print("%s", address)
	case o.has('s'):
		short, _, _ = strings.Cut(short, ".")
		c.print("%s", short)
	default:
		c.print("%s", short)
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
