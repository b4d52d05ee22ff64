//! The shape of the workspace: which crate may know which, how long files grow, where `unsafe` may stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The allowed edges of `docs/architecture.md`, normal dependencies only; `*` allows all.
const EDGES: [(&str, &[&str]); 16] = [
    ("permit-grammar", &[]),
    ("permit-ir", &[]),
    ("permit-stdlib", &[]),
    ("permit-frontend", &["permit-grammar", "permit-ir", "permit-stdlib"]),
    ("permit-interp", &["permit-ir"]),
    ("permit-jit", &["permit-ir"]),
    ("permit-ledger", &["permit-ir"]),
    ("permit-audit", &["permit-ir"]),
    ("permit-journal", &["permit-ir", "permit-ledger", "permit-audit"]),
    (
        "permit-engine",
        &["permit-ir", "permit-interp", "permit-jit", "permit-ledger", "permit-audit", "permit-journal"],
    ),
    ("permit-server", &["permit-engine", "permit-audit", "permit-ir"]),
    ("permit-agent", &["permit-audit"]),
    ("permit-rehearsal", &["permit-frontend", "permit-engine", "permit-ledger", "permit-ir"]),
    ("permitc", &["*"]),
    ("permit-tests", &["*"]),
    ("permit-benches", &["*"]),
];

/// Files that are longer than [`LINES_MAX`] for a reason. An entry that is no longer needed fails the test.
const LONG_FILES: [&str; 0] = [];
const LINES_MAX: usize = 800;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every file below the root that is ours and ends in one of `extensions`, relative to the root.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && name != "target" && !(name.starts_with('.') && name != ".ci") {
                walk(&path, found);
            } else if path.is_file() {
                found.push(path);
            }
        }
    }
    let (mut found, root) = (Vec::new(), root());
    walk(&root, &mut found);
    found.retain(|path| path.extension().is_some_and(|e| extensions.iter().any(|wanted| e == *wanted)));
    let mut found: Vec<_> = found.iter().map(|path| path.strip_prefix(&root).unwrap().to_owned()).collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

#[test]
fn crates_know_only_the_crates_they_may() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let allowed: BTreeMap<_, _> = EDGES.into_iter().collect();
    let ours: BTreeSet<_> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    assert_eq!(
        ours,
        allowed.keys().map(ToString::to_string).collect(),
        "every crate has a row, every row a crate"
    );
    for package in &metadata.packages {
        let allowed = allowed[package.name.as_str()];
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let fits = !ours.contains(&dependency.name)
                || allowed.contains(&"*")
                || allowed.contains(&dependency.name.as_str());
            assert!(fits, "{} must not depend on {}", package.name, dependency.name);
        }
    }
}

#[test]
fn the_server_links_no_lexer_no_parser_and_no_renderer() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).exec().unwrap();
    let resolve = metadata.resolve.as_ref().unwrap();
    let by_id: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let server = metadata.packages.iter().find(|p| p.name.as_str() == "permit-server").unwrap();
    let (mut open, mut linked) = (vec![&server.id], BTreeSet::new());
    while let Some(id) = open.pop() {
        if linked.insert(id) {
            let links =
                |d: &&cargo_metadata::NodeDep| d.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal);
            open.extend(by_id[id].deps.iter().filter(links).map(|d| &d.pkg));
        }
    }
    let names: BTreeSet<_> = linked.iter().map(|id| metadata[id].name.as_str()).collect();
    assert!(names.contains("permit-engine"));
    for banned in ["logos", "lalrpop", "lalrpop-util", "ariadne", "permit-grammar", "permit-frontend"] {
        assert!(!names.contains(banned), "permit-server links {banned}");
    }
}

#[test]
fn files_stay_short() {
    let is_long = |path: &PathBuf| read(path).lines().count() > LINES_MAX;
    let long: Vec<_> = files(&["rs", "lalrpop"]).into_iter().filter(is_long).collect();
    let expected: Vec<_> = LONG_FILES.iter().map(PathBuf::from).collect();
    assert_eq!(long, expected, "split the file by its nouns, or drop an exception that is no longer needed");
}

#[test]
fn unsafe_code_stands_in_the_jit_alone() {
    for path in files(&["rs"]).iter().filter(|path| path.ends_with("src/lib.rs")) {
        let forbids = read(path).contains("#![forbid(unsafe_code)]");
        assert_eq!(forbids, !path.starts_with("compiler/jit"), "{}", path.display());
    }
}

#[test]
fn nothing_is_left_open_or_switched_off() {
    let marks = [
        concat!("to", "do!("),
        concat!("unimpl", "emented!("),
        concat!("FIX", "ME"),
        concat!("#[ig", "nore"),
    ];
    for path in files(&["rs", "lalrpop", "toml", "md"]) {
        let text = read(&path);
        for mark in marks {
            assert!(!text.contains(mark), "{} contains {mark}", path.display());
        }
    }
}

#[test]
fn no_file_is_called_after_nothing() {
    let banned = ["utils.rs", "util.rs", "helpers.rs", "common.rs", "misc.rs", "prelude.rs", "mod.rs"];
    for path in files(&["rs"]) {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(!banned.contains(&name), "{}", path.display());
    }
}
