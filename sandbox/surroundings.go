package main

// What the person's surroundings may not change about a cluster. kubectl is the person's own program and keeps them.

import (
	"os"
	"syscall"
)

// proxyVariables are those that Go's HTTP client and gRPC look at. The API server reaches its kubelets at addresses of the
// simulated network, which no list of exceptions names.
var proxyVariables = []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"}

// settle is called before anything of Kubernetes runs: Go reads the proxy variables once.
func settle() {
	for _, name := range proxyVariables {
		_ = os.Unsetenv(name) // it fails for a name that is no name
	}
	// Files, folders and sockets are for their owner alone, also where Kubernetes and etcd say nothing else.
	syscall.Umask(0o077)
}
