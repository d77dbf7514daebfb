//! `labctl check --wait` and `--watch`: looks again whenever something changes.

use std::io::IsTerminal as _;
use std::time::Duration;

use cluster::Cluster;
use grade::Scenario;
use grade::check::{Ask, Check};
use grade::evidence::Evidence;
use grade::observation::Observations;
use grade::verdict::{CheckVerdict, Outcome, Verdict, outcome};
use tokio::time::Instant;

use super::check;
use crate::cli::Format;
use crate::phases::Phases;
use crate::screen;
use crate::session::{Place, Sessions};

/// How often to look although nothing changed: how long something has held is known by the clock alone.
const STEP: Duration = Duration::from_millis(500);

/// Several objects change with one command; a look waits so long for the others.
const GATHER: Duration = Duration::from_millis(50);

/// A session that is looked at for a while.
pub(super) struct Followed<'a> {
    pub(super) sessions: &'a Sessions,
    pub(super) place: &'a Place,
    pub(super) name: &'a str,
    pub(super) scenario: &'a Scenario,
}

/// Looks until nothing is open that the cluster could say, or the deadline.
pub(super) async fn wait(
    cluster: &Cluster,
    lab: &Followed<'_>,
    evidence: &mut Evidence,
    deadline: Duration,
) {
    let mut phases = Phases::new();
    phases.begin("waiting until solved");
    let end = Instant::now() + deadline;
    follow(cluster, lab, evidence, Some(end), |verdicts| {
        phases.detail(&screen::tally(verdicts));
        nothing_is_open(&lab.scenario.checks, verdicts)
    })
    .await;
}

/// Looks until solved and shows the verdicts as they change.
pub(super) async fn watch(
    cluster: &Cluster,
    lab: &Followed<'_>,
    evidence: &mut Evidence,
    output: Format,
) {
    let page = (output == Format::Text && std::io::stdout().is_terminal())
        .then(|| screen::Page::open(lab.name));
    let mut shown: Vec<CheckVerdict> = Vec::new();
    let begun = Instant::now();
    follow(cluster, lab, evidence, None, |verdicts| {
        if let Some(page) = &page {
            page.show(verdicts);
        } else {
            for verdict in verdicts.iter().filter(|verdict| !shown.contains(verdict)) {
                match output {
                    Format::Json => screen::json_line(verdict),
                    Format::Text => {
                        let since = screen::span(begun.elapsed());
                        screen::out(&format!("+{since} {}", screen::verdict(verdict)));
                    }
                }
            }
        }
        shown = verdicts.to_vec();
        outcome(verdicts) == Outcome::Solved
    })
    .await;
}

/// Looks at every change until `seen` says that it is enough, or the deadline. `seen` is called when the verdicts changed.
async fn follow(
    cluster: &Cluster,
    lab: &Followed<'_>,
    evidence: &mut Evidence,
    end: Option<Instant>,
    mut seen: impl FnMut(&[CheckVerdict]) -> bool,
) {
    let checks = &lab.scenario.checks;
    let questions = grade::questions(checks);
    let last_questions = grade::last_questions(checks);
    let mut changes = cluster.changes(&questions).await;
    let mut step = tokio::time::interval(STEP);
    // What the last questions came to; asked anew only when something else did not hold in between, for they evict.
    let mut last: Option<Observations> = None;
    let mut before: Option<Vec<CheckVerdict>> = None;
    loop {
        gather_anew(lab, evidence);
        evidence.observed = cluster.observe(&questions).await;
        if !check::all_else_holds(lab.scenario, evidence) {
            last = None;
        } else if last.is_none() {
            last = Some(cluster.observe(&last_questions).await);
        }
        if let Some(last) = &last {
            evidence.observed.extend(last.clone());
        }
        let verdicts = grade::verdicts(checks, evidence);
        if before.as_ref() != Some(&verdicts) {
            let enough = seen(&verdicts);
            before = Some(verdicts);
            if enough {
                return;
            }
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return;
        }
        tokio::select! {
            () = changes.next() => tokio::time::sleep(GATHER).await,
            _ = step.tick() => {}
        }
    }
}

/// What the learner wrote at another terminal.
fn gather_anew(lab: &Followed<'_>, evidence: &mut Evidence) {
    // What cannot be read just now is as it was.
    let Ok(Some(session)) = lab.sessions.find(lab.name) else {
        return;
    };
    if let Ok(gathered) = check::gather(lab.place, &session, lab.scenario) {
        evidence.given = gathered.given;
        evidence.files = gathered.files;
    }
}

/// Whether everything passed that the cluster decides.
fn nothing_is_open(checks: &[Check], verdicts: &[CheckVerdict]) -> bool {
    checks
        .iter()
        .filter(|check| !matches!(check.ask, Ask::Answer(_) | Ask::Files(_)))
        .all(|check| {
            verdicts.iter().any(|verdict| {
                verdict.id == check.id && matches!(verdict.verdict, Verdict::Passed { .. })
            })
        })
}
