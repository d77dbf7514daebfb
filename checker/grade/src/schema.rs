//! The JSON schemas of the files that an author writes, for editors and for the book.
//!
//! Made from the types that read the files. A schema knows shapes, not rules between fields: what labctl says of a file counts.

use schemars::{Schema, schema_for};

use crate::course::RawLab;
use crate::fix::{RawFix, RawWrongFix};
use crate::parameters::RawFile;
use crate::scenario::RawScenario;

/// The schema of each kind of file, by the name of that kind.
#[must_use]
pub fn course_files() -> [(&'static str, Schema); 5] {
    [
        ("lab", schema_for!(RawLab)),
        ("parameters", schema_for!(RawFile)),
        ("scenario", schema_for!(RawScenario)),
        ("fix", schema_for!(RawFix)),
        ("wrong-fix", schema_for!(RawWrongFix)),
    ]
}
