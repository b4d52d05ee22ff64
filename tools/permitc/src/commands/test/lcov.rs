//! LCOV tracefiles: a rule is a function that its decisions call, its lines are its name and the parts of its conditions, and each
//! part is a two-way branch.

use std::collections::BTreeMap;

use permit_frontend::scenario::Span;
use permit_scenarios::{PartCoverage, RuleCoverage};

use super::Run;

/// What is known of one file.
#[derive(Debug, Default)]
struct File {
    functions: Vec<(usize, String, u64)>,
    /// How often each line was reached; where several things stand on one, the least of them.
    lines: BTreeMap<usize, u64>,
    branches: Vec<(usize, usize, [Option<u64>; 2])>,
}

pub(super) fn text(run: &Run) -> String {
    let mut text = String::from("TN:\n");
    for (source, name, _) in run.sources.iter() {
        let mut file = File::default();
        for rule in run.coverage.rules().iter().filter(|rule| rule.span.source == source) {
            file.add(rule, &|span| run.sources.start(span).line);
        }
        if !file.functions.is_empty() {
            text.push_str(&format!("SF:{name}\n{}end_of_record\n", file.text()));
        }
    }
    text
}

impl File {
    fn add(&mut self, rule: &RuleCoverage, line: &dyn Fn(Span) -> usize) {
        self.functions.push((line(rule.span), rule.name.clone(), rule.decided));
        self.reach(line(rule.span), rule.matched);
        for part in rule.conditions.iter().flat_map(|condition| &condition.parts) {
            let PartCoverage { span, held, failed, trapped, .. } = part;
            let asked = held + failed + trapped;
            let taken = |count: u64| (asked > 0).then_some(count);
            self.reach(line(*span), asked);
            self.branches.push((line(*span), self.branches.len(), [taken(*held), taken(*failed)]));
        }
    }

    fn reach(&mut self, line: usize, count: u64) {
        let so_far = self.lines.entry(line).or_insert(count);
        *so_far = (*so_far).min(count);
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for (line, name, _) in &self.functions {
            text.push_str(&format!("FN:{line},{name}\n"));
        }
        for (_, name, count) in &self.functions {
            text.push_str(&format!("FNDA:{count},{name}\n"));
        }
        let hit = self.functions.iter().filter(|(_, _, count)| *count > 0).count();
        text.push_str(&format!("FNF:{}\nFNH:{hit}\n", self.functions.len()));
        for (line, block, ways) in &self.branches {
            for (branch, way) in ways.iter().enumerate() {
                let taken = way.map_or_else(|| "-".to_owned(), |count| count.to_string());
                text.push_str(&format!("BRDA:{line},{block},{branch},{taken}\n"));
            }
        }
        let ways = || self.branches.iter().flat_map(|(_, _, ways)| ways);
        let hit = ways().filter(|way| way.is_some_and(|count| count > 0)).count();
        text.push_str(&format!("BRF:{}\nBRH:{hit}\n", ways().count()));
        for (line, count) in &self.lines {
            text.push_str(&format!("DA:{line},{count}\n"));
        }
        let hit = self.lines.values().filter(|count| **count > 0).count();
        text.push_str(&format!("LF:{}\nLH:{hit}\n", self.lines.len()));
        text
    }
}
