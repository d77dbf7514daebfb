package controlplane

import _ "embed"

// What the audit log keeps: every write of everybody, Secrets and tokens without their content, events with it. It is
// also the event history: it survives deleted events and names who wrote one.

// auditMaxMiB is never reached: a rotated log would lose the history of the events.
const auditMaxMiB = "100000"

// auditPolicy is also read by labctl, which has other clusters write the same.
//
//go:embed audit-policy.yaml
var auditPolicy string
