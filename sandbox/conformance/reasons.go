package main

// This file says by rule why a test did not pass. It must not know which test it is: only what it said.

import (
	"regexp"
	"strings"
)

// rules are tried in order; the first whose pattern is in what the test said counts.
var rules = []struct{ said, means string }{
	{`endpoints "kubernetes" not found`, "where the Service `kubernetes` leads only the network knows, and no object says so"},
	{`oidc\.eks\.`, "the issuer of tokens is beyond the cluster, where nobody answers for it"},
	{`to retry failed RunHostCmd`, "a Pod could not be asked in time; why was not found out"},
	{`no volume plugin matched`, "volumes of that kind are not simulated"},
	{`Failed to pull image|this sandbox has no such image`, "its image has no workload model"},
	{`is not simulated|in this image it|executable file not found|able to create dummy device`, "a tool of its image is not simulated"},
}

func reason(o outcome) string {
	for _, rule := range rules {
		if regexp.MustCompile(rule.said).MatchString(o.said + "\n" + o.log) {
			return rule.means
		}
	}
	first, _, _ := strings.Cut(strings.TrimSpace(o.said), "\n")
	return "not looked into: " + first
}
