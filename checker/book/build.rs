//! Compiles the crate anew when a file of the book comes or goes: the book is embedded.

fn main() {
    println!("cargo::rerun-if-changed=../../book");
    println!("cargo::rerun-if-changed=../../schema");
}
