//! What it takes to load an engine: time, and how much larger the process is afterwards.
//!
//! Each load happens in a process of its own, which is this program started again with `--load`. What it reports is the
//! growth of its anonymous resident memory between having read the texts and being ready to answer: whatever parsing left
//! behind and the allocator did not give back is part of it, for every engine alike; the pages of the program are not.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use clap::ValueEnum as _;
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::contest::Texts;
use crate::engines::Contender;

/// How often each load is repeated; the median is reported.
const REPEATS: usize = 3;

/// What one load took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Load {
    /// From the texts to an engine that answers.
    pub time: Duration,
    /// Growth of the anonymous resident memory, in kibibytes.
    pub grown_kib: u64,
    /// Growth of the largest resident memory so far, the program's pages included, in kibibytes.
    pub peak_kib: u64,
}

/// What to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Rules and entities, as text.
    Source,
    /// Rules as a bundle, entities as text.
    Bundle,
    /// The rules alone, as text; for Permit as a bundle.
    RulesAlone,
}

/// Loads the contender in processes of their own, from the texts that stand in `folder`.
///
/// # Errors
/// When the engine refuses what it is given, or the process cannot be started.
pub fn apart(contender: Contender, folder: &Path, from: From) -> Result<Load, Failure> {
    let mut loads = Vec::new();
    for _ in 0..REPEATS {
        let mut command = Command::new(std::env::current_exe()?);
        let name = contender.to_possible_value().ok_or("a contender without a name")?;
        command.arg("--load").arg(name.get_name()).arg(folder);
        if from != From::Source && contender.loads_bundles() {
            command.arg("--bundle");
        }
        if from == From::RulesAlone {
            command.arg("--without-entities");
        }
        let output = command.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into());
        }
        loads.push(serde_json::from_slice::<Load>(&output.stdout)?);
    }
    loads.sort_unstable_by_key(|load| load.time);
    loads.get(loads.len() / 2).copied().ok_or_else(|| "nothing was loaded".into())
}

/// Loads the contender in this process.
///
/// # Errors
/// When the engine refuses what it is given.
pub fn here(contender: Contender, folder: &Path, bundle: bool, entities: bool) -> Result<Load, Failure> {
    let mut texts = Texts::read(folder)?;
    if !bundle {
        texts.bundle.clear();
    }
    if !entities {
        texts = texts.without_entities();
    }
    let (before_kib, before_peak_kib) = (resident("RssAnon:")?, resident("VmHWM:")?);
    let start = Instant::now();
    let engine = contender.load(&texts)?;
    let time = start.elapsed();
    let (after_kib, peak_kib) = (resident("RssAnon:")?, resident("VmHWM:")?);
    drop(engine);
    Ok(Load {
        time,
        grown_kib: after_kib.saturating_sub(before_kib),
        peak_kib: peak_kib.saturating_sub(before_peak_kib),
    })
}

/// A line of this process's status, in kibibytes.
fn resident(line: &str) -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let rest =
        status.lines().find_map(|status| status.strip_prefix(line)).ok_or("no such line of the status")?;
    Ok(rest.trim().trim_end_matches(" kB").parse()?)
}
