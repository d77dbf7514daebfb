// Package config is the one configuration file of a sandbox: its shape, its strict parsing, its rules.
//
// It knows no Kubernetes and no instance types; it reads no file but the one it is given.
package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"sandbox/disk"
)

// FormatVersion is the format this program reads.
const FormatVersion = 1

// ServiceCIDR is the only range of cluster IPs that works: EKS's default one for a VPC in 10.0.0.0/8. A prepared datastore
// and the address of the cluster's DNS are made for it.
const ServiceCIDR = "172.20.0.0/16"

// Config says what cluster a sandbox is and where it keeps its state.
type Config struct {
	FormatVersion int    `json:"format_version"`
	ClusterName   string `json:"cluster_name"`
	// Region is an AWS region, such as "eu-west-1".
	Region string `json:"region"`
	// Kubernetes is the minor version to emulate: "1.36".
	Kubernetes string `json:"kubernetes"`
	// Folder holds all of the cluster's state; absolute, and it exists.
	Folder string `json:"folder"`
	// Prepared is a prepared datastore to start from when Folder holds none; empty: begin with an empty datastore.
	Prepared string `json:"prepared"`
	// Images is the folder of workload models; empty: only the add-ons' own.
	Images string `json:"images"`
	// Port of the API server on 127.0.0.1, 0 to 65535; 0: the one used before, else a free one.
	Port int `json:"port"`
	// ServiceCIDR is where cluster IPs come from: "172.20.0.0/16".
	ServiceCIDR string   `json:"service_cidr"`
	Subnets     []Subnet `json:"subnets"`
	Nodes       []Node   `json:"nodes"`
	// NetworkPolicies says whether a new cluster keeps NetworkPolicies, as with the VPC CNI's setting `enableNetworkPolicy`.
	NetworkPolicies bool `json:"network_policies"`
	// Corefile is the configuration that a new cluster's CoreDNS begins with, as with the add-on's setting `corefile`; empty: EKS' own.
	Corefile string `json:"corefile"`
	// MuteDomains are domains beyond the cluster whose name servers do not answer, such as "partner.example".
	MuteDomains []string `json:"mute_domains"`
	// IdleTimeout ends the program after that long without use, as a Go duration; "0": never.
	IdleTimeout string `json:"idle_timeout"`
	// SystemDeadline is how long kube-system may take to become ready in a new cluster, as a Go duration; empty: a minute.
	SystemDeadline string `json:"system_deadline"`
	// Audit says whether to write an audit log.
	Audit bool `json:"audit"`
	// ThrowAway says that nobody sits at the cluster and that it goes soon: it takes more memory to save processor time.
	ThrowAway bool `json:"throw_away"`
}

// Subnet is a subnet of the simulated VPC.
type Subnet struct {
	Name string `json:"name"`
	// ID is the AWS id, "subnet-…".
	ID string `json:"id"`
	// Zone is an availability zone, such as "eu-west-1a".
	Zone string `json:"zone"`
	CIDR string `json:"cidr"`
}

// Node is one simulated EC2 instance of a managed node group.
type Node struct {
	// Name is the node's name and private DNS name.
	Name string `json:"name"`
	// Address is its private IPv4 address, inside its subnet.
	Address string `json:"address"`
	// Subnet is the name of its subnet; its zone is the node's zone.
	Subnet       string `json:"subnet"`
	InstanceType string `json:"instance_type"`
	NodeGroup    string `json:"node_group"`
	// CapacityType is "ON_DEMAND" or "SPOT".
	CapacityType string            `json:"capacity_type"`
	Labels       map[string]string `json:"labels"`
	Taints       []Taint           `json:"taints"`
}

// Taint is a node group's taint.
type Taint struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	// Effect is "NoSchedule", "PreferNoSchedule" or "NoExecute".
	Effect string `json:"effect"`
}

// Parse reads a configuration from YAML or JSON.
//
// # Errors
//
// Unknown fields (with the known ones), and whatever a sandbox could not start from.
func Parse(text []byte) (*Config, error) {
	var c Config
	if err := strict(text, &c); err != nil {
		return nil, err
	}
	return &c, c.validate()
}

// ParseNode reads one node, as it is added to a running cluster.
func ParseNode(text []byte) (Node, error) {
	var n Node
	err := strict(text, &n)
	return n, err
}

var unknownField = regexp.MustCompile(`unknown field "([^"]+)"`)

func strict(text []byte, into any) error {
	document, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return fmt.Errorf("not YAML: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(into)
	if err == nil {
		return nil
	}
	if found := unknownField.FindStringSubmatch(err.Error()); found != nil {
		return fmt.Errorf("unknown field `%s`; known: %s", found[1], strings.Join(knownFields(reflect.TypeOf(into).Elem()), ", "))
	}
	return err
}

// knownFields lists the fields of a struct and of the structs inside it.
func knownFields(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		field := t.Field(i)
		names = append(names, field.Tag.Get("json"))
		if field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct {
			names = append(names, knownFields(field.Type.Elem())...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (c *Config) validate() error {
	if c.FormatVersion != FormatVersion {
		return fmt.Errorf("format_version is %d, this program reads %d", c.FormatVersion, FormatVersion)
	}
	_, idleErr := c.Idle()
	_, systemErr := c.SystemWithin()
	checks := []struct {
		wrong bool
		says  string
	}{
		{c.ClusterName == "", "cluster_name is empty"},
		{c.Region == "", "region is empty"},
		{c.Kubernetes != "1.36", fmt.Sprintf("kubernetes is %q; only 1.36 works", c.Kubernetes)},
		{!filepath.IsAbs(c.Folder), fmt.Sprintf("folder %q is not absolute", c.Folder)},
		{c.Port < 0 || c.Port > 65535, fmt.Sprintf("port %d is not between 0 and 65535", c.Port)},
		{c.ServiceCIDR != ServiceCIDR, fmt.Sprintf("service_cidr is %q; only %s works", c.ServiceCIDR, ServiceCIDR)},
		{idleErr != nil, fmt.Sprintf("idle_timeout %q is no duration such as 24h", c.IdleTimeout)},
		{systemErr != nil, fmt.Sprintf("system_deadline %q is no duration such as 1m", c.SystemDeadline)},
	}
	for _, check := range checks {
		if check.wrong {
			return errors.New(check.says)
		}
	}
	subnets := map[string]bool{}
	for _, s := range c.Subnets {
		if _, err := netip.ParsePrefix(s.CIDR); err != nil {
			return fmt.Errorf("subnet `%s`: cidr %q is no address range", s.Name, s.CIDR)
		}
		if disk.CheckName(s.Name) != nil || s.Zone == "" || subnets[s.Name] {
			return fmt.Errorf("subnet `%s`: every subnet has a name of its own and a zone", s.Name)
		}
		subnets[s.Name] = true
	}
	return c.validateNodes()
}

func (c *Config) validateNodes() error {
	seen := map[string]bool{}
	for _, n := range c.Nodes {
		if err := c.CheckNode(n); err != nil {
			return err
		}
		for _, once := range []string{n.Name, n.Address} {
			if seen[once] {
				return fmt.Errorf("node `%s`: `%s` is taken by another node", n.Name, once)
			}
			seen[once] = true
		}
	}
	return nil
}

// CheckNode says whether a node fits this configuration's subnets; not whether its name is free.
func (c *Config) CheckNode(n Node) error {
	// Files and folders are named after it.
	if err := disk.CheckName(n.Name); err != nil {
		return fmt.Errorf("node %q: %w", n.Name, err)
	}
	subnet, err := c.Subnet(n.Subnet)
	if err != nil {
		return fmt.Errorf("node `%s`: %w", n.Name, err)
	}
	address, err := netip.ParseAddr(n.Address)
	if err != nil || !netip.MustParsePrefix(subnet.CIDR).Contains(address) {
		return fmt.Errorf("node `%s`: address %q is not in subnet `%s` (%s)", n.Name, n.Address, subnet.Name, subnet.CIDR)
	}
	if n.CapacityType != "ON_DEMAND" && n.CapacityType != "SPOT" {
		return fmt.Errorf("node `%s`: capacity_type is %q, not ON_DEMAND or SPOT", n.Name, n.CapacityType)
	}
	for _, t := range n.Taints {
		if !slices.Contains([]string{"NoSchedule", "PreferNoSchedule", "NoExecute"}, t.Effect) {
			return fmt.Errorf("node `%s`: taint effect is %q, not NoSchedule, PreferNoSchedule or NoExecute", n.Name, t.Effect)
		}
	}
	return nil
}

// Subnet finds a subnet by name.
func (c *Config) Subnet(name string) (Subnet, error) {
	var names []string
	for _, s := range c.Subnets {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Subnet{}, fmt.Errorf("no subnet named `%s`; there are: %s", name, strings.Join(names, ", "))
}

// Idle is IdleTimeout; 0: never.
func (c *Config) Idle() (time.Duration, error) { return time.ParseDuration(c.IdleTimeout) }

// SystemWithin is SystemDeadline.
func (c *Config) SystemWithin() (time.Duration, error) {
	if c.SystemDeadline == "" {
		return time.Minute, nil
	}
	return time.ParseDuration(c.SystemDeadline)
}
