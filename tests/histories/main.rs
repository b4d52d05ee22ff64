//! The scenario runner against the journal: what `permitc test` says of a history is what `permitd` does.
//!
//! Policies and histories are generated: requests, the same ones again, votes on their reviews, confirmed, released and
//! expired holds, and times that jump. Every answer is compared as a whole, with what the accounts hold behind it.
//! `PERMIT_HISTORIES` says how many histories there are; by default as many as take seconds.

#![cfg(test)]

mod answers;
mod history;
mod policy;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::history::{Stage, Tally};

const HISTORIES: u64 = 400;
const HISTORIES_PER_POLICY: u64 = 8;

#[test]
fn scenarios_and_the_journal_answer_alike() {
    let histories = std::env::var("PERMIT_HISTORIES").map_or(HISTORIES, |number| number.parse().unwrap());
    let (next, tally) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number * HISTORIES_PER_POLICY >= histories {
                        break;
                    }
                    if let Some(stage) = Stage::new(number) {
                        let mut own = Tally::default();
                        (0..HISTORIES_PER_POLICY).for_each(|history| stage.run(history, &mut own));
                        tally.lock().unwrap().add(&own);
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!("{tally:?}");
    // Dice that always fall one way test nothing.
    assert!(tally.histories * 10 >= histories * 9, "too few policies compile");
    for (what, count) in tally.kinds() {
        assert!(count * 16 >= histories, "too few histories meet {what}: {count}");
    }
}
