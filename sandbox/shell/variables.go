package shell

// This file is a shell's variables, as the expansions see them. It must not know how a script goes on.

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

var errTooMuch = errors.New("out of memory")

// variables implements expand.WriteEnviron.
type variables struct {
	s      *state
	values map[string]expand.Variable
	// bytes is what the values hold.
	bytes int
	// read is what the present expansion has read.
	read int
}

var _ expand.WriteEnviron = (*variables)(nil)

func (v *variables) Get(name string) expand.Variable {
	found := v.find(name)
	size := len(found.Str)
	for _, one := range found.List {
		size += len(one)
	}
	// A text with a variable in it a thousand times over is a thousand times as long.
	if v.read += size; v.read > mostText {
		v.s.isTooMuch = true
		return expand.Variable{}
	}
	return found
}

func text(value string) expand.Variable {
	return expand.Variable{Set: true, Kind: expand.String, Str: value}
}

func (v *variables) find(name string) expand.Variable {
	s := v.s
	switch name {
	case "#":
		return text(strconv.Itoa(len(s.parameters)))
	case "@", "*":
		return expand.Variable{Set: true, Kind: expand.Indexed, List: s.parameters}
	case "?":
		return text(strconv.Itoa(s.status))
	case "$":
		return text(strconv.Itoa(s.options.ID))
	case "PPID":
		return text("0")
	case "-":
		return text(s.flags.letters())
	case "!":
		if s.lastJob == 0 {
			return expand.Variable{}
		}
		return text(strconv.Itoa(s.lastJob))
	case "0":
		return text(s.name)
	case "LINENO":
		return text(strconv.Itoa(s.line))
	case "RANDOM":
		return text(strconv.Itoa(s.random()))
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n >= 1 && n <= len(s.parameters) {
			return text(s.parameters[n-1])
		}
		return expand.Variable{}
	}
	// Without an answer the expansion asks the host for somebody's home.
	if user, ok := strings.CutPrefix(name, "HOME "); ok {
		if user == "root" {
			return text("/root")
		}
		return text("~" + user)
	}
	return v.values[name]
}

func (v *variables) Each(visit func(string, expand.Variable) bool) {
	for name, value := range v.values {
		if !visit(name, value) {
			return
		}
	}
}

func (v *variables) Set(name string, value expand.Variable) error {
	old, known := v.values[name]
	if old.ReadOnly {
		return fmt.Errorf("%s: is read only", name)
	}
	if value.Kind == expand.KeepValue {
		value.Kind, value.Str, value.List, value.Map, value.Set = old.Kind, old.Str, old.List, old.Map, old.Set
	}
	if !value.Set && !value.Declared() {
		delete(v.values, name)
		v.bytes -= size(old)
		return nil
	}
	if v.bytes += size(value) - size(old); v.bytes > mostText {
		v.bytes -= size(value) - size(old)
		return errTooMuch
	}
	if known {
		value.Exported = value.Exported || old.Exported
	}
	value.Exported = value.Exported || v.s.flags.allExport
	v.values[name] = value
	return nil
}

func size(value expand.Variable) int {
	n := 64 + len(value.Str)
	for _, one := range value.List {
		n += len(one) + 16
	}
	for name, one := range value.Map {
		n += len(name) + len(one) + 32
	}
	return n
}

// environment is what programs are given, sorted.
func (v *variables) environment() []string {
	var all []string
	// What has no name that a script could use is handed on, but by Dash.
	for _, pair := range v.s.shared.options.Environment {
		if name, _, _ := strings.Cut(pair, "="); !syntax.ValidName(name) && v.s.shared.options.Style != Dash {
			all = append(all, pair)
		}
	}
	for name, value := range v.values {
		if value.Exported && value.Set {
			all = append(all, name+"="+value.String())
		}
	}
	slices.Sort(all)
	return all
}

// flags are what `set` turns on and off.
type flags struct {
	errExit, noUnset, noGlob, trace, pipeFail, allExport, noExec bool
}

func (f *flags) byLetter(letter byte) *bool {
	switch letter {
	case 'e':
		return &f.errExit
	case 'u':
		return &f.noUnset
	case 'f':
		return &f.noGlob
	case 'x':
		return &f.trace
	case 'a':
		return &f.allExport
	case 'n':
		return &f.noExec
	}
	return nil
}

func (f *flags) byName(name string) *bool {
	letters := map[string]byte{"errexit": 'e', "nounset": 'u', "noglob": 'f', "xtrace": 'x', "allexport": 'a', "noexec": 'n'}
	if name == "pipefail" {
		return &f.pipeFail
	}
	return f.byLetter(letters[name])
}

func (f *flags) letters() string {
	var all []byte
	for _, letter := range []byte("aefnux") {
		if *f.byLetter(letter) {
			all = append(all, letter)
		}
	}
	return string(all)
}
