//! GitHub Actions annotations: one for each failure.

use super::{Run, percent, wording};
use crate::report::github::{message, property};

pub(super) fn text(run: &Run) -> String {
    let mut text = String::new();
    for (scenario, result) in run.scenarios() {
        for failure in &result.failures {
            let (start, end) = (run.sources.start(failure.span), run.sources.end(failure.span));
            let file = property(run.sources.name(failure.span.source));
            let said = message(&wording::sentence(&run.sources, failure));
            let title = property(&scenario.name.value);
            // GitHub refuses an end column unless the annotation stands on one line.
            let ends = if start.line == end.line {
                format!("endColumn={}", end.column)
            } else {
                format!("endLine={}", end.line)
            };
            text.push_str(&format!(
                "::error file={file},line={},col={},{ends},title={title}::{said}\n",
                start.line, start.column
            ));
        }
    }
    if let (true, Some(wanted)) = (run.is_uncovered(), run.fail_under) {
        let is = percent(run.covered_points());
        text.push_str(&format!("::error ::coverage is {is}%25, below the required {wanted}%25\n"));
    }
    text
}
