package subnet

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// large is m5.large, small is t3.medium.
var (
	large = Limits{Interfaces: 3, AddressesPerInterface: 10, Pods: 29}
	small = Limits{Interfaces: 3, AddressesPerInterface: 6, Pods: 17}
)

func open(t *testing.T, file, subnet string) *Pool {
	t.Helper()
	p, err := OpenPool(file, netip.MustParsePrefix(subnet))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func member(name, address string, limits Limits) Member {
	return Member{Name: name, Address: netip.MustParseAddr(address), Limits: limits}
}

// joined is a new pool with these nodes.
func joined(t *testing.T, subnet string, members ...Member) *Pool {
	t.Helper()
	p := open(t, filepath.Join(t.TempDir(), "a", "pool.json"), subnet)
	if err := p.Join(members...); err != nil {
		t.Fatal(err)
	}
	return p
}

func take(t *testing.T, n *Node, owner, want string) {
	t.Helper()
	got, err := n.Take(owner)
	if err != nil || want != "" && got != netip.MustParseAddr(want) {
		t.Fatalf("Take(%q) = %v, %v; want %s", owner, got, err, want)
	}
}

func TestSmallestSubnetHasElevenAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := joined(t, "10.0.16.16/28", member("a", "10.0.16.30", Limits{Interfaces: 1, AddressesPerInterface: 30}))
		n := p.Node("a")
		for i := range 10 {
			take(t, n, fmt.Sprint("pod-", i), fmt.Sprintf("10.0.16.%d", 20+i))
		}
		if _, err := n.Take("one-too-many"); !errors.Is(err, ErrExhausted) {
			t.Fatalf("Take on a full subnet: %v", err)
		}
		if err := n.Release("pod-3"); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Take("too-early"); !errors.Is(err, ErrExhausted) {
			t.Fatalf("Take of an address that rests: %v", err)
		}
		time.Sleep(rest)
		take(t, n, "later", "10.0.16.23")
	})
}

func TestAddressesSurviveAnotherOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pool.json")
	members := []Member{member("a", "10.0.16.9", small), member("b", "10.0.16.200", small)}
	p := open(t, file, "10.0.16.0/24")
	if err := p.Join(members...); err != nil {
		t.Fatal(err)
	}
	take(t, p.Node("a"), "x", "10.0.16.4")
	take(t, p.Node("b"), "y", "10.0.16.10")
	if err := p.Node("b").StartIPAMD(Settings{WarmAddresses: 2}, nil, false); err != nil {
		t.Fatal(err)
	}
	nFree := p.Free()
	p.Close()
	p = open(t, file, "10.0.16.0/24")
	if err := p.Join(members...); err != nil {
		t.Fatal(err)
	}
	take(t, p.Node("b"), "y", "10.0.16.10")
	take(t, p.Node("b"), "z", "")
	if got := p.Node("b").Owners(""); !slices.Equal(got, []string{"y", "z"}) {
		t.Fatalf("Owners = %v", got)
	}
	take(t, p.Node("a"), "x", "10.0.16.4")
	if p.Free() != nFree-1 || p.Node("b").state.Settings.WarmAddresses != 2 {
		t.Fatalf("%d free, were %d; settings %+v", p.Free(), nFree, p.Node("b").state.Settings)
	}
	// A node that is not wanted any more gives all back.
	if err := p.Keep([]string{"b"}); err != nil {
		t.Fatal(err)
	}
	if p.Node("a") != nil || p.Free() != 251-1-4 {
		t.Fatalf("%d free after node a went", p.Free())
	}
}

func TestANodeThatCannotBeWrittenDownTakesNothing(t *testing.T) {
	p := joined(t, "10.0.16.0/24", member("a", "10.0.16.9", small))
	nFree, folder := p.Free(), filepath.Dir(p.file)
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Node("a").Take("x"); err == nil || !strings.Contains(err.Error(), "failed to write address pool") {
		t.Fatalf("Take: %v", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if p.Free() != nFree || len(p.Node("a").Owners("")) != 0 {
		t.Fatalf("%d free, were %d; owners %v", p.Free(), nFree, p.Node("a").Owners(""))
	}
	take(t, p.Node("a"), "x", "10.0.16.4")
}

func TestNodeAddressesAreNobodyElses(t *testing.T) {
	p := joined(t, "10.0.16.0/24", member("a", "10.0.16.4", small), member("b", "10.0.16.6", small))
	take(t, p.Node("a"), "a", "10.0.16.5")
	take(t, p.Node("a"), "b", "10.0.16.7")
	if err := p.Leave("b"); err != nil {
		t.Fatal(err)
	}
	if err := p.Join(member("c", "10.0.16.6", small)); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{
		"10.0.16.0":   "is not usable in subnet `10.0.16.0/24`",
		"10.0.16.3":   "is not usable in subnet `10.0.16.0/24`",
		"10.0.16.255": "is not usable in subnet `10.0.16.0/24`",
		"10.0.17.9":   "is not usable in subnet `10.0.16.0/24`",
		"10.0.16.5":   "is taken by network interface `eni-0",
	} {
		if err := p.Join(member("d", address, small)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Join(%s): %v; want %q", address, err, want)
		}
	}
}

func TestBadPools(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other.json")
	if err := open(t, other, "10.0.32.0/24").Join(member("a", "10.0.32.9", small)); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(folder, "broken.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, subnet, want string }{
		{other, "10.0.16.0/24", "is of subnet `10.0.32.0/24`"},
		{broken, "10.0.16.0/24", "failed to parse address pool"},
		{"none.json", "10.0.16.0/29", "is not IPv4 between /16 and /28"},
		{"none.json", "fd00::/120", "is not IPv4 between /16 and /28"},
	} {
		if _, err := OpenPool(c.file, netip.MustParsePrefix(c.subnet)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("OpenPool(%s, %s): %v; want %q", c.file, c.subnet, err, c.want)
		}
	}
}

func TestSeveralNodesNeverShareAnAddress(t *testing.T) {
	var members []Member
	for node := range 4 {
		members = append(members, member(fmt.Sprint("node-", node), fmt.Sprintf("10.0.16.%d", 100+node), Limits{Interfaces: 4, AddressesPerInterface: 15, Pods: 58}))
	}
	p := joined(t, "10.0.16.0/24", members...)
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[netip.Addr]string{}
	for node := range 4 {
		all.Go(func() {
			for i := range 40 {
				owner := fmt.Sprintf("node-%d/%d", node, i)
				address, err := p.Node(fmt.Sprint("node-", node)).Take(owner)
				mu.Lock()
				if other, twice := seen[address]; err != nil || twice {
					t.Errorf("Take(%s) = %v, %v; %s has it", owner, address, err, other)
				}
				seen[address] = owner
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

func TestResolverIsTheVPCs(t *testing.T) {
	p := joined(t, "10.0.32.0/20", member("a", "10.0.33.9", small))
	if got := p.Node("a").Resolver().String(); got != "10.0.0.2" {
		t.Fatalf("Resolver = %s", got)
	}
}
