//! What is known of a session.
//!
//! Must not know clusters or what is right.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::events::{Counted, Event, SoFar, What, so_far};
use crate::keep::now;

/// The format of `session.json` that this labctl writes.
pub(crate) const FORMAT: u32 = 2;

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// It is being set up; a start or a reset that was cut off leaves it so, and the next one goes on with it.
    Preparing,
    /// The learner has it.
    Ready,
}

/// `session.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub(crate) format_version: u32,
    /// Also the folder's name.
    pub name: String,
    /// Which lab.
    pub lab: String,
    /// Which of its variants.
    pub variant: String,
    /// Whether the learner asked for this variant by name, and so knows it.
    pub variant_named: bool,
    /// What picked the parameters.
    pub seed: u64,
    /// Another course's folder; unset: the one inside the binary.
    pub course: Option<PathBuf>,
    /// Of the variant, when the session was set up.
    pub content_hash: String,
    /// How far it has come.
    pub stage: Stage,
    /// Identity of its cluster; empty before there is one.
    pub cluster_id: String,
    /// Whether its lab has no cluster.
    #[serde(default)]
    pub is_written: bool,
    /// Where its lab is, as far as the course's files say it.
    #[serde(default, skip_serializing_if = "is_its_own")]
    pub surroundings: grade::Surroundings,
    /// What the events of its record come to.
    #[serde(skip)]
    pub so_far: SoFar,
    /// What of the record cannot be read, a sentence without a full stop; unset when all can.
    #[serde(skip)]
    pub lost: Option<String>,
    /// Events that are not written down yet.
    #[serde(skip)]
    pub(crate) news: Vec<Event>,
}

/// Nothing is said of a cluster that is made for the lab, so that an earlier labctl reads such a session.
fn is_its_own(surroundings: &grade::Surroundings) -> bool {
    *surroundings == grade::Surroundings::default()
}

impl Session {
    /// A session that is not set up yet.
    #[must_use]
    pub fn new(name: &str, scenario: &grade::Scenario) -> Self {
        Self {
            format_version: FORMAT,
            name: name.to_owned(),
            lab: scenario.lab.clone(),
            variant: scenario.variant.clone(),
            variant_named: false,
            seed: scenario.seed,
            course: None,
            content_hash: scenario.content_hash.clone(),
            stage: Stage::Preparing,
            cluster_id: String::new(),
            is_written: scenario.cluster.is_none(),
            surroundings: scenario.surroundings.clone(),
            so_far: SoFar::default(),
            lost: None,
            news: Vec::new(),
        }
    }

    /// Something happened, just now. It is written down by [`Sessions::change`](crate::Sessions::change).
    pub fn happened(&mut self, what: What) {
        let event = Event { at: now(), what };
        self.so_far.add(&event);
        self.news.push(event);
    }

    /// With the events of its record.
    pub(crate) fn with(self, events: &[Event]) -> Self {
        Self {
            so_far: so_far(events),
            ..self
        }
    }

    /// Whether the learner may know which variant it is.
    #[must_use]
    pub fn variant_is_open(&self) -> bool {
        self.variant_named || self.is_solved() || self.so_far.conduct.revealed
    }

    /// Whether it was solved at some time. What is done after that is practice and costs nothing.
    #[must_use]
    pub fn is_solved(&self) -> bool {
        self.so_far.is_solved()
    }

    /// Whether the cluster is as it was when the lab was solved, as far as labctl knows.
    #[must_use]
    pub fn stands_solved(&self) -> bool {
        self.is_solved() && !self.so_far.broken_again
    }

    /// Whether this is the lab that another reading of the same session was about.
    pub(crate) fn is_still(&self, before: &Self) -> bool {
        self.lab == before.lab && self.variant == before.variant && self.seed == before.seed
    }
}

/// `session.json` of format 1, which had counted itself and kept no events.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Earlier {
    #[serde(rename = "format_version")]
    _format_version: u32,
    name: String,
    lab: String,
    variant: String,
    variant_named: bool,
    seed: u64,
    course: Option<PathBuf>,
    content_hash: String,
    stage: Stage,
    cluster_id: String,
    started_at: String,
    solved_at: Option<String>,
    #[serde(default)]
    broken_again: bool,
    conduct: grade::score::Conduct,
    given: Option<grade::evidence::Given>,
    #[serde(default)]
    is_written: bool,
}

impl Earlier {
    /// The same in this format, with one event that says what had been counted.
    pub(crate) fn carried_over(self) -> Session {
        let counted = Counted {
            started_at: self.started_at,
            solved_at: self.solved_at,
            broken_again: self.broken_again,
            conduct: self.conduct,
            given: self.given,
        };
        let mut session = Session {
            format_version: FORMAT,
            name: self.name,
            lab: self.lab,
            variant: self.variant,
            variant_named: self.variant_named,
            seed: self.seed,
            course: self.course,
            content_hash: self.content_hash,
            stage: self.stage,
            cluster_id: self.cluster_id,
            is_written: self.is_written,
            surroundings: grade::Surroundings::default(),
            so_far: SoFar::default(),
            lost: None,
            news: Vec::new(),
        };
        session.happened(What::CarriedOver(Box::new(counted)));
        session
    }
}
