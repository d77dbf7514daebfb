package workload

// This file reads the options of a command, and says in one line which one it does not know.

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// options are what a command line says: the values of its options by letter, and what is no option.
type options struct {
	given    map[byte]string
	operands []string
}

func (o *options) has(letter byte) bool {
	_, given := o.given[letter]
	return given
}

// options reads the command line as getopt does. In letters a colon follows an option that has a value. It is nil where the
// command does not know an option, which it says.
func (c *call) options(letters string) *options {
	o := &options{given: map[byte]string{}}
	words := c.arguments[1:]
	for i := 0; i < len(words); i++ {
		word := words[i]
		if word == "--" {
			o.operands = append(o.operands, words[i+1:]...)
			return o
		}
		if len(word) < 2 || word[0] != '-' {
			o.operands = append(o.operands, word)
			continue
		}
		for at := 1; at < len(word); at++ {
			place := strings.IndexByte(letters, word[at])
			if place < 0 || word[at] == ':' {
				c.unknown(word, letters)
				return nil
			}
			if place+1 == len(letters) || letters[place+1] != ':' {
				o.given[word[at]] = ""
				continue
			}
			value := word[at+1:]
			if value == "" {
				if i++; i == len(words) {
					fmt.Fprintf(c.Stderr, "%s: option requires an argument -- '%c'\n", path.Base(c.arguments[0]), word[at])
					return nil
				}
				value = words[i]
			}
			o.given[word[at]] = value
			break
		}
	}
	return o
}

// unknown says which options there are.
func (c *call) unknown(word, letters string) int {
	var known []string
	for _, letter := range strings.ReplaceAll(letters, ":", "") {
		known = append(known, "-"+string(letter))
	}
	if len(known) == 0 {
		return c.refuse("knows no options, and not %s", word)
	}
	return c.refuse("knows the options %s, and not %s", strings.Join(known, " "), word)
}

// say writes a message of the command's own.
func (c *call) say(format string, arguments ...any) {
	fmt.Fprintf(c.Stderr, "%s: %s\n", path.Base(c.arguments[0]), fmt.Sprintf(format, arguments...))
}

// each opens files one after another, or standard input where there are none; it is false where one could not be opened.
func (c *call) each(names []string, read func(name string, from io.Reader)) bool {
	if len(names) == 0 {
		names = []string{"-"}
	}
	isFine := true
	for _, name := range names {
		file, err := c.open(name)
		if err != nil {
			c.say("%s: %s", name, words(err))
			isFine = false
			continue
		}
		read(name, file)
		// It was only read.
		file.Close()
	}
	return isFine
}
