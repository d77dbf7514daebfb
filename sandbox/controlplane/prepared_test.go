package controlplane

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, parts ...string) {
	t.Helper()
	file := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	content := "content"
	if filepath.Base(file) == completeMark {
		content = stamp()
	}
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWhichDatastoreAStartBeginsFrom(t *testing.T) {
	for name, test := range map[string]struct {
		there, inPrepared []string
		noPrepared        bool
		isPrepared        bool
		has               string
		says              string
	}{
		"none prepared":                       {noPrepared: true},
		"a prepared one":                      {inPrepared: []string{"member/snap/db", completeMark}, isPrepared: true, has: "etcd/member/snap/db"},
		"a copy that was cut off":             {there: []string{"etcd.new/half"}, inPrepared: []string{"db", completeMark}, isPrepared: true, has: "etcd/db"},
		"its own, which was a prepared one":   {there: []string{"etcd/own", "etcd/" + completeMark}, inPrepared: []string{"db", completeMark}, isPrepared: true, has: "etcd/own"},
		"its own, which began empty":          {there: []string{"etcd/own"}, inPrepared: []string{"db", completeMark}, has: "etcd/own"},
		"a prepared one that is not finished": {inPrepared: []string{"db"}, says: "is no prepared datastore"},
	} {
		t.Run(name, func(t *testing.T) {
			folder, prepared := t.TempDir(), t.TempDir()
			for _, file := range test.there {
				write(t, folder, file)
			}
			for _, file := range test.inPrepared {
				write(t, prepared, file)
			}
			if test.noPrepared {
				prepared = ""
			}
			is, err := unpack(Options{Folder: folder, Prepared: prepared})
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("it says %v", err)
				}
				return
			}
			if err != nil || is != test.isPrepared {
				t.Errorf("prepared: %t, %v", is, err)
			}
			if _, err := os.Stat(filepath.Join(folder, test.has)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestADatastoreOfAnotherVersionIsNotTakenAndIsMadeAgain(t *testing.T) {
	prepared := t.TempDir()
	write(t, prepared, completeMark)
	if err := os.WriteFile(filepath.Join(prepared, completeMark), []byte("v1.2.3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if IsPrepared(prepared) {
		t.Error("it counts as prepared")
	}
	if _, err := unpack(Options{Folder: t.TempDir(), Prepared: prepared}); err == nil || !strings.Contains(err.Error(), "prepare it again") {
		t.Errorf("it says %v", err)
	}
}

func TestKeepingReplacesAHalfDatastoreAndLeavesAWholeOne(t *testing.T) {
	target := filepath.Join(t.TempDir(), "prepared")
	write(t, target, "half")
	first := t.TempDir()
	write(t, first, "first")
	if err := keep(first, target); err != nil || !IsPrepared(target) {
		t.Fatalf("prepared: %t, %v", IsPrepared(target), err)
	}
	second := t.TempDir()
	write(t, second, "second")
	if err := keep(second, target); err != nil {
		t.Error(err)
	}
	for file, there := range map[string]bool{"half": false, "first": true, "second": false} {
		if _, err := os.Stat(filepath.Join(target, file)); (err == nil) != there {
			t.Errorf("%s is there: %t", file, err == nil)
		}
	}
}
