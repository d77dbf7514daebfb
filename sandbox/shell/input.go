package shell

// This file is the built-ins that read and write texts. It must not know where the texts come from.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
)

func (s *state) echo(arguments []string) int {
	text := Echo(arguments, s.options.Style == Dash)
	if _, err := fmt.Fprint(s.files.writer(1), text); err != nil {
		return s.lost("echo", err)
	}
	return 0
}

// lost says that something could not be written.
func (s *state) lost(what string, err error) int {
	if s.ctx.Err() == nil {
		s.complain("%s: write error: %s", what, Reason(err))
	}
	return 1
}

// Echo is what `echo` writes. Debian's shell knows no option but -n and always reads backslashes.
func Echo(arguments []string, isDash bool) string {
	newline, escapes := "\n", isDash
	for len(arguments) > 0 {
		option, isOption := strings.CutPrefix(arguments[0], "-")
		if !isOption || option == "" || strings.Trim(option, "neE") != "" || isDash && option != "n" {
			break
		}
		if strings.Contains(option, "n") {
			newline = ""
		}
		if strings.Contains(option, "e") {
			escapes = true
		}
		arguments = arguments[1:]
	}
	text := strings.Join(arguments, " ")
	if escapes {
		before, _, ends := strings.Cut(text, `\c`)
		if ends {
			newline = ""
		}
		// Its own `%` mean nothing in `echo`.
		if formatted, _, err := expand.Format(nil, strings.ReplaceAll(before, "%", "%%"), nil); err == nil {
			text = formatted
		}
	}
	return text + newline
}

func (s *state) printf(arguments []string) int {
	text, err := Printf(arguments)
	if _, failed := fmt.Fprint(s.files.writer(1), text); failed != nil {
		return s.lost("printf", failed)
	}
	if err != nil {
		s.complain("printf: %v", err)
		return 1
	}
	return 0
}

// Printf is what `printf` writes: its format as often as there are arguments.
func Printf(arguments []string) (string, error) {
	if len(arguments) > 0 && arguments[0] == "--" {
		arguments = arguments[1:]
	}
	if len(arguments) == 0 {
		return "", errors.New("usage: printf FORMAT [ARG]...")
	}
	format, rest := arguments[0], arguments[1:]
	var all strings.Builder
	for {
		text, n, err := expand.Format(nil, format, rest)
		all.WriteString(text)
		if err != nil {
			return all.String(), err
		}
		if rest = rest[n:]; n == 0 || len(rest) == 0 || all.Len() > mostText {
			return all.String(), nil
		}
	}
}

func (s *state) read(arguments []string) int {
	isRaw, prompt := false, ""
	ctx := s.ctx
	for len(arguments) > 0 && strings.HasPrefix(arguments[0], "-") {
		option := arguments[0]
		arguments = arguments[1:]
		takesValue := option == "-p" || option == "-t"
		if takesValue && len(arguments) == 0 {
			s.complain("read: option %s needs an argument", option)
			return 2
		}
		switch option {
		case "-r":
			isRaw = true
		case "-s":
		case "-p":
			prompt, arguments = arguments[0], arguments[1:]
		case "-t":
			seconds, err := strconv.ParseFloat(arguments[0], 64)
			if err != nil {
				s.complain("read: bad time-out: %s", arguments[0])
				return 2
			}
			arguments = arguments[1:]
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, time.Duration(seconds*float64(time.Second)))
			defer cancel()
		default:
			s.complain("read: the option %s is not simulated", option)
			return 2
		}
	}
	if len(arguments) == 0 {
		arguments = []string{"REPLY"}
	}
	if prompt != "" {
		s.say("%s", prompt)
	}
	from := s.files.reader(0)
	if tap, ok := from.(*tap); ok {
		from = tap.source.reader(ctx)
	}
	text, whole := line(from)
	// A backslash at the end of a line joins it with the next one.
	for whole && !isRaw && strings.HasSuffix(text, `\`) && !strings.HasSuffix(text, `\\`) {
		var more string
		more, whole = line(from)
		text = strings.TrimSuffix(text, `\`) + more
	}
	values := expand.ReadFields(s.config, text, len(arguments), isRaw)
	for i, name := range arguments {
		value := ""
		if i < len(values) {
			value = values[i]
		}
		if !s.set(name, value) {
			return 2
		}
	}
	if !whole {
		return 1
	}
	return 0
}

// getopts takes the options of a script one by one; OPTIND and an index within a group of letters say where it is.
func (s *state) getopts(arguments []string) int {
	if len(arguments) < 2 {
		s.complain("usage: getopts optstring var [arg...]")
		return 2
	}
	letters, name, words := arguments[0], arguments[1], s.parameters
	if len(arguments) > 2 {
		words = arguments[2:]
	}
	at, err := strconv.Atoi(s.vars.find("OPTIND").String())
	if err != nil || at < 1 {
		at = 1
	}
	within, _ := strconv.Atoi(s.vars.find("_OPTION").String())
	done := func() int {
		s.set(name, "?")
		s.set("OPTIND", strconv.Itoa(at))
		return 1
	}
	if at > len(words) || !strings.HasPrefix(words[at-1], "-") || words[at-1] == "-" {
		return done()
	}
	if words[at-1] == "--" {
		at++
		return done()
	}
	word := words[at-1]
	letter := word[1+within]
	isLast := 2+within >= len(word)
	next := func() {
		if within++; isLast {
			at, within = at+1, 0
		}
	}
	place := strings.IndexByte(strings.TrimPrefix(letters, ":"), letter)
	known := strings.TrimPrefix(letters, ":")
	switch {
	case place < 0:
		next()
		s.set(name, "?")
		if !strings.HasPrefix(letters, ":") {
			s.say("Illegal option -%c\n", letter)
		} else {
			s.set("OPTARG", string(letter))
		}
	case place+1 < len(known) && known[place+1] == ':':
		value := word[2+within:]
		if at, within = at+1, 0; value == "" && at <= len(words) {
			value = words[at-1]
			at++
		}
		s.set(name, string(letter))
		s.set("OPTARG", value)
	default:
		next()
		s.set(name, string(letter))
	}
	s.set("OPTIND", strconv.Itoa(at))
	s.set("_OPTION", strconv.Itoa(within))
	return 0
}
