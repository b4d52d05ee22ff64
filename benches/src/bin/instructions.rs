//! How many instructions do the hot paths take?
//!
//! `cargo run --profile profiling -p permit-benches --bin instructions` runs each path under Valgrind's Callgrind and writes
//! `benches/instructions.json`; with `--check` it writes nothing and reports what changed by more than two percent. Times
//! differ from run to run and from machine to machine; these counts hardly do, so a change can be measured exactly. The
//! profile `profiling` is `release` with symbols, by which Callgrind finds what it counts.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::SystemTime;

use clap::{Parser, ValueEnum};
use permit_benches::Failure;
use permit_benches::paths::{MEASURED, Path as HotPath};
use permit_test_support::world::repository;
use permit_types::time::instant_text;
use serde::{Deserialize, Serialize};

/// How far a count may change before `--check` fails, in hundredths of a percent.
const TOLERANCE: u64 = 200;

/// Counts the instructions of the hot paths with Valgrind's Callgrind.
#[derive(Debug, Parser)]
struct Options {
    /// Compare with `benches/instructions.json` instead of writing it; exit code 1 if a count changed by more than 2 %
    #[arg(long)]
    check: bool,
    /// Run one path this many times and exit; the program starts itself this way under Valgrind
    #[arg(long, hide = true, requires = "times")]
    path: Option<HotPath>,
    /// How often to run it
    #[arg(long, hide = true)]
    times: Option<u32>,
}

/// The contents of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Counts {
    command: String,
    toolchain: String,
    valgrind: String,
    date: String,
    /// The instructions of one run of each path.
    instructions: BTreeMap<String, u64>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match (options.path, options.times) {
        (Some(path), Some(times)) => path.run(times).map(|()| true),
        _ => count().and_then(|counts| if options.check { check(&counts) } else { write(&counts) }),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _unwritable = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

fn file() -> std::path::PathBuf {
    repository("benches/instructions.json")
}

fn count() -> Result<Counts, Failure> {
    let mut instructions = BTreeMap::new();
    for &path in HotPath::value_variants() {
        let name = path.to_possible_value().ok_or("a path without a name")?.get_name().to_owned();
        let each = under_valgrind(&name, path.times())? / u64::from(path.times());
        writeln!(io::stderr(), "{name}: {each}")?;
        instructions.insert(name, each);
    }
    let now_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    Ok(Counts {
        command: "cargo run --profile profiling -p permit-benches --bin instructions".to_owned(),
        toolchain: version("rustc")?,
        valgrind: version("valgrind")?,
        date: instant_text(i64::try_from(now_ms)?).chars().take(10).collect(),
        instructions,
    })
}

/// The instructions of running the path this many times, without the preparation.
fn under_valgrind(name: &str, times: u32) -> Result<u64, Failure> {
    let out = tempfile::NamedTempFile::new()?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={MEASURED}*"))
        .arg(format!("--callgrind-out-file={}", out.path().display()))
        .arg(std::env::current_exe()?)
        .args(["--path", name, "--times", &times.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    match total(out.path())? {
        0 => Err("Callgrind found no symbol to count: build with `--profile profiling`".into()),
        instructions => Ok(instructions),
    }
}

/// The total at the end of Callgrind's output file.
fn total(out: &Path) -> Result<u64, Failure> {
    let text = fs::read_to_string(out)?;
    let total = text
        .lines()
        .find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    Ok(total.ok_or("Callgrind wrote no total")?.trim().parse()?)
}

fn version(program: &str) -> Result<String, Failure> {
    let output = Command::new(program).arg("--version").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn write(counts: &Counts) -> Result<bool, Failure> {
    fs::write(file(), serde_json::to_string_pretty(counts)? + "\n")?;
    Ok(true)
}

/// Compares each count with the committed one; true if none changed too much.
fn check(counts: &Counts) -> Result<bool, Failure> {
    let committed: Counts = serde_json::from_str(&fs::read_to_string(file())?)?;
    let mut out = io::stdout().lock();
    let mut steady = true;
    for (name, &now) in &counts.instructions {
        let Some(&then) = committed.instructions.get(name) else {
            writeln!(out, "{name}: {now}, not in the committed counts")?;
            steady = false;
            continue;
        };
        let change = now.abs_diff(then) * 10_000 / then.max(1);
        let sign = if now < then { '-' } else { '+' };
        let verdict = if change > TOLERANCE { "changed" } else { "unchanged" };
        steady &= change <= TOLERANCE;
        writeln!(out, "{name}: {then} -> {now}, {sign}{}.{:02} %, {verdict}", change / 100, change % 100)?;
    }
    for name in committed.instructions.keys().filter(|&name| !counts.instructions.contains_key(name)) {
        writeln!(out, "{name}: no longer counted")?;
        steady = false;
    }
    Ok(steady)
}
