//! The agents' workload: N permits by agent and vendor with a cap on the amount, and N/20 forbids by URL.
//!
//! The same rules are written in `.permit` and in Cedar, so that two compilers can be asked the same question. A given
//! size and seed give the same rules wherever they are made.

use std::fmt::Write as _;

use permit_frontend::Sources;
use permit_frontend::sources::SourcesError;

/// How many rules one `.permit` file holds; larger policies are several files.
const RULES_PER_FILE: usize = 50_000;

const HEADER: &str = "edition 2026;\nmodule bench.agents;\n";

const DECLARATIONS: &str = r#"
agent Agent identified by "spiffe://bench.example/agent/*";
resource Vendor;
resource Endpoint within Vendor { url: string; }
action spend(amount: int, currency: string) on Endpoint;
"#;

const CEDAR_SCHEMA: &str = r"entity Agent;
entity Vendor;
entity Endpoint in [Vendor] { url: String };
action spend appliesTo { principal: [Agent], resource: [Endpoint], context: { amount: Long, currency: String } };
";

/// The rules, before they are written in any language.
#[derive(Clone, Debug)]
pub struct Workload {
    permits: Vec<Permit>,
    /// Patterns of URLs.
    forbids: Vec<String>,
}

#[derive(Clone, Debug)]
struct Permit {
    agent: usize,
    vendor: usize,
    most: u64,
}

impl Workload {
    /// So many permits, and a twentieth as many forbids. Every agent has ten permits, each vendor about five.
    #[must_use]
    pub fn new(rules: usize, seed: u64) -> Self {
        let agents = (rules / 10).max(1);
        let vendors = agents * 2;
        let mut state = seed;
        let permits = (0..rules).map(|at| Permit {
            agent: at % agents,
            vendor: (at * 7 + at / agents) % vendors,
            most: (1 + split_mix(&mut state) % 100) * 100,
        });
        let forbids = (0..(rules / 20).max(1)).map(|at| match at % 2 {
            0 => format!("https://evil-{at}.example.net/*"),
            _ => format!("https://*.bad-{at}.example.com/*"),
        });
        Self { permits: permits.collect(), forbids: forbids.collect() }
    }

    /// As a project of `.permit` files of one module.
    ///
    /// # Errors
    /// When a file is longer than a source may be, which no size brings about.
    pub fn permit_sources(&self) -> Result<Sources, SourcesError> {
        let mut rules: Vec<String> = Vec::with_capacity(self.permits.len() + self.forbids.len());
        rules.extend(self.permits.iter().enumerate().map(|(at, Permit { agent, vendor, most })| {
            format!(
                "permit p{at}: spend by Agent::\"a-{agent}\"\n    \
                 when resource within Vendor::\"v-{vendor}\" and amount <= {most} and currency == \"USD\"\n    \
                 because \"agent {agent} may spend at vendor {vendor}\";\n"
            )
        }));
        rules.extend(self.forbids.iter().enumerate().map(|(at, pattern)| {
            format!(
                "@allow(suspicious_pattern, \"as in the other language\")\n\
                 forbid f{at}: spend\n    when resource.url like \"{pattern}\"\n    because \"a bad host\";\n"
            )
        }));
        let mut sources = Sources::new();
        for (at, chunk) in rules.chunks(RULES_PER_FILE).enumerate() {
            let declarations = if at == 0 { DECLARATIONS } else { "" };
            sources.add(format!("agents_{at}.permit"), [HEADER, declarations, &chunk.concat()].concat())?;
        }
        Ok(sources)
    }

    /// As Cedar policies and their schema, in Cedar's own syntaxes.
    #[must_use]
    pub fn cedar(&self) -> (String, &'static str) {
        let mut text = String::new();
        for (at, Permit { agent, vendor, most }) in self.permits.iter().enumerate() {
            let _infallible = writeln!(
                text,
                "@id(\"p{at}\")\npermit(principal == Agent::\"a-{agent}\", action == Action::\"spend\", \
                 resource in Vendor::\"v-{vendor}\")\n\
                 when {{ context.amount <= {most} && context.currency == \"USD\" }};"
            );
        }
        for (at, pattern) in self.forbids.iter().enumerate() {
            let _infallible = writeln!(
                text,
                "@id(\"f{at}\")\nforbid(principal, action == Action::\"spend\", resource)\n\
                 when {{ resource.url like \"{pattern}\" }};"
            );
        }
        (text, CEDAR_SCHEMA)
    }

    /// How many rules there are in all.
    #[must_use]
    pub const fn rules(&self) -> usize {
        self.permits.len() + self.forbids.len()
    }
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
const fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use permit_frontend::compile;

    use super::*;

    #[test]
    fn the_workload_compiles_without_a_finding_and_has_as_many_rules_as_it_says() {
        let workload = Workload::new(200, 1);
        let compiled = compile(&workload.permit_sources().unwrap());
        assert_eq!(compiled.diagnostics, []);
        assert_eq!(compiled.program.unwrap().rules.len(), workload.rules());
        assert_eq!(workload.cedar().0.matches("@id").count(), workload.rules());
    }
}
