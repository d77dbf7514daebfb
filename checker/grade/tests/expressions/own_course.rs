//! The expressions of the project's own course compile.

use grade::compile_check;

use super::support;

#[test]
fn the_courses_own_expressions_compile() {
    let faults = grade::lint(&support::course("../.."), &[0, 1, 2], compile_check);
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert!(texts.is_empty(), "{}", texts.join("\n\n"));
}
