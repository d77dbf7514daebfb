//! Compiles the crate anew when a file of the sandbox's sources comes or goes: the sources are embedded.

fn main() {
    println!("cargo::rerun-if-changed=../../sandbox");
}
