//! `labctl check --wait` and `--watch`: looks again whenever something changes.

pub(super) mod files;

use std::io::IsTerminal as _;

use cluster::Cluster;
use grade::Scenario;
use grade::evidence::Evidence;
use grade::verdict::{CheckVerdict, Outcome, outcome};
use session::end::End;
use session::judging::{self, Look};
use session::lock::Sight;
use session::{Caller, Place, Progress, Session, Sessions};
use tokio::time::Instant;

use crate::cli::Format;
use crate::failure::Result;
use crate::phases::Phases;
use crate::{heard, interrupt, screen};

/// A session that is looked at for a while.
pub(super) struct Followed<'a> {
    pub(super) sessions: &'a Sessions,
    pub(super) place: &'a Place,
    pub(super) session: &'a Session,
    pub(super) scenario: &'a Scenario,
    pub(super) caller: Caller<'a>,
}

/// Looks until nothing is open that the cluster could say, or the deadline.
pub(super) async fn wait(
    cluster: &Cluster,
    lab: &Followed<'_>,
    evidence: &mut Evidence,
    end: End,
) -> Result<()> {
    let phases = Phases::new();
    phases.begin("waiting until solved");
    let tell = |what: Progress<'_>| heard::show(&phases, what);
    let caller = Caller::new(interrupt::asked(), &tell);
    let sight = Sight::of(lab.place, lab.session, end, caller);
    let seen = |look: Look<'_>| {
        if look.is_news {
            phases.detail(&screen::tally(look.verdicts));
        }
        judging::nothing_open(&lab.scenario.checks, look.verdicts)
    };
    let gather = |evidence: &mut Evidence| gather_anew(lab, evidence);
    judging::follow(cluster, lab.scenario, evidence, &sight, gather, seen).await
}

/// Looks until solved and shows the verdicts as they change.
pub(super) async fn watch(
    cluster: &Cluster,
    lab: &Followed<'_>,
    evidence: &mut Evidence,
    output: Format,
) -> Result<()> {
    let mut showing = Showing::open(lab, output);
    let gather = |evidence: &mut Evidence| gather_anew(lab, evidence);
    let sight = Sight::of(lab.place, lab.session, End::Open, lab.caller);
    let seen = |look: Look<'_>| look.is_news && showing.show(look.verdicts);
    judging::follow(cluster, lab.scenario, evidence, &sight, gather, seen).await
}

/// The verdicts as they change: on a screen of their own, or one after the other.
struct Showing {
    page: Option<screen::Page>,
    output: Format,
    begun: Instant,
    shown: Vec<CheckVerdict>,
}

impl Showing {
    fn open(lab: &Followed<'_>, output: Format) -> Self {
        let is_page = output == Format::Text && std::io::stdout().is_terminal();
        Self {
            page: is_page.then(|| screen::Page::open(&lab.session.name)),
            output,
            begun: Instant::now(),
            shown: Vec::new(),
        }
    }

    /// Shows what is new; whether the lab is solved.
    fn show(&mut self, verdicts: &[CheckVerdict]) -> bool {
        if let Some(page) = &self.page {
            page.show(verdicts);
        } else {
            let news = verdicts
                .iter()
                .filter(|verdict| !self.shown.contains(verdict));
            for verdict in news {
                match self.output {
                    Format::Json => screen::json_line(verdict),
                    Format::Text => {
                        let since = screen::span(self.begun.elapsed());
                        screen::out(&format!("+{since} {}", screen::verdict(verdict)));
                    }
                }
            }
        }
        self.shown = verdicts.to_vec();
        outcome(verdicts) == Outcome::Solved
    }
}

/// What the learner wrote at another terminal.
fn gather_anew(lab: &Followed<'_>, evidence: &mut Evidence) {
    // What cannot be read just now is as it was.
    let Ok(Some(session)) = lab.sessions.find(&lab.session.name) else {
        return;
    };
    if let Ok(gathered) = judging::gather(lab.place, &session, lab.scenario) {
        evidence.given = gathered.given;
        evidence.files = gathered.files;
    }
}
