package config

import (
	"strings"
	"testing"
	"time"
)

const whole = `
format_version: 1
cluster_name: lab
region: eu-west-1
kubernetes: "1.36"
folder: /somewhere
prepared: /prepared
images: /images
port: 0
service_cidr: 172.20.0.0/16
idle_timeout: 24h
audit: true
subnets:
  - {name: a, id: subnet-1, zone: eu-west-1a, cidr: 10.0.16.0/24}
  - {name: b, id: subnet-2, zone: eu-west-1b, cidr: 10.0.17.0/24}
nodes:
  - {name: one, address: 10.0.16.10, subnet: a, instance_type: m5.large, node_group: general, capacity_type: ON_DEMAND,
     labels: {pool: x}, taints: [{key: team, value: batch, effect: NoSchedule}]}
  - {name: two, address: 10.0.17.10, subnet: b, instance_type: m5.large, node_group: general, capacity_type: SPOT}
`

func TestAWholeConfigurationIsRead(t *testing.T) {
	c, err := Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil || idle != 24*time.Hour {
		t.Errorf("idle is %s, %v", idle, err)
	}
	if len(c.Nodes) != 2 || c.Nodes[0].Taints[0].Effect != "NoSchedule" || c.Nodes[0].Labels["pool"] != "x" || !c.Audit {
		t.Errorf("read %+v", c)
	}
	subnet, err := c.Subnet("b")
	if err != nil || subnet.Zone != "eu-west-1b" {
		t.Errorf("subnet is %+v, %v", subnet, err)
	}
}

func TestWhatASandboxCannotStartFromIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ from, to, says string }{
		"another format":   {"format_version: 1", "format_version: 2", "format_version is 2, this program reads 1"},
		"an unknown field": {"audit: true", "audited: true", "unknown field `audited`; known: address, audit, capacity_type, cidr, "},
		"an unknown node field": {"node_group: general, capacity_type: SPOT", "group: general, capacity_type: SPOT",
			"unknown field `group`"},
		"a field twice":         {"audit: true", "audit: true\naudit: false", "not YAML"},
		"no name":               {"cluster_name: lab", "cluster_name: ''", "cluster_name is empty"},
		"no region":             {"region: eu-west-1", "region: ''", "region is empty"},
		"another version":       {`"1.36"`, `"1.35"`, `kubernetes is "1.35"; only 1.36 works`},
		"a relative folder":     {"/somewhere", "somewhere", `folder "somewhere" is not absolute`},
		"a port too high":       {"port: 0", "port: 65536", "port 65536 is not between 0 and 65535"},
		"another service range": {"172.20.0.0/16", "10.100.0.0/16", `service_cidr is "10.100.0.0/16"; only 172.20.0.0/16 works`},
		"no duration":           {"24h", "a day", `idle_timeout "a day" is no duration such as 24h`},
		"no address range":      {"10.0.17.0/24", "10.0.17.0", "subnet `b`: cidr \"10.0.17.0\" is no address range"},
		"a subnet twice":        {"{name: b, id", "{name: a, id", "subnet `a`: every subnet has a name of its own and a zone"},
		"a subnet of no zone":   {"zone: eu-west-1b", "zone: ''", "subnet `b`: every subnet has a name of its own and a zone"},
		"a node of no name":     {"name: two", "name: ''", `node "": a name is empty`},
		"a node of a path":      {"name: two", "name: ../../two", `node "../../two": "../../two" is a path and no name`},
		"a node above":          {"name: two", "name: ..", `node "..": ".." is a path and no name`},
		"a node of a long name": {"name: two", "name: " + strings.Repeat("a", 300), "a name has 300 bytes, more than 200"},
		"a node of a NUL":       {"name: two", `name: "a\0"`, `"a\x00" is a path and no name`},
		"a subnet of a path":    {"name: a,", "name: ../a,", "subnet `../a`: every subnet has a name of its own and a zone"},
		"a node twice":          {"name: two", "name: one", "node `one`: `one` is taken by another node"},
		"an address twice":      {"address: 10.0.17.10, subnet: b", "address: 10.0.16.10, subnet: a", "node `two`: `10.0.16.10` is taken by another node"},
		"an unknown subnet":     {"subnet: b", "subnet: c", "node `two`: no subnet named `c`; there are: a, b"},
		"an address elsewhere":  {"address: 10.0.17.10", "address: 10.0.18.10", "node `two`: address \"10.0.18.10\" is not in subnet `b` (10.0.17.0/24)"},
		"a capacity type":       {"SPOT", "FREE", "node `two`: capacity_type is \"FREE\", not ON_DEMAND or SPOT"},
		"a taint effect":        {"effect: NoSchedule", "effect: Never", "node `one`: taint effect is \"Never\", not NoSchedule, PreferNoSchedule or NoExecute"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(whole, test.from) {
				t.Fatalf("the configuration has no %q", test.from)
			}
			_, err := Parse([]byte(strings.Replace(whole, test.from, test.to, 1)))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("it says %v", err)
			}
		})
	}
}

func TestANodeAloneIsStrictToo(t *testing.T) {
	n, err := ParseNode([]byte(`{"name": "three", "address": "10.0.16.11", "subnet": "a"}`))
	if err != nil || n.Address != "10.0.16.11" {
		t.Errorf("read %+v, %v", n, err)
	}
	if _, err := ParseNode([]byte(`{"nome": "three"}`)); err == nil || !strings.Contains(err.Error(), "unknown field `nome`; known: address,") {
		t.Errorf("it says %v", err)
	}
}

func TestIdleZeroMeansNever(t *testing.T) {
	c := Config{IdleTimeout: "0"}
	if idle, err := c.Idle(); err != nil || idle != 0 {
		t.Errorf("idle is %s, %v", idle, err)
	}
}
