package network

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
)

func open(t *testing.T, file, subnet string) *Pool {
	t.Helper()
	p, err := OpenPool(file, netip.MustParsePrefix(subnet))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func take(t *testing.T, p *Pool, owner, want string) {
	t.Helper()
	got, err := p.Take(owner)
	if err != nil || got != netip.MustParseAddr(want) {
		t.Fatalf("Take(%q) = %v, %v; want %s", owner, got, err, want)
	}
}

func TestSmallestSubnetHasElevenAddresses(t *testing.T) {
	p := open(t, filepath.Join(t.TempDir(), "a", "pool.json"), "10.0.16.16/28")
	for i := range 11 {
		take(t, p, fmt.Sprint("pod-", i), fmt.Sprintf("10.0.16.%d", 20+i))
	}
	if _, err := p.Take("one-too-many"); !errors.Is(err, ErrExhausted) {
		t.Fatalf("Take on a full subnet: %v", err)
	}
	if err := p.Release("pod-3"); err != nil {
		t.Fatal(err)
	}
	take(t, p, "later", "10.0.16.23")
}

func TestAddressesSurviveAnotherOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pool.json")
	p := open(t, file, "10.0.16.0/24")
	take(t, p, "node-a/x", "10.0.16.4")
	take(t, p, "node-b/y", "10.0.16.5")
	if err := p.Release("node-a/x"); err != nil {
		t.Fatal(err)
	}
	p = open(t, file, "10.0.16.0/24")
	take(t, p, "node-b/y", "10.0.16.5")
	// A freed address rests: the next one is handed out first.
	take(t, p, "node-b/z", "10.0.16.6")
	if got := p.Owners("node-b/"); !slices.Equal(got, []string{"node-b/y", "node-b/z"}) {
		t.Fatalf("Owners = %v", got)
	}
}

func TestNodeAddressesAreNotHandedOut(t *testing.T) {
	p := open(t, filepath.Join(t.TempDir(), "pool.json"), "10.0.16.0/24")
	for _, address := range []string{"10.0.16.4", "10.0.16.6", "10.0.16.4"} {
		if err := p.Reserve(netip.MustParseAddr(address)); err != nil {
			t.Fatal(err)
		}
	}
	take(t, p, "a", "10.0.16.5")
	take(t, p, "b", "10.0.16.7")
	p.Unreserve(netip.MustParseAddr("10.0.16.6"))
	if err := p.Reserve(netip.MustParseAddr("10.0.16.6")); err != nil {
		t.Fatal(err)
	}
}

func TestReserveRefusals(t *testing.T) {
	p := open(t, filepath.Join(t.TempDir(), "pool.json"), "10.0.16.0/24")
	take(t, p, "a", "10.0.16.4")
	for address, want := range map[string]string{
		"10.0.16.0":   "is not usable in subnet `10.0.16.0/24`",
		"10.0.16.3":   "is not usable in subnet `10.0.16.0/24`",
		"10.0.16.255": "is not usable in subnet `10.0.16.0/24`",
		"10.0.17.9":   "is not usable in subnet `10.0.16.0/24`",
		"10.0.16.4":   "is taken by `a`",
	} {
		if err := p.Reserve(netip.MustParseAddr(address)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Reserve(%s): %v; want %q", address, err, want)
		}
	}
}

func TestBadPools(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other.json")
	take(t, open(t, other, "10.0.32.0/24"), "a", "10.0.32.4")
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
	p := open(t, filepath.Join(t.TempDir(), "pool.json"), "10.0.16.0/24")
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[netip.Addr]string{}
	for node := range 4 {
		all.Go(func() {
			for i := range 40 {
				owner := fmt.Sprintf("node-%d/%d", node, i)
				address, err := p.Take(owner)
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
	p := open(t, filepath.Join(t.TempDir(), "pool.json"), "10.0.32.0/20")
	if got := p.Resolver().String(); got != "10.0.0.2" {
		t.Fatalf("Resolver = %s", got)
	}
}
