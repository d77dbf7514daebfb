//! Judges `comes_back` by what came of the eviction.

use super::{Undecided, failed, passed_by};
use crate::check::ComesBack;
use crate::observation::{Observation, Observations};
use crate::questions;
use crate::verdict::Verdict;

pub(super) fn judge(check: &ComesBack, observed: &Observations) -> Result<Verdict, Undecided> {
    match observed.to(&questions::of_comes_back(check)) {
        Some(Observation::CameBack { node, .. }) => Ok(passed_by(format!("on node `{node}`"))),
        Some(Observation::DidNotComeBack { evicted, found }) => Ok(failed(
            format!("a replacement of Pod `{evicted}` becomes Ready"),
            found.as_str(),
        )),
        Some(Observation::Unreadable(why)) => Err(why.clone()),
        Some(_) => Err("the observation of the eviction is of another kind".to_owned()),
        None => Err("asked when everything else holds".to_owned()),
    }
}
