//! Output of the comparisons: a table in Markdown, or lines of JSON.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::json;

use crate::Failure;
use crate::engines::Contender;
use crate::figures::{millis, ratio};
use crate::load::Load;
use crate::race::Times;

/// The figures of one engine in one contest.
#[derive(Debug)]
pub struct Row {
    /// The engine.
    pub contender: Contender,
    /// What its calls took, or why there were none.
    pub times: Result<Times, Failure>,
    /// Rules and entities, from their source.
    pub source: Option<Load>,
    /// The same from the bundle, where there is one.
    pub bundle: Option<Load>,
    /// The rules alone: from the bundle where there is one, else from their source.
    pub rules: Option<Load>,
}

const HEADINGS: [&str; 10] = [
    "engine",
    "p50 ns",
    "p99 ns",
    "times native",
    "calls",
    "source to ready ms",
    "bundle to ready ms",
    "rules alone to ready ms",
    "rules MB",
    "with entities MB",
];

/// Writes a contest's rows as a table. Memory is the growth of a process of its own.
///
/// # Errors
/// When `out` cannot be written.
pub fn table(out: &mut impl Write, name: &str, rows: &[Row]) -> io::Result<()> {
    let native = native(rows);
    let rows: Vec<Vec<String>> = rows.iter().map(|row| cells(row, native)).collect();
    let headings = HEADINGS.map(str::to_owned).to_vec();
    let width = |column: usize| {
        let cells = std::iter::once(&headings).chain(&rows).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    writeln!(out, "\n{name}\n")?;
    let line = |out: &mut dyn Write, row: &[String]| {
        let padded = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        writeln!(out, "| {} |", padded.collect::<Vec<_>>().join(" | "))
    };
    line(out, &headings)?;
    let ruler = widths.iter().enumerate().map(|(column, &width)| match column {
        0 => "-".repeat(width),
        _ => format!("{}:", "-".repeat(width.saturating_sub(1))),
    });
    line(out, &ruler.collect::<Vec<_>>())?;
    rows.iter().try_for_each(|row| line(out, row))
}

/// Writes a contest's rows as JSON, one a line. Times are in nanoseconds, memory in kibibytes.
///
/// # Errors
/// When `out` cannot be written.
pub fn lines(out: &mut impl Write, name: &str, rows: &[Row]) -> io::Result<()> {
    for row in rows {
        let times = row.times.as_ref().ok();
        let line = json!({
            "contest": name,
            "engine": row.contender.name(),
            "p50_ns": times.map(|times| times.p50.as_nanos()),
            "p99_ns": times.map(|times| times.p99.as_nanos()),
            "batch": times.map(|times| times.batch),
            "samples": times.map(|times| times.samples),
            "refused": row.times.as_ref().err().map(ToString::to_string),
            "source": row.source.map(as_json),
            "bundle": row.bundle.map(as_json),
            "rules": row.rules.map(as_json),
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn as_json(load: Load) -> serde_json::Value {
    json!({ "ns": load.time.as_nanos(), "grown_kib": load.grown_kib, "peak_kib": load.peak_kib })
}

fn native(rows: &[Row]) -> Option<Duration> {
    let native = rows.iter().find(|row| row.contender == Contender::PermitNative)?;
    native.times.as_ref().ok().map(|times| times.p50)
}

fn cells(row: &Row, native: Option<Duration>) -> Vec<String> {
    let mut cells = vec![row.contender.name().to_owned()];
    match &row.times {
        Ok(times) => cells.extend([
            times.p50.as_nanos().to_string(),
            times.p99.as_nanos().to_string(),
            native.map_or_else(String::new, |native| ratio(times.p50, native)),
            (times.samples * times.batch).to_string(),
        ]),
        Err(why) => {
            let why: String = why.to_string().lines().next().unwrap_or_default().replace('|', "/");
            cells.extend([format!("refused: {why}"), String::new(), String::new(), String::new()]);
        }
    }
    let load = |load: Option<Load>, shown: fn(Load) -> String| load.map_or_else(String::new, shown);
    cells.extend([
        load(row.source, |load| millis(load.time)),
        load(row.bundle, |load| millis(load.time)),
        load(row.rules, |load| millis(load.time)),
        load(row.rules, |load| megabytes(load.grown_kib)),
        load(row.bundle.or(row.source), |load| megabytes(load.grown_kib)),
    ]);
    cells
}

/// Megabytes with one digit behind the point.
fn megabytes(kib: u64) -> String {
    let tenths = kib * 1_024 / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}
