//! What a lab needs of the machine. Knows labs and what was measured; starts nothing.

use grade::course::Lab;

use crate::output::Needs;

/// The resident memory of a running session, as `budgets.rs` measures it for the README: 420 MB.
const SESSION_MIB: u32 = 400;

/// What this lab runs on, and with how much memory.
pub(crate) fn of(_lab: &Lab) -> Needs {
    // Every lab of today has a cluster, and the sandbox is the only one who makes clusters.
    Needs {
        provider: Some("sandbox".to_owned()),
        memory_mib: SESSION_MIB,
    }
}

/// `the sandbox, about 400 MiB of memory`.
pub(crate) fn text(needs: &Needs) -> String {
    match &needs.provider {
        Some(provider) => format!("the {provider}, about {} MiB of memory", needs.memory_mib),
        None => "no cluster".to_owned(),
    }
}
