//! `labctl check`: asks the cluster, hands what it said to `grade`, shows and records the verdicts.

use std::process::ExitCode;
use std::time::Duration;

use grade::evidence::Evidence;
use grade::verdict::{BrokenRule, Outcome};
use session::end::End;
use session::lock::Sight;
use session::{Caller, Session, Sessions, judging, keep, lab};

use super::follow::{self, Followed};
use super::say_has_no_cluster;
use crate::cli::Format;
use crate::failure::{Exit, Result, Why};
use crate::output::{Checked, FORMAT};
use crate::{next, screen};

/// What to do when something could not be looked at, for a reason that the checks tell.
const MEND: &str = "next: labctl check again when that is mended";

/// The same when labctl has lost its rights.
const RIGHTS: &str = "\
ClusterRoleBinding `lab:checker` and the ClusterRole of that name let labctl look; where the role is left:
next: kubectl create clusterrolebinding lab:checker --clusterrole=lab:checker --user=lab:checker, then labctl check again";

/// How long to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Once.
    Now,
    /// Until nothing is open that the cluster could say, or so long.
    Solved(Duration),
    /// Until solved, showing each change.
    Watched,
}

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    named: Option<&str>,
    until: Until,
    caller: Caller<'_>,
) -> Result<ExitCode> {
    let (place, session) = sessions.current(named)?;
    if let Some(lost) = &session.lost {
        screen::say(lost);
    }
    let scenario = lab::scenario(&session)?;
    let ready = match scenario.cluster {
        Some(_) => Some(lab::running(&place, &session)?),
        None => None,
    };
    let mut evidence = judging::gather(&place, &session, &scenario)?;
    let lab = Followed {
        sessions,
        place: &place,
        session: &session,
        scenario: &scenario,
        caller,
    };
    let (kubernetes, was_denied) = if let Some(ready) = ready {
        let was_denied = on_cluster(&lab, &mut evidence, output, until).await?;
        (ready.kubernetes, was_denied)
    } else {
        on_files(&lab, &mut evidence, output, until).await?;
        (String::new(), false)
    };
    let (session, record) =
        keep::keep(sessions, &session, &scenario, kubernetes, evidence, caller).await?;
    let result = record.outcome;
    let next_seed = session.is_solved().then(|| next::after(sessions, &session));
    let checked = Checked {
        format_version: FORMAT,
        session: session.name.clone(),
        lab: session.lab.clone(),
        seed: session.seed,
        outcome: result,
        checks: record.verdicts,
        score: record.score,
        solved_at: session.so_far.solved_at.clone(),
        next_seed: next_seed.flatten(),
    };
    match output {
        Format::Json => screen::json(&checked),
        Format::Text => screen::out(&text(&checked, &session, was_denied)),
    }
    Ok(match result {
        Outcome::Solved => Exit::Success,
        Outcome::NotSolved => Exit::NotSolved,
        Outcome::Undecided => Exit::CouldNotAsk,
    }
    .code())
}

/// Looks at the cluster; whether it denied something.
async fn on_cluster(
    lab: &Followed<'_>,
    evidence: &mut Evidence,
    output: Format,
    until: Until,
) -> Result<bool> {
    let Followed {
        place,
        session,
        caller,
        ..
    } = *lab;
    let end = match until {
        Until::Solved(within) => End::Sharp(tokio::time::Instant::now() + within),
        Until::Now | Until::Watched => End::Open,
    };
    let looking = judging::on_cluster(place, session, end, caller, async |cluster| {
        let looked = match until {
            Until::Now => {
                let sight = Sight::of(place, session, end, caller);
                judging::look_once(cluster, lab.scenario, &sight, evidence).await
            }
            Until::Solved(_) => follow::wait(cluster, lab, evidence, end).await,
            Until::Watched => follow::watch(cluster, lab, evidence, output).await,
        };
        looked.map(|()| cluster.was_denied())
    });
    match looking.await {
        // Ctrl-C is how a watch ends; what was seen last is what counts.
        Err(failure) if until == Until::Watched && failure.why == Why::Interrupted => Ok(false),
        Err(failure) if failure.why == Why::CouldNotAsk && failure.hint.is_none() => {
            Err(failure.hint(lab::how_back(session)))
        }
        looked => looked?,
    }
}

/// Looks at the files, which were read already, or follows them.
async fn on_files(
    lab: &Followed<'_>,
    evidence: &mut Evidence,
    output: Format,
    until: Until,
) -> Result<()> {
    match until {
        Until::Now => Ok(()),
        Until::Solved(_) => {
            say_has_no_cluster("nothing in it comes true by waiting; --watch follows your files");
            Ok(())
        }
        Until::Watched => match follow::files::watch(lab, evidence, output).await {
            // As above.
            Err(failure) if failure.why == Why::Interrupted => Ok(()),
            watched => watched,
        },
    }
}

fn text(checked: &Checked, session: &Session, was_denied: bool) -> String {
    let mut lines: Vec<String> = Vec::new();
    for (place, check) in checked.checks.iter().enumerate() {
        // A file that cannot be read is told once, not with every check that asks for it.
        let is_told = !check.broken.is_empty()
            && checked.checks[..place]
                .iter()
                .any(|before| is_the_same(&before.broken, &check.broken));
        lines.push(if is_told {
            screen::as_above(check)
        } else {
            screen::verdict(check)
        });
    }
    lines.push(String::new());
    lines.push(match checked.outcome {
        Outcome::Solved => solved(checked, session),
        Outcome::NotSolved if was_denied => {
            format!("not solved: {}\n{RIGHTS}", screen::tally(&checked.checks))
        }
        Outcome::NotSolved => format!("not solved: {}", screen::tally(&checked.checks)),
        Outcome::Undecided => format!(
            "cannot tell: {}\n{}; labctl reset begins anew",
            screen::tally(&checked.checks),
            if was_denied { RIGHTS } else { MEND }
        ),
    });
    lines.join("\n")
}

fn is_the_same(before: &[BrokenRule], broken: &[BrokenRule]) -> bool {
    let key = |rules: &[BrokenRule]| -> Vec<(String, String)> {
        let keys = rules
            .iter()
            .map(|rule| (rule.at.clone(), rule.found.clone()));
        keys.collect()
    };
    key(before) == key(broken)
}

fn solved(checked: &Checked, session: &Session) -> String {
    let took = took(
        &session.so_far.started_at,
        session.so_far.solved_at.as_deref().unwrap_or_default(),
    );
    let conduct = &session.so_far.conduct;
    let counts = [(conduct.hints, "hint"), (conduct.resets, "reset")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| screen::plural(*count as usize, noun))
        .collect();
    let counts = if counts.is_empty() {
        String::new()
    } else {
        format!(" ({})", counts.join(", "))
    };
    format!(
        "{} in {}, {} of {} points{counts}\nnext: labctl debrief{}",
        screen::bold("solved"),
        screen::span(took),
        checked.score.points,
        checked.score.of,
        next::or_another(session, checked.next_seed)
    )
}

/// Between two times in RFC 3339; zero when one cannot be read.
fn took(from: &str, to: &str) -> Duration {
    let parse = |text: &str| text.parse::<jiff::Timestamp>().ok();
    match (parse(from), parse(to)) {
        (Some(from), Some(to)) => Duration::try_from(to.duration_since(from)).unwrap_or_default(),
        _ => Duration::ZERO,
    }
}
