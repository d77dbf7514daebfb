//! The only crate that speaks Kubernetes: connect, apply, observe, watch, exec, review access. It never judges.
