package shell

// This file is how words become texts: every expansion is bounded, and one that fails ends the script. It must not know
// what the texts are for.

import (
	"errors"
	"io/fs"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// mostFields is how many words one word may become.
const mostFields = 100_000

// expand runs one expansion.
func (s *state) expand(do func() (string, error)) (string, bool) {
	s.vars.read, s.isTooMuch = 0, false
	text, err := do()
	return text, s.expanded(err)
}

func (s *state) expanded(err error) bool {
	if s.isTooMuch {
		err = errTooMuch
	}
	var unset expand.UnsetParameterError
	switch {
	case err == nil:
		return true
	case s.flow != onward:
		// What failed within has been told.
		return false
	case errors.As(err, &unset):
		name, _ := unset.Node, ""
		said := unset.Message
		if said == "unbound variable" || said == "" {
			said = map[Style]string{Ash: "parameter not set", Dash: "parameter not set", Bash: "unbound variable"}[s.options.Style]
		}
		s.complain("%s: %s", name.Param.Value, said)
	default:
		s.complain("%v", err)
	}
	code := 2
	if s.options.Style == Bash {
		code = 1
	}
	s.failed(code)
	return false
}

func (s *state) literal(word *syntax.Word) (string, bool) {
	if word == nil {
		return "", true
	}
	if !s.isBounded(word) {
		return "", false
	}
	return s.expand(func() (string, error) { return expand.Literal(s.config, word) })
}

// fields are the words of a command.
func (s *state) fields(words []*syntax.Word) ([]string, bool) {
	s.vars.read, s.isTooMuch = 0, false
	var all []string
	for _, word := range words {
		if !s.isBounded(word) {
			return nil, false
		}
		if s.options.Style != Bash {
			word = withoutBraces(word)
		}
		for field, err := range expand.FieldsSeq(s.config, word) {
			if err == nil && len(all) >= mostFields {
				err = errors.New("Argument list too long")
			}
			if !s.expanded(err) {
				return nil, false
			}
			all = append(all, field)
		}
		if !s.expanded(nil) {
			return nil, false
		}
	}
	return all, true
}

// withoutBraces quotes what only Bash takes for a list of words.
func withoutBraces(word *syntax.Word) *syntax.Word {
	var parts []syntax.WordPart
	for i, part := range word.Parts {
		literal, ok := part.(*syntax.Lit)
		if !ok || !strings.Contains(literal.Value, "{") {
			if parts != nil {
				parts = append(parts, part)
			}
			continue
		}
		if parts == nil {
			parts = append(parts, word.Parts[:i]...)
		}
		for rest := literal.Value; rest != ""; {
			before, after, found := strings.Cut(rest, "{")
			if before != "" {
				parts = append(parts, &syntax.Lit{Value: before})
			}
			if found && strings.HasSuffix(before, `\`) {
				parts[len(parts)-1] = &syntax.Lit{Value: before + "{"}
			} else if found {
				parts = append(parts, &syntax.SglQuoted{Value: "{"})
			}
			rest = after
		}
	}
	if parts == nil {
		return word
	}
	return &syntax.Word{Parts: parts}
}

// isBounded refuses the expansions of Bash that make much of little: `{1..1000000000}`, and a text with each letter
// replaced by another text.
func (s *state) isBounded(word *syntax.Word) bool {
	if s.options.Style != Bash {
		return true
	}
	copied := *word
	if syntax.SplitBraces(&copied) && len(copied.Parts) > 0 && combinations(&copied) > mostFields {
		s.complain("Argument list too long")
		s.failed(1)
		return false
	}
	isFine := true
	syntax.Walk(word, func(node syntax.Node) bool {
		if _, isInner := node.(*syntax.CmdSubst); isInner {
			return false
		}
		parameter, ok := node.(*syntax.ParamExp)
		if ok && parameter.Repl != nil && parameter.Repl.With != nil {
			with := 0
			syntax.Walk(parameter.Repl.With, func(node syntax.Node) bool {
				switch n := node.(type) {
				case *syntax.Lit:
					with += len(n.Value)
				case *syntax.SglQuoted:
					with += len(n.Value)
				case *syntax.ParamExp:
					with += size(s.vars.find(n.Param.Value))
				case *syntax.CmdSubst:
					// It may write as much as a substitution may.
					with += mostText / 1024
				}
				return true
			})
			isFine = isFine && size(s.vars.find(parameter.Param.Value))*with <= 4*mostText
		}
		return true
	})
	if !isFine {
		s.complain("%v", errTooMuch)
		s.failed(1)
	}
	return isFine
}

// combinations is how many words the braces of a word make, no further than mostFields+1.
func combinations(word *syntax.Word) int {
	total := 1
	for _, part := range word.Parts {
		braces, ok := part.(*syntax.BraceExp)
		if !ok {
			continue
		}
		n := 0
		if braces.Sequence {
			n = sequence(braces)
		} else {
			for _, element := range braces.Elems {
				n += combinations(element)
			}
		}
		if total *= max(1, n); total > mostFields || n > mostFields {
			return mostFields + 1
		}
	}
	return total
}

func sequence(braces *syntax.BraceExp) int {
	numbers := make([]int, 2)
	for i := range numbers {
		for _, digit := range strings.TrimPrefix(braces.Elems[i].Lit(), "-") {
			if digit < '0' || digit > '9' || numbers[i] > mostFields {
				continue
			}
			numbers[i] = numbers[i]*10 + int(digit-'0')
		}
	}
	// One end may be below zero and the other above.
	return numbers[0] + numbers[1] + 1
}

// glob lists a folder for a pattern.
func (s *state) glob(folder string) ([]fs.DirEntry, error) {
	found, err := s.options.System.ReadDir(s.absolute(folder))
	if err != nil {
		return nil, err
	}
	var all []fs.DirEntry
	for _, one := range found {
		all = append(all, fs.FileInfoToDirEntry(one))
	}
	return all, nil
}
