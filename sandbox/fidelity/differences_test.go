package fidelity

// This file is every difference that is known between a real cluster and the sandbox, each with its reason. A difference
// that is not here fails the test, and so does an entry that is no difference any more.

// known is a difference that has a reason.
type known struct {
	// situation and path name the fact; a path that ends with `*` stands for all that begin so.
	situation, path string
	reason          string
}

const pulling = `Failed to pull image "registry.invalid/team/app:1": failed to pull and unpack image "registry.invalid/team/app:1": failed to resolve ` +
	`reference "registry.invalid/team/app:1": failed to do request: Head "https://registry.invalid/v2/team/app/manifests/1": dial tcp: lookup registry.invalid on `

const otherResolver = "a node of EKS asks the VPC's resolver, the recorded node asked its host's"

// knownDifferences are there in every run.
var knownDifferences = []known{
	{"pull-fails", "containers/main/state/message", otherResolver},
	{"pull-fails", "event Warning Failed from kubelet spec.containers{main}: " + pulling + "*", otherResolver},
}

// chance are facts that depend on the moment: either side may have them in one run and not in the next.
var chance = []known{
	{"*", "event Warning FailedScheduling from default-scheduler : 0/1 nodes are available: 1 node(s) were unschedulable.*",
		"the node was cordoned for a moment: whether the scheduler tried the Pod then, and whether it made an event of its own of that, depends on its earlier tries"},
	{"*", "event Warning FailedScheduling from default-scheduler : 0/1 nodes are available: 1 node(s) had untolerated taint(s).*",
		"the recorded node still had a taint of its start when some Pods came"},
	{"*", "event Warning Unhealthy from kubelet spec.containers{main}: Readiness probe failed: Get \"http://<ip>:8080/*",
		"the first probe may come before the program listens, and the next ones after"},
}

// otherAnswers are the scripts that come to something else in the sandbox, each with its reason.
var otherAnswers = map[string]string{
	"host-alias":     noPing,
	"lookup-short":   "EKS' search list ends with the region's domain, so one more name is asked for",
	"no-such-folder": "the simulated shell does not count its lines in what it complains about",
	"ping-service":   noPing,
	"syntax":         "the shell's parser is another one, with words of its own",
	"time-out":       "the simulated shell does not tell that a signal ended the program that it waited for",
	"unknown-option": "a simulated tool says which options it has",
}

const noPing = "ICMP is not simulated, and `ping` says so"
