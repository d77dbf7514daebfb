package subnet

// This file is EC2's side of a subnet: what is free, and what is asked for is given whole or not at all. The pool's lock is
// held in all of it.

import (
	"math"
	"net/netip"
)

func (p *Pool) usable(address netip.Addr) bool {
	return address.IsValid() && !address.Less(p.first) && !p.last.Less(address)
}

func (p *Pool) nFree() int {
	host := func(a netip.Addr) int { b := a.As4(); return int(b[2])<<8 | int(b[3]) }
	return host(p.last) - host(p.first) + 1 - len(p.taken)
}

// some takes that many addresses for an interface, the lowest that are free, or none when there are not so many. So what is free
// in one piece depends on who has addresses, and not on who had some.
func (p *Pool) some(id string, count int) ([]netip.Addr, error) {
	if p.nFree() < count {
		return nil, errFewAddresses
	}
	var found []netip.Addr
	for address := p.first; len(found) < count; address = address.Next() {
		if _, ok := p.taken[address]; !ok {
			p.taken[address] = id
			found = append(found, address)
		}
	}
	return found, nil
}

// freeBlocks are whole free /28 blocks, at most so many.
func (p *Pool) freeBlocks(most int) []netip.Prefix {
	var found []netip.Prefix
	for start := p.subnet.Addr(); p.subnet.Contains(start) && len(found) < most; start = after(start) {
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
	return found
}

func (p *Pool) nFreeBlocks() int { return len(p.freeBlocks(math.MaxInt)) }

// blocks takes that many whole free /28 blocks, or none when there are not so many.
func (p *Pool) blocks(id string, count int) ([]netip.Prefix, error) {
	found := p.freeBlocks(count)
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

// giveBack returns addresses to the subnet.
func (p *Pool) giveBack(addresses ...netip.Addr) {
	for _, address := range addresses {
		delete(p.taken, address)
		p.gaveBack = true
	}
}
