package subnet

// This file is arithmetic on addresses.

import (
	"iter"
	"net/netip"
)

// prefixBits is the size of the blocks of prefix delegation: a /28 has 16 addresses, all of them for Pods.
const (
	prefixBits        = 28
	addressesOfPrefix = 16
)

func lastAddress(subnet netip.Prefix) netip.Addr {
	b := subnet.Addr().As4()
	host := uint32(1)<<(32-subnet.Bits()) - 1
	for i := range b {
		b[i] |= byte(host >> (24 - 8*i))
	}
	return netip.AddrFrom4(b)
}

// after is the first address behind the block that starts here.
func after(start netip.Addr) netip.Addr {
	return lastAddress(netip.PrefixFrom(start, prefixBits)).Next()
}

func addressesOf(block netip.Prefix) iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for address := block.Addr(); block.Contains(address) && yield(address); {
			address = address.Next()
		}
	}
}
