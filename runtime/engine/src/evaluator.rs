//! Chooses the evaluator: native code where available, otherwise the interpreter.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use permit_interp::{evaluate, holds};
use permit_ir::decision::EvalContext;
use permit_ir::types::ExprId;
use permit_ir::value::Value;
use permit_ir::verify::VerifiedProgram;
use permit_jit::{Compiler, Condition, Found, Input, NativeProgram, Rows, Snapshot};
use permit_types::verdict::Trap;

use crate::index::{Index, IndexError};

/// How conditions are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// Native code, with the interpreter for what native code does not answer.
    #[default]
    Native,
    /// The interpreter alone.
    Interpreted,
}

/// Evaluates expressions of one program.
#[derive(Debug)]
pub(crate) struct Evaluator {
    native: Option<NativeProgram>,
    /// The conditions of budgets, rates and scopes that have native code.
    conditions: HashMap<ExprId, Rows, FixedState>,
}

impl Evaluator {
    /// An evaluator, and the index whose rules it evaluates. Where native code cannot be made, the interpreter serves and
    /// a warning says so.
    pub(crate) fn new(
        program: &VerifiedProgram,
        snapshot: &Arc<Snapshot>,
        mode: Mode,
        earlier: Option<&Self>,
    ) -> (Self, Index) {
        let earlier = earlier.and_then(|earlier| earlier.native.as_ref());
        let options = permit_jit::Options::default();
        let compiler = || Compiler::new(program, Arc::clone(snapshot), options, earlier);
        let compiled = match mode {
            Mode::Interpreted => None,
            Mode::Native => Some(Self::compile(program, snapshot, compiler())),
        };
        Self::or_interpreted(program, snapshot, compiled)
    }

    /// What was compiled, or the interpreter alone.
    fn or_interpreted(
        program: &VerifiedProgram,
        snapshot: &Snapshot,
        compiled: Option<Result<(Self, Index), IndexError>>,
    ) -> (Self, Index) {
        let warn = |error: &IndexError| tracing::warn!(%error, "no native code, conditions are interpreted");
        compiled.and_then(|compiled| compiled.inspect_err(warn).ok()).unwrap_or_else(|| {
            let none = Self { native: None, conditions: HashMap::default() };
            (none, Index::interpreted(program, snapshot))
        })
    }

    fn compile(
        program: &VerifiedProgram,
        snapshot: &Snapshot,
        mut compiler: Compiler<'_>,
    ) -> Result<(Self, Index), IndexError> {
        let index = Index::compiled(program, snapshot, &mut compiler)?;
        let mut conditions = HashMap::default();
        // Rules come first; the index has those.
        let of_rules = program.rules.iter().filter(|rule| rule.condition.is_some()).count();
        for condition in program.conditions().skip(of_rules) {
            let whole = Condition { agents: &[], conjuncts: &[condition] };
            if let Some(rows) = compiler.lower(&whole)?.and_then(|lowered| compiler.rows(&[lowered])) {
                conditions.insert(condition, rows);
            }
        }
        Ok((Self { native: Some(compiler.finish()?), conditions }, index))
    }

    /// Whether conditions run natively.
    pub(crate) fn mode(&self) -> Mode {
        if self.native.is_some() { Mode::Native } else { Mode::Interpreted }
    }

    /// The native code, if there is some.
    pub(crate) fn native(&self) -> Option<&NativeProgram> {
        self.native.as_ref()
    }

    /// Whether a condition of a budget, rate or scope holds; one that is not there does. The input is the request of the
    /// context, if that is one that can be encoded.
    pub(crate) fn holds(
        &self,
        cx: &EvalContext<'_>,
        input: Option<&Input>,
        condition: Option<ExprId>,
    ) -> Result<bool, Trap> {
        let Some(condition) = condition else { return Ok(true) };
        let native = self.native.as_ref().zip(self.conditions.get(&condition)).zip(input);
        match native.map(|((native, rows), input)| native.find(*rows, input, 0)) {
            Some(Found::Row(_)) => Ok(true),
            Some(Found::Nothing) => Ok(false),
            Some(Found::Slow(_)) | None => holds(cx, condition),
        }
    }

    /// The value of an expression.
    pub(crate) fn value(&self, cx: &EvalContext<'_>, expr: ExprId) -> Result<Value, Trap> {
        evaluate(cx, expr)
    }

    /// The value of an expression that the verifier knows to be a number and that must not be negative.
    pub(crate) fn amount(&self, cx: &EvalContext<'_>, expr: ExprId) -> Result<i64, Trap> {
        match self.value(cx, expr)? {
            Value::Number(amount) if amount >= 0 => Ok(amount),
            _ => Err(Trap::NegativeAmount),
        }
    }
}

#[cfg(test)]
mod tests {
    use permit_jit::{JitError, Stats};

    use super::*;
    use crate::testing::{facts_file, program};

    #[test]
    fn where_native_code_cannot_be_made_the_interpreter_serves() {
        let program = program();
        let snapshot = Arc::new(Snapshot::new(&program, facts_file(&program).facts, &[]));
        let denied = Err(IndexError::Native(JitError::Memory { reason: "denied".to_owned() }));
        let (evaluator, _) = Evaluator::or_interpreted(&program, &snapshot, Some(denied));
        assert_eq!(evaluator.mode(), Mode::Interpreted);
        assert_eq!(evaluator.native().map(NativeProgram::stats), None::<Stats>);
    }
}
