package subnet

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The numbers of the tables in docs/eni-and-ip-target.md and docs/prefix-and-ip-target.md of the VPC CNI.
func TestWarmPoolsOfOneNode(t *testing.T) {
	xlarge := Limits{Interfaces: 4, AddressesPerInterface: 15, Pods: 58}
	for _, c := range []struct {
		says         string
		limits       Limits
		settings     Settings
		pods         int
		total, inUse int // addresses for Pods; addresses of the subnet
	}{
		{"one interface is warm at first", large, DefaultSettings(), 0, 9, 10},
		{"and a second one from the first Pod on", large, DefaultSettings(), 1, 18, 20},
		{"a third one when the first is full", large, DefaultSettings(), 10, 27, 30},
		{"no more than the instance type has", large, DefaultSettings(), 27, 27, 30},
		{"no warm interface", large, Settings{}, 5, 9, 10},
		{"warm addresses replace the warm interface", large, Settings{WarmInterfaces: 1, WarmAddresses: 2}, 3, 5, 6},
		{"warm addresses over two interfaces", large, Settings{WarmAddresses: 2}, 9, 11, 13},
		{"a minimum", large, Settings{WarmAddresses: 1, MinimumAddresses: 6}, 3, 6, 7},
		{"a minimum that is passed", large, Settings{WarmAddresses: 2, MinimumAddresses: 4}, 5, 7, 8},
		{"at most one interface", xlarge, Settings{WarmInterfaces: 1, MostInterfaces: 1}, 3, 14, 15},
		{"one block", large, Settings{Prefixes: true, WarmPrefixes: 1}, 0, 16, 17},
		{"a second block from the first Pod on", large, Settings{Prefixes: true, WarmPrefixes: 1}, 1, 32, 33},
		{"blocks by addresses", large, Settings{Prefixes: true, WarmAddresses: 5}, 11, 16, 17},
		{"one address over the block", large, Settings{Prefixes: true, WarmAddresses: 5}, 12, 32, 33},
	} {
		p := joined(t, "10.0.16.0/24", member("a", "10.0.16.200", c.limits))
		n := p.Node("a")
		n.leave()
		n.attach(netip.MustParseAddr("10.0.16.200"))
		if err := n.StartIPAMD(c.settings, nil, false); err != nil {
			t.Fatal(err)
		}
		for pod := range c.pods {
			take(t, n, fmt.Sprint(pod), "")
		}
		if got := n.stats().total; got != c.total || 251-p.Free() != c.inUse {
			t.Errorf("%s: %d addresses for Pods, %d of the subnet; want %d, %d", c.says, got, 251-p.Free(), c.total, c.inUse)
		}
	}
}

func TestWhoComesFirstTakesTheSubnet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// 27 addresses: 10 + 10 + 6 and one for the node that comes last.
		p := joined(t, "10.0.16.0/27", member("a", "10.0.16.20", large), member("b", "10.0.16.10", large),
			member("c", "10.0.16.30", small), member("d", "10.0.16.5", large))
		if p.Free() != 0 {
			t.Fatalf("%d addresses are free", p.Free())
		}
		for i := range 3 {
			take(t, p.Node("a"), fmt.Sprint("a/", i), "")
		}
		var lines []string
		log := func(line string) { lines = append(lines, line) }
		start := func(settings Settings, names ...string) {
			t.Helper()
			lines = nil
			for _, name := range names {
				if err := p.Node(name).StartIPAMD(settings, log, false); err != nil {
					t.Fatal(err)
				}
			}
		}
		refused := func(says, want string) {
			t.Helper()
			if _, err := p.Node("d").Take("d/1"); !errors.Is(err, ErrExhausted) {
				t.Fatalf("%s: %v", says, err)
			}
			if text := strings.Join(lines, "\n"); !strings.Contains(text, want) || !strings.Contains(text, "DataStore has no available IP/Prefix addresses") {
				t.Fatalf("%s: ipamd says\n%s", says, text)
			}
		}
		start(DefaultSettings(), "d")
		refused("as it came", "InsufficientFreeAddressesInSubnet")
		start(Settings{}, "a", "b", "c", "d")
		refused("no warm interface gives nothing back", "InsufficientFreeAddressesInSubnet")
		start(Settings{Prefixes: true, WarmPrefixes: 1}, "a", "b", "c", "d")
		refused("there is no whole block", "InsufficientCidrBlocks: The specified subnet does not have enough free cidr blocks to satisfy the request.")
		start(Settings{WarmAddresses: 1, MinimumAddresses: 9}, "a", "b", "c")
		start(DefaultSettings(), "d")
		refused("a minimum that keeps what is there", "InsufficientFreeAddressesInSubnet")
		start(Settings{WarmAddresses: 1, MinimumAddresses: 2}, "a", "b", "c", "d")
		for i := range 4 {
			take(t, p.Node("d"), fmt.Sprint("d/", i), "")
		}
		for name, want := range map[string]int{"a": 4, "b": 2, "c": 2, "d": 5} {
			if got := p.Node(name).stats().total; got != want {
				t.Errorf("node %s has %d addresses for Pods, want %d", name, got, want)
			}
		}
		// What a Pod gives back goes to the subnet when it has rested.
		nFree := p.Free()
		if err := errors.Join(p.Node("d").Release("d/0"), p.Node("d").Release("d/1")); err != nil {
			t.Fatal(err)
		}
		if p.Free() != nFree {
			t.Fatal("an address went back before it had rested")
		}
		time.Sleep(rest)
		synctest.Wait()
		if p.Free() != nFree+2 {
			t.Fatalf("%d addresses are free, were %d", p.Free(), nFree)
		}
	})
}

func TestANodeThatGoesLeavesItsAddressesToTheOthers(t *testing.T) {
	p := joined(t, "10.0.16.0/28", member("a", "10.0.16.9", large), member("b", "10.0.16.5", large))
	if _, err := p.Node("b").Take("b/1"); !errors.Is(err, ErrExhausted) {
		t.Fatalf("Take: %v", err)
	}
	if err := p.Leave("a"); err != nil {
		t.Fatal(err)
	}
	take(t, p.Node("b"), "b/1", "")
}

func TestEnvironmentOfAwsNode(t *testing.T) {
	for text, want := range map[string]Settings{
		"": {WarmInterfaces: 1},
		"WARM_ENI_TARGET=1 WARM_PREFIX_TARGET=1 ENABLE_PREFIX_DELEGATION=false": DefaultSettings(),
		"WARM_ENI_TARGET=0 WARM_IP_TARGET=2 MINIMUM_IP_TARGET=4":                {WarmAddresses: 2, MinimumAddresses: 4},
		"ENABLE_PREFIX_DELEGATION=true WARM_PREFIX_TARGET=2 MAX_ENI=2":          {WarmInterfaces: 1, Prefixes: true, WarmPrefixes: 2, MostInterfaces: 2},
		"WARM_ENI_TARGET=-1 WARM_IP_TARGET=many MAX_ENI=0":                      {WarmInterfaces: 1},
	} {
		environment := map[string]string{}
		for _, variable := range strings.Fields(text) {
			name, value, _ := strings.Cut(variable, "=")
			environment[name] = value
		}
		if got := ParseSettings(environment); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

// Whatever happens in whatever order: nothing is given twice, nothing is lost, no limit is passed, a Pod keeps its
// address, and the file has it all.
func TestNothingIsEverGivenTwice(t *testing.T) {
	for seed := range uint64(30) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			subnet := netip.PrefixFrom(netip.MustParseAddr("10.0.16.0"), 24+random.IntN(5))
			file := filepath.Join(t.TempDir(), "pool.json")
			p := open(t, file, subnet.String())
			var members []Member
			for i := range 1 + random.IntN(4) {
				limits := []Limits{large, small, {Interfaces: 4, AddressesPerInterface: 15, Pods: 58}}[random.IntN(3)]
				members = append(members, member(fmt.Sprint("n", i), fmt.Sprintf("10.0.16.%d", 4+i*3), limits))
			}
			if err := p.Join(members...); err != nil {
				t.Fatal(err)
			}
			has := map[string]netip.Addr{}
			for step := range 150 {
				m := members[random.IntN(len(members))]
				n := p.Node(m.Name)
				owner := fmt.Sprintf("%s/%d", m.Name, random.IntN(12))
				switch action := random.IntN(20); {
				case action < 10:
					address, err := n.Take(owner)
					if old, ok := has[owner]; ok && (err != nil || old != address) {
						t.Fatalf("seed %d, step %d: %s had %s and has %s, %v", seed, step, owner, old, address, err)
					}
					if err == nil {
						has[owner] = address
					} else if !errors.Is(err, ErrExhausted) {
						t.Fatal(err)
					}
				case action < 15:
					if err := n.Release(owner); err != nil {
						t.Fatal(err)
					}
					delete(has, owner)
				case action < 17:
					time.Sleep(time.Duration(random.IntN(3)) * time.Second)
					synctest.Wait()
				case action < 19:
					s := Settings{WarmInterfaces: random.IntN(2), WarmAddresses: random.IntN(4), MinimumAddresses: random.IntN(6), Prefixes: random.IntN(4) == 0, WarmPrefixes: random.IntN(2)}
					if err := n.StartIPAMD(s, func(string) {}, false); err != nil {
						t.Fatal(err)
					}
				default:
					p.Close()
					p = open(t, file, subnet.String())
					if err := p.Join(members...); err != nil {
						t.Fatal(err)
					}
				}
				if wrong := faults(p, has); wrong != "" {
					t.Fatalf("seed %d, step %d: %s", seed, step, wrong)
				}
			}
		})
	}
}

// faults says what is wrong with a pool whose Pods have these addresses.
func faults(p *Pool, has map[string]netip.Addr) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	holder := map[netip.Addr]string{}
	for name, n := range p.nodes {
		if len(n.state.Interfaces) > n.limits.Interfaces {
			return fmt.Sprintf("%s has %d interfaces", name, len(n.state.Interfaces))
		}
		for _, i := range n.state.Interfaces {
			if i.nSlots() >= n.limits.AddressesPerInterface {
				return fmt.Sprintf("%s of %s has %d addresses and blocks", i.ID, name, i.nSlots())
			}
			for address := range i.all() {
				if other, twice := holder[address]; twice || !p.usable(address) || p.taken[address] != i.ID {
					return fmt.Sprintf("%s is on %s, on %s, and taken by %q", address, i.ID, other, p.taken[address])
				}
				holder[address] = i.ID
			}
		}
		for _, pod := range n.state.Pods {
			i := slices.IndexFunc(n.state.Interfaces, func(i *iface) bool { return i.ID == holder[pod.Address] })
			if i < 0 || has[pod.Owner] != pod.Address {
				return fmt.Sprintf("%s has %s, which is on %q, and was told %s", pod.Owner, pod.Address, holder[pod.Address], has[pod.Owner])
			}
		}
	}
	if len(holder) != len(p.taken) {
		return fmt.Sprintf("%d addresses are taken, %d are on interfaces", len(p.taken), len(holder))
	}
	if len(slices.Compact(slices.SortedFunc(valuesOf(has), netip.Addr.Compare))) != len(has) {
		return "two Pods have the same address"
	}
	return ""
}

func valuesOf(has map[string]netip.Addr) func(func(netip.Addr) bool) {
	return func(yield func(netip.Addr) bool) {
		for _, address := range has {
			if !yield(address) {
				return
			}
		}
	}
}
