package workload

// This file is the tools that say which files there are and what is known of them. They change nothing.

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"sandbox/rights"
	"sandbox/shell"
)

func stat(c *call) int {
	o := c.options("c:L")
	switch {
	case o == nil:
		return 1
	case len(o.operands) == 0:
		return c.missing()
	}
	return c.forEach(o.operands, "can't stat '%s': %s", func(name string) error {
		about, err := c.world.Stat(c.absolute(name))
		if err != nil {
			return err
		}
		one, other := owner(about)
		size, mode := strconv.FormatInt(about.Size(), 10), fmt.Sprintf("%o", bitsOf(about))
		kind := map[byte]string{'d': "directory", 'l': "symbolic link", 'c': "character special file"}[modeOf(about)[0]]
		if kind == "" {
			kind = "regular file"
		}
		changed := about.ModTime().UTC().Format("2006-01-02 15:04:05.000000000 -0700")
		if format, given := o.given['c']; given {
			c.print("%s", strings.NewReplacer("%n", name, "%s", size, "%a", mode, "%A", modeOf(about), "%F", kind, "%U", nameOf(one), "%G", nameOf(other),
				"%u", numberOf(one), "%g", numberOf(other), "%y", changed, "%Y", strconv.FormatInt(about.ModTime().Unix(), 10), "%%", "%").Replace(format))
			return nil
		}
		c.print("  File: %s\n  Size: %-10s\t%s\nAccess: (%04o/%s)  Uid: (%5s/%8s)   Gid: (%5s/%8s)\nModify: %s", name, size, kind,
			bitsOf(about), modeOf(about), numberOf(one), nameOf(one), numberOf(other), nameOf(other), changed)
		return nil
	})
}

// nameOf is what `stat` calls a user or a group that has a number alone.
func nameOf(name string) string {
	if _, err := strconv.Atoi(name); err == nil {
		return "UNKNOWN"
	}
	return name
}

func numberOf(name string) string {
	if name == "root" {
		return "0"
	}
	return name
}

// below lists all files in folders.
func (c *call) below(names []string) []string {
	var all []string
	for _, name := range names {
		within, err := c.world.ReadDir(c.absolute(name))
		if err != nil || c.ctx.Err() != nil {
			all = append(all, name)
			continue
		}
		for _, one := range within {
			if len(all) < mostNames {
				all = append(all, c.below([]string{path.Join(name, one.Name())})...)
			}
		}
	}
	return all
}

// mostNames is how many files a tool looks for.
const mostNames = 100_000

func find(c *call) int {
	words := c.arguments[1:]
	var names []string
	for len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		names, words = append(names, words[0]), words[1:]
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	pattern, kind, deepest := "*", "", 1<<30
	for len(words) > 0 {
		option := words[0]
		if option == "-print" {
			words = words[1:]
			continue
		}
		if len(words) < 2 || option != "-name" && option != "-type" && option != "-maxdepth" {
			return c.refuse("knows -name, -type, -maxdepth and -print, and not %s", option)
		}
		switch option {
		case "-name":
			pattern = words[1]
		case "-type":
			kind = words[1]
		case "-maxdepth":
			n, err := strconv.Atoi(words[1])
			if err != nil {
				return c.refuse("expected a number after -maxdepth")
			}
			deepest = n
		}
		words = words[2:]
	}
	var visit func(name string, depth int) error
	visit = func(name string, depth int) error {
		about, err := c.world.Stat(c.absolute(name))
		if err != nil || c.ctx.Err() != nil {
			return err
		}
		// A pattern that is none fits nothing.
		hit, _ := path.Match(pattern, path.Base(name))
		if hit && (kind == "" || kind == "d" && about.IsDir() || kind == "f" && about.Mode().IsRegular()) && !c.print("%s", name) {
			return nil
		}
		if !about.IsDir() || depth >= deepest {
			return nil
		}
		within, err := c.world.ReadDir(c.absolute(name))
		for _, one := range within {
			// One that went away meanwhile is none.
			visit(strings.TrimSuffix(name, "/")+"/"+one.Name(), depth+1)
		}
		return err
	}
	return c.forEach(names, "%s: %s", func(name string) error { return visit(name, 0) })
}

// du adds up the sizes of files, in KiB of whole blocks of 4.
func du(c *call) int {
	o := c.options("shk")
	if o == nil {
		return 1
	}
	names := o.operands
	if len(names) == 0 {
		names = []string{"."}
	}
	var sum func(name string) int64
	sum = func(name string) int64 {
		about, err := c.world.Stat(c.absolute(name))
		if err != nil {
			return 0
		}
		total := (about.Size() + 4095) / 4096 * 4
		if about.IsDir() {
			// One that went away meanwhile has no size.
			within, _ := c.world.ReadDir(c.absolute(name))
			for _, one := range within {
				total += sum(path.Join(name, one.Name()))
			}
			if !o.has('s') {
				c.print("%s\t%s", kib(total, o.has('h')), name)
			}
		}
		return total
	}
	return c.forEach(names, "%s: %s", func(name string) error {
		about, err := c.world.Stat(c.absolute(name))
		if err != nil {
			return err
		}
		if total := sum(name); o.has('s') || !about.IsDir() {
			c.print("%s\t%s", kib(total, o.has('h')), name)
		}
		return nil
	})
}

// kib writes a number of KiB, for people with a unit.
func kib(n int64, isForPeople bool) string {
	if !isForPeople {
		return strconv.FormatInt(n, 10)
	}
	value, units := float64(n), "KMGT"
	for value >= 1024 && len(units) > 1 {
		value, units = value/1024, units[1:]
	}
	return fmt.Sprintf("%.1f%c", value, units[0])
}

// person is who runs a command, as a program reckons that asks for no capability.
func (c *call) person() rights.Person {
	user, group := c.world.User()
	return rights.Person{User: user, Group: group, Groups: c.world.Groups(), Overrides: user == 0}
}

func test(c *call) int {
	name := path.Base(c.arguments[0])
	code, err := shell.Test(name, c.arguments[1:], func(name string) (fs.FileInfo, error) { return c.world.Stat(c.absolute(name)) }, c.person().May)
	if err != nil {
		c.say("%v", err)
	}
	return code
}
