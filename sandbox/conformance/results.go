package main

// This file keeps how each test went the last time, in results.csv, and compares. It must not know how tests are run.

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

const resultsFile = "results.csv"

// header names the columns of the file.
var header = []string{"sig", "test", "result", "reason"}

// row is how a test went; reason is why it did not pass.
type row struct{ sig, test, result, reason string }

// results are rows by test.
type results map[string]row

// ofSIG finds the group that a test belongs to.
var ofSIG = regexp.MustCompile(`^\[(sig-[a-z-]+)\]`)

func (o outcome) row() row {
	r := row{test: o.test, result: o.result}
	if found := ofSIG.FindStringSubmatch(o.test); found != nil {
		r.sig = found[1]
	}
	if o.result != passed {
		r.reason = reason(o)
	}
	return r
}

// load reads the file; one that is not there has no results.
func load(file string) (results, error) {
	opened, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return results{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	reader := csv.NewReader(opened)
	reader.FieldsPerRecord = len(header)
	lines, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("failed to read `%s`: %w", file, err)
	}
	all := results{}
	for _, line := range lines[min(1, len(lines)):] {
		all[line[1]] = row{line[0], line[1], line[2], line[3]}
	}
	return all, nil
}

// save writes the file.
func (r results) save(file string) error {
	var text strings.Builder
	writer := csv.NewWriter(&text)
	lines := [][]string{header}
	for _, one := range r.rows() {
		lines = append(lines, []string{one.sig, one.test, one.result, one.reason})
	}
	if err := writer.WriteAll(lines); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text.String()), 0o644)
}

// rows are sorted by test, which begins with the group.
func (r results) rows() []row {
	var all []row
	for _, test := range slices.Sorted(maps.Keys(r)) {
		all = append(all, r[test])
	}
	return all
}

// passing lists the tests that passed.
func (r results) passing() []string {
	var names []string
	for _, one := range r.rows() {
		if one.result == passed {
			names = append(names, one.test)
		}
	}
	return names
}

// compare says which of today's tests passed before and do not now, and which the other way.
func (r results) compare(today results) (lost, gained []row) {
	for _, now := range today.rows() {
		before := r[now.test].result
		switch {
		case before == passed && now.result != passed:
			lost = append(lost, now)
		case before != passed && now.result == passed:
			gained = append(gained, now)
		}
	}
	return lost, gained
}
