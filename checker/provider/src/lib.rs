//! Makes, finds, stops and resets clusters. Knows processes and folders, no Kubernetes.
