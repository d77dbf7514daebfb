package subnet

import (
	"fmt"
	"reflect"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatIsHeldIsAsBeforeWhenAPodIsGoneAndNotWhileItsAddressRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := joined(t, "10.0.16.0/24", member("a", "10.0.16.9", large))
		before := p.Held()
		n := p.Node("a")
		take(t, n, "pod", "")
		if during := p.Held(); during.Nodes["a"].Pods != 1 || reflect.DeepEqual(before, during) {
			t.Fatalf("with a Pod: %+v", during)
		}
		if err := n.Release("pod"); err != nil {
			t.Fatal(err)
		}
		if resting := p.Held(); resting.Nodes["a"].Resting != 1 {
			t.Fatalf("right after: %+v", resting)
		}
		time.Sleep(rest + time.Millisecond)
		synctest.Wait()
		if after := p.Held(); !reflect.DeepEqual(before, after) {
			t.Fatalf("before: %+v\nafter:  %+v", before, after)
		}
	})
}

func TestOtherSettingsAreHeldToBeAnotherState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := joined(t, "10.0.16.0/24", member("a", "10.0.16.9", large))
		before := p.Held()
		settings := DefaultSettings()
		settings.Prefixes = true
		if err := p.Node("a").StartIPAMD(settings, nil, false); err != nil {
			t.Fatal(err)
		}
		if after := p.Held(); reflect.DeepEqual(before, after) {
			t.Fatalf("still %+v", after)
		}
	})
}

func TestWhatIsFreeIsAsBeforeWhenAnInterfaceCameAndWentAndCameAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := joined(t, "10.0.16.0/24", member("a", "10.0.16.9", large), member("b", "10.0.16.40", large))
		n := p.Node("a")
		var held []Held
		for range 2 {
			for i := range 12 {
				take(t, n, fmt.Sprint("pod-", i), "")
			}
			held = append(held, p.Held())
			for i := range 12 {
				if err := n.Release(fmt.Sprint("pod-", i)); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(rest + time.Millisecond)
			synctest.Wait()
		}
		if !reflect.DeepEqual(held[0], held[1]) {
			t.Fatalf("first: %+v\nagain: %+v", held[0], held[1])
		}
	})
}
