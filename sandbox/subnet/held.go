package subnet

// This file tells what of a subnet decides how it goes on, without the addresses themselves: which of them a Pod gets changes nothing.

import "time"

// Held is what a subnet's nodes hold of it.
type Held struct {
	// Free counts addresses that are on no interface, FreeBlocks the whole /28 blocks among them.
	Free       int                 `json:"free"`
	FreeBlocks int                 `json:"free_blocks"`
	Nodes      map[string]NodeHeld `json:"nodes"`
}

// NodeHeld is what one node holds.
type NodeHeld struct {
	Settings Settings `json:"settings"`
	// Interfaces has for each, in the order of attaching, how many addresses and blocks it has for Pods.
	Interfaces []InterfaceHeld `json:"interfaces"`
	// Pods counts addresses that Pods have, Resting those that no Pod may have yet.
	Pods    int `json:"pods"`
	Resting int `json:"resting"`
	// Refused says that the node's last call for more addresses failed.
	Refused bool `json:"refused"`
}

// InterfaceHeld counts what an interface has for Pods.
type InterfaceHeld struct {
	Addresses int `json:"addresses"`
	Blocks    int `json:"blocks"`
}

// Held tells what is held now.
func (p *Pool) Held() Held {
	p.mu.Lock()
	defer p.mu.Unlock()
	held := Held{Free: p.nFree(), FreeBlocks: p.nFreeBlocks(), Nodes: map[string]NodeHeld{}}
	for name, n := range p.nodes {
		held.Nodes[name] = n.held()
	}
	return held
}

// held is what the node holds. The pool's lock is held.
func (n *Node) held() NodeHeld {
	held := NodeHeld{Settings: n.state.Settings, Pods: len(n.state.Pods), Refused: n.wasRefused}
	for _, i := range n.state.Interfaces {
		held.Interfaces = append(held.Interfaces, InterfaceHeld{Addresses: len(i.Secondary), Blocks: len(i.Prefixes)})
	}
	for _, since := range n.rests {
		if time.Since(since) < rest {
			held.Resting++
		}
	}
	return held
}
