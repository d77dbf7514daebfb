//! `labctl new`: a skeleton for an author.

use std::path::Path;

use crate::cli::{Format, NewArgs};
use crate::failure::Result;
use crate::output::{FORMAT, Written};
use crate::{screen, skeleton};

pub(super) fn run(output: Format, arguments: &NewArgs) -> Result<()> {
    let course = arguments.course.as_deref().unwrap_or(Path::new("."));
    let (lab, variant) = &arguments.what;
    let files = skeleton::write(course, lab, variant)?;
    let files: Vec<String> = files
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    if output == Format::Json {
        screen::json(&Written {
            format_version: FORMAT,
            files,
        });
        return Ok(());
    }
    screen::out(&files.join("\n"));
    screen::say(&format!(
        "\nfill in what says TODO, then: labctl verify {lab}/{variant} --course {}",
        course.display()
    ));
    Ok(())
}
