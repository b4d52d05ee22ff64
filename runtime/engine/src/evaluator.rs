//! Which evaluator answers: native code where there is some, the interpreter everywhere else.

use permit_interp::{evaluate, holds};
use permit_ir::decision::EvalContext;
use permit_ir::types::ExprId;
use permit_ir::value::Value;
use permit_ir::verdict::Trap;
use permit_ir::verify::VerifiedProgram;
use permit_jit::{Native, NativeProgram};

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
}

impl Evaluator {
    /// An evaluator; where native code cannot be made, the interpreter serves and a warning says so.
    pub(crate) fn new(program: &VerifiedProgram, mode: Mode) -> Self {
        let native = match mode {
            Mode::Interpreted => None,
            Mode::Native => NativeProgram::compile(program, &permit_jit::Options::default())
                .inspect_err(|error| tracing::warn!(%error, "no native code, conditions are interpreted"))
                .ok(),
        };
        Self { native }
    }

    /// Whether conditions run natively.
    pub(crate) fn mode(&self) -> Mode {
        if self.native.is_some() { Mode::Native } else { Mode::Interpreted }
    }

    /// Whether a condition holds; one that is not there does.
    pub(crate) fn holds(&self, cx: &EvalContext<'_>, condition: Option<ExprId>) -> Result<bool, Trap> {
        let Some(condition) = condition else { return Ok(true) };
        match self.native.as_ref().map(|native| native.holds(cx, condition)) {
            Some(Native::True) => Ok(true),
            Some(Native::False) => Ok(false),
            Some(Native::Slow | Native::NotCompiled) | None => holds(cx, condition),
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
