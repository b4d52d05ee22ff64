//! Medians, and tables of them.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// What `work` gives and how long it took.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = std::hint::black_box(work());
    (done, start.elapsed())
}

/// The median of the times; of none, zero.
#[must_use]
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Milliseconds with three digits behind the point.
#[must_use]
pub fn millis(time: Duration) -> String {
    format!("{}.{:03}", time.as_millis(), time.subsec_micros() % 1000)
}

/// How many times `one` is `other`, with two digits behind the point.
#[must_use]
pub fn ratio(one: Duration, other: Duration) -> String {
    let hundredths = one.as_nanos() * 100 / other.as_nanos().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Writes rows below their headings, each column as wide as it must be.
///
/// # Errors
/// When `out` cannot be written.
pub fn table(out: &mut impl Write, headings: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let cells = |row: &Vec<String>, at: usize| row.get(at).map_or(0, String::len);
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(at, heading)| rows.iter().map(|row| cells(row, at)).max().unwrap_or(0).max(heading.len()))
        .collect();
    let headings = headings.iter().map(|&heading| heading.to_owned()).collect();
    for row in std::iter::once(&headings).chain(rows) {
        let padded: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:>width$}")).collect();
        writeln!(out, "{}", padded.join("  "))?;
    }
    Ok(())
}
