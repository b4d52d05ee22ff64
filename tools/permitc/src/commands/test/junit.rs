//! JUnit XML: a suite for each file, a case for each scenario.

use permit_frontend::scenario::Scenario;
use permit_scenarios::{Fault, ScenarioResult};

use super::{Run, wording};
use crate::report::junit::escape;

pub(super) fn text(run: &Run) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"permitc test\" tests=\"{}\" failures=\"{}\">\n",
        run.results.len(),
        run.failed()
    );
    for (source, name, _) in run.sources.iter() {
        let own: Vec<(&Scenario, &ScenarioResult)> =
            run.scenarios().filter(|(scenario, _)| scenario.name.span.source == source).collect();
        if own.is_empty() {
            continue;
        }
        let failed = own.iter().filter(|(_, result)| !result.failures.is_empty()).count();
        let file = escape(name);
        text.push_str(&format!(
            "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{failed}\">\n",
            own.len()
        ));
        for (scenario, result) in own {
            text.push_str(&case(run, &file, scenario, result));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(run: &Run, file: &str, scenario: &Scenario, result: &ScenarioResult) -> String {
    let name = escape(&scenario.name.value);
    let line = run.sources.start(scenario.name.span).line;
    let head = format!("    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{line}\"");
    if result.failures.is_empty() {
        return format!("{head} assertions=\"{}\"/>\n", result.attempts);
    }
    let mut text = format!("{head} assertions=\"{}\">\n", result.attempts);
    for failure in &result.failures {
        let at = run.sources.start(failure.span);
        let said = wording::sentence(&run.sources, failure);
        let (kind, why) = match &failure.fault {
            Fault::Attempt(mismatch) => ("expect", wording::why(mismatch).join("\n")),
            Fault::Step(_) => ("step", String::new()),
        };
        let body = format!("{}:{}:{}\n{why}", run.sources.name(failure.span.source), at.line, at.column);
        text.push_str(&format!(
            "      <failure message=\"{}\" type=\"{kind}\">{}</failure>\n",
            escape(&said),
            escape(&body)
        ));
    }
    text.push_str("    </testcase>\n");
    text
}
