package workload

// This file is the tools that copy files and change whose they are to use. They see what the World lets them see.

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

func chmod(c *call) int {
	return c.changeEach(func(text string) (func(string, fs.FileInfo) error, error) {
		return func(name string, about fs.FileInfo) error {
			mode, err := newMode(text, about.Mode().Perm())
			if err != nil {
				return err
			}
			return c.world.ChangeMode(name, mode)
		}, nil
	})
}

// chown is also chgrp, which names a group alone.
func chown(c *call) int {
	return c.changeEach(func(text string) (func(string, fs.FileInfo) error, error) {
		owner, of, _ := strings.Cut(text, ":")
		if path.Base(c.arguments[0]) == "chgrp" {
			owner, of = "", owner
		}
		user, isUser := numberOfName(owner)
		group, isGroup := numberOfName(of)
		if !isUser {
			return nil, complain("unknown user %s", owner)
		}
		if !isGroup {
			return nil, complain("unknown group %s", of)
		}
		return func(name string, _ fs.FileInfo) error { return c.world.ChangeOwner(name, user, group) }, nil
	})
}

// changeEach changes what is known of each file, as the first operand says; with -R also of all that is in a folder.
func (c *call) changeEach(read func(text string) (change func(name string, about fs.FileInfo) error, err error)) int {
	o := c.options("R")
	switch {
	case o == nil:
		return 1
	case len(o.operands) < 2:
		return c.missing()
	}
	change, err := read(o.operands[0])
	if err != nil {
		c.say("%v", err)
		return 1
	}
	names := o.operands[1:]
	if o.has('R') {
		names = c.tree(names)
	}
	return c.forEach(names, "%s: %s", func(name string) error {
		about, err := c.world.Stat(c.absolute(name))
		if err != nil {
			return err
		}
		return change(c.absolute(name), about)
	})
}

// tree is the names, each followed by all that is in it.
func (c *call) tree(names []string) (all []string) {
	for _, name := range names {
		all = append(all, name)
		// What is no folder has nothing in it.
		within, _ := c.world.ReadDir(c.absolute(name))
		for _, one := range within {
			if len(all) < mostNames && c.ctx.Err() == nil {
				all = append(all, c.tree([]string{path.Join(name, one.Name())})...)
			}
		}
	}
	return all
}

// numberOfName is the id of a user or a group: those that every image has, or a number. No name is -1.
func numberOfName(name string) (id int64, known bool) {
	switch name {
	case "":
		return -1, true
	case "root":
		return 0, true
	case "nobody":
		return 65534, true
	}
	id, err := strconv.ParseInt(name, 10, 32)
	return id, err == nil && id >= 0
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

func cp(c *call) int { return c.carry("rRpafv", false) }
func mv(c *call) int { return c.carry("fv", true) }

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
		from, to, toName := c.absolute(name), target, o.operands[last]
		if isFolder {
			to, toName = path.Join(target, path.Base(from)), path.Join(toName, path.Base(from))
		}
		if to == from || strings.HasPrefix(to, from+"/") {
			return complain("recursion detected, omitting directory '%s'", name)
		}
		if err := c.copyAll(name, toName, isDeep); err != nil {
			return err
		}
		if o.has('v') {
			c.print("'%s' -> '%s'", name, to)
		}
		if !moves {
			return nil
		}
		about, err := c.world.Stat(from)
		if err != nil {
			return err
		}
		return c.removeAll(from, about)
	})
}

// copyAll copies what has a name as it was typed to another.
func (c *call) copyAll(from, to string, isDeep bool) error {
	about, err := c.world.Stat(c.absolute(from))
	if err != nil {
		return err
	}
	if !about.IsDir() {
		return c.copyFile(from, to, about.Mode().Perm())
	}
	if !isDeep {
		return complain("omitting directory '%s'", from)
	}
	if err := c.makeWay(c.absolute(to)); err != nil {
		return err
	}
	within, err := c.world.ReadDir(c.absolute(from))
	if err != nil {
		return complain("can't open '%s': %s", from, words(err))
	}
	for _, one := range within {
		if err := c.copyAll(path.Join(from, one.Name()), path.Join(to, one.Name()), true); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) copyFile(from, to string, mode fs.FileMode) error {
	source, err := c.world.OpenFile(c.absolute(from), os.O_RDONLY, 0)
	if err != nil {
		return complain("can't open '%s': %s", from, words(err))
	}
	defer source.Close()
	target, err := c.world.OpenFile(c.absolute(to), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return complain("can't create '%s': %s", to, words(err))
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
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
