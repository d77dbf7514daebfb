package node

import (
	"strings"
	"testing"
)

type outer struct{ inner any }
type inner struct{ number int }

func TestReplaceFollowsPointersAndInterfaces(t *testing.T) {
	o := &outer{inner: &inner{number: 1}}
	if err := replace(o, 2, "inner", "number"); err != nil {
		t.Fatal(err)
	}
	if got := o.inner.(*inner).number; got != 2 {
		t.Errorf("the number is %d", got)
	}
}

func TestReplaceRefusesWhatDoesNotFit(t *testing.T) {
	o := &outer{inner: &inner{number: 1}}
	cases := []struct {
		name string
		err  error
		text string
	}{
		{"an absent field", replace(o, 2, "inner", "count"), "has no field `count`"},
		{"another type", replace(o, "two", "inner", "number"), "is a int"},
		{"no struct on the way", replace(o, 2, "inner", "number", "deeper"), "is no struct"},
		{"a copy", replace(outer{inner: 1}, 2, "inner"), "has no field `inner`"},
	}
	for _, c := range cases {
		if c.err == nil || !strings.Contains(c.err.Error(), c.text) {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
	if got := o.inner.(*inner).number; got != 1 {
		t.Errorf("the number became %d", got)
	}
}
