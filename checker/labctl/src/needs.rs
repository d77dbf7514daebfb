//! What a lab needs of the machine. Knows labs and what was measured; starts nothing.

use grade::CourseFiles;
use grade::course::Lab;

use crate::output::Needs;

/// The resident memory of a running session, as `budgets.rs` measures it for the README: 420 MB.
const SESSION_MIB: u32 = 400;

/// Any: whether there is a cluster does not follow from the seed.
const SEED: u64 = 1;

/// What this lab runs on, and with how much memory. Its variants are alike in this: they have one base.
pub(crate) fn of(files: &CourseFiles, lab: &Lab) -> Needs {
    let first = lab.variants.first();
    let scenario = first.and_then(|variant| grade::resolve(files, &lab.name, variant, SEED).ok());
    // A variant that cannot be read is told by whoever starts it.
    let has_cluster = scenario.is_none_or(|scenario| scenario.cluster.is_some());
    Needs {
        provider: has_cluster.then(|| "sandbox".to_owned()),
        memory_mib: if has_cluster { SESSION_MIB } else { 0 },
    }
}

/// `about 400 MiB of memory on the sandbox`.
pub(crate) fn text(needs: &Needs) -> String {
    match &needs.provider {
        Some(provider) => format!("about {} MiB of memory on the {provider}", needs.memory_mib),
        None => "no cluster: it is written".to_owned(),
    }
}
