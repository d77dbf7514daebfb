//! Compiles the crate anew when a file of the course comes or goes: the course is embedded.

fn main() {
    println!("cargo::rerun-if-changed=../../labs");
    println!("cargo::rerun-if-changed=../../scenarios");
}
