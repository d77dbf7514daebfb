package main

// This file writes the book's page about the suite from the results. It must not know how they came about.

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

const pageFile = "../../book/src/reference/conformance.md"

const pageBegins = `<!-- Written by ` + "`go run . -write` in `sandbox/conformance`" + `; not by hand. -->

# Conformance

Whoever sells a Kubernetes proves by these tests that it is one. They know nothing of this course, so they are its outside judge: of the %d
conformance tests of Kubernetes %s, **%d pass** on a sandbox of four nodes, unchanged.

| group | tests | pass |
|---|---|---|
`

const pageGoesOn = `
The images that the tests run have workload models like any other, and what such a model cannot do counts as not passed.
` + "`go run .` in `sandbox/conformance`" + ` runs those that passed and says what is lost; ` + "`-all`" + ` runs the rest too.
Of each test its last result stands here, so not all of them are of one run.

## Why the others do not pass

`

// write writes the page.
func (r results) writePage(file, version string) error {
	return os.WriteFile(file, []byte(r.page(version)), 0o644)
}

func (r results) page(version string) string {
	type count struct{ tests, pass int }
	groups, reasons := map[string]count{}, map[string][]string{}
	for _, one := range r.rows() {
		group := groups[one.sig]
		group.tests++
		if one.result == passed {
			group.pass++
		} else {
			reasons[one.reason] = append(reasons[one.reason], one.test)
		}
		groups[one.sig] = group
	}
	var text strings.Builder
	fmt.Fprintf(&text, pageBegins, len(r), version, len(r.passing()))
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		fmt.Fprintf(&text, "| %s | %d | %d |\n", strings.TrimPrefix(name, "sig-"), groups[name].tests, groups[name].pass)
	}
	text.WriteString(pageGoesOn)
	// The greatest first.
	order := slices.SortedFunc(maps.Keys(reasons), func(a, b string) int {
		if n := len(reasons[b]) - len(reasons[a]); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	for _, why := range order {
		fmt.Fprintf(&text, "**%s** (%d)\n\n", capital(why), len(reasons[why]))
		for _, test := range reasons[why] {
			fmt.Fprintf(&text, "- %s\n", short(test))
		}
		text.WriteString("\n")
	}
	return strings.TrimSuffix(text.String(), "\n")
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// short is a test's name without its marks, which all of them share or which say who may run it; Markdown reads nothing in it.
func short(test string) string {
	words := strings.Fields(test)
	var kept []string
	for i, word := range words {
		if i > 0 && strings.HasPrefix(word, "[") && strings.HasSuffix(word, "]") {
			continue
		}
		kept = append(kept, word)
	}
	kept[0] = strings.Trim(strings.TrimPrefix(kept[0], "[sig-"), "]") + ":"
	return strings.NewReplacer("*", `\*`, "_", `\_`, "<", "&lt;").Replace(strings.Join(kept, " "))
}
