package fidelity

// This file is every difference that is known between a real cluster and the sandbox, each with its reason. A difference
// that is not here fails the test, and so does an entry that is no difference any more.

// known is a difference that has a reason.
type known struct {
	// situation and path name the fact; a path that ends with `*` stands for all that begin so.
	situation, path string
	reason          string
}

// knownDifferences are there in every run.
var knownDifferences = []known{}

// chance are facts that depend on the moment: either side may have them in one run and not in the next.
var chance = []known{}
