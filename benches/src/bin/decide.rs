//! How long does a decision take, from borrowed texts to the verdict, and how long until a policy is ready?
//!
//! ```text
//! cargo run --release -p permit-benches --bin decide [SIZE…]
//! ```
//!
//! `served` is from the bytes of a request to what the journal is to record, and `sealed` to the durable answer, signed record,
//! proof and checkpoint included, over a store in memory, with as many requests on their way as one commit takes.
//!
//! Of every pass over the requests the mean is taken, and of those the median. `p50` and `p99` are over the requests, of each
//! one's fastest time; they include the cost of reading the clock, which `clock` shows.

#![forbid(unsafe_code)]

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use permit_benches::Failure;
use permit_benches::figures::{median, millis, table, timed};
use permit_benches::permit::NOW_MS;
use permit_benches::served::{Served, service};
use permit_engine::{Engine, Mode, Session};
use permit_service::prepare;
use permit_test_support::agents::{Query, Workload, allows};

const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];
const QUERIES: usize = 4_000;
const PASSES: usize = 31;
const BUILDS: usize = 7;
const SERVED_PASSES: usize = 7;
/// How many requests are on their way to the journal at one time.
const IN_FLIGHT: usize = 256;

fn main() -> Result<(), Failure> {
    let given: Vec<usize> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let sizes = if given.is_empty() { SIZES.to_vec() } else { given };
    let headings = [
        "permits",
        "mode",
        "mean ns",
        "p50 ns",
        "p99 ns",
        "served ns",
        "sealed ns",
        "rules tried",
        "bundle ms",
        "facts ms",
        "ready ms",
        "again ms",
        "KiB",
    ];
    let mut rows = Vec::new();
    for size in sizes {
        let workload = Workload::new(size, QUERIES);
        for mode in [Mode::Interpreted, Mode::Native] {
            rows.push(row(size, mode, &workload)?);
        }
    }
    let clock = (0..1_000).map(|_| timed(|| ()).1).min().unwrap_or_default();
    let mut out = io::stdout().lock();
    table(&mut out, &headings, &rows)?;
    writeln!(out, "clock {} ns", clock.as_nanos())?;
    Ok(())
}

fn row(size: usize, mode: Mode, workload: &Workload) -> Result<Vec<String>, Failure> {
    let (mut opened, mut read, mut ready, mut again) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut engine = workload.engine(mode);
    for _ in 0..BUILDS {
        let (bundle, time) = timed(|| workload.open_bundle());
        opened.push(time);
        let (facts, time) = timed(|| workload.read_facts(&bundle.program));
        read.push(time);
        let (fresh, time) = timed(|| Engine::new(bundle, facts, mode));
        ready.push(time);
        let (bundle, facts) = workload.open();
        let (next, time) = timed(|| fresh.successor(bundle, facts));
        again.push(time);
        engine = next;
    }
    let mut session = engine.session();
    let tried: u64 = workload.queries.iter().map(|query| decide(&mut session, query)).sum();
    let mut means = Vec::new();
    let mut fastest = vec![Duration::MAX; workload.queries.len()];
    for _ in 0..PASSES {
        let start = Instant::now();
        workload.queries.iter().for_each(|query| {
            std::hint::black_box(decide(&mut session, query));
        });
        means.push(start.elapsed() / u32::try_from(workload.queries.len()).unwrap_or(u32::MAX));
    }
    for _ in 0..PASSES {
        for (query, fastest) in workload.queries.iter().zip(&mut fastest) {
            let (_, time) = timed(|| decide(&mut session, query));
            *fastest = time.min(*fastest);
        }
    }
    fastest.sort_unstable();
    let at = |hundredth: usize| fastest.get(fastest.len() * hundredth / 100).copied().unwrap_or_default();
    let count = u64::try_from(workload.queries.len()).unwrap_or(1).max(1);
    let [prepared, sealed] = served(workload, mode)?;
    Ok(vec![
        size.to_string(),
        format!("{mode:?}"),
        median(means).as_nanos().to_string(),
        at(50).as_nanos().to_string(),
        at(99).as_nanos().to_string(),
        prepared.as_nanos().to_string(),
        sealed.as_nanos().to_string(),
        format!("{}.{:02}", tried / count, tried * 100 / count % 100),
        millis(median(opened)),
        millis(median(read)),
        millis(median(ready)),
        millis(median(again)),
        (engine.bytes() / 1024).to_string(),
    ])
}

/// How long a request takes from its bytes to what the journal is to record, and to the durable answer.
fn served(workload: &Workload, mode: Mode) -> Result<[Duration; 2], Failure> {
    let requests: Vec<_> = workload.queries.iter().map(Served::new).collect();
    let service = service(workload.engine(mode))?;
    let engine = service.engine();
    let count = u32::try_from(requests.len()).unwrap_or(u32::MAX);
    let (mut prepared, mut sealed) = (Vec::new(), Vec::new());
    for _ in 0..SERVED_PASSES {
        let start = Instant::now();
        for request in &requests {
            std::hint::black_box(prepare(&engine, &request.call()?, NOW_MS));
        }
        prepared.push(start.elapsed() / count);
        let start = Instant::now();
        for batch in requests.chunks(IN_FLIGHT) {
            let pending = batch.iter().map(|request| Ok(service.decide(&request.anew()?, NOW_MS)));
            for pending in pending.collect::<Result<Vec<_>, Failure>>()? {
                std::hint::black_box(pending.wait()?);
            }
        }
        sealed.push(start.elapsed() / count);
    }
    Ok([median(prepared), median(sealed)])
}

/// Decides a request, whose outcome must be the expected one, and returns how many rules were tried.
fn decide(session: &mut Session<'_>, query: &Query) -> u64 {
    let args = query.args();
    match session.decide(&query.ask(&args)) {
        Ok(said) => {
            assert_eq!(allows(said.verdict), query.allow, "{query:?}");
            said.work.rules
        }
        Err(fault) => refused(query, fault),
    }
}

#[expect(clippy::panic, reason = "figures of wrong decisions are none")]
fn refused(query: &Query, fault: permit_engine::AskFault) -> u64 {
    panic!("{query:?}: {fault}")
}
