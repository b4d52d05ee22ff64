//! The options that the comparisons share, and their main loop.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum as _};

use crate::contest::Contest;
use crate::engines::Contender;
use crate::load::{self, From};
use crate::report::{self, Row};
use crate::{Failure, permit, race};

/// Options that all comparisons share.
#[derive(Debug, Args)]
pub struct Common {
    /// Print lines of JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Seconds for which each engine is timed in each contest.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// The core to run on.
    #[arg(long, default_value_t = 0)]
    core: usize,
    /// Run only these engines.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Contender>,
    /// Do not measure loading, which starts this program again for each load.
    #[arg(long)]
    no_load: bool,
    /// Load one engine from the texts in FOLDER, report the cost, and exit. The program starts itself this way.
    #[arg(long, hide = true)]
    load: Option<Contender>,
    /// With --load: from the bundle.
    #[arg(long, hide = true)]
    bundle: bool,
    /// With --load: no entities.
    #[arg(long, hide = true)]
    without_entities: bool,
}

/// Runs the contests, or the single load that was requested.
pub fn main(
    common: &Common,
    folder: &Path,
    contests: impl Iterator<Item = Result<Contest, Failure>>,
) -> ExitCode {
    let run = || match common.load {
        Some(contender) => {
            let load = load::here(contender, folder, common.bundle, !common.without_entities)?;
            Ok(writeln!(io::stdout(), "{}", serde_json::to_string(&load)?)?)
        }
        None => contests.into_iter().try_for_each(|contest| hold(contest?, common)),
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _unwritable = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn hold(mut contest: Contest, common: &Common) -> Result<(), Failure> {
    race::pin(common.core)?;
    for texts in &mut contest.texts {
        texts.bundle = permit::bundle(&texts.permit);
    }
    let folder = tempfile::tempdir()?;
    let Some(first) = contest.texts.first_mut() else { return Err("a contest without rules".into()) };
    first.write(folder.path())?;
    let wanted = |contender: &Contender| common.only.is_empty() || common.only.contains(contender);
    let contenders: Vec<_> = (Contender::value_variants().iter().copied())
        .filter(|contender| wanted(contender) && contender.takes_part(first))
        .collect();
    let load = |contender: Contender, from: From| match common.no_load {
        true => Ok(None),
        false => load::apart(contender, folder.path(), from).map(Some),
    };
    let mut rows = Vec::new();
    for (contender, times) in race::run(&contest, &contenders, Duration::try_from_secs_f64(common.seconds)?)?
    {
        let mut row = Row { contender, times, source: None, bundle: None, rules: None };
        if row.times.is_ok() {
            row.source = load(contender, From::Source)?;
            row.rules = load(contender, From::RulesAlone)?;
        }
        if row.times.is_ok() && contender.loads_bundles() {
            row.bundle = load(contender, From::Bundle)?;
        }
        rows.push(row);
    }
    let mut out = io::stdout().lock();
    if common.json {
        report::lines(&mut out, &contest.name, &rows)?;
    } else {
        report::table(&mut out, &contest.name, &rows)?;
    }
    Ok(out.flush()?)
}
