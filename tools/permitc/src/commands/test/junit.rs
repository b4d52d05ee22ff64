//! JUnit XML: a suite for each file, a case for each scenario.

use permit_frontend::scenario::Scenario;
use permit_scenarios::{Fault, Played};

use super::{Run, told};
use crate::report::junit::escape;

pub(super) fn text(run: &Run) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"permitc test\" tests=\"{}\" failures=\"{}\">\n",
        run.played.len(),
        run.failed()
    );
    for (source, name, _) in run.sources.iter() {
        let own: Vec<(&Scenario, &Played)> =
            run.scenarios().filter(|(scenario, _)| scenario.name.span.source == source).collect();
        if own.is_empty() {
            continue;
        }
        let failed = own.iter().filter(|(_, played)| !played.failures.is_empty()).count();
        let file = escape(name);
        text.push_str(&format!(
            "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{failed}\">\n",
            own.len()
        ));
        for (scenario, played) in own {
            text.push_str(&case(run, &file, scenario, played));
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(run: &Run, file: &str, scenario: &Scenario, played: &Played) -> String {
    let name = escape(&scenario.name.value);
    let line = run.sources.start(scenario.name.span).line;
    let head = format!("    <testcase classname=\"{file}\" name=\"{name}\" file=\"{file}\" line=\"{line}\"");
    if played.failures.is_empty() {
        return format!("{head} assertions=\"{}\"/>\n", played.attempts);
    }
    let mut text = format!("{head} assertions=\"{}\">\n", played.attempts);
    for failure in &played.failures {
        let at = run.sources.start(failure.span);
        let said = told::sentence(&run.sources, failure);
        let (kind, why) = match &failure.fault {
            Fault::Attempt(missed) => ("expect", told::why(missed).join("\n")),
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
