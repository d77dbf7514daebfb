package workload

// This file reads dig's command line. It must not ask anything.

import (
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// digOptions are what the command line asks for.
type digOptions struct {
	name, server string
	kind         uint16
	port, tries  int
	timeout      time.Duration

	isShort, isSearching, isTCP bool
	// shows are the parts of the answer that are shown.
	shows map[string]bool
}

// digParts are what `+all` and `+noall` are about, and the command line itself.
var digParts = []string{"cmd", "comments", "question", "answer", "authority", "additional", "stats"}

// digOptions reads the command line; the code is not 0 when it cannot be served.
func (c *call) digOptions() (o *digOptions, code int) {
	o = &digOptions{kind: dns.TypeA, port: 53, tries: 3, timeout: 5 * time.Second, shows: map[string]bool{}}
	for _, part := range digParts {
		o.shows[part] = true
	}
	words := c.arguments[1:]
	for i := 0; i < len(words); i++ {
		word := words[i]
		if letter, value, isOption := digOption(word); isOption {
			if value == "" && letter != '4' {
				if i++; i == len(words) {
					return nil, c.refuse("needs a value after %s", word)
				}
				value = words[i]
			}
			if !o.option(letter, value) {
				return nil, c.refuse("does not know the option %s %s", word, value)
			}
			continue
		}
		kind, isKind := dns.StringToType[strings.ToUpper(word)]
		switch {
		case strings.HasPrefix(word, "+"):
			if word == "+trace" || word == "+nssearch" {
				return nil, c.refuse("asks the server that it is told, and not the root's: it does not know %s", word)
			}
			// What it does not know changes what is shown, or how it is sent.
			o.plus(word[1:])
		case strings.HasPrefix(word, "@"):
			o.server = word[1:]
		case strings.HasPrefix(word, "-"):
			return nil, c.refuse("does not know the option %s", word)
		case strings.EqualFold(word, "IN"):
		case isKind:
			o.kind = kind
		case o.name == "":
			o.name = word
		default:
			return nil, c.refuse("asks for one name, and not for %s too", word)
		}
	}
	if o.name == "" {
		return nil, c.refuse("needs a name")
	}
	return o, 0
}

// digOption is an option of one letter, with its value where that follows at once.
func digOption(word string) (letter byte, value string, isOption bool) {
	if len(word) < 2 || word[0] != '-' || !strings.Contains("tqxp4", word[1:2]) {
		return 0, "", false
	}
	return word[1], word[2:], true
}

// option is false where there is no such value.
func (o *digOptions) option(letter byte, value string) bool {
	var err error
	switch letter {
	case 't':
		kind, known := dns.StringToType[strings.ToUpper(value)]
		o.kind = kind
		return known
	case 'q':
		o.name = value
	case 'x':
		o.kind = dns.TypePTR
		o.name, err = dns.ReverseAddr(value)
	case 'p':
		o.port, err = strconv.Atoi(value)
	}
	return err == nil
}

// plus is a word such as `+short`, `+noall` or `+tries=1`.
func (o *digOptions) plus(word string) {
	word, value, _ := strings.Cut(word, "=")
	name, isNegated := strings.CutPrefix(word, "no")
	number, err := strconv.Atoi(value)
	switch {
	case name == "all":
		for _, part := range digParts[1:] {
			o.shows[part] = !isNegated
		}
		o.shows["cmd"] = o.shows["cmd"] && !isNegated
	case name == "short":
		o.isShort = !isNegated
	case name == "search":
		o.isSearching = !isNegated
	case name == "tcp" || name == "vc":
		o.isTCP = !isNegated
	case word == "tries" && err == nil:
		o.tries = max(1, number)
	case word == "retry" && err == nil:
		o.tries = max(0, number) + 1
	case (word == "time" || word == "timeout") && err == nil:
		o.timeout = time.Duration(max(1, number)) * time.Second
	default:
		if _, isPart := o.shows[name]; isPart {
			o.shows[name] = !isNegated
		}
	}
}
