package subnet

// This file gives back what is over a node's targets, as ipamd does: never what a Pod has, nor what one gave back a moment
// ago, and never the first interface.

import (
	"net/netip"
	"slices"
)

// shrink gives surplus addresses or blocks back to the subnet. It is false when there is none that can be given.
func (n *Node) shrink() bool {
	over := n.over()
	if over == 0 {
		return false
	}
	nBefore := over
	for _, i := range slices.Backward(n.state.Interfaces) {
		if n.state.Settings.Prefixes {
			free := slices.DeleteFunc(slices.Clone(i.Prefixes), n.blockIsUsed)
			for _, block := range free[:min(over, len(free))] {
				i.Prefixes = slices.DeleteFunc(i.Prefixes, func(other netip.Prefix) bool { return other == block })
				n.pool.giveBack(slices.Collect(addressesOf(block))...)
				over--
			}
			continue
		}
		isUsed := func(address netip.Addr) bool { return n.isUsed(address) || n.isResting(address) }
		free := slices.DeleteFunc(slices.Clone(i.Secondary), isUsed)
		free = free[max(0, len(free)-over):]
		i.Secondary = slices.DeleteFunc(i.Secondary, func(address netip.Addr) bool { return slices.Contains(free, address) })
		n.pool.giveBack(free...)
		over -= len(free)
	}
	if over == nBefore {
		return false
	}
	n.says("debug", "ipamd/ipamd.go:640", "Successfully decreased IP pool")
	return true
}

func (n *Node) over() int {
	if n.state.Settings.countAddresses() {
		_, over := n.target()
		return over
	}
	if n.state.Settings.Prefixes && n.state.Settings.WarmPrefixes > 0 {
		return max(n.freePrefixes(nil)-n.state.Settings.WarmPrefixes, 0)
	}
	return 0
}

func (n *Node) blockIsUsed(block netip.Prefix) bool {
	for address := range addressesOf(block) {
		if n.isUsed(address) || n.isResting(address) {
			return true
		}
	}
	return false
}

// freePrefixes counts the blocks that no Pod has an address of, on all interfaces but one.
func (n *Node) freePrefixes(but *iface) int {
	count := 0
	for _, i := range n.state.Interfaces {
		for _, block := range i.Prefixes {
			if i != but && !n.blockIsUsed(block) {
				count++
			}
		}
	}
	return count
}

// freeInterface detaches one interface that is not needed any more: not the first one, and none that a Pod uses.
func (n *Node) freeInterface() bool {
	for place, i := range slices.Backward(n.state.Interfaces) {
		isUsed := false
		for address := range i.forPods() {
			isUsed = isUsed || n.isUsed(address) || n.isResting(address)
		}
		if place == 0 || isUsed || !n.canSpare(i) {
			continue
		}
		n.says("debug", "ipamd/ipamd.go:668", "Start freeing ENI %s", i.ID)
		n.detach(i)
		return true
	}
	return false
}

func (n *Node) canSpare(i *iface) bool {
	s, now := n.state.Settings, n.stats()
	switch {
	case s.countAddresses():
		return now.available()-i.nForPods() >= s.WarmAddresses && now.total-i.nForPods() >= s.MinimumAddresses
	case s.Prefixes:
		return n.freePrefixes(i) >= s.WarmPrefixes && now.available() > i.nForPods()
	default:
		return now.available() >= (s.WarmInterfaces+1)*(n.limits.AddressesPerInterface-1)
	}
}
