//! `labctl list`.

use crate::cli::{CourseArgs, Format};
use crate::failure::Result;
use crate::output::{FORMAT, Listed, ListedLab};
use crate::{course, screen};

pub(super) fn run(output: Format, arguments: &CourseArgs) -> Result<()> {
    let files = course::files(arguments.course.as_deref())?;
    let course = grade::Course::load(&files)?;
    let labs = course.labs().iter().map(|lab| ListedLab {
        name: lab.name.clone(),
        title: lab.title.clone(),
        minutes: lab.minutes,
        practises: lab.practises.clone(),
        n_variants: lab.variants.len(),
    });
    let labs: Vec<ListedLab> = labs.collect();
    if output == Format::Json {
        screen::json(&Listed {
            format_version: FORMAT,
            labs,
        });
        return Ok(());
    }
    for lab in labs {
        let variants = screen::plural(lab.n_variants, "variant");
        screen::out(&format!(
            "{}  {}",
            screen::bold(&lab.name),
            screen::dim(&format!(
                "{}, {} minutes, {variants}",
                lab.title, lab.minutes
            ))
        ));
        for line in lab.practises {
            screen::out(&format!("  - {line}"));
        }
    }
    Ok(())
}
