//! What a scenario may ask: the checks as an author writes them in `scenario.yaml`, after the parameters are filled in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kinds::Ask;

/// One check: a true sentence and one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Unique in the scenario, lower case with hyphens.
    pub id: String,
    /// One sentence that is true when the check passes.
    pub says: String,
    /// Must it become true, or stay true?
    pub role: Role,
    /// How much of the score it is beside the others of its role, at least 1.
    pub weight: u32,
    /// Where the book teaches it; unset when nowhere.
    pub see: Option<String>,
    /// The question.
    pub ask: Ask,
}

/// Whether a check must become true or stay true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Must become true.
    Objective,
    /// Must stay true.
    Safeguard,
}
