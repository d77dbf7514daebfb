//! `labctl image`: the images of the labs as an archive, for the registry of a cluster that exists.

use session::{Caller, Sessions, course, images};

use crate::cli::{Format, ImageArgs};
use crate::failure::Result;
use crate::output::{FORMAT, ImagesWritten};
use crate::screen;

pub(super) async fn run(
    sessions: &Sessions,
    output: Format,
    arguments: &ImageArgs,
    caller: Caller<'_>,
) -> Result<()> {
    let files = course::files(arguments.course.course.as_deref())?;
    let models = grade::models_in(&files, &arguments.registry)?;
    let architecture = arguments.architecture.clone();
    let file = std::path::absolute(&arguments.file).unwrap_or_else(|_| arguments.file.clone());
    let written = images::write(sessions, file, architecture, models, caller).await?;
    if output == Format::Json {
        screen::json(&ImagesWritten {
            format_version: FORMAT,
            file: arguments.file.display().to_string(),
            images: written,
        });
        return Ok(());
    }
    for image in &written {
        screen::out(image);
    }
    let file = arguments.file.display();
    screen::say(&format!(
        "{} in `{file}`; push them, and start labs with `--registry {}`",
        screen::plural(written.len(), "image"),
        arguments.registry
    ));
    Ok(())
}
