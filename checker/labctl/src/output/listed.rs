//! What `list` and `progress` write for programs.

use schemars::JsonSchema;
use serde::Serialize;

/// Of `list`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Listed {
    pub(crate) format_version: u32,
    /// In the order of their names.
    pub(crate) labs: Vec<ListedLab>,
    /// The command to type next; unset when there is no lab.
    pub(crate) next: Option<String>,
}

/// A lab of the course.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ListedLab {
    pub(crate) name: String,
    pub(crate) title: String,
    /// How long it takes.
    pub(crate) minutes: u32,
    pub(crate) practises: Vec<String>,
    /// In how many ways it can be broken.
    pub(crate) n_variants: usize,
    pub(crate) needs: Needs,
    /// Where each variant runs.
    pub(crate) variants: Vec<ListedVariant>,
    pub(crate) progress: Progress,
}

/// One way a lab can be broken, and where it runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ListedVariant {
    pub(crate) variant: String,
    /// Each provider, those that are planned included; none for written work, which needs no cluster.
    pub(crate) on: Vec<Where>,
}

/// Whether a variant runs on a provider.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Where {
    /// `sandbox`, `kind` or `context`.
    pub(crate) provider: String,
    pub(crate) runs: Runs,
    /// Whether that is so for every seed, as far as was looked.
    pub(crate) with_every_seed: bool,
    /// What it needs, with some seed, that the provider does not offer.
    pub(crate) lacks: Vec<String>,
}

/// Whether it runs there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Runs {
    /// It does.
    Yes,
    /// The provider cannot offer what it needs, whatever the seed.
    Never,
}

/// What a lab needs of the machine.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Needs {
    /// Who makes its cluster: `sandbox`; unset when it has none.
    pub(crate) provider: Option<String>,
    /// Resident memory of a running session, about; 0 without a cluster.
    pub(crate) memory_mib: u32,
}

/// How far somebody has come in a lab.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Progress {
    /// In how many ways the lab can be broken.
    pub(crate) n_variants: usize,
    /// The most points of those that are solved; unset when none is.
    pub(crate) best: Option<u32>,
    /// The variants that are solved, each by its best result, in the order of time. Without those whose solution was shown.
    pub(crate) solved: Vec<SolvedVariant>,
}

/// A variant that is solved.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SolvedVariant {
    pub(crate) variant: String,
    pub(crate) seed: u64,
    pub(crate) points: u32,
    /// The greatest score.
    pub(crate) of: u32,
    pub(crate) hints: u32,
    pub(crate) attempts: u32,
    pub(crate) resets: u32,
    /// RFC 3339.
    pub(crate) solved_at: String,
}

/// Of `progress`: the sums are over the best result of each variant that is solved.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Progressed {
    pub(crate) format_version: u32,
    /// In how many ways all labs together can be broken.
    pub(crate) n_variants: usize,
    /// How many of them are solved.
    pub(crate) n_solved: usize,
    pub(crate) points: u32,
    /// The most that could have been got for what is solved.
    pub(crate) of: u32,
    pub(crate) hints: u32,
    pub(crate) attempts: u32,
    pub(crate) resets: u32,
    /// In the order of their names.
    pub(crate) labs: Vec<LabProgress>,
    /// The command to type next; unset when there is no lab.
    pub(crate) next: Option<String>,
}

/// A lab, and how far somebody has come in it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LabProgress {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) progress: Progress,
}
