//! Replaces the policy or the facts in force.
//!
//! The journal's writer goes first: it checks whether the accounts fit, records the change, and swaps the engine on its
//! own thread between two batches. Decisions of the previous engine that are not recorded yet return
//! [`SubmitError::Superseded`] and are decided again, so in the log no decision under one policy follows the record of
//! the next.

use std::sync::{Arc, PoisonError};

use permit_engine::Engine;
use permit_ir::program::{Budget, Scope};
use permit_ir::text::expr_text;
use permit_ir::types::ExprId;
use permit_ir::verify::VerifiedProgram;
use permit_journal::{Command, PolicyTerms, SubmitError};
use permit_ledger::Term;
use permit_types::charge::Window;

use crate::service::Service;

/// An engine in the place of another.
#[derive(Debug)]
pub struct Replaced {
    /// The engine before, which may still be deciding.
    pub before: Arc<Engine>,
    /// The engine in force.
    pub now: Arc<Engine>,
}

/// An engine's policy as the journal must know it.
#[must_use]
pub fn policy(engine: &Engine) -> PolicyTerms {
    let program = engine.program();
    let budgets = program.budgets.iter().map(|budget| of_budget(program, budget));
    let scopes = program.scopes.iter().flat_map(|scope| of_scope(program, scope));
    PolicyTerms { digest: engine.policy_digest(), terms: budgets.chain(scopes).collect() }
}

fn adoption(engine: &Engine, now_ms: i64) -> Command {
    Command::Policy { now_ms, policy: policy(engine), facts: engine.facts_digest() }
}

impl Service {
    /// Puts the engine in force that the service was made with, and records its policy and its facts unless the log says so
    /// already. To be called before the first request. Blocks until that is durable.
    ///
    /// # Errors
    /// [`SubmitError::Terms`] when the accounts do not fit it, another one when that cannot be recorded.
    pub fn announce_policy(&self, now_ms: i64) -> Result<(), SubmitError> {
        self.journal().submit(adoption(&self.engine.load(), now_ms)).wait().map(drop)
    }

    /// Puts in force what `build` makes of the engine in force. Blocks until that is durable; a decision takes one of the two
    /// engines and waits for neither. Replacements happen one after the other, `build` included, so that what was read
    /// last is in force last.
    ///
    /// # Errors
    /// As `build` and as [`Service::announce_policy`]; the engine before stays in force then.
    pub fn replace<E: From<SubmitError>>(
        &self,
        build: impl FnOnce(&Engine) -> Result<Engine, E>,
        now_ms: i64,
    ) -> Result<Replaced, E> {
        let _one_at_a_time = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.engine.load_full();
        let now = Arc::new(build(&before)?);
        let (slot, next) = (Arc::clone(&self.engine), Arc::clone(&now));
        // The engine before is freed by whoever uses it last, and not here, where the writer would wait: `before` holds it.
        let swap = move || slot.store(next);
        self.journal().submit_in_turn(adoption(&now, now_ms), swap).wait()?;
        Ok(Replaced { before, now })
    }
}

fn of_budget(program: &VerifiedProgram, budget: &Budget) -> Term {
    let key = |&key: &ExprId| expr_text(program, key, &[]);
    Term {
        name: budget.name.clone(),
        part: None,
        unit: budget.unit.clone(),
        keys: budget.keys.iter().map(key).collect(),
        windows: budget.limits.iter().map(|limit| limit.window.window()).collect(),
    }
}

/// A scope's limits have one account for each task. Which limit it is, is told by what it counts.
fn of_scope(program: &VerifiedProgram, scope: &Scope) -> impl Iterator<Item = Term> {
    scope.limits.iter().enumerate().map(|(place, limit)| {
        let action = program.actions.get(limit.action.index()).map_or("?", |action| &action.name);
        let amount = expr_text(program, limit.amount, &scope.params);
        Term {
            name: scope.name.clone(),
            part: Some(place.to_string()),
            unit: limit.unit.clone(),
            keys: vec![format!("{action} as {amount}")],
            // Whatever end a token names, it is the task's one account.
            windows: vec![Window::Task { ends_ms: 0 }],
        }
    })
}
