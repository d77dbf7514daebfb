//! `labctl reset`: the lab from its beginning, compared with it object by object.

use provider::sandbox::process;

use super::brief;
use crate::cli::Format;
use crate::failure::Result;
use crate::phases::Phases;
use crate::session::{Sessions, Stage, read_json};
use crate::{lab, screen};

pub(super) fn run(sessions: &Sessions, output: Format, named: Option<&str>) -> Result<()> {
    let (place, mut session) = sessions.current(named)?;
    let scenario = lab::scenario(&session)?;
    let before: Vec<serde_json::Value> = read_json(&place.record("start.json"))?;
    let mut phases = Phases::new();
    phases.begin("removing the cluster");
    session.stage = Stage::Preparing;
    sessions.save(&session)?;
    process::stop(&place.cluster())?;
    process::wipe(&place.cluster())?;
    phases.done("cluster removed");
    let up = lab::bring_up(sessions, &place, &scenario, &mut phases)
        .and_then(|()| lab::set_up(&place, &scenario, &mut phases));
    let set_up = match up {
        Ok(set_up) => set_up,
        Err(failure) => {
            // What cannot be stopped now is stopped by the next start.
            let _ = process::stop(&place.cluster());
            return Err(failure);
        }
    };
    if !grade::snapshots(&before, &set_up.start).is_empty() {
        phases.begin("comparing with the start");
        lab::compare_with_start(&place, &before)?;
        phases.done("everything is as at the start");
    }
    session.stage = Stage::Ready;
    session.cluster_id = set_up.cluster_id;
    session.conduct.resets += 1;
    sessions.save(&session)?;
    sessions.make_current(&session.name)?;
    if output == Format::Json {
        brief::show(output, &place, &session, &scenario);
    } else {
        screen::out("the lab is as it was at the start; your own files are where they were");
    }
    Ok(())
}
