//! The effect of one typo: every token of every policy in the tree is deleted, duplicated, or swapped with its
//! neighbour.
//!
//! After any such edit the compiler reports at most two diagnostics, and the first of them is within a line of the
//! edit.

mod edits;
mod subjects;

use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use edits::Edit;
use subjects::{Said, Subject};

/// The most diagnostics about one edit.
const DIAGNOSTICS_MAX: usize = 2;

/// The least percentage of edits with diagnostics whose first diagnostic is near the edit.
const NEAR_PERCENT_MIN: usize = 90;

/// The least number of edits; with fewer, texts are missing.
const EDITS_MIN: usize = 20_000;

/// The most failures that are shown.
const SHOWN_MAX: usize = 60;

/// The results of all edits.
#[derive(Default)]
struct Tally {
    /// Edits with diagnostics.
    reported: AtomicUsize,
    /// Those whose first diagnostic is near.
    near: AtomicUsize,
    /// Edits that made the compiler panic or report too much, and edits whose first diagnostic is far away.
    faults: Mutex<Vec<String>>,
    far: Mutex<Vec<String>>,
}

#[test]
fn one_typo_causes_at_most_two_diagnostics_at_the_right_place() {
    let subjects = subjects::all();
    let usual: Vec<Vec<Said>> = subjects.iter().map(|subject| subject.said(subject.text())).collect();
    let edits: Vec<(usize, Edit)> = (0..)
        .zip(&subjects)
        .flat_map(|(at, subject)| edits::of(subject.text()).into_iter().map(move |edit| (at, edit)))
        .collect();
    assert!(edits.len() >= EDITS_MIN, "{} edits", edits.len());
    let (next, tally) = (AtomicUsize::new(0), Tally::default());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((at, edit)) = edits.get(next.fetch_add(1, Ordering::Relaxed)) {
                    tally.record(&subjects[*at], edit, &usual[*at]);
                }
            });
        }
    });
    tally.check(edits.len());
}

impl Tally {
    /// Makes an edit and counts the diagnostics that the unedited text does not have.
    fn record(&self, subject: &Subject, edit: &Edit, usual: &[Said]) {
        let describe = |said: &[Said]| {
            let said: Vec<String> =
                said.iter().map(|said| format!("\n    {}: {}", said.line, said.what)).collect();
            let (line, what) = (edit.lines.start(), &edit.what);
            format!("{}:{line} {:?} {what}{}", subject.name(), edit.of, said.concat())
        };
        let Ok(said) = catch_unwind(|| subject.said(&edit.applied(subject.text()))) else {
            return self.faults.lock().unwrap().push(format!("{}: it panics", describe(&[])));
        };
        let mut usual: Vec<&Said> = usual.iter().collect();
        let mut of_edit = said;
        of_edit.retain(|one| match usual.iter().position(|usual| usual.what == one.what) {
            Some(at) => {
                usual.remove(at);
                false
            }
            None => true,
        });
        let Some(first) = of_edit.first() else { return };
        self.reported.fetch_add(1, Ordering::Relaxed);
        if of_edit.len() > DIAGNOSTICS_MAX {
            self.faults.lock().unwrap().push(describe(&of_edit));
        }
        let near = (*edit.lines.start()).saturating_sub(1)..=edit.lines.end() + 1;
        if first.here && near.contains(&first.line) {
            self.near.fetch_add(1, Ordering::Relaxed);
        } else {
            self.far.lock().unwrap().push(describe(&of_edit));
        }
    }

    fn check(self, edits: usize) {
        let (reported, near) = (self.reported.into_inner(), self.near.into_inner());
        let [faults, far] = [self.faults, self.far].map(|list| list.into_inner().unwrap());
        let shown = |list: &[String]| list.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join("\n");
        assert!(
            faults.is_empty(),
            "too many diagnostics for {} of {edits} edits\n{}",
            faults.len(),
            shown(&faults)
        );
        let percent = near * 100 / reported.max(1);
        assert!(
            percent >= NEAR_PERCENT_MIN,
            "{near} of {reported} are reported near the edit, {percent} %\n{}",
            shown(&far)
        );
    }
}
