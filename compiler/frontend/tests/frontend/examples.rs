//! The policies under `examples/` compile.

use std::path::Path;

use permit_frontend::render::{Colour, render};
use permit_frontend::{Sources, compile};

/// Compiles all `.permit` files of a folder as one policy.
fn check(folder: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(folder);
    let mut names: Vec<_> = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|name| name.extension().is_some_and(|extension| extension == "permit"));
    names.sort();
    assert!(!names.is_empty(), "{folder} has no policy");
    let mut sources = Sources::new();
    for name in names {
        let text = std::fs::read_to_string(&name).unwrap();
        sources.add(name.file_name().unwrap().to_string_lossy(), text).unwrap();
    }
    let compiled = compile(&sources);
    let shown = render(&sources, &compiled.diagnostics, Colour::Never);
    assert!(compiled.program.is_some() && compiled.diagnostics.is_empty(), "{folder}\n{shown}");
}

#[test]
fn the_examples_compile_without_a_warning() {
    for folder in ["acme", "banking", "workspace", "coder/policy", "analyst/policy"] {
        check(folder);
    }
}
