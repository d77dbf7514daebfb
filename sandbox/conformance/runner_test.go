package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheSuiteListsEveryConformanceTestOnceWithItsGroup(t *testing.T) {
	names, err := tests()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] || ofSIG.FindString(name) == "" || !strings.Contains(name, "[Conformance]") {
			t.Errorf("it lists %q", name)
		}
		seen[name] = true
	}
	if len(names) < 400 {
		t.Errorf("it lists %d tests", len(names))
	}
}

func TestAReportSaysHowItsOneTestWent(t *testing.T) {
	for text, want := range map[string]outcome{
		`[{"SpecReports": [{"LeafNodeType": "BeforeSuite", "State": "passed"}, {"LeafNodeType": "It", "State": "skipped"}, {"LeafNodeType": "It", "State": "passed", "RunTime": 5}]}]`: {test: "t", result: passed, took: 5},
		`[{"SpecReports": [{"LeafNodeType": "It", "State": "failed", "Failure": {"Message": "no"}}]}]`:                                                                                 {test: "t", result: failed, said: "no"},
		`[{"SpecReports": [{"LeafNodeType": "It", "State": "timedout", "Failure": {"Message": "late"}}]}]`:                                                                             {test: "t", result: timedOut, said: "late"},
	} {
		if got, err := read("t", []byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	if _, err := read("t", []byte(`[{"SpecReports": [{"LeafNodeType": "It", "State": "skipped"}]}]`)); err == nil {
		t.Error("a report in which nothing ran has a result")
	}
}

func TestResultsAreKeptAndCompared(t *testing.T) {
	before := results{}
	for _, o := range []outcome{{test: "[sig-a] one, two [Conformance]", result: passed}, {test: "[sig-b] three [Conformance]", result: failed, said: "expected \"x\"\nand more"}} {
		before[o.test] = o.row()
	}
	file := filepath.Join(t.TempDir(), "results.csv")
	if err := before.save(file); err != nil {
		t.Fatal(err)
	}
	read, err := load(file)
	if err != nil || len(read) != 2 || read["[sig-b] three [Conformance]"] != (row{"sig-b", "[sig-b] three [Conformance]", failed, `not looked into: expected "x"`}) {
		t.Fatalf("read %v, %v", read, err)
	}
	today := results{
		"[sig-a] one, two [Conformance]": outcome{test: "[sig-a] one, two [Conformance]", result: timedOut}.row(),
		"[sig-b] three [Conformance]":    outcome{test: "[sig-b] three [Conformance]", result: passed}.row(),
	}
	lost, gained := read.compare(today)
	if len(lost) != 1 || lost[0].sig != "sig-a" || len(gained) != 1 || gained[0].sig != "sig-b" {
		t.Errorf("lost %v, gained %v", lost, gained)
	}
}

func TestThePageOfTheBookIsWhatTheResultsSay(t *testing.T) {
	all, err := load(resultsFile)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(pageFile)
	if err != nil || string(page) != all.page(version()) {
		t.Errorf("the page is not that of the results, %v", err)
	}
}
