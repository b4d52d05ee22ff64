//! The standard library on both evaluators: what its kits deny and allow, and its functions against naive models.

mod data;
mod files;
mod functions;
mod http;
mod shell;

use permit_engine::Engine;
use permit_scenarios::dry_run;
use permit_test_support::world::engines;
use permit_types::ask::Ask;
use serde_json::{Value, json};

const AGENT: &str = "spiffe://acme.example/agent/1";
const NOW_MS: i64 = 1_774_519_200_000;

/// A policy that permits every action it sees, on the interpreter and as native code.
struct Policy([Engine; 2]);

impl Policy {
    /// A policy of these declarations, with facts beside the agent.
    fn new(declarations: &str, facts: &[Value]) -> Self {
        let text = format!(
            "edition 2026;\nmodule kits;\n{declarations}\nagent Bot identified by \"{AGENT}\";\n\
             permit all: * by Bot because \"what the kit leaves alone\";\n"
        );
        let mut entities = vec![json!({ "type": "Bot", "id": "bot", "spiffe_id": AGENT })];
        entities.extend_from_slice(facts);
        Self(engines(&[("kits.permit", text)], &json!({ "entities": entities }).to_string()))
    }

    /// The forbids that match, or the field that does not fit. Both evaluators say the same.
    fn forbids(
        &self,
        action: &str,
        arguments: &Value,
        resource: Option<&str>,
    ) -> Result<Vec<String>, String> {
        let arguments = arguments.as_object().unwrap().clone();
        let ask = Ask::new(action, arguments, resource.map(Into::into));
        let [interpreted, native] = self.0.each_ref().map(|engine| {
            let request = engine.read_ask(engine.agent(AGENT).unwrap(), &ask, NOW_MS)?;
            Ok::<_, permit_engine::FieldError>((
                engine.evaluate(&request),
                dry_run(engine, AGENT, &ask, &[], NOW_MS)?,
            ))
        });
        assert_eq!(interpreted, native, "{ask:?}");
        let (_, trial) = native.map_err(|error| error.field)?;
        let forbids: Vec<String> =
            trial.summary.matched.iter().filter(|name| *name != "all").cloned().collect();
        assert_eq!(trial.summary.rule_errors, [""; 0], "{ask:?}");
        assert_eq!(trial.is_permitted(), forbids.is_empty(), "{ask:?}");
        Ok(forbids)
    }

    /// Nothing is denied.
    fn leaves(&self, action: &str, arguments: &Value) {
        assert_eq!(self.forbids(action, arguments, None), Ok(Vec::new()), "{arguments}");
    }

    /// A rule denies, perhaps beside others.
    fn denies(&self, rule: &str, action: &str, arguments: &Value) {
        let forbids = self.forbids(action, arguments, None);
        assert!(
            forbids.as_ref().is_ok_and(|all| all.iter().any(|one| one == rule)),
            "{rule} {arguments}: {forbids:?}"
        );
    }

    /// The request does not fit the types: no rule need deny it.
    fn refuses(&self, field: &str, action: &str, arguments: &Value) {
        assert_eq!(self.forbids(action, arguments, None), Err(field.to_owned()), "{arguments}");
    }
}
