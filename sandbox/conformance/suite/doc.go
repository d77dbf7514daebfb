// Package suite is Kubernetes' own end-to-end suite as a test program. It must not know the sandbox.
package suite
