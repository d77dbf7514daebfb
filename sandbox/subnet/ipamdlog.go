package subnet

// This file is what ipamd writes, in its own form: one JSON object a line. The words are those of the VPC CNI; the
// places in its source are near ones.

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// says writes one line of ipamd's log.
func (n *Node) says(level, caller, format string, arguments ...any) {
	if n.log == nil {
		return
	}
	// The order of the fields is ipamd's.
	line := struct {
		Level   string `json:"level"`
		Time    string `json:"ts"`
		Caller  string `json:"caller"`
		Message string `json:"msg"`
	}{level, time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), caller, fmt.Sprintf(format, arguments...)}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	// Texts into memory can always be written.
	_ = encoder.Encode(line)
	n.log(strings.TrimSuffix(text.String(), "\n"))
}

func (n *Node) saysStats() {
	s := n.stats()
	n.says("debug", "ipamd/ipamd.go:2171", "IP pool stats: Total IPs/Prefixes = %d/%d, AssignedIPs/CooldownIPs: %d/%d, c.maxIPsPerENI = %d",
		s.total, s.prefixes, s.assigned, s.resting, n.limits.AddressesPerInterface-1)
}

func (n *Node) saysSettings() {
	s := n.state.Settings
	n.says("info", "aws-k8s-agent/main.go:31", "Starting L-IPAMD")
	n.says("debug", "ipamd/ipamd.go:380", "Using WARM_ENI_TARGET %d", s.WarmInterfaces)
	n.says("info", "ipamd/ipamd.go:402", "Prefix Delegation enabled %t", s.Prefixes)
	n.says("info", "ipamd/ipamd.go:650", "IP pool manager - max pods: %d, warm IP target: %d, warm prefix target: %d, warm ENI target: %d, minimum IP target: %d",
		n.limits.Pods, s.WarmAddresses, s.WarmPrefixes, s.WarmInterfaces, s.MinimumAddresses)
	for _, i := range n.state.Interfaces {
		n.says("info", "ipamd/ipamd.go:1060", "Found ENI %s with primary IP %s having %d secondary IPs and %d Prefixes in subnet %s", i.ID, i.Primary, len(i.Secondary), len(i.Prefixes), n.pool.subnet)
	}
}

func (n *Node) saysRefused() {
	n.says("error", "ipamd/ipamd.go:653", "Unable to attach IPs/Prefixes for the ENI, subnet doesn't seem to have enough IPs/Prefixes. Consider using new subnet or carve a reserved range using create-subnet-cidr-reservation")
}
