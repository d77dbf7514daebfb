package controlplane

import (
	"regexp"
	"testing"

	auditpolicy "k8s.io/apiserver/pkg/audit/policy"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	basecompatibility "k8s.io/component-base/compatibility"
)

func TestTheIssuerIsOneOfEKSAndTheClustersOwn(t *testing.T) {
	one, other := issuer("eu-west-1", "one"), issuer("eu-west-1", "other")
	if !regexp.MustCompile(`^https://oidc\.eks\.eu-west-1\.amazonaws\.com/id/[0-9A-F]{32}$`).MatchString(one) {
		t.Errorf("the issuer is %s", one)
	}
	if one == other || one != issuer("eu-west-1", "one") {
		t.Errorf("issuers are %s and %s", one, other)
	}
}

func TestTheFirstAddressOfARangeIsTheAPIServers(t *testing.T) {
	for cidr, wanted := range map[string]string{"172.20.0.0/16": "172.20.0.1", "10.100.7.9/24": "10.100.7.1", "nonsense": ""} {
		if got := firstAddress(cidr); got != wanted {
			t.Errorf("of %s it is %q", cidr, got)
		}
	}
}

func TestTheVersionHasEKSsMark(t *testing.T) {
	plain := basecompatibility.NewEffectiveVersionFromString("1.36", "1.35", "1.35")
	info := dressedVersion{plain, "v1.36.3-eks-efcacff"}.Info()
	if info.GitVersion != "v1.36.3-eks-efcacff" || info.Minor != "36" || info.GitTreeState != "clean" {
		t.Errorf("the version is %+v", info)
	}
}

func TestUseIsWhatIsNoComponents(t *testing.T) {
	for name, is := range map[string]bool{
		"system:node:n": true, "system:kube-scheduler": true, setupUser: true, cloudUser: true, learnerUser: false, checkerUser: false, adminUser: false,
	} {
		if isComponent(name) != is {
			t.Errorf("%s is a component: %t", name, !is)
		}
	}
}

func TestWhatTheAuditLogKeeps(t *testing.T) {
	policy, err := auditpolicy.LoadPolicyFromBytes([]byte(auditPolicy))
	if err != nil {
		t.Fatal(err)
	}
	evaluator := auditpolicy.NewPolicyRuleEvaluator(policy)
	for name, test := range map[string]struct {
		user, verb, group, resource, subresource, wanted string
	}{
		"a learner's change":         {"learner", "patch", "apps", "deployments", "", "Request"},
		"a learner's look":           {"learner", "get", "apps", "deployments", "", "None"},
		"a learner's command":        {"learner", "get", "", "pods", "exec", "Metadata"},
		"a Secret's content":         {"learner", "create", "", "secrets", "", "Metadata"},
		"a token":                    {"learner", "create", "", "serviceaccounts", "token", "Metadata"},
		"an event of a component":    {"system:kube-scheduler", "create", "events.k8s.io", "events", "", "Request"},
		"an event of the learner":    {"learner", "create", "", "events", "", "Request"},
		"a controller's change":      {"system:kube-controller-manager", "update", "apps", "replicasets", "status", "Metadata"},
		"a lease":                    {"system:kube-scheduler", "update", "coordination.k8s.io", "leases", "", "None"},
		"a question about rights":    {"learner", "create", "authorization.k8s.io", "selfsubjectaccessreviews", "", "None"},
		"a service account's change": {"system:serviceaccount:shop:default", "delete", "", "pods", "", "Request"},
	} {
		t.Run(name, func(t *testing.T) {
			level := evaluator.EvaluatePolicyRule(authorizer.AttributesRecord{
				User: &user.DefaultInfo{Name: test.user}, Verb: test.verb, APIGroup: test.group, Resource: test.resource, Subresource: test.subresource, ResourceRequest: true,
			}).Level
			if string(level) != test.wanted {
				t.Errorf("it keeps %s", level)
			}
		})
	}
}
