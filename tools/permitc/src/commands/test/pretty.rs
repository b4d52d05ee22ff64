//! Results as text.

use permit_frontend::Label;
use permit_frontend::render::{Colour, excerpt};
use permit_scenarios::{Failure, Fault};

use super::{Run, coverage, percent, told};

/// A line for each scenario, an excerpt for each failure, what is covered if that is wanted, and the count.
pub(super) fn text(run: &Run, wants_coverage: bool, quiet: bool, colour: Colour) -> String {
    let mut text = String::new();
    for (scenario, played) in run.scenarios() {
        let passed = played.failures.is_empty();
        if !(passed && quiet) {
            let mark = if passed { "ok  " } else { "FAIL" };
            let count = counted(played.attempts, "attempt");
            text.push_str(&format!("{mark}  {} ({count})\n", scenario.name.value));
        }
        for failure in &played.failures {
            text.push('\n');
            text.push_str(&block(run, failure, colour));
        }
        if !passed {
            text.push('\n');
        }
    }
    if wants_coverage {
        text.push_str(&format!("\n{}\n", coverage::text(run)));
    }
    if let (true, Some(wanted)) = (run.is_uncovered(), run.fail_under) {
        text.push_str(&format!(
            "coverage is {}%, below the required {wanted}%\n",
            percent(run.covered_points())
        ));
    }
    if !quiet {
        let (all, failed) = (run.played.len(), run.failed());
        text.push_str(&match (all, failed) {
            (0, _) => "no scenarios\n".to_owned(),
            (all, 0) => format!("{} passed\n", counted(all, "scenario")),
            (all, failed) => format!("{failed} of {} failed\n", counted(all, "scenario")),
        });
    }
    text
}

/// A failure with its line, and beneath it why it came out so.
fn block(run: &Run, failure: &Failure, colour: Colour) -> String {
    let message = told::sentence(&run.sources, failure);
    let label = |span, text: &str| Label { span, text: text.to_owned() };
    match &failure.fault {
        Fault::Step(_) => {
            let primary = label(failure.span, "this step failed");
            excerpt(&run.sources, &message, &primary, &[], colour)
        }
        Fault::Attempt(missed) => {
            let primary = label(failure.span, &format!("actual: {}", told::came(&missed.came)));
            let decider = missed.came.by.as_ref().and_then(|by| run.declared(by));
            let decider = decider.map(|span| label(span, "decided here"));
            let secondary: Vec<Label> = decider.into_iter().collect();
            let mut text = excerpt(&run.sources, &message, &primary, &secondary, colour);
            for line in told::why(missed) {
                text.push_str(&format!("    {line}\n"));
            }
            text
        }
    }
}

pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
