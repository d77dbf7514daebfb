// Package fidelity measures how close the sandbox comes to a real cluster: it runs the situations that were recorded on
// one, puts what the sandbox reports into the same form, and lists every difference.
//
// It must not know the sandbox's insides: it sees the API only.
package fidelity
