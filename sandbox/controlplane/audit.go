package controlplane

// What the audit log keeps: every write of everybody, Secrets and tokens without their content, events with it. It is
// also the event history: it survives deleted events and names who wrote one.

// auditMaxMiB is never reached: a rotated log would lose the history of the events.
const auditMaxMiB = "100000"

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
  # These are changes although their verb is get.
  - level: Metadata
    resources:
      - {group: "", resources: [pods/exec, pods/attach, pods/portforward, pods/proxy, services/proxy, nodes/proxy]}
  - level: None
    verbs: [get, list, watch]
  - level: None
    resources:
      - {group: coordination.k8s.io, resources: [leases]}
      - {group: authorization.k8s.io}
      - {group: authentication.k8s.io}
  - level: None
    nonResourceURLs: ["*"]
  - level: Metadata
    resources:
      - {group: "", resources: [secrets, serviceaccounts/token]}
  - level: Request
    resources:
      - {group: "", resources: [events]}
      - {group: events.k8s.io, resources: [events]}
  - level: Metadata
    userGroups: [system:nodes]
  - level: Metadata
    users: [system:apiserver, system:kube-controller-manager, system:kube-scheduler, "lab:cloud", "lab:setup"]
  - level: Request
`
