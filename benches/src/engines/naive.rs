//! The baseline for index and native code: every rule in order, by the interpreter.

use permit_engine::{Engine as Decider, Mode};
use permit_ir::decision::{EvalContext, Request};
use permit_ir::program::{AgentPattern, Effect, Rule};
use permit_ir::value::Value;

use super::Engine;
use crate::Failure;
use crate::contest::{Argument, Query, Texts};
use crate::permit::{self, NOW_MS};

pub(super) struct Naive {
    engine: Decider,
}

impl Naive {
    pub(super) fn load(texts: &Texts) -> Result<Self, Failure> {
        Ok(Self { engine: permit::open(texts, Mode::Interpreted)? })
    }

    fn request(&self, query: &Query) -> Option<Request> {
        let (program, facts) = (self.engine.program(), self.engine.facts());
        let id = program.action_named(&query.action)?;
        let mut args = vec![Value::Absent; program.args.len()];
        for &param in &program.actions.get(id.index())?.params {
            let name = &program.args.get(param.index())?.name;
            let (_, value) = query.arguments.iter().find(|(given, _)| given == name)?;
            *args.get_mut(param.index())? = match value {
                Argument::Int(value) => Value::Number(*value),
                Argument::Text(value) => Value::String(value.as_str().into()),
            };
        }
        Some(Request {
            agent: self.engine.agent(&query.caller)?,
            action: id,
            resource: Some(facts.find(program.entity_type_named(&query.resource_type)?, &query.resource)?),
            args,
            claims: Vec::new(),
            scopes: Vec::new(),
            now_ms: NOW_MS,
        })
    }

    fn concerns(&self, rule: &Rule, cx: &EvalContext<'_>) -> bool {
        let Some(agent) = self.engine.facts().entity(cx.request.agent) else { return false };
        let is = |pattern: &AgentPattern| match pattern {
            AgentPattern::Type(ty) => agent.ty == *ty,
            AgentPattern::Entity(ty, id) => agent.ty == *ty && *agent.id == **id,
        };
        rule.actions.contains(&cx.request.action) && (rule.agents.is_empty() || rule.agents.iter().any(is))
    }
}

impl Engine for Naive {
    fn decide(&mut self, _at: usize, query: &Query) -> Option<bool> {
        let request = self.request(query)?;
        let program = self.engine.program();
        let cx = EvalContext { program, facts: self.engine.facts(), request: &request, params: &[] };
        let (mut permitted, mut stopped) = (false, false);
        for rule in program.rules.iter().filter(|rule| self.concerns(rule, &cx)) {
            let matches = rule.condition.map_or(Ok(true), |condition| permit_interp::holds(&cx, condition));
            if rule.effect == Effect::Permit {
                permitted |= matches == Ok(true);
            } else {
                stopped |= matches != Ok(false);
            }
        }
        Some(permitted && !stopped)
    }
}
