//! What the session's crate tells of long work, in words: begun, how far, over.
//!
//! The one place where these words are.

use provider::{Making, Starting};
use session::lock::Doing;
use session::{Progress, Step};

use crate::phases::Phases;
use crate::screen;

/// Shows what happened.
pub(crate) fn show(phases: &Phases, what: Progress<'_>) {
    match what {
        Progress::Begun(step) => phases.begin(&begins(step)),
        Progress::Over(step) => phases.done(&over(step)),
        Progress::NotRestored { why } => {
            phases.note(&format!("it cannot be restored ({why}): a new one is made"));
        }
        Progress::Making(what) => made(phases, &what),
        Progress::Came(how_far) => came(phases, how_far),
        Progress::AwaitingSymptom => phases.detail("waiting for the symptom"),
        Progress::AskingLast { evicts: true } => {
            phases.meanwhile("all else holds: evicting a Pod, and watching what comes of it");
        }
        Progress::AskingLast { evicts: false } => {
            phases.meanwhile("all else holds: asking again and again");
        }
        Progress::AskedLast => phases.passed(),
        Progress::Waiting { session, other } => phases.note(&format!(
            "another {} session `{session}`{}: waiting",
            who(other),
            doing(other)
        )),
        Progress::Left { session } => phases.note(&format!(
            "stopped session `{session}`; `labctl start` with its lab brings it back"
        )),
        Progress::KeptAside(folder) => phases.note(&format!(
            "your files of the lab before are kept in `{}`",
            folder.display()
        )),
    }
}

fn begins(step: Step<'_>) -> String {
    match step {
        Step::Starting { .. } => "starting the control plane".to_owned(),
        Step::Reaching => "asking the cluster whether the lab may be made there".to_owned(),
        Step::SettingUp => "setting the lab up".to_owned(),
        Step::Comparing => "comparing with the start".to_owned(),
        Step::Restoring => "restoring the cluster".to_owned(),
        Step::Removing => "removing the cluster".to_owned(),
        Step::Clearing => "removing the lab's namespaces".to_owned(),
        Step::Stopping { session } => format!("stopping session `{session}`"),
    }
}

fn over(step: Step<'_>) -> String {
    match step {
        Step::Starting { nodes } => {
            format!("control plane and {} ready", screen::plural(nodes, "node"))
        }
        Step::Reaching => "the lab may be made there, in namespaces of its own".to_owned(),
        Step::SettingUp => "lab set up, symptom seen".to_owned(),
        Step::Comparing | Step::Restoring => "everything is as at the start".to_owned(),
        Step::Removing => "cluster removed".to_owned(),
        Step::Clearing => "the lab's namespaces are gone".to_owned(),
        Step::Stopping { session } => format!("session `{session}` stopped"),
    }
}

fn made(phases: &Phases, what: &Making) {
    match what {
        Making::Program => phases.begin("building the sandbox (once)"),
        Making::AwaitsAnother => phases.detail("another labctl is at it, waiting"),
        Making::Downloads(0) => phases.detail("looking up its modules"),
        Making::Downloads(count) => phases.detail(&format!("{count} modules downloaded")),
        Making::Compiles { done, of } => phases.count(*done, *of, "packages"),
        Making::Containers => phases.begin("building the program of the containers (once)"),
        Making::ContainersMade => phases.done("program of the containers built"),
        Making::ProgramMade => phases.done("sandbox built (once)"),
        Making::Datastore { kubernetes } => {
            phases.begin(&format!("preparing Kubernetes {kubernetes} (once)"));
        }
        Making::DatastoreMade { kubernetes } => {
            phases.done(&format!("Kubernetes {kubernetes} prepared (once)"));
        }
    }
}

fn came(phases: &Phases, how_far: Starting) {
    match how_far {
        Starting::ControlPlane => {}
        Starting::Says(doing) => phases.detail(&doing),
        Starting::Nodes { ready, of } => {
            phases.detail(&format!("{ready} of {of} nodes ready"));
        }
        Starting::System { ready, of } => {
            phases.detail(&format!("{ready} of {of} system Pods ready"));
        }
        Starting::Lacking(pods) => {
            phases.note("  not all of kube-system is ready:");
            for pod in pods {
                phases.note(&format!("    {pod}"));
            }
        }
    }
}

/// Who is at a session, up to its name.
fn who(other: Doing) -> &'static str {
    match other {
        Doing::Starting => "labctl is starting",
        Doing::Resetting => "labctl is resetting",
        Doing::Stopping => "labctl is stopping",
        Doing::Removing => "labctl is removing",
        Doing::Writing => "labctl is writing the file of",
        Doing::Unknown => "labctl is using",
        Doing::Evicting | Doing::Looking => "check of",
    }
}

/// What comes after the name.
fn doing(other: Doing) -> &'static str {
    match other {
        Doing::Evicting => " is evicting a Pod",
        Doing::Looking => " is at work",
        _ => "",
    }
}
