package workload

// This file is the tools that make and remove files. They see what the World lets them see.

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
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
