package shell

// This file is the commands that a shell does itself because they change it. What changes nothing is a program of the
// image, but for those that every shell has built in.

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

var builtins map[string]func(*state, []string) int

func init() {
	builtins = map[string]func(*state, []string) int{
		":":        func(*state, []string) int { return 0 },
		"true":     func(*state, []string) int { return 0 },
		"false":    func(*state, []string) int { return 1 },
		"[":        func(s *state, a []string) int { return s.test("[", a) },
		"test":     func(s *state, a []string) int { return s.test("test", a) },
		"[[":       func(s *state, a []string) int { return s.test("[[", a) },
		".":        (*state).source,
		"source":   (*state).source,
		"alias":    (*state).alias,
		"unalias":  (*state).unalias,
		"break":    func(s *state, a []string) int { return s.leave(breaking, a) },
		"continue": func(s *state, a []string) int { return s.leave(continuing, a) },
		"builtin":  (*state).inner,
		"cd":       (*state).cd,
		"command":  (*state).inner,
		"echo":     (*state).echo,
		"eval":     (*state).eval,
		"exec":     (*state).exec,
		"exit":     (*state).exit,
		"export":   func(s *state, a []string) int { return s.mark(a, attributes{export: true}) },
		"readonly": func(s *state, a []string) int { return s.mark(a, attributes{readOnly: true}) },
		"local":    (*state).local,
		"getopts":  (*state).getopts,
		"hash":     func(*state, []string) int { return 0 },
		"jobs":     (*state).listJobs,
		"kill":     (*state).kill,
		"printf":   (*state).printf,
		"pwd":      func(s *state, _ []string) int { fmt.Fprintln(s.files.writer(1), s.folder); return 0 },
		"read":     (*state).read,
		"return":   (*state).leaveFunction,
		"set":      (*state).setOptions,
		"shift":    (*state).shift,
		"trap":     (*state).trap,
		"type":     (*state).describe,
		"ulimit":   func(s *state, _ []string) int { fmt.Fprintln(s.files.writer(1), "unlimited"); return 0 },
		"umask":    func(s *state, a []string) int { return s.umask(a) },
		"unset":    (*state).unset,
		"wait":     (*state).wait,
	}
}

func (s *state) out(format string, arguments ...any) {
	fmt.Fprintf(s.files.writer(1), format, arguments...)
}

// number reads a count that a built-in may be given.
func (s *state) number(what string, arguments []string, otherwise int) (int, bool) {
	if len(arguments) == 0 {
		return otherwise, true
	}
	n, err := strconv.Atoi(arguments[0])
	if err != nil || n < 0 {
		s.complain("%s: Illegal number: %s", what, arguments[0])
		s.failed(2)
		return 0, false
	}
	return n, true
}

func (s *state) exit(arguments []string) int {
	code, ok := s.number("exit", arguments, s.status)
	if !ok {
		return 2
	}
	s.flow = exiting
	return code & 255
}

func (s *state) leaveFunction(arguments []string) int {
	code, ok := s.number("return", arguments, s.status)
	if !ok {
		return 2
	}
	s.flow = returning
	return code & 255
}

func (s *state) leave(how flow, arguments []string) int {
	n, ok := s.number("break", arguments, 1)
	if ok && s.loops > 0 {
		s.flow, s.levels = how, min(max(1, n), s.loops)
	}
	return 0
}

func (s *state) cd(arguments []string) int {
	target := s.vars.find("HOME").String()
	if len(arguments) > 0 {
		target = arguments[0]
	}
	if target == "-" {
		target = s.vars.find("OLDPWD").String()
		s.out("%s\n", target)
	}
	folder := s.absolute(target)
	about, err := s.options.System.Stat(folder)
	if err == nil && !about.IsDir() {
		err = syscall.ENOTDIR
	}
	switch {
	case err != nil && s.options.Style == Bash:
		s.complain("cd: %s: %s", target, Reason(err))
		return 1
	case err != nil:
		s.complain("cd: can't cd to %s: %s", target, Reason(err))
		return 2
	}
	s.set("OLDPWD", s.folder)
	s.folder = folder
	s.set("PWD", folder)
	return 0
}

func (s *state) eval(arguments []string) int {
	statements, err := s.parse(strings.Join(arguments, " "), "")
	if err != nil {
		s.syntaxError(err)
		return 2
	}
	return s.within(statements)
}

// within runs statements as a part of the present one.
func (s *state) within(statements []*syntax.Stmt) int {
	if !s.nest() {
		return 2
	}
	s.list(statements)
	s.depth--
	return s.status
}

func (s *state) source(arguments []string) int {
	if len(arguments) == 0 {
		s.complain(".: a file's name is missing")
		s.failed(2)
		return 2
	}
	text, err := s.readFile(s.absolute(arguments[0]))
	if err != nil {
		s.complain("can't open '%s': %s", arguments[0], Reason(err))
		s.failed(2)
		return 2
	}
	statements, err := s.parse(text, arguments[0])
	if err != nil {
		s.syntaxError(err)
		return 2
	}
	parameters := s.parameters
	if len(arguments) > 1 {
		s.parameters = arguments[1:]
	}
	code := s.within(statements)
	s.parameters = parameters
	if s.flow == returning {
		s.flow = onward
	}
	return code
}

// readFile reads a script, no more than a script may have.
func (s *state) readFile(name string) (string, error) {
	file, err := s.options.System.Open(name, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, longestScript+1))
	return string(text), err
}

func (s *state) exec(arguments []string) int {
	if len(arguments) == 0 {
		return 0
	}
	s.program(arguments)
	if s.flow == onward && !s.isPrompting || s.status < 126 {
		s.flow = exiting
	}
	return s.status
}

// inner is `command` and `builtin`: what a name means without functions; `command -v` tells what it is.
func (s *state) inner(arguments []string) int {
	if len(arguments) > 0 && (arguments[0] == "-v" || arguments[0] == "-V") {
		code := 0
		for _, name := range arguments[1:] {
			switch what, where := s.meaning(name); {
			case what == "":
				code = 127
			case where != "":
				s.out("%s\n", where)
			default:
				s.out("%s\n", name)
			}
		}
		return code
	}
	if len(arguments) > 0 && arguments[0] == "-p" {
		arguments = arguments[1:]
	}
	if len(arguments) == 0 {
		return 0
	}
	if builtin, ok := builtins[arguments[0]]; ok {
		return builtin(s, arguments[1:])
	}
	s.program(arguments)
	return s.status
}

// meaning is what a name is; empty: nothing. where is the place of a program.
func (s *state) meaning(name string) (what, where string) {
	switch {
	case s.aliases[name] != "":
		return "an alias for " + s.aliases[name], ""
	case s.functions[name] != nil:
		return "a function", ""
	case builtins[name] != nil:
		return "a shell builtin", ""
	}
	if where := s.options.System.Find(name); where != "" {
		return where, where
	}
	return "", ""
}

func (s *state) describe(arguments []string) int {
	code := 0
	for _, name := range arguments {
		what, _ := s.meaning(name)
		if what == "" {
			s.say("%s: not found\n", name)
			code = 127
			continue
		}
		s.out("%s is %s\n", name, what)
	}
	return code
}

// mark is `export` and `readonly` in the languages where they are commands as others.
func (s *state) mark(arguments []string, with attributes) int {
	s.status = 0
	for _, word := range arguments {
		s.declareWord(word, &with)
	}
	if len(arguments) == 0 {
		s.listVariables(&with)
	}
	return s.status
}

func (s *state) local(arguments []string) int {
	if s.locals == nil {
		s.complain("local: not in a function")
		s.failed(2)
		return 2
	}
	return s.mark(arguments, attributes{local: true})
}

func (s *state) unset(arguments []string) int {
	isFunction := false
	for _, name := range arguments {
		switch {
		case name == "-f":
			isFunction = true
		case name == "-v":
			isFunction = false
		case isFunction:
			delete(s.functions, name)
		case s.vars.values[name].ReadOnly:
			s.complain("%s: is read only", name)
			s.failed(2)
			return 2
		default:
			s.vars.Set(name, expand.Variable{})
		}
	}
	return 0
}

func (s *state) shift(arguments []string) int {
	n, ok := s.number("shift", arguments, 1)
	if !ok {
		return 2
	}
	if n > len(s.parameters) {
		s.complain("shift: can't shift that many")
		return 1
	}
	s.parameters = s.parameters[n:]
	return 0
}

func (s *state) setOptions(arguments []string) int {
	if len(arguments) == 0 {
		var names []string
		for name, value := range s.vars.values {
			names = append(names, fmt.Sprintf("%s='%s'\n", name, value.String()))
		}
		slices.Sort(names)
		s.out("%s", strings.Join(names, ""))
		return 0
	}
	for i := 0; i < len(arguments); i++ {
		word := arguments[i]
		isOn := strings.HasPrefix(word, "-")
		switch {
		case word == "--":
			s.parameters = arguments[i+1:]
			return 0
		case !isOn && !strings.HasPrefix(word, "+") || len(word) < 2:
			s.parameters = arguments[i:]
			return 0
		}
		for _, letter := range []byte(word[1:]) {
			flag := s.flags.byLetter(letter)
			if letter == 'o' {
				if i++; i < len(arguments) {
					flag = s.flags.byName(arguments[i])
				}
			}
			if flag == nil {
				s.complain("set: illegal option %s", word)
				s.failed(2)
				return 2
			}
			*flag = isOn
		}
	}
	s.configure()
	return 0
}

func (s *state) alias(arguments []string) int {
	for _, one := range arguments {
		name, value, has := strings.Cut(one, "=")
		if has {
			s.aliases[name] = value
		} else if s.aliases[name] != "" {
			s.out("%s='%s'\n", name, s.aliases[name])
		}
	}
	return 0
}

func (s *state) unalias(arguments []string) int {
	for _, name := range arguments {
		delete(s.aliases, name)
	}
	return 0
}

func (s *state) listJobs([]string) int {
	for i, j := range s.jobs {
		select {
		case <-j.done:
		default:
			s.out("[%d]   Running\n", i+1)
		}
	}
	return 0
}

func (s *state) umask(arguments []string) int {
	if len(arguments) == 0 {
		s.out("0022\n")
		return 0
	}
	// Who may do what with a file is not reckoned.
	return 0
}
