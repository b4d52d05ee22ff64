//! The standard library as the compiler sees it: sources placed after the policy's own, and an index of their names.

pub mod manual;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, OnceLock};

use permit_grammar::ast::{Expr, ExprKind, File};
use permit_grammar::span::SourceId;
use permit_stdlib::MODULES;

use crate::modules::dotted;

/// The number of the library's first text; those of a policy are smaller.
const FIRST: u16 = 0xf000;

/// The body of a function that the language cannot say of itself.
const INTRINSIC: &str = "intrinsic";

/// The first part of every module's name in the library.
const ROOT: &str = "std";

/// The trees of the modules that were needed so far.
static PARSED: [OnceLock<File>; MODULES.len()] = [const { OnceLock::new() }; MODULES.len()];

/// Which module declares each public name, the first of them if several do.
static DECLARED_IN: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let mut index = BTreeMap::new();
    for (module, _, file) in MODULES.iter().filter_map(|(module, _)| parsed(module)) {
        for item in &file.items {
            if let (Some(name), None) = (item.name(), item.marks().private) {
                index.entry(name.value.clone()).or_insert(module);
            }
        }
    }
    index
});

/// Whether a text is the library's.
pub(crate) const fn owns(source: SourceId) -> bool {
    source.0 >= FIRST
}

/// A text of the library: its module's name, and what it says.
pub(crate) fn text(source: SourceId) -> Option<(&'static str, &'static str)> {
    let at = source.0.checked_sub(FIRST)?;
    MODULES.get(usize::from(at)).copied()
}

/// The names of all modules.
pub(crate) fn modules() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|(name, _)| *name)
}

/// The module that declares a public name.
pub(crate) fn module_of(name: &str) -> Option<&'static str> {
    DECLARED_IN.get(name).copied()
}

/// Whether a module's name is the library's to give.
pub(crate) fn reserves(module: &str) -> bool {
    module.split('.').next() == Some(ROOT)
}

/// Whether a function's body says that the compiler knows what it does.
pub(crate) fn is_intrinsic(body: &Expr) -> bool {
    owns(body.span.source) && matches!(&body.kind, ExprKind::Name(name) if name == INTRINSIC)
}

/// The modules that files use, and those that these use.
pub(crate) fn used_by(files: &[(SourceId, File)]) -> Vec<(SourceId, File)> {
    let mut wanted: Vec<String> = files.iter().flat_map(|(_, file)| used(file)).collect();
    let mut taken = BTreeSet::new();
    let mut found = Vec::new();
    while let Some(name) = wanted.pop() {
        let Some((_, source, file)) = parsed(&name).filter(|(_, source, _)| taken.insert(*source)) else {
            continue;
        };
        wanted.extend(used(file));
        found.push((source, file.clone()));
    }
    found
}

/// A module's name, the number of its text, and its tree.
fn parsed(module: &str) -> Option<(&'static str, SourceId, &'static File)> {
    let ((at, (name, text)), tree) =
        (FIRST..).zip(MODULES).zip(&PARSED).find(|((_, (name, _)), _)| *name == module)?;
    let source = SourceId(at);
    Some((name, source, tree.get_or_init(|| permit_grammar::parse(source, text).file)))
}

fn used(file: &File) -> impl Iterator<Item = String> {
    file.uses.iter().map(|one| dotted(&one.path))
}
