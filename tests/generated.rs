//! What labctl writes into the repository is what it would write today.

use std::path::Path;

use crate::support::Home;

#[track_caller]
fn is_up_to_date(command: &str, folder: &str) {
    let home = Home::new();
    let written = tempfile::tempdir().unwrap();
    home.expect(0, &[command, "--folder", &written.path().to_string_lossy()]);
    let kept = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    for file in std::fs::read_dir(written.path()).unwrap() {
        let file = file.unwrap();
        let today = std::fs::read_to_string(file.path()).unwrap();
        let kept = std::fs::read_to_string(kept.join(file.file_name())).unwrap_or_default();
        assert_eq!(
            kept,
            today,
            "`labctl {command} --folder {folder}` writes `{}` anew",
            file.file_name().to_string_lossy()
        );
    }
}

#[test]
fn the_schemas_are_up_to_date() {
    is_up_to_date("schema", "schema");
}

#[test]
fn the_books_pages_of_commands_and_of_what_runs_where_are_up_to_date() {
    is_up_to_date("reference", "book/src/reference");
}
