//! regorus: its interpreter and its bytecode machine. Every policy says `allow` in its package.

use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::RegoVM;
use regorus::{Engine as Regorus, Rc, Value};

use super::Engine;
use crate::Failure;
use crate::contest::Query;

/// Policy and data, and the name of the rule that answers.
fn engine(policy: &str, data: &str) -> Result<(Regorus, String), Failure> {
    let mut engine = Regorus::new();
    let package = engine.add_policy("bench.rego".to_owned(), policy.to_owned())?;
    engine.add_data_json(data)?;
    Ok((engine, format!("{package}.allow")))
}

fn inputs(queries: &[Query]) -> Result<Vec<Value>, Failure> {
    queries.iter().map(|query| Ok(Value::from_json_str(&query.document.to_string())?)).collect()
}

pub(super) struct Interpreter {
    engine: Regorus,
    rule: String,
    inputs: Vec<Value>,
}

impl Interpreter {
    pub(super) fn load(policy: &str, data: &str) -> Result<Self, Failure> {
        let (mut engine, rule) = engine(policy, data)?;
        // The first evaluation compiles the policy.
        engine.set_input(Value::new_object());
        engine.eval_rule(rule.clone())?;
        Ok(Self { engine, rule, inputs: Vec::new() })
    }
}

impl Engine for Interpreter {
    fn prepare(&mut self, queries: &[Query]) -> Result<(), Failure> {
        self.inputs = inputs(queries)?;
        Ok(())
    }

    fn decide(&mut self, at: usize, _query: &Query) -> Option<bool> {
        self.engine.set_input(self.inputs.get(at)?.clone());
        self.engine.eval_rule(self.rule.clone()).ok()?.as_bool().ok().copied()
    }
}

pub(super) struct Machine {
    machine: RegoVM,
    inputs: Vec<Value>,
}

impl Machine {
    pub(super) fn load(policy: &str, data: &str) -> Result<Self, Failure> {
        let (mut engine, rule) = engine(policy, data)?;
        let entry: Rc<str> = rule.as_str().into();
        let compiled = engine.compile_with_entrypoint(&entry)?;
        let program =
            Compiler::compile_from_policy(&compiled, &[&rule]).map_err(|error| error.to_string())?;
        let mut machine = RegoVM::new();
        machine.load_program(program);
        machine.set_data(engine.get_data())?;
        // The default, 25,000 instructions, is less than a thousand rules take.
        machine.set_max_instructions(usize::MAX);
        Ok(Self { machine, inputs: Vec::new() })
    }
}

impl Engine for Machine {
    fn prepare(&mut self, queries: &[Query]) -> Result<(), Failure> {
        self.inputs = inputs(queries)?;
        Ok(())
    }

    fn decide(&mut self, at: usize, _query: &Query) -> Option<bool> {
        self.machine.set_input(self.inputs.get(at)?.clone());
        self.machine.execute().ok()?.as_bool().ok().copied()
    }
}
