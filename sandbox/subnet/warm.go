package subnet

// This file is ipamd's own reasoning: when a node's pool is too low or too high, and what it does then. It follows
// pkg/ipamd/ipamd.go of https://github.com/aws/amazon-vpc-cni-k8s (v1.21) in its order and in what it asks of EC2.

import "errors"

// What EC2 says when a subnet cannot give what is asked for.
var (
	errFewAddresses = errors.New("api error InsufficientFreeAddressesInSubnet: The specified subnet does not have enough free addresses to satisfy the request.")
	errFewBlocks    = errors.New("api error InsufficientCidrBlocks: The specified subnet does not have enough free cidr blocks to satisfy the request.")
)

// stats is what ipamd counts.
type stats struct{ total, prefixes, assigned, resting int }

func (s stats) available() int { return s.total - s.assigned }

func (n *Node) stats() stats {
	s := stats{assigned: len(n.state.Pods)}
	for _, i := range n.state.Interfaces {
		s.total += i.nForPods()
		s.prefixes += len(i.Prefixes)
		for address := range i.forPods() {
			if n.isResting(address) && !n.isUsed(address) {
				s.resting++
			}
		}
	}
	return s
}

// reconcile does what ipamd's loop would do until nothing is left to do. It ends: growth stops at the targets, and what
// is given back was over them.
func (n *Node) reconcile() {
	if n.limits.Interfaces == 0 || len(n.state.Interfaces) == 0 {
		return
	}
	for n.tooLow() && n.grow() {
	}
	for n.shrink() || n.freeInterface() {
	}
}

// target is how many addresses, or blocks with prefix delegation, the node has too few or too many by WARM_IP_TARGET and
// MINIMUM_IP_TARGET.
func (n *Node) target() (short, over int) {
	s, now := n.state.Settings, n.stats()
	short = max(s.WarmAddresses-now.available(), s.MinimumAddresses-now.total, 0)
	over = max(min(now.available()-s.WarmAddresses, now.total-s.MinimumAddresses), 0)
	if s.Prefixes {
		needed := max(blocksFor(now.assigned+s.WarmAddresses), blocksFor(s.MinimumAddresses))
		return blocksFor(short), max(now.prefixes-needed, 0)
	}
	return short, over
}

func blocksFor(addresses int) int { return (addresses + addressesOfPrefix - 1) / addressesOfPrefix }

func (n *Node) tooLow() bool {
	s, now := n.state.Settings, n.stats()
	if n.limits.Pods > 0 && now.total >= n.limits.Pods {
		return false
	}
	if s.countAddresses() {
		short, _ := n.target()
		return short > 0
	}
	warm, each := s.WarmInterfaces, n.limits.AddressesPerInterface-1
	if s.Prefixes {
		warm, each = s.WarmPrefixes, addressesOfPrefix
	}
	low := now.available() < warm*each || warm == 0 && now.available() == 0
	if low {
		n.says("debug", "ipamd/ipamd.go:673", "IP pool is too low: available (%d) < ENI target (%d) * addrsPerENI (%d)", now.available(), warm, each)
	}
	return low
}

// wanted is how many addresses or blocks to ask for.
func (n *Node) wanted() int {
	s := n.state.Settings
	switch {
	case s.countAddresses():
		short, _ := n.target()
		return short
	case s.Prefixes:
		return max(s.WarmPrefixes-n.freePrefixes(nil), 1)
	default:
		return n.limits.AddressesPerInterface - 1
	}
}

// grow fills an interface that has room, else attaches another one. It is false when nothing was gained.
func (n *Node) grow() bool {
	n.says("debug", "ipamd/ipamd.go:678", "Starting to increase pool size")
	if n.wasRefused && n.pool.nFree() == 0 {
		n.says("debug", "ipamd/ipamd.go:678", "Recently we had InsufficientCidr error hence will wait for 2m0s before retrying")
		return false
	}
	n.wasRefused = false
	room := n.limits.AddressesPerInterface - 1
	wanted := n.wanted()
	var refused error
	for _, i := range n.state.Interfaces {
		if i.nSlots() >= room {
			continue
		}
		err := n.assign(i, min(room-i.nSlots(), wanted))
		if err != nil {
			n.says("warn", "ipamd/ipamd.go:978", "failed to allocate all available IP addresses on ENI %s, err: operation error EC2: AssignPrivateIpAddresses, %s", i.ID, err)
			err = n.assign(i, 1)
		}
		if err == nil {
			return true
		}
		n.wasRefused = true
		refused = err
	}
	most := n.limits.Interfaces
	if n.state.Settings.MostInterfaces > 0 {
		most = min(most, n.state.Settings.MostInterfaces)
	}
	if len(n.state.Interfaces) >= most {
		if refused != nil {
			n.saysRefused()
		} else {
			n.says("debug", "ipamd/ipamd.go:720", "Skipping ENI allocation as the max ENI limit is already reached")
		}
		return false
	}
	if err := n.allocate(min(wanted, room)); err != nil {
		n.says("error", "ipamd/ipamd.go:825", "Failed to increase pool size due to not able to allocate ENI AllocENI: failed to create ENI: operation error EC2: CreateNetworkInterface, %s", err)
		n.wasRefused = true
		n.saysRefused()
		return false
	}
	return true
}

// assign puts more addresses or blocks on an interface, all or none.
func (n *Node) assign(i *iface, count int) error {
	what := "IP addresses"
	if n.state.Settings.Prefixes {
		what = "IPv4 prefixes"
	}
	n.says("info", "ipamd/ipamd.go:938", "Trying to allocate %d %s on ENI %s", count, what, i.ID)
	if n.state.Settings.Prefixes {
		blocks, err := n.pool.blocks(i.ID, count)
		i.Prefixes = append(i.Prefixes, blocks...)
		return err
	}
	addresses, err := n.pool.some(i.ID, count)
	i.Secondary = append(i.Secondary, addresses...)
	return err
}

// allocate attaches a new interface with so many addresses or blocks, all or none.
func (n *Node) allocate(count int) error {
	refusal, wanted := errFewAddresses, 1+count
	if n.state.Settings.Prefixes {
		refusal, wanted = errFewBlocks, 1+count*addressesOfPrefix
	}
	if n.pool.nFree() < wanted {
		return refusal
	}
	primary, err := n.pool.some("", 1)
	if err != nil {
		return err
	}
	i := n.attach(primary[0])
	if err := n.assign(i, count); err != nil {
		n.detach(i)
		n.state.Made--
		// Nobody has more than before.
		n.pool.gaveBack = false
		return err
	}
	n.says("info", "awsutils/awsutils.go:960", "Successfully created and attached a new ENI %s to instance", i.ID)
	return nil
}
