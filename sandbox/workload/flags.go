package workload

// This file is what a program reads before it does anything else: its arguments, as Go's package flag reads them, and
// variables with a type. It must not know what the values are for.

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ValueType is what a value must be: a `text`, a whole `number` or a `duration`.
type ValueType string

// valueTypes are the parsers of the types: each says what is wrong with a value in the words of Go's strconv and time.
var valueTypes = map[ValueType]func(value string) error{
	"":         func(string) error { return nil },
	"text":     func(string) error { return nil },
	"number":   func(value string) error { _, err := strconv.Atoi(value); return err },
	"duration": func(value string) error { _, err := time.ParseDuration(value); return err },
}

func (t ValueType) isKnown() bool { return valueTypes[t] != nil }

func (t ValueType) unknown() string {
	return fmt.Sprintf("`%s` is no type of a value; known: `duration`, `number`, `text`", t)
}

func checkFlags(flags map[string]ValueType) string {
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		switch {
		case name == "" || strings.HasPrefix(name, "-") || strings.Contains(name, "="):
			return fmt.Sprintf("`%s` is not the name of a flag", name)
		case !flags[name].isKnown():
			return flags[name].unknown()
		}
	}
	return ""
}

// readFlags ends the process with 2, as package flag does, at an argument that it does not know.
func (p *Process) readFlags(flags map[string]ValueType) {
	if fault := wrongFlag(flags, p.command[1:]); fault != "" {
		p.world.Log(p.since, Stderr, fault)
		p.world.Log(p.since, Stderr, "Usage of "+p.command[0]+":")
		for _, name := range slices.Sorted(maps.Keys(flags)) {
			p.world.Log(p.since, Stderr, "  -"+name+" "+flags[name].shown())
		}
		p.over(Exit{Code: 2, At: p.since})
	}
}

// shown is how a usage names a type.
func (t ValueType) shown() string {
	switch t {
	case "number":
		return "int"
	case "duration":
		return "duration"
	default:
		return "string"
	}
}

// wrongFlag is what package flag says of the first argument that is wrong; empty when none is. The first argument that is
// no flag ends the flags.
func wrongFlag(flags map[string]ValueType, arguments []string) string {
	for len(arguments) > 0 {
		argument := arguments[0]
		arguments = arguments[1:]
		if len(argument) < 2 || argument[0] != '-' || argument == "--" {
			return ""
		}
		name, value, hasValue := strings.Cut(strings.TrimPrefix(argument[1:], "-"), "=")
		of, known := flags[name]
		switch {
		case name == "" || name[0] == '-':
			return "bad flag syntax: " + argument
		case !known:
			return "flag provided but not defined: -" + name
		case !hasValue && len(arguments) == 0:
			return "flag needs an argument: -" + name
		case !hasValue:
			value, arguments = arguments[0], arguments[1:]
		}
		if valueTypes[of](value) != nil {
			return fmt.Sprintf("invalid value %q for flag -%s: parse error", value, name)
		}
	}
	return ""
}

func (p *Process) needEnv(need *NeedEnv) {
	value := lookup(p.world.Environment(), need.Name)
	if value == "" {
		p.fail(need.Log, need.Name+" is not set", need.Exit)
	} else if err := valueTypes[need.Is](value); err != nil {
		p.fail("", fmt.Sprintf("fatal: %s: %v", need.Name, err), need.Exit)
	}
}

// unreadable is what a Go program says of a file that it could not read.
func unreadable(path string, err error) string {
	what := strings.ToLower(words(err))
	if errors.Is(err, syscall.EISDIR) {
		return "read " + path + ": " + what
	}
	return "open " + path + ": " + what
}
