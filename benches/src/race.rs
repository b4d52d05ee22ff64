//! The race: every engine's every answer is checked, then they are timed in turns on one core.
//!
//! Turns are short, so that whatever else the machine does befalls all engines alike. Calls that take less than
//! [`BATCHED_BELOW`] are timed sixteen distinct questions at once, since a clock costs about as much as one of them; longer
//! ones are timed one by one. What reading the clock costs is measured and taken off.

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::contest::{Contest, Query};
use crate::engines::{Contender, Engine};

/// Calls that take less are timed in batches.
const BATCHED_BELOW: Duration = Duration::from_micros(2);

/// How many questions make a batch.
const BATCH: usize = 16;

/// How long an engine is timed before the next one's turn; one call at least.
const TURN: Duration = Duration::from_millis(4);

/// The most samples of one engine.
const SAMPLES_MAX: usize = 1 << 20;

/// What an engine's calls took.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Half of the samples took no longer, per call.
    pub p50: Duration,
    /// All but a hundredth took no longer, per call.
    pub p99: Duration,
    /// How many questions a sample is the mean of.
    pub batch: usize,
    /// How many samples there are.
    pub samples: usize,
}

/// An engine with what its calls took, or why it refused.
pub type Finish = (Contender, Result<Times, Failure>);

/// An engine in the race.
struct Runner {
    contender: Contender,
    /// One for each of the contest's texts.
    engines: Vec<Box<dyn Engine>>,
    batch: usize,
    /// The next question.
    at: usize,
    /// How long it has been timed.
    spent: Duration,
    /// Time per call.
    samples: Vec<Duration>,
}

/// Keeps this thread on one core.
///
/// # Errors
/// When the system refuses.
pub fn pin(core: usize) -> Result<(), Failure> {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(core);
    Ok(rustix::thread::sched_setaffinity(None, &cores)?)
}

/// Checks every answer of the contenders, then times each for so long. Those that refuse the contest's rules have no times.
///
/// # Errors
/// When an answer is wrong.
pub fn run(contest: &Contest, contenders: &[Contender], each: Duration) -> Result<Vec<Finish>, Failure> {
    let mut refused = Vec::new();
    let mut runners = Vec::new();
    for &contender in contenders {
        match contest.texts.iter().map(|texts| contender.load(texts)).collect() {
            Ok(engines) => runners.push(Runner::new(contender, engines, &contest.queries)?),
            Err(why) => refused.push((contender, Err(why))),
        }
    }
    let clock = clock_cost();
    while runners.iter().any(|runner| runner.goes_on(each)) {
        for runner in runners.iter_mut().filter(|runner| runner.goes_on(each)) {
            runner.turn(&contest.queries, clock);
        }
    }
    let mut rows = refused;
    rows.extend(runners.into_iter().map(|runner| (runner.contender, Ok(runner.times()))));
    rows.sort_by_key(|(contender, _)| contenders.iter().position(|one| one == contender));
    Ok(rows)
}

impl Runner {
    /// Asks every question once; a wrong answer ends the race.
    fn new(
        contender: Contender,
        mut engines: Vec<Box<dyn Engine>>,
        queries: &[Query],
    ) -> Result<Self, Failure> {
        engines.iter_mut().try_for_each(|engine| engine.prepare(queries))?;
        let mut times = Vec::with_capacity(queries.len());
        for (at, query) in queries.iter().enumerate() {
            let start = Instant::now();
            let answer = decide(&mut engines, at, query);
            times.push(start.elapsed());
            if answer != Some(query.allow) {
                let name = contender.name();
                return Err(format!("{name}: question {at} is answered with {answer:?}: {query:?}").into());
            }
        }
        times.sort_unstable();
        let batch = if percentile(&times, 50) < BATCHED_BELOW { BATCH } else { 1 };
        writeln!(io::stderr(), "{}: {} answers are right", contender.name(), queries.len())?;
        Ok(Self { contender, engines, batch, at: 0, spent: Duration::ZERO, samples: Vec::new() })
    }

    fn goes_on(&self, each: Duration) -> bool {
        self.spent < each && self.samples.len() < SAMPLES_MAX
    }

    fn turn(&mut self, queries: &[Query], clock: Duration) {
        let turn = Instant::now();
        while turn.elapsed() < TURN {
            if queries.len() < self.at + self.batch {
                self.at = 0;
            }
            let Some(batch) = queries.get(self.at..self.at + self.batch) else { break };
            let start = Instant::now();
            for (at, query) in (self.at..).zip(batch) {
                std::hint::black_box(decide(&mut self.engines, at, std::hint::black_box(query)));
            }
            let took = start.elapsed().saturating_sub(clock);
            self.samples.push(took / u32::try_from(self.batch).unwrap_or(1));
            self.at += self.batch;
        }
        self.spent += turn.elapsed();
    }

    fn times(mut self) -> Times {
        self.samples.sort_unstable();
        Times {
            p50: percentile(&self.samples, 50),
            p99: percentile(&self.samples, 99),
            batch: self.batch,
            samples: self.samples.len(),
        }
    }
}

fn decide(engines: &mut [Box<dyn Engine>], at: usize, query: &Query) -> Option<bool> {
    engines.get_mut(query.texts)?.decide(at, query)
}

/// What reading the clock twice adds to what is between.
fn clock_cost() -> Duration {
    let mut costs: Vec<_> = (0..10_001).map(|_| Instant::now().elapsed()).collect();
    costs.sort_unstable();
    percentile(&costs, 50)
}

/// The smallest time that so many per cent do not exceed; of none, zero. The times are sorted.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let times: Vec<_> = (0..200).map(Duration::from_nanos).collect();
        let of = |percent| percentile(&times, percent).as_nanos();
        assert_eq!((of(0), of(50), of(99), of(100)), (0, 100, 198, 199));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
