//! `labctl schema`: the JSON schemas that are kept in the repository, written from the types: of what labctl says, and of the
//! files that an author writes.

use std::path::Path;

use grade::ResultRecord;
use grade::diagnosis::Answer;
use provider::write_atomically;
use schemars::{Schema, schema_for};
use session::events::Event;

use crate::failure::{Failure, Result};
use crate::output;

pub(super) fn run(folder: &Path) -> Result<()> {
    let schemas: [(&str, Schema); 30] = [
        ("answer-file", schema_for!(Answer)),
        ("result", schema_for!(ResultRecord)),
        ("event", schema_for!(Event)),
        ("error", schema_for!(output::Failed)),
        ("list", schema_for!(output::Listed)),
        ("progress", schema_for!(output::Progressed)),
        ("book", schema_for!(output::BookContents)),
        ("book-page", schema_for!(output::BookPage)),
        ("book-served", schema_for!(output::BookServed)),
        ("quizzes", schema_for!(output::Quizzes)),
        ("quiz", schema_for!(output::Quizzed)),
        ("questions", schema_for!(book::quiz::Quiz)),
        ("map", schema_for!(book::map::Map)),
        ("start", schema_for!(output::Started)),
        ("status", schema_for!(output::Status)),
        ("check", schema_for!(output::Checked)),
        ("answer", schema_for!(output::Answered)),
        ("hint", schema_for!(output::Hinted)),
        ("dry-run", schema_for!(output::DryRun)),
        ("image", schema_for!(output::ImagesWritten)),
        ("allow", schema_for!(output::Allowed)),
        ("stop", schema_for!(output::Stopped)),
        ("debrief", schema_for!(output::Debriefed)),
        ("env", schema_for!(output::Environment)),
        ("log", schema_for!(output::Logged)),
        ("verify", schema_for!(output::Verified)),
        ("new", schema_for!(output::Written)),
        ("doctor", schema_for!(output::Doctor)),
        ("doctor-clean", schema_for!(output::Cleaned)),
        ("check-verdict", schema_for!(grade::verdict::CheckVerdict)),
    ];
    for (name, schema) in schemas.into_iter().chain(grade::schema::course_files()) {
        write(&folder.join(format!("{name}.schema.json")), &schema)?;
    }
    Ok(())
}

/// One field a line: these files are read, and compared, by people.
fn write(path: &Path, schema: &Schema) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(schema).map_err(|error| {
        Failure::bad_input(format!("failed to write `{}`: {error}", path.display()))
    })?;
    text.push(b'\n');
    write_atomically(path, &text)?;
    Ok(())
}
