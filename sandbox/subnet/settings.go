package subnet

// This file is what the environment of aws-node asks of a node's warm pool.
// https://github.com/aws/amazon-vpc-cni-k8s/blob/master/README.md has the variables,
// https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/eni-and-ip-target.md how they go together.

import "strconv"

// Settings are what ipamd read when it started.
type Settings struct {
	// WarmInterfaces is WARM_ENI_TARGET: how many interfaces' worth of free addresses to keep.
	WarmInterfaces int `json:"warm_interfaces"`
	// WarmAddresses is WARM_IP_TARGET: how many free addresses to keep; it replaces WARM_ENI_TARGET. 0: unset.
	WarmAddresses int `json:"warm_addresses"`
	// MinimumAddresses is MINIMUM_IP_TARGET: how many addresses to hold in any case. 0: unset.
	MinimumAddresses int `json:"minimum_addresses"`
	// Prefixes is ENABLE_PREFIX_DELEGATION: take /28 blocks and not single addresses.
	Prefixes bool `json:"prefixes"`
	// WarmPrefixes is WARM_PREFIX_TARGET: how many free blocks to keep.
	WarmPrefixes int `json:"warm_prefixes"`
	// MostInterfaces is MAX_ENI; 0: as many as the instance type can have.
	MostInterfaces int `json:"most_interfaces"`
}

// DefaultSettings are those of the EKS add-on as it is installed.
func DefaultSettings() Settings { return Settings{WarmInterfaces: 1, WarmPrefixes: 1} }

// ParseSettings reads the environment of a container of aws-node. What is not set, or no number that makes sense, has
// ipamd's own default.
func ParseSettings(environment map[string]string) Settings {
	number := func(name string, least, otherwise int) int {
		value, err := strconv.Atoi(environment[name])
		if err != nil || value < least {
			return otherwise
		}
		return value
	}
	// An unreadable value is false in ipamd too.
	prefixes, _ := strconv.ParseBool(environment["ENABLE_PREFIX_DELEGATION"])
	return Settings{
		WarmInterfaces: number("WARM_ENI_TARGET", 0, 1), WarmAddresses: number("WARM_IP_TARGET", 0, 0),
		MinimumAddresses: number("MINIMUM_IP_TARGET", 0, 0), Prefixes: prefixes,
		WarmPrefixes: number("WARM_PREFIX_TARGET", 0, 0), MostInterfaces: number("MAX_ENI", 1, 0),
	}
}

// countAddresses says that the targets are counted in addresses and not in interfaces or blocks.
func (s Settings) countAddresses() bool { return s.WarmAddresses > 0 || s.MinimumAddresses > 0 }
