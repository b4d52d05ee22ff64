//! Permit: a request from borrowed texts, and the verdict with the rule that decided.

use permit_engine::{ArgRef, AskRef, Engine as Decider, Mode, Session};
use permit_ir::decision::PolicyVerdict;

use super::Engine;
use crate::Failure;
use crate::contest::{Argument, Query, Texts};
use crate::permit::{self, NOW_MS};

/// The most arguments of a question.
const ARGUMENTS_MAX: usize = 4;

pub(super) struct Permit {
    session: Session<'static>,
}

impl Permit {
    pub(super) fn load(texts: &Texts, mode: Mode) -> Result<Self, Failure> {
        // A session borrows its engine; this one lives as long as the program, which loads it once.
        let engine: &'static Decider = Box::leak(Box::new(permit::open(texts, mode)?));
        Ok(Self { session: engine.session() })
    }
}

impl Engine for Permit {
    fn decide(&mut self, _at: usize, query: &Query) -> Option<bool> {
        let mut args = [("", ArgRef::Bool(false)); ARGUMENTS_MAX];
        for (arg, (name, value)) in args.iter_mut().zip(&query.arguments) {
            let value = match value {
                Argument::Int(value) => ArgRef::Number(*value),
                Argument::Text(value) => ArgRef::Text(value),
            };
            *arg = (name, value);
        }
        let ask = AskRef {
            agent: &query.caller,
            action: &query.action,
            resource: Some((&query.resource_type, &query.resource)),
            args: args.get(..query.arguments.len())?,
            now_ms: NOW_MS,
        };
        let verdict = self.session.decide(&ask).ok()?.verdict;
        Some(matches!(verdict, PolicyVerdict::Permit(_)))
    }
}
