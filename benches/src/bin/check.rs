//! What does checking a policy cost, and what does the same policy cost in Cedar?
//!
//! `cargo run --release -p permit-benches --features peers --bin check` writes the agents' workload in both languages.
//! Permit parses, checks, lowers, verifies and lints; Cedar parses policies and schema and validates strictly. The runs
//! are interleaved; medians are shown, and with `--json` as lines of JSON. `--sizes 100,1000` says how many permits,
//! `--rounds` how often, `--alone` leaves Cedar out. Formatting the same policy is timed beside them.

#![forbid(unsafe_code)]

use std::io::{self, Write as _};
use std::str::FromStr as _;
use std::time::Duration;

use cedar_policy::{PolicySet, Schema, ValidationMode, Validator};
use permit_benches::Failure;
use permit_benches::figures::{median, millis, ratio, table, timed};
use permit_benches::workload::Workload;
use permit_frontend::{Sources, compile};
use serde_json::json;

const SEED: u64 = 2026;

/// What to measure.
struct Options {
    sizes: Vec<usize>,
    rounds: usize,
    alone: bool,
    json: bool,
}

/// The medians of one size.
struct Row {
    rules: usize,
    lines: usize,
    permit: Duration,
    format: Duration,
    cedar: Option<Duration>,
}

fn main() -> Result<(), Failure> {
    let options = options(std::env::args().skip(1))?;
    let mut out = io::stdout().lock();
    let mut rows = Vec::new();
    for &size in &options.sizes {
        let row = measure(size, &options)?;
        if options.json {
            writeln!(out, "{}", as_json(&row))?;
        }
        rows.push(row);
    }
    if !options.json {
        let headings = [
            "rules",
            "lines",
            "permit check, ms",
            "cedar parse and validate, ms",
            "permit/cedar",
            "permit fmt, ms",
        ];
        table(&mut out, &headings, &rows.iter().map(as_cells).collect::<Vec<_>>())?;
    }
    Ok(())
}

fn options(args: impl Iterator<Item = String>) -> Result<Options, Failure> {
    let mut options = Options { sizes: vec![100, 1_000, 10_000], rounds: 9, alone: false, json: false };
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{arg}` needs a value"));
        match arg.as_str() {
            "--sizes" => {
                options.sizes = value()?.split(',').map(usize::from_str).collect::<Result<_, _>>()?
            }
            "--rounds" => options.rounds = value()?.parse()?,
            "--alone" => options.alone = true,
            "--json" => options.json = true,
            _ => return Err(format!("unknown option `{arg}`").into()),
        }
    }
    Ok(options)
}

fn measure(size: usize, options: &Options) -> Result<Row, Failure> {
    let workload = Workload::new(size, SEED);
    let sources = workload.permit_sources()?;
    let cedar = workload.cedar();
    let (mut permits, mut formats, mut cedars) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.rounds.max(1) {
        permits.push(check_permit(&sources, workload.rules())?);
        formats.push(format_permit(&sources)?);
        if !options.alone {
            cedars.push(check_cedar(&cedar, workload.rules())?);
        }
    }
    Ok(Row {
        rules: workload.rules(),
        lines: sources.iter().map(|(_, _, text)| text.lines().count()).sum(),
        permit: median(permits),
        format: median(formats),
        cedar: (!options.alone).then(|| median(cedars)),
    })
}

fn check_permit(sources: &Sources, rules: usize) -> Result<Duration, Failure> {
    let (compiled, time) = timed(|| compile(sources));
    match (compiled.program, compiled.diagnostics.first()) {
        (Some(program), _) if program.rules.len() == rules => Ok(time),
        (_, Some(diagnostic)) => Err(format!("{}: {}", diagnostic.code, diagnostic.message).into()),
        _ => Err("rules are missing".into()),
    }
}

fn format_permit(sources: &Sources) -> Result<Duration, Failure> {
    let (formatted, time) = timed(|| {
        sources.iter().try_for_each(|(id, _, text)| {
            permit_grammar::format(id, text).map(std::hint::black_box).map(drop)
        })
    });
    formatted.map(|()| time).map_err(|errors| format!("{} errors", errors.len()).into())
}

fn check_cedar((policies, schema): &(String, &str), rules: usize) -> Result<Duration, Failure> {
    let (result, time) = timed(|| {
        let policies = PolicySet::from_str(policies).map_err(|error| error.to_string())?;
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|error| error.to_string())?;
        let found = Validator::new(schema).validate(&policies, ValidationMode::Strict);
        if !found.validation_passed() {
            return Err(found.to_string());
        }
        Ok(policies.num_of_policies())
    });
    match result {
        Ok(found) if found == rules => Ok(time),
        Ok(found) => Err(format!("cedar found {found} rules of {rules}").into()),
        Err(error) => Err(error.into()),
    }
}

fn as_cells(row: &Row) -> Vec<String> {
    let against = |of: fn(Duration, Duration) -> String| {
        row.cedar.map_or_else(String::new, |cedar| of(row.permit, cedar))
    };
    vec![
        row.rules.to_string(),
        row.lines.to_string(),
        millis(row.permit),
        row.cedar.map_or_else(String::new, millis),
        against(ratio),
        millis(row.format),
    ]
}

fn as_json(row: &Row) -> serde_json::Value {
    json!({
        "bench": "check",
        "rules": row.rules,
        "lines": row.lines,
        "permit_us": row.permit.as_micros(),
        "cedar_us": row.cedar.map(|time| time.as_micros()),
        "permit_fmt_us": row.format.as_micros(),
    })
}
