// Package network hands out the addresses of simulated subnets, as the VPC and its CNI plugin do: every Pod gets an
// address of its own, and the file of a pool survives the death of the program.
//
// It must not know Kubernetes, CRI or which Pod an owner stands for: an owner is a text.
package network

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// ErrExhausted says that a subnet has no free address left.
var ErrExhausted = errors.New("no free address in the subnet")

// nReservedAtStart is how many addresses AWS keeps at the start of a subnet (network, router, DNS, future use); it keeps
// the last one too (https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html).
const nReservedAtStart = 4

// Pool is the free and the taken addresses of one subnet. Several nodes may share it.
type Pool struct {
	file        string
	subnet      netip.Prefix
	first, last netip.Addr

	mu    sync.Mutex
	next  netip.Addr
	taken map[netip.Addr]string
	// owned is taken the other way round.
	owned map[string]netip.Addr
	// nodes are reserved by the caller at every start, so they are not in the file.
	nodes map[netip.Addr]bool
}

// saved is the file of a pool.
type saved struct {
	FormatVersion int                   `json:"format_version"`
	Subnet        netip.Prefix          `json:"subnet"`
	Next          netip.Addr            `json:"next"`
	Taken         map[netip.Addr]string `json:"taken"`
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
		taken: map[netip.Addr]string{}, owned: map[string]netip.Addr{}, nodes: map[netip.Addr]bool{}}
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
	var s saved
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("failed to parse address pool `%s`: %w", p.file, err)
	}
	if s.FormatVersion != 1 || s.Subnet != p.subnet {
		return fmt.Errorf("address pool `%s` is of subnet `%s`, format %d: wanted subnet `%s`, format 1", p.file, s.Subnet, s.FormatVersion, p.subnet)
	}
	for address, owner := range s.Taken {
		p.taken[address] = owner
		p.owned[owner] = address
	}
	if p.usable(s.Next) {
		p.next = s.Next
	}
	return nil
}

// Subnet is the range that the pool hands out.
func (p *Pool) Subnet() netip.Prefix { return p.subnet }

// Resolver is the address of the VPC's DNS resolver as a node of this subnet sees it: the third of the VPC's range. The
// VPC is taken to be the /16 around the subnet.
func (p *Pool) Resolver() netip.Addr {
	b := p.subnet.Addr().As4()
	return netip.AddrFrom4([4]byte{b[0], b[1], 0, 2})
}

// Reserve keeps an address for a node. Does *not* fail when it is reserved already.
func (p *Pool) Reserve(address netip.Addr) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.usable(address) {
		return fmt.Errorf("address `%s` is not usable in subnet `%s` (first four and last are kept by AWS)", address, p.subnet)
	}
	if owner, ok := p.taken[address]; ok {
		return fmt.Errorf("address `%s` of subnet `%s` is taken by `%s`", address, p.subnet, owner)
	}
	p.nodes[address] = true
	return nil
}

// Unreserve gives a node's address back. Does *not* fail when it was not reserved.
func (p *Pool) Unreserve(address netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.nodes, address)
}

// Take gives the owner an address: the one it has already, or else the next free one. An address that was given back is
// handed out again as late as possible.
//
// # Errors
// [ErrExhausted], or the pool's file could not be written (then nothing was taken).
func (p *Pool) Take(owner string) (netip.Addr, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if address, ok := p.owned[owner]; ok {
		return address, nil
	}
	address := p.next
	for p.taken[address] != "" || p.nodes[address] {
		if address = p.after(address); address == p.next {
			return netip.Addr{}, fmt.Errorf("subnet `%s`: %w", p.subnet, ErrExhausted)
		}
	}
	previous := p.next
	p.taken[address], p.owned[owner], p.next = owner, address, p.after(address)
	if err := p.save(); err != nil {
		delete(p.taken, address)
		delete(p.owned, owner)
		p.next = previous
		return netip.Addr{}, err
	}
	return address, nil
}

// Release gives the owner's address back. Does *not* fail when the owner has none.
func (p *Pool) Release(owner string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	address, ok := p.owned[owner]
	if !ok {
		return nil
	}
	delete(p.taken, address)
	delete(p.owned, owner)
	return p.save()
}

// Owners lists the owners whose name starts with prefix, sorted.
func (p *Pool) Owners(prefix string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []string
	for owner := range p.owned {
		if strings.HasPrefix(owner, prefix) {
			found = append(found, owner)
		}
	}
	slices.Sort(found)
	return found
}

func (p *Pool) usable(address netip.Addr) bool {
	return address.IsValid() && !address.Less(p.first) && !p.last.Less(address)
}

func (p *Pool) after(address netip.Addr) netip.Addr {
	if address == p.last {
		return p.first
	}
	return address.Next()
}

func (p *Pool) save() error {
	text, err := json.Marshal(saved{FormatVersion: 1, Subnet: p.subnet, Next: p.next, Taken: p.taken})
	if err != nil {
		return fmt.Errorf("failed to write address pool `%s`: %w", p.file, err)
	}
	// The rename keeps the old file whole when the program dies between the two steps.
	if err := os.WriteFile(p.file+".new", text, 0o600); err != nil {
		return fmt.Errorf("failed to write address pool `%s`: %w", p.file, err)
	}
	if err := os.Rename(p.file+".new", p.file); err != nil {
		return fmt.Errorf("failed to write address pool `%s`: %w", p.file, err)
	}
	return nil
}

func lastAddress(subnet netip.Prefix) netip.Addr {
	b := subnet.Addr().As4()
	host := uint32(1)<<(32-subnet.Bits()) - 1
	for i := range b {
		b[i] |= byte(host >> (24 - 8*i))
	}
	return netip.AddrFrom4(b)
}
