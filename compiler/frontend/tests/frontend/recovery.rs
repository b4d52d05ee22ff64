//! What one typo costs: every token of every policy in the tree is left out, doubled, or changes places with its neighbour.
//!
//! Whatever such an edit does to a text, the compiler says at most two things about it, and the first of them is said
//! within a line of where the edit was made.

mod edits;
mod subjects;

use std::panic::catch_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use edits::Edit;
use subjects::{Said, Subject};

/// The most that may be said about one edit.
const TOLD_MAX: usize = 2;

/// Of a hundred edits about which anything is said, so many at least are told where they were made.
const NEAR_PERCENT_MIN: usize = 90;

/// So many edits there are at least, or texts are missing.
const EDITS_MIN: usize = 20_000;

/// How many of the failures are shown.
const SHOWN_MAX: usize = 60;

/// What came of all edits.
#[derive(Default)]
struct Tally {
    /// Edits about which something was said.
    told: AtomicUsize,
    /// Those of them of which the first thing was said near.
    near: AtomicUsize,
    /// The edits that broke the compiler or about which too much was said, and what was said far from them.
    faults: Mutex<Vec<String>>,
    far: Mutex<Vec<String>>,
}

#[test]
fn one_typo_is_told_at_most_twice_and_where_it_is() {
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
                    tally.tell(&subjects[*at], edit, &usual[*at]);
                }
            });
        }
    });
    tally.check(edits.len());
}

impl Tally {
    /// Makes an edit and notes what is said about it beyond what is said about the text in any case.
    fn tell(&self, subject: &Subject, edit: &Edit, usual: &[Said]) {
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
        self.told.fetch_add(1, Ordering::Relaxed);
        if of_edit.len() > TOLD_MAX {
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
        let (told, near) = (self.told.into_inner(), self.near.into_inner());
        let [faults, far] = [self.faults, self.far].map(|list| list.into_inner().unwrap());
        let shown = |list: &[String]| list.iter().take(SHOWN_MAX).cloned().collect::<Vec<_>>().join("\n");
        assert!(
            faults.is_empty(),
            "too much is said about {} of {edits} edits\n{}",
            faults.len(),
            shown(&faults)
        );
        let percent = near * 100 / told.max(1);
        assert!(
            percent >= NEAR_PERCENT_MIN,
            "{near} of {told} are told near the edit, {percent} %\n{}",
            shown(&far)
        );
    }
}
