package subnet

// This file keeps a pool on disk: one file a subnet, written anew with every change, so that the interfaces of its nodes
// and the addresses of their Pods never tell different stories.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"slices"

	"sandbox/disk"
)

// saved is the file of a pool.
type saved struct {
	FormatVersion int               `json:"format_version"`
	Subnet        netip.Prefix      `json:"subnet"`
	Nodes         map[string]*state `json:"nodes"`
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

// change does something and writes it down; when that fails, nothing was done. The lock is held.
func (p *Pool) change(do func() error) error {
	err := do()
	if saveErr := p.save(); saveErr != nil {
		return errors.Join(saveErr, p.restore(p.written))
	}
	return err
}

func (p *Pool) save() error {
	s := saved{FormatVersion: 2, Subnet: p.subnet, Nodes: map[string]*state{}}
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
	if err := disk.Write(p.file, text); err != nil {
		return fmt.Errorf("failed to write address pool `%s`: %w", p.file, err)
	}
	p.written = text
	return nil
}
