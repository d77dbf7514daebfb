//! `traffic`: requests go on, one every so often, and each comes to what it should, also while a Pod is evicted.
//!
//! One request that is answered says little of what comes and goes. Each that is lost is told with its time and its cause. How one is
//! made and read is `reach`'s. Knows no lab.

use std::ops::RangeInclusive;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::reach::{self, Came};
use super::{Facts, Kind, Reach, Source};
use crate::check::Check;
use crate::diagnostic::{Diagnostic, message};
use crate::document::{Document, Location, Spanned};
use crate::duration;
use crate::evidence::Evidence;
use crate::judge::{Undecided, failed, passed_by};
use crate::observation::{ObjectRef, Observation, Question, RunSeen};
use crate::scenario::objects::{self, RawObject};
use crate::verdict::Verdict;
use crate::wording;

/// How many requests one check may make: fewer say little, and for more a learner would not wait.
const TIMES: RangeInclusive<u128> = 5..=120;

/// How many of the lost ones are told.
const TOLD: usize = 3;

/// Many requests come to what they should, each.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// The request.
    pub request: Reach,
    /// The time from the begin of one to the begin of the next.
    pub every: Duration,
    /// How many, 5 to 120.
    pub times: u32,
    /// Of whose Pods one that is ready is evicted once the first has begun.
    pub evicts: Option<ObjectRef>,
}

/// Requests go on for a while, and none is lost. With `evicts` a Pod is evicted meanwhile.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Traffic")]
#[serde(deny_unknown_fields)]
pub(crate) struct Written {
    /// The request, and what should come of it each time.
    request: Spanned<reach::Written>,
    /// The time from the begin of one to the begin of the next, such as `500ms`.
    every: Spanned<String>,
    /// How long they go on: for 5 to 120 requests.
    lasts: Spanned<String>,
    /// A `Deployment`, `StatefulSet` or `DaemonSet` of which one ready Pod is evicted when they have begun; not the one in which they are made.
    evicts: Option<Spanned<RawObject>>,
}

impl Kind for Traffic {
    type Written = Written;
    const FACTS: Facts = Facts {
        source: Source::Cluster,
        changes: true,
        symptom: false,
    };

    fn read(
        document: &Document<'_>,
        written: &Written,
        _place: Location,
    ) -> Result<Self, Diagnostic> {
        let request = &written.request;
        let request = Reach::read(document, &request.value, request.defined)?;
        let every = duration::read(document, &written.every)?;
        let lasts = duration::read(document, &written.lasts)?;
        let times = lasts.as_nanos().checked_div(every.as_nanos()).unwrap_or(0);
        let times = TIMES.contains(&times).then(|| u32::try_from(times).ok());
        let Some(times) = times.flatten() else {
            return Err(document.fault(
                written.lasts.defined,
                message!(NotSoManyRequests, TIMES.start(), TIMES.end()),
            ));
        };
        let evicts = match &written.evicts {
            None => None,
            Some(raw) => {
                let workload = objects::workload(document, raw)?;
                if workload == request.from {
                    return Err(document.fault(raw.defined, message!(EvictsWhoAsks)));
                }
                Some(workload)
            }
        };
        Ok(Self {
            request,
            every,
            times,
            evicts,
        })
    }

    fn questions(&self) -> Vec<Question> {
        self.request.service().into_iter().collect()
    }

    fn last_questions(&self) -> Vec<Question> {
        vec![self.question()]
    }

    fn requests(&self) -> Vec<&Reach> {
        vec![&self.request]
    }

    fn evicts(&self) -> Option<(&ObjectRef, Duration)> {
        let lasts = self.every.saturating_mul(self.times);
        self.evicts.as_ref().map(|workload| (workload, lasts))
    }

    fn judge(&self, _check: &Check, evidence: &Evidence) -> Result<Verdict, Undecided> {
        let (pod, evicted, runs) = match evidence.observed.to(&self.question()) {
            Some(Observation::RanOften { pod, evicted, runs }) => (pod, evicted, runs),
            Some(Observation::Unreadable(why)) => return Err(why.clone()),
            Some(_) => return Err("the observation of the requests is of another kind".to_owned()),
            None => return Err("asked when everything else holds".to_owned()),
        };
        let meanwhile = match (evicted, &self.evicts) {
            (Some(evicted), _) => format!(", beside the eviction of Pod `{evicted}`,"),
            (None, None) => String::new(),
            (None, Some(workload)) => {
                let found = format!("{} has no ready Pod to evict", wording::one(workload));
                return Ok(failed("a ready Pod, which is evicted meanwhile", found));
            }
        };
        let mut lost = Vec::new();
        for run in runs {
            if let Came::Otherwise(how) =
                self.request
                    .came_of(run.code, &run.said, &evidence.observed)?
            {
                lost.push(format!("{how} {}", at(run)));
            }
        }
        let asked = format!("of {} requests from Pod `{pod}`{meanwhile}", runs.len());
        Ok(if lost.is_empty() {
            passed_by(format!("none {asked} was lost"))
        } else {
            let more = lost.len().saturating_sub(TOLD);
            let count = lost.len();
            lost.truncate(TOLD);
            if more > 0 {
                lost.push(format!("{more} more"));
            }
            let found = format!(
                "{count} {asked} came to something else: {}",
                lost.join(", ")
            );
            failed(format!("each time: {}", self.request.expected()), found)
        })
    }
}

impl Traffic {
    fn question(&self) -> Question {
        Question::RunOften {
            workload: self.request.from.clone(),
            command: self.request.command(),
            every: self.every,
            times: self.times,
            evicts: self.evicts.clone(),
        }
    }
}

/// When it began.
fn at(run: &RunSeen) -> String {
    format!("after {:.1} s", run.after.as_secs_f64())
}
