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
    lab::remove_cluster(&place)?;
    phases.done("cluster removed");
    let set_up = match lab::begin(sessions, &place, &scenario, &mut phases) {
        Ok(set_up) => set_up,
        Err(failure) => {
            // What cannot be stopped now is stopped by the next start.
            let _ = process::stop(&place.cluster());
            return Err(failure);
        }
    };
    lab::compare_with_start(&place, &before, &set_up, &mut phases)?;
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
