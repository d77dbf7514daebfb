package eks

import (
	"regexp"
	"testing"
)

const nodeName = "ip-10-0-16-23.eu-west-1.compute.internal"

func TestIdentifiersHaveTheFormOfEC2AndStayTheSame(t *testing.T) {
	cases := []struct{ name, got, again, form string }{
		{"provider id", ProviderID("eu-west-1a", nodeName), ProviderID("eu-west-1a", nodeName), `^aws:///eu-west-1a/i-0[0-9a-f]{16}$`},
		{"machine id", MachineID(nodeName), MachineID(nodeName), `^ec2[0-9a-f]{29}$`},
		{"system uuid", SystemUUID(nodeName), SystemUUID(nodeName), `^ec2[0-9a-f]{5}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`},
		{"boot id", BootID(nodeName), BootID(nodeName), `^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`},
	}
	for _, c := range cases {
		if c.got != c.again || !regexp.MustCompile(c.form).MatchString(c.got) {
			t.Errorf("%s: %s, then %s", c.name, c.got, c.again)
		}
	}
	if InstanceID(nodeName) == InstanceID("ip-10-0-16-24.eu-west-1.compute.internal") {
		t.Error("two nodes have one instance id")
	}
}

func TestKubeletVersionHasOneBuildMark(t *testing.T) {
	if got := KubeletVersion("v1.36.3"); got != "v1.36.3-eks-efcacff" || KubeletVersion(got) != got {
		t.Errorf("the version is %s, then %s", got, KubeletVersion(got))
	}
}

func TestZoneIdentifiers(t *testing.T) {
	cases := map[string]string{
		"eu-west-1a": "euw1-az1", "us-east-1c": "use1-az3", "ap-southeast-2b": "apse2-az2", "moon": "moon",
	}
	for zone, expected := range cases {
		if got := zoneID(zone); got != expected {
			t.Errorf("%s: %s, expected %s", zone, got, expected)
		}
	}
}

func TestNodeLabelsKeepTheGroupsOwnAndLeaveThemUntouched(t *testing.T) {
	own := map[string]string{"team": "ledger"}
	labels := NodeLabels(NodeFacts{NodeGroup: "general", CapacityType: "SPOT", Region: "eu-west-1", Labels: own})
	expected := map[string]string{
		"team": "ledger", "eks.amazonaws.com/nodegroup": "general", "eks.amazonaws.com/capacityType": "SPOT",
	}
	for key, value := range expected {
		if labels[key] != value {
			t.Errorf("%s is %q, expected %q", key, labels[key], value)
		}
	}
	if len(own) != 1 {
		t.Errorf("the group's labels became %v", own)
	}
}
