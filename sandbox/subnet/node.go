package subnet

// This file is one node's interfaces and what its Pods have of them. warm.go decides how many addresses they hold.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// rest is how long an address that a Pod gave back is given to no other Pod.
const rest = 2 * time.Second

// Limits are those of a node's instance type.
type Limits struct {
	// Interfaces is how many can be attached, at least 1.
	Interfaces int
	// AddressesPerInterface counts the primary one too, at least 2.
	AddressesPerInterface int
	// Pods is how many the node takes: a pool that large does not grow.
	Pods int
}

// Node is one node's interfaces. Its methods may be called from any goroutine.
type Node struct {
	pool   *Pool
	name   string
	limits Limits
	state  state
	// rests has the addresses that Pods gave back, and when; it is not kept over the death of the program.
	rests map[netip.Addr]time.Time
	// wasRefused is true while the last call to EC2 for more addresses failed.
	wasRefused bool
	// log is where ipamd writes; nil: nowhere.
	log func(line string)
}

// state is what is remembered of a node.
type state struct {
	Settings Settings `json:"settings"`
	// Made counts the interfaces that the node ever had: their ids follow from it.
	Made       int          `json:"made"`
	Interfaces []*iface     `json:"interfaces"`
	Pods       []assignment `json:"pods"`
}

// iface is an elastic network interface.
type iface struct {
	ID        string         `json:"id"`
	Primary   netip.Addr     `json:"primary"`
	Secondary []netip.Addr   `json:"secondary,omitempty"`
	Prefixes  []netip.Prefix `json:"prefixes,omitempty"`
}

// assignment is an address that a Pod has.
type assignment struct {
	Address netip.Addr `json:"address"`
	Owner   string     `json:"owner"`
}

// forPods are the interface's addresses but the primary one.
func (i *iface) forPods() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		for _, address := range i.Secondary {
			if !yield(address) {
				return
			}
		}
		for _, block := range i.Prefixes {
			for address := range addressesOf(block) {
				if !yield(address) {
					return
				}
			}
		}
	}
}

// all are the interface's addresses.
func (i *iface) all() iter.Seq[netip.Addr] {
	return func(yield func(netip.Addr) bool) {
		if yield(i.Primary) {
			i.forPods()(yield)
		}
	}
}

// nSlots counts what EC2 counts against the limit of an interface: a block takes one place, as an address does.
func (i *iface) nSlots() int { return len(i.Secondary) + len(i.Prefixes) }

func (i *iface) nForPods() int { return len(i.Secondary) + addressesOfPrefix*len(i.Prefixes) }

// Resolver is the address of the VPC's DNS resolver as a node of this subnet sees it: the third of the VPC's range. The
// VPC is taken to be the /16 around the subnet.
func (n *Node) Resolver() netip.Addr {
	b := n.pool.subnet.Addr().As4()
	return netip.AddrFrom4([4]byte{b[0], b[1], 0, 2})
}

// Take gives the owner an address of the node: the one it has already, or else a free one, those first that no Pod had.
//
// # Errors
// [ErrExhausted], or the pool's file could not be written (then nothing was taken).
func (n *Node) Take(owner string) (netip.Addr, error) {
	n.pool.mu.Lock()
	defer n.pool.mu.Unlock()
	if place := n.placeOf(owner); place >= 0 {
		return n.state.Pods[place].Address, nil
	}
	var address netip.Addr
	err := n.pool.change(func() error {
		found, ok := n.free()
		if !ok {
			n.pool.settle(n)
			if found, ok = n.free(); !ok {
				n.says("error", "datastore/data_store.go:687", "DataStore has no available IP/Prefix addresses")
				n.says("info", "rpc/rpc.pb.go:863", "Send AddNetworkReply: IPv4Addr: , IPv6Addr: , DeviceNumber: -1, err: AssignPodIPv4Address: no available IP/Prefix addresses")
				return fmt.Errorf("node `%s` in subnet `%s`: %w", n.name, n.pool.subnet, ErrExhausted)
			}
		}
		address = found
		delete(n.rests, address)
		n.state.Pods = append(n.state.Pods, assignment{address, owner})
		n.says("info", "datastore/data_store.go:714", "assignPodIPAddressUnsafe: Assign IP %s to sandbox aws-cni/%s/eth0", address, owner[strings.LastIndexByte(owner, '/')+1:])
		n.pool.settle(n)
		n.saysStats()
		return nil
	})
	return address, err
}

// Release gives the owner's address back. Does *not* fail when the owner has none.
func (n *Node) Release(owner string) error {
	n.pool.mu.Lock()
	defer n.pool.mu.Unlock()
	place := n.placeOf(owner)
	if place < 0 {
		return nil
	}
	return n.pool.change(func() error {
		address := n.state.Pods[place].Address
		n.state.Pods = slices.Delete(n.state.Pods, place, place+1)
		n.rests[address] = time.Now()
		n.says("info", "datastore/data_store.go:1020", "UnassignPodIPAddress: Unassign IP %s from sandbox aws-cni/%s/eth0", address, owner[strings.LastIndexByte(owner, '/')+1:])
		n.saysStats()
		n.pool.wake(rest)
		return nil
	})
}

// Owners lists the owners whose name starts with prefix, sorted.
func (n *Node) Owners(prefix string) []string {
	n.pool.mu.Lock()
	defer n.pool.mu.Unlock()
	var found []string
	for _, pod := range n.state.Pods {
		if strings.HasPrefix(pod.Owner, prefix) {
			found = append(found, pod.Owner)
		}
	}
	slices.Sort(found)
	return found
}

// StartIPAMD is the start of ipamd with new settings; from now on it writes its log lines there. resumed is true when
// ipamd ran before the program did, and so says nothing of its start.
//
// # Errors
// The pool's file could not be written (then the old settings stay).
func (n *Node) StartIPAMD(settings Settings, log func(line string), resumed bool) error {
	n.pool.mu.Lock()
	defer n.pool.mu.Unlock()
	n.log, n.wasRefused = log, false
	return n.pool.change(func() error {
		n.state.Settings = settings
		if !resumed {
			n.saysSettings()
		}
		n.pool.settle(n)
		if !resumed {
			n.saysStats()
		}
		return nil
	})
}

func (n *Node) placeOf(owner string) int {
	return slices.IndexFunc(n.state.Pods, func(pod assignment) bool { return pod.Owner == owner })
}

func (n *Node) isUsed(address netip.Addr) bool {
	return slices.ContainsFunc(n.state.Pods, func(pod assignment) bool { return pod.Address == address })
}

// isResting says that a Pod gave the address back a moment ago.
func (n *Node) isResting(address netip.Addr) bool {
	since, ok := n.rests[address]
	return ok && time.Since(since) < rest
}

// free is the address for the next Pod: the one that was given back longest ago, or never used.
func (n *Node) free() (found netip.Addr, ok bool) {
	for _, i := range n.state.Interfaces {
		for address := range i.forPods() {
			if n.isUsed(address) || n.isResting(address) {
				continue
			}
			if !ok || n.rests[address].Before(n.rests[found]) {
				found, ok = address, true
			}
		}
	}
	return found, ok
}

// attach makes an interface with this primary address, which is not taken.
func (n *Node) attach(primary netip.Addr) *iface {
	n.state.Made++
	sum := sha256.Sum256(fmt.Appendf(nil, "interface/%s/%d", n.name, n.state.Made))
	i := &iface{ID: "eni-0" + hex.EncodeToString(sum[:])[:16], Primary: primary}
	n.pool.taken[primary] = i.ID
	n.state.Interfaces = append(n.state.Interfaces, i)
	return i
}

// detach gives an interface and all its addresses back.
func (n *Node) detach(i *iface) {
	n.pool.giveBack(slices.Collect(i.all())...)
	n.state.Interfaces = slices.DeleteFunc(n.state.Interfaces, func(other *iface) bool { return other == i })
}

// leave gives everything back.
func (n *Node) leave() {
	for _, i := range slices.Clone(n.state.Interfaces) {
		n.detach(i)
	}
	n.state = state{}
}
