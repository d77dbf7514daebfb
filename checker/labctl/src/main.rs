//! The command: listens to the person, asks the others, shows the verdicts; decides nothing.

fn main() {}
