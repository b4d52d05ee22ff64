//! The structure of the workspace: dependencies between crates, file sizes, where `unsafe` is allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand};

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

/// A crate's row in the table of `docs/architecture.md`.
struct Row {
    folder: String,
    /// The crates it may depend on; `None` allows all.
    may: Option<BTreeSet<String>>,
}

/// The table of `docs/architecture.md`: crate, folder, what it is, what it may depend on. Names in the last column leave
/// out the `permit-` that they begin with.
fn rows() -> BTreeMap<String, Row> {
    let page = read(Path::new("docs/architecture.md"));
    let plain = |cell: &str| cell.trim().trim_matches('`').to_owned();
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<_> = line.strip_prefix("| `")?.trim_end_matches('|').split('|').collect();
        let [name, folder, _, may] = cells.as_slice() else { return None };
        let full = |short: &str| match short {
            "permitd" | "permitc" => short.to_owned(),
            _ => format!("permit-{short}"),
        };
        let may = match may.trim() {
            "all" => None,
            "–" => Some(BTreeSet::new()),
            list => Some(list.split(',').map(|short| full(short.trim())).collect()),
        };
        Some((plain(name), Row { folder: plain(folder), may }))
    });
    rows.collect()
}

#[test]
fn crates_know_only_the_crates_they_may() {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().unwrap();
    let rows = rows();
    let ours: BTreeSet<_> = metadata.packages.iter().map(|p| p.name.to_string()).collect();
    assert_eq!(ours, rows.keys().cloned().collect(), "every crate has a row, every row a crate");
    for package in &metadata.packages {
        let Row { folder, may } = &rows[package.name.as_str()];
        let manifest = root().join(folder).join("Cargo.toml");
        assert_eq!(package.manifest_path.as_std_path(), manifest, "{}", package.name);
        let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
        let links: BTreeSet<_> = normal.map(|d| d.name.clone()).filter(|name| ours.contains(name)).collect();
        if let Some(may) = may {
            assert_eq!(&links, may, "`{}` and its row", package.name);
        }
    }
}

/// The crates that `package` links by itself, ours and others, itself among them: with the features it asks for, on the
/// machine that the test runs on.
fn linked(package: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--locked", "-e", "normal", "--prefix", "none", "-p", package]);
    let tree = cargo.current_dir(root()).output().unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn assert_links_none(package: &str, banned: &[&str]) {
    let linked = linked(package);
    assert!(linked.len() > 1, "{package} links nothing");
    for name in banned {
        assert!(!linked.contains(*name), "{package} links {name}");
    }
}

#[test]
fn the_server_links_no_lexer_no_parser_and_no_renderer() {
    let banned = ["logos", "lalrpop", "lalrpop-util", "ariadne", "permit-grammar", "permit-frontend"];
    assert_links_none("permitd", &banned);
}

#[test]
fn the_client_links_no_decision_ir_and_few_crates() {
    const CRATES_MAX: usize = 90;
    let banned = ["permit-ir", "regex", "regex-automata", "rusqlite", "postcard", "permit-engine"];
    assert_links_none("permit-client", &banned);
    let linked = linked("permit-client");
    assert!(linked.len() < CRATES_MAX, "{} crates: {linked:?}", linked.len());
}

#[test]
fn scenarios_and_the_command_line_link_no_database_and_no_server() {
    for package in ["permit-scenarios", "permitc"] {
        assert_links_none(package, &["rusqlite", "libsqlite3-sys", "permit-journal", "permitd", "axum"]);
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

/// A module that is public names something that another crate uses.
#[test]
fn no_module_is_public_for_nobody() {
    let sources: Vec<_> = files(&["rs"]).into_iter().map(|path| (read(&path), path)).collect();
    let mut unused = Vec::new();
    for (name, Row { folder, may }) in rows() {
        // What may depend on all is tests and benches: nobody depends on them.
        if may.is_none() {
            continue;
        }
        let (name, library) = (name.replace('-', "_"), Path::new(&folder).join("src/lib.rs"));
        let modules = match fs::read_to_string(root().join(&library)) {
            Ok(text) => text,
            // A crate that is only tests.
            Err(_) => continue,
        };
        let modules = modules.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        for module in modules {
            let path = format!("{name}::{module}");
            let own = Path::new(&folder).join("src");
            let is_other = |at: &Path| !at.starts_with(&own) || at.starts_with(own.join("bin"));
            let opening = format!("{name}::{{");
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let listed = |text: &str| {
                let mut lists = text.split(&opening).skip(1).filter_map(|list| list.split(';').next());
                lists.any(|list| list.split(|c| !is_word(c)).any(|word| word == module))
            };
            let names = |text: &str| text.contains(&path) || listed(text);
            if !sources.iter().any(|(text, at)| is_other(at) && names(text)) {
                unused.push(path);
            }
        }
    }
    assert_eq!(unused, [""; 0], "make these modules private");
}

/// The text of every function's parameters, with the path and the line it begins on.
fn parameters() -> Vec<(PathBuf, usize, String)> {
    let mut found = Vec::new();
    for path in files(&["rs"]) {
        let text = read(&path);
        for (at, _) in text.match_indices("fn ") {
            let Some(open) = text[at..].find('(') else { continue };
            let (mut depth, begin) = (0_usize, at + open);
            let end = text[begin..].char_indices().find(|(_, c)| {
                match c {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            if let Some((length, _)) = end {
                let line = text[..at].matches('\n').count() + 1;
                found.push((path.clone(), line, text[begin + 1..begin + length].to_owned()));
            }
        }
    }
    assert!(found.len() > 1_000, "{}", found.len());
    found
}

/// Three things that travel together have a name.
#[test]
fn no_parameter_is_a_tuple_of_three() {
    let is_long =
        |tuple: &str| tuple.split(')').next().is_some_and(|inside| inside.matches(',').count() >= 2);
    let of_three = |parameters: &str| parameters.split(": (").skip(1).any(is_long);
    let found: Vec<_> = parameters().into_iter().filter(|(_, _, text)| of_three(text)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// An error is an enum with fields. Tests may say in a text what they compare.
#[test]
fn no_result_has_a_text_for_its_error() {
    let is_test = |path: &Path| {
        let named = |part: &str| path.components().any(|c| c.as_os_str().to_str() == Some(part));
        named("tests")
            || named("tests.rs")
            || path.file_name().is_some_and(|n| n == "tests.rs" || n == "testing.rs")
    };
    let mut found = Vec::new();
    for path in files(&["rs"]).into_iter().filter(|path| !is_test(path)) {
        for (number, line) in read(&path).lines().enumerate() {
            if line.contains(concat!(", Str", "ing>")) && line.contains("Result<") {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert_eq!(found, [""; 0]);
}

/// `a/{b,c}.rs` as `a/b.rs` and `a/c.rs`.
fn expanded(path: &str) -> Vec<String> {
    match path.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?))) {
        Some((head, (choices, tail))) => choices.split(',').map(|one| format!("{head}{one}{tail}")).collect(),
        None => vec![path.to_owned()],
    }
}

/// Files and tests that a page names, such as `tests/suite/tidy.rs::files_stay_short`. A path with an upper-case letter is a
/// pattern.
#[test]
fn paths_and_tests_in_the_documentation_exist() {
    let folders = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap()).filter(|e| e.path().is_dir());
    let folders: BTreeSet<_> = folders.map(|e| e.file_name().into_string().unwrap()).collect();
    let (mut found, mut missing) = (0, Vec::new());
    for page in files(&["md"]) {
        let text = read(&page);
        for code in text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)) {
            let word = code.split(' ').next().unwrap();
            let (path, test) = word.split_once("::").map_or((word, None), |(path, test)| (path, Some(test)));
            let is_ours = path.split_once('/').is_some_and(|(folder, _)| folders.contains(folder));
            if !is_ours || path.contains(|c: char| c.is_ascii_uppercase() || !c.is_ascii()) {
                continue;
            }
            for path in expanded(path) {
                found += 1;
                let has_test = |test| read(Path::new(&path)).contains(&format!("fn {test}("));
                if !root().join(&path).exists() || !test.is_none_or(has_test) {
                    missing.push(format!("{}: {word}", page.display()));
                }
            }
        }
    }
    assert!(found > 100, "{found}");
    assert_eq!(missing, [""; 0]);
}
