package shell

// This file is a script's traps: what it does when it ends or is sent a signal. It must not know who sends signals.

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// numbers are those of the signals that a script can be sent.
var numbers = map[string]int{"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "CHLD": 17}

func signalName(word string) string {
	for name, number := range numbers {
		if fmt.Sprint(number) == word {
			return name
		}
	}
	if word == "0" {
		return "EXIT"
	}
	return strings.TrimPrefix(strings.ToUpper(word), "SIG")
}

func (s *state) trap(arguments []string) int {
	if len(arguments) == 0 {
		for _, name := range slices.Sorted(maps.Keys(s.traps)) {
			s.out("trap -- '%s' %s\n", s.traps[name], name)
		}
		return 0
	}
	if len(arguments) == 1 {
		delete(s.traps, signalName(arguments[0]))
		return 0
	}
	for _, word := range arguments[1:] {
		name := signalName(word)
		if _, known := numbers[name]; !known && name != "EXIT" && name != "ERR" {
			s.complain("trap: %s: invalid signal specification", word)
			return 1
		}
		if arguments[0] == "-" {
			delete(s.traps, name)
			continue
		}
		s.traps[name] = arguments[0]
	}
	return 0
}

// runTraps does what signals that came meanwhile ask for.
func (s *state) runTraps() {
	for {
		select {
		case signal := <-s.signals:
			s.take(signal)
		default:
			return
		}
	}
}

// take does what a signal asks for: its trap. Without one, a process that is the first of its container is shielded, and
// whoever sends the signal knows whether this is one.
func (s *state) take(signal string) {
	action, ok := s.traps[signal]
	if !ok || action == "" {
		return
	}
	status := s.status
	s.eval([]string{action})
	if s.flow != exiting {
		s.status = status
	}
}

// runExitTrap does what the script wants done at its end.
func (s *state) runExitTrap() {
	action, ok := s.traps["EXIT"]
	if !ok {
		return
	}
	delete(s.traps, "EXIT")
	status := s.status
	s.flow = onward
	if s.eval([]string{action}); s.flow != exiting {
		s.status = status
	}
	s.flow = exiting
}
