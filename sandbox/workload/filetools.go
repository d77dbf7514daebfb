package workload

// This file is the tools that make, change and remove files, and say what is there. They see what the World lets them see.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"sandbox/shell"
)

// forEach does something for every operand and says what failed.
func (c *call) forEach(names []string, complaint string, do func(name string) error) int {
	code := 0
	for _, name := range names {
		err := do(name)
		var whole *complaintError
		switch {
		case errors.As(err, &whole):
			c.say("%s", whole.text)
		case err != nil:
			c.say(complaint, name, words(err))
		}
		if err != nil {
			code = 1
		}
	}
	return code
}

// complaintError is a failure whose text is all that is to be said.
type complaintError struct{ text string }

func (e *complaintError) Error() string { return e.text }

func complain(format string, arguments ...any) error {
	return &complaintError{fmt.Sprintf(format, arguments...)}
}

// missing says that a command needs an operand.
func (c *call) missing() int {
	c.say("missing operand")
	return 1
}

func touch(c *call) int {
	o := c.options("cam")
	switch {
	case o == nil:
		return 1
	case len(o.operands) == 0:
		return c.missing()
	}
	return c.forEach(o.operands, "%s: %s", func(name string) error {
		if _, err := c.world.Stat(c.absolute(name)); err == nil || o.has('c') {
			return nil
		}
		file, err := c.create(name, 0)
		if err != nil {
			return err
		}
		return file.Close()
	})
}

func mkdir(c *call) int {
	o := c.options("pm:")
	switch {
	case o == nil:
		return 1
	case len(o.operands) == 0:
		return c.missing()
	}
	return c.forEach(o.operands, "can't create directory '%s': %s", func(name string) error {
		whole := c.absolute(name)
		if !o.has('p') {
			return c.world.MakeFolder(whole)
		}
		return c.makeWay(whole)
	})
}

// makeWay makes a folder with those on the way to it.
func (c *call) makeWay(name string) error {
	if about, err := c.world.Stat(name); err == nil && about.IsDir() {
		return nil
	}
	if parent := path.Dir(name); parent != name {
		if err := c.makeWay(parent); err != nil {
			return err
		}
	}
	return c.world.MakeFolder(name)
}

func rmdir(c *call) int {
	o := c.options("")
	switch {
	case o == nil:
		return 1
	case len(o.operands) == 0:
		return c.missing()
	}
	return c.forEach(o.operands, "'%s': %s", func(name string) error { return c.world.Remove(c.absolute(name)) })
}

func rm(c *call) int {
	o := c.options("rRf")
	switch {
	case o == nil:
		return 1
	case len(o.operands) == 0 && o.has('f'):
		return 0
	case len(o.operands) == 0:
		return c.missing()
	}
	return c.forEach(o.operands, "can't remove '%s': %s", func(name string) error {
		whole := c.absolute(name)
		about, err := c.world.Stat(whole)
		switch {
		case errors.Is(err, fs.ErrNotExist) && o.has('f'):
			return nil
		case err != nil:
			return err
		case about.IsDir() && !o.has('r') && !o.has('R'):
			return errIsFolder
		}
		return c.removeAll(whole, about)
	})
}

var errIsFolder = errors.New("is a directory")

// removeAll removes what is within first.
func (c *call) removeAll(name string, about fs.FileInfo) error {
	if about.IsDir() {
		within, err := c.world.ReadDir(name)
		if err != nil {
			return err
		}
		for _, one := range within {
			if c.ctx.Err() != nil {
				return c.ctx.Err()
			}
			if err := c.removeAll(path.Join(name, one.Name()), one); err != nil {
				return err
			}
		}
	}
	return c.world.Remove(name)
}

func chmod(c *call) int {
	o := c.options("R")
	switch {
	case o == nil:
		return 1
	case len(o.operands) < 2:
		return c.missing()
	}
	text := o.operands[0]
	return c.forEach(o.operands[1:], "%s: %s", func(name string) error {
		about, err := c.world.Stat(c.absolute(name))
		if err != nil {
			return err
		}
		mode, err := newMode(text, about.Mode().Perm())
		if err != nil {
			return err
		}
		return c.world.ChangeMode(c.absolute(name), mode)
	})
}

// newMode reads `755`, `+x`, `u+rw` and the like.
func newMode(text string, old fs.FileMode) (fs.FileMode, error) {
	if number, err := strconv.ParseUint(text, 8, 12); err == nil {
		return fs.FileMode(number) & fs.ModePerm, nil
	}
	at := strings.IndexAny(text, "+-=")
	if at < 0 || strings.Trim(text[:at], "ugoa") != "" || strings.Trim(text[at+1:], "rwx") != "" {
		return 0, complain("invalid mode '%s'", text)
	}
	var bits, who fs.FileMode
	for _, letter := range text[at+1:] {
		bits |= map[rune]fs.FileMode{'r': 0o444, 'w': 0o222, 'x': 0o111}[letter]
	}
	for _, letter := range text[:at] {
		who |= map[rune]fs.FileMode{'u': 0o700, 'g': 0o070, 'o': 0o007, 'a': 0o777}[letter]
	}
	if who == 0 {
		who = fs.ModePerm
	}
	switch text[at] {
	case '+':
		return old | bits&who, nil
	case '-':
		return old &^ (bits & who), nil
	}
	return old&^who | bits&who, nil
}

func cp(c *call) int { return c.carry("rRpaf", false) }
func mv(c *call) int { return c.carry("f", true) }

// carry copies files, and removes the originals of what is moved.
func (c *call) carry(letters string, moves bool) int {
	o := c.options(letters)
	switch {
	case o == nil:
		return 1
	case len(o.operands) < 2:
		return c.missing()
	}
	last := len(o.operands) - 1
	target := c.absolute(o.operands[last])
	about, err := c.world.Stat(target)
	isFolder := err == nil && about.IsDir()
	if last > 1 && !isFolder {
		c.say("target '%s' is not a directory", o.operands[last])
		return 1
	}
	isDeep := moves || o.has('r') || o.has('R') || o.has('a')
	return c.forEach(o.operands[:last], "can't stat '%s': %s", func(name string) error {
		to := target
		if isFolder {
			to = path.Join(target, path.Base(c.absolute(name)))
		}
		from := c.absolute(name)
		if to == from || strings.HasPrefix(to, from+"/") {
			return complain("recursion detected, omitting directory '%s'", name)
		}
		if err := c.copyAll(from, to, isDeep); err != nil || !moves {
			return err
		}
		about, err := c.world.Stat(from)
		if err != nil {
			return err
		}
		return c.removeAll(from, about)
	})
}

func (c *call) copyAll(from, to string, isDeep bool) error {
	about, err := c.world.Stat(from)
	if err != nil {
		return err
	}
	if !about.IsDir() {
		return c.copyFile(from, to, about.Mode().Perm())
	}
	if !isDeep {
		return complain("omitting directory '%s'", from)
	}
	if err := c.makeWay(to); err != nil {
		return err
	}
	within, err := c.world.ReadDir(from)
	if err != nil {
		return err
	}
	for _, one := range within {
		if err := c.copyAll(path.Join(from, one.Name()), path.Join(to, one.Name()), true); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) copyFile(from, to string, mode fs.FileMode) error {
	source, err := c.world.OpenFile(from, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := c.world.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

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
		size, mode := strconv.FormatInt(about.Size(), 10), fmt.Sprintf("%o", about.Mode().Perm())
		kind := map[byte]string{'d': "directory", 'l': "symbolic link", 'c': "character special file"}[modeOf(about)[0]]
		if kind == "" {
			kind = "regular file"
		}
		changed := about.ModTime().UTC().Format("2006-01-02 15:04:05.000000000 -0700")
		if format, given := o.given['c']; given {
			c.print("%s", strings.NewReplacer("%n", name, "%s", size, "%a", mode, "%A", modeOf(about), "%F", kind, "%U", one, "%G", other,
				"%u", numberOf(one), "%g", numberOf(other), "%y", changed, "%Y", strconv.FormatInt(about.ModTime().Unix(), 10), "%%", "%").Replace(format))
			return nil
		}
		c.print("  File: %s\n  Size: %-10s\t%s\nAccess: (%04o/%s)  Uid: (%5s/%8s)   Gid: (%5s/%8s)\nModify: %s", name, size, kind,
			about.Mode().Perm(), modeOf(about), numberOf(one), one, numberOf(other), other, changed)
		return nil
	})
}

func numberOf(name string) string {
	if name == "root" {
		return "0"
	}
	return name
}

func tee(c *call) int {
	o := c.options("ai")
	if o == nil {
		return 1
	}
	more := os.O_TRUNC
	if o.has('a') {
		more = os.O_APPEND
	}
	to := []io.Writer{c.Stdout}
	code := c.forEach(o.operands, "%s: %s", func(name string) error {
		file, err := c.create(name, more)
		if err == nil {
			to = append(to, file)
		}
		return err
	})
	io.Copy(io.MultiWriter(to...), c.stdin())
	for _, one := range to[1:] {
		if closing, ok := one.(io.Closer); ok {
			closing.Close()
		}
	}
	return code
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

func test(c *call) int {
	name := path.Base(c.arguments[0])
	code, err := shell.Test(name, c.arguments[1:], func(name string) (fs.FileInfo, error) { return c.world.Stat(c.absolute(name)) })
	if err != nil {
		c.say("%v", err)
	}
	return code
}
