//! Source texts for the tests.

use permit_frontend::{Compiled, Sources, compile};

/// The line that begins another file of the same module.
pub(crate) const NEXT_FILE: &str = "// file: ";

/// The files of a fence: the first is `policy.permit`, the others are named where they begin.
pub(crate) fn sources(text: &str) -> Sources {
    let mut sources = Sources::new();
    let mut name = "policy.permit";
    let mut file = String::new();
    for line in text.lines() {
        if let Some(next) = line.strip_prefix(NEXT_FILE) {
            sources.add(name, std::mem::take(&mut file)).unwrap();
            name = next;
        } else {
            file.push_str(line);
            file.push('\n');
        }
    }
    sources.add(name, file).unwrap();
    sources
}

/// Compiles a fence.
pub(crate) fn compiled(text: &str) -> Compiled {
    compile(&sources(text))
}

/// The numbers of what was found.
pub(crate) fn numbers(compiled: &Compiled) -> Vec<&'static str> {
    compiled.diagnostics.iter().map(|diagnostic| diagnostic.code.number()).collect()
}

/// The texts of the fences of a Markdown page that open with exactly this line.
pub(crate) fn fences<'a>(page: &'a str, opening: &str) -> Vec<&'a str> {
    let opening = format!("```{opening}\n");
    page.split(&opening).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}
