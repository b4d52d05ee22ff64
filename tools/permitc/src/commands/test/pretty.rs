//! Results as text.

use permit_frontend::Label;
use permit_frontend::render::{Colour, excerpt};
use permit_scenarios::{Failure, Fault};
use permit_types::display;

use super::{Run, coverage, percent, wording};

/// A line for each scenario, an excerpt for each failure, what is covered if that is wanted, and the count.
pub(super) fn text(run: &Run, wants_coverage: bool, quiet: bool, colour: Colour) -> String {
    let mut text = String::new();
    for (scenario, result) in run.scenarios() {
        let passed = result.failures.is_empty();
        if !(passed && quiet) {
            let mark = if passed { "ok  " } else { "FAIL" };
            let count = counted(result.attempts, "attempt");
            text.push_str(&format!("{mark}  {} ({count})\n", display::line(&scenario.name.value)));
        }
        for failure in &result.failures {
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
        let (all, failed) = (run.results.len(), run.failed());
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
    let message = wording::sentence(&run.sources, failure);
    let label = |span, text: &str| Label { span, text: text.to_owned() };
    match &failure.fault {
        Fault::Step(_) => {
            let primary = label(failure.span, "this step failed");
            excerpt(&run.sources, &message, &primary, &[], colour)
        }
        Fault::Attempt(mismatch) => {
            let primary = label(failure.span, &format!("actual: {}", wording::actual(&mismatch.actual)));
            let decider = mismatch.actual.by.as_ref().and_then(|by| run.declared(by));
            let decider = decider.map(|span| label(span, "decided here"));
            let secondary: Vec<Label> = decider.into_iter().collect();
            let mut text = excerpt(&run.sources, &message, &primary, &secondary, colour);
            for line in wording::why(mismatch) {
                text.push_str(&format!("    {}\n", display::line(&line)));
            }
            text
        }
    }
}

pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
