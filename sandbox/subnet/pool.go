// Package subnet hands out the addresses of simulated subnets, as the VPC and its CNI plugin do: a node has network
// interfaces, each with a primary address and secondary ones (or /28 prefixes) of the node's subnet, and a Pod gets an
// address that its node holds already. What ipamd (the daemon in the Pods of aws-node) keeps warm is kept here too, so
// that a subnet runs out as a real one does. The file of a pool survives the death of the program.
//
// What is simulated: calls to EC2 take no time and are not throttled; an address that a Pod gave back rests for two
// seconds (IP_COOLDOWN_PERIOD is 30 s in reality) and surplus goes back to the subnet right then; there is no wait of two
// minutes after a refusal; and a pool is kept also while aws-node is not running on the node.
//
// It must not know Kubernetes, CRI or which Pod an owner stands for: an owner is a text.
package subnet

import (
	"errors"
	"fmt"
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

	mu sync.Mutex
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
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("failed to make the folder of address pool `%s`: %w", file, err)
	}
	return p, p.load()
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
