// Package network hands out the addresses of simulated subnets, as the VPC and its CNI plugin do: a node has network
// interfaces, each with a primary address and secondary ones (or /28 prefixes) of the node's subnet, and a Pod gets an
// address that its node holds already. What ipamd (the daemon in the Pods of aws-node) keeps warm is kept here too, so
// that a subnet runs out as a real one does. The file of a pool survives the death of the program.
//
// What is simulated: calls to EC2 take no time and are not throttled; an address that a Pod gave back rests for two
// seconds (IP_COOLDOWN_PERIOD is 30 s in reality) and surplus goes back to the subnet right then; there is no wait of two
// minutes after a refusal; and a pool is kept also while aws-node is not running on the node.
//
// It must not know Kubernetes, CRI or which Pod an owner stands for: an owner is a text.
package network

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// ErrExhausted says that a node has no free address for a Pod, and can get none.
var ErrExhausted = errors.New("no free address on the node, and none to be had from its subnet")

// nReservedAtStart is how many addresses AWS keeps at the start of a subnet (network, router, DNS, future use); it keeps
// the last one too (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
const nReservedAtStart = 4

// Pool is one subnet: which of its addresses are on which interface of which node.
type Pool struct {
	file        string
	subnet      netip.Prefix
	first, last netip.Addr

	mu   sync.Mutex
	next netip.Addr
	// nodes by name; names has them in the order in which they joined.
	nodes map[string]*Node
	names []string
	// taken has the id of the interface that holds an address.
	taken map[netip.Addr]string
	// written is the file as it was last written or read.
	written []byte
	// gaveBack is set when addresses went back to the subnet: other nodes may want them.
	gaveBack bool
	wakeUp   *time.Timer
	closed   bool
}

// saved is the file of a pool.
type saved struct {
	FormatVersion int               `json:"format_version"`
	Subnet        netip.Prefix      `json:"subnet"`
	Next          netip.Addr        `json:"next"`
	Nodes         map[string]*state `json:"nodes"`
}

// OpenPool reads the pool's file, or starts an empty pool when there is none.
//
// # Errors
// The subnet must be IPv4 between /16 and /28 (what AWS allows), a file must be readable and of the same subnet.
func OpenPool(file string, subnet netip.Prefix) (*Pool, error) {
	if !subnet.Addr().Is4() || subnet.Bits() < 16 || subnet.Bits() > 28 {
		return nil, fmt.Errorf("subnet `%s` is not IPv4 between /16 and /28", subnet)
	}
	subnet = subnet.Masked()
	p := &Pool{file: file, subnet: subnet, first: subnet.Addr(), last: lastAddress(subnet).Prev(),
		nodes: map[string]*Node{}, taken: map[netip.Addr]string{}}
	for range nReservedAtStart {
		p.first = p.first.Next()
	}
	p.next = p.first
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("failed to make the folder of address pool `%s`: %w", file, err)
	}
	return p, p.load()
}

func (p *Pool) load() error {
	text, err := os.ReadFile(p.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("failed to read address pool `%s`: %w", p.file, err)
	}
	return p.restore(text)
}

// restore makes the pool what a file says.
func (p *Pool) restore(text []byte) error {
	s := saved{FormatVersion: 2, Subnet: p.subnet}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &s); err != nil {
			return fmt.Errorf("failed to parse address pool `%s`: %w", p.file, err)
		}
	}
	if s.FormatVersion != 2 || s.Subnet != p.subnet {
		return fmt.Errorf("address pool `%s` is of subnet `%s`, format %d: wanted subnet `%s`, format 2", p.file, s.Subnet, s.FormatVersion, p.subnet)
	}
	p.written, p.taken = text, map[netip.Addr]string{}
	if p.usable(s.Next) {
		p.next = s.Next
	}
	for _, name := range slices.Sorted(maps.Keys(s.Nodes)) {
		p.node(name).state = *s.Nodes[name]
		for _, i := range s.Nodes[name].Interfaces {
			for address := range i.all() {
				p.taken[address] = i.ID
			}
		}
	}
	for name, n := range p.nodes {
		if s.Nodes[name] == nil {
			n.state = state{}
		}
	}
	return nil
}

// node is the node of that name, made when it is not there.
func (p *Pool) node(name string) *Node {
	n := p.nodes[name]
	if n == nil {
		n = &Node{pool: p, name: name, rests: map[netip.Addr]time.Time{}}
		p.nodes[name] = n
		p.names = append(p.names, name)
	}
	return n
}

// Subnet is the range that the pool hands out.
func (p *Pool) Subnet() netip.Prefix { return p.subnet }

// Member is a node that joins a subnet.
type Member struct {
	// Name is the node's; its interfaces are remembered under it.
	Name string
	// Address is the node's own: the primary address of its first interface.
	Address netip.Addr
	Limits  Limits
}

// Join gives every node its own address, and then, in this order, the addresses that a node with the default settings
// keeps warm, as nodes get them that came one after the other. A node that joined before keeps what it has.
//
// # Errors
// An address is not usable in the subnet or is taken. What the nodes' warm pools lack is *not* an error.
func (p *Pool) Join(members ...Member) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.change(func() error {
		for _, m := range members {
			if err := p.enter(m); err != nil {
				return err
			}
		}
		for _, m := range members {
			p.settle(p.nodes[m.Name])
		}
		return nil
	})
}

func (p *Pool) enter(m Member) error {
	if !p.usable(m.Address) {
		return fmt.Errorf("address `%s` is not usable in subnet `%s` (first four and last are kept by AWS)", m.Address, p.subnet)
	}
	n := p.node(m.Name)
	n.limits = m.Limits
	if len(n.state.Interfaces) > 0 && n.state.Interfaces[0].Primary == m.Address {
		return nil
	}
	n.leave()
	if owner, ok := p.taken[m.Address]; ok {
		return fmt.Errorf("address `%s` of subnet `%s` is taken by network interface `%s`", m.Address, p.subnet, owner)
	}
	n.state.Settings = DefaultSettings()
	n.attach(m.Address)
	return nil
}

// Keep gives back what nodes hold that are not among these: they were removed while the program died.
func (p *Pool) Keep(names []string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.change(func() error {
		for _, name := range slices.Clone(p.names) {
			if !slices.Contains(names, name) {
				p.remove(name)
			}
		}
		return nil
	})
}

// Leave gives back all that a node holds, because its instance is gone. Does *not* fail when it never joined.
func (p *Pool) Leave(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.change(func() error {
		p.remove(name)
		p.settle(nil)
		return nil
	})
}

func (p *Pool) remove(name string) {
	if n := p.nodes[name]; n != nil {
		n.leave()
		delete(p.nodes, name)
		p.names = slices.DeleteFunc(p.names, func(other string) bool { return other == name })
	}
}

// Node is a node that joined; nil when it did not.
func (p *Pool) Node(name string) *Node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nodes[name]
}

// Close stops what happens by itself; the file stays as it is.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.wakeUp != nil {
		p.wakeUp.Stop()
	}
}

// Free counts the addresses of the subnet that are on no interface: what EC2 calls AvailableIpAddressCount.
func (p *Pool) Free() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nFree()
}

// change does something and writes it down; when that fails, nothing was done. The lock is held.
func (p *Pool) change(do func() error) error {
	err := do()
	if saveErr := p.save(); saveErr != nil {
		return errors.Join(saveErr, p.restore(p.written))
	}
	return err
}

// settle lets the node, and whoever can use what it gives back, reach what their settings ask for. The lock is held.
func (p *Pool) settle(n *Node) {
	if n != nil {
		n.reconcile()
	}
	for p.gaveBack {
		p.gaveBack = false
		for _, name := range p.names {
			p.nodes[name].reconcile()
		}
	}
}

// wake settles all nodes when what Pods gave back has rested. The lock is held.
func (p *Pool) wake(after time.Duration) {
	if p.wakeUp != nil {
		p.wakeUp.Stop()
	}
	p.wakeUp = time.AfterFunc(after, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.closed {
			return
		}
		// What cannot be written down now is tried again with the next change.
		_ = p.change(func() error {
			p.gaveBack = true
			p.settle(nil)
			return nil
		})
	})
}

func (p *Pool) usable(address netip.Addr) bool {
	return address.IsValid() && !address.Less(p.first) && !p.last.Less(address)
}

func (p *Pool) nFree() int {
	host := func(a netip.Addr) int { b := a.As4(); return int(b[2])<<8 | int(b[3]) }
	return host(p.last) - host(p.first) + 1 - len(p.taken)
}

// some takes that many addresses for an interface, or none when there are not so many. An address that was given back
// is taken again as late as possible. The lock is held.
func (p *Pool) some(id string, count int) ([]netip.Addr, error) {
	if p.nFree() < count {
		return nil, errFewAddresses
	}
	var found []netip.Addr
	for len(found) < count {
		if _, ok := p.taken[p.next]; !ok {
			p.taken[p.next] = id
			found = append(found, p.next)
		}
		if p.next == p.last {
			p.next = p.first
		} else {
			p.next = p.next.Next()
		}
	}
	return found, nil
}

// blocks takes that many whole free /28 blocks, or none when there are not so many. The lock is held.
func (p *Pool) blocks(id string, count int) ([]netip.Prefix, error) {
	var found []netip.Prefix
	for start := p.subnet.Addr(); p.subnet.Contains(start) && len(found) < count; start = after(start) {
		block := netip.PrefixFrom(start, prefixBits)
		whole := true
		for address := range addressesOf(block) {
			_, taken := p.taken[address]
			whole = whole && !taken && p.usable(address)
		}
		if whole {
			found = append(found, block)
		}
	}
	if len(found) < count {
		return nil, errFewBlocks
	}
	for _, block := range found {
		for address := range addressesOf(block) {
			p.taken[address] = id
		}
	}
	return found, nil
}

// giveBack returns addresses to the subnet. The lock is held.
func (p *Pool) giveBack(addresses ...netip.Addr) {
	for _, address := range addresses {
		delete(p.taken, address)
		p.gaveBack = true
	}
}

func (p *Pool) save() error {
	s := saved{FormatVersion: 2, Subnet: p.subnet, Next: p.next, Nodes: map[string]*state{}}
	for name, n := range p.nodes {
		s.Nodes[name] = &n.state
	}
	text, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("failed to write address pool `%s`: %w", p.file, err)
	}
	if bytes.Equal(text, p.written) {
		return nil
	}
	// The rename keeps the old file whole when the program dies between the two steps.
	if err := os.WriteFile(p.file+".new", text, 0o600); err != nil {
		return fmt.Errorf("failed to write address pool `%s`: %w", p.file, err)
	}
	if err := os.Rename(p.file+".new", p.file); err != nil {
		return fmt.Errorf("failed to write address pool `%s`: %w", p.file, err)
	}
	p.written = text
	return nil
}
