//! The rules filed in one place, as they are asked: those of one shape by one piece of native code.

use permit_ir::program::{Effect, Program};
use permit_ir::types::RuleId;
use permit_jit::{Compiler, Condition, JitError, Lowered, Rows};

use super::{Filed, Residual};

/// The rules of one place.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) forbids: Box<[Run]>,
    pub(crate) reviews: Box<[Run]>,
    pub(crate) permits: Box<[Run]>,
}

/// Rules of one effect, ascending, that are asked together.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) rules: Box<[RuleId]>,
    /// Whether one of them may have no value: then all are asked, whatever else is known by then.
    pub(crate) fallible: bool,
    pub(crate) how: How,
}

/// How the rules of a run are asked.
#[derive(Debug)]
pub(crate) enum How {
    /// By native code.
    Native(Rows),
    /// By the interpreter: what is left to ask of each.
    Interpreted(Box<[Residual]>),
}

/// Makes runs.
pub(super) struct Runs<'r, 'c> {
    pub(super) program: &'r Program,
    pub(super) compiler: Option<&'r mut Compiler<'c>>,
}

impl Runs<'_, '_> {
    /// The rules of one place, by effect.
    pub(super) fn bucket(&mut self, filed: Vec<Filed>) -> Result<Bucket, JitError> {
        let (mut forbids, mut reviews, mut permits) = (Vec::new(), Vec::new(), Vec::new());
        for filed in filed {
            let Some(rule) = self.program.rules.get(filed.rule.index()) else { continue };
            match rule.effect {
                Effect::Forbid => forbids.push(filed),
                Effect::Review => reviews.push(filed),
                Effect::Permit => permits.push(filed),
            }
        }
        Ok(Bucket {
            forbids: self.runs(forbids)?,
            reviews: self.runs(reviews)?,
            permits: self.runs(permits)?,
        })
    }

    /// Rules of one effect, which come ascending, by shape.
    fn runs(&mut self, filed: Vec<Filed>) -> Result<Box<[Run]>, JitError> {
        let (mut interpreted, mut native): (Vec<Filed>, Vec<(Lowered, Filed)>) = (Vec::new(), Vec::new());
        for filed in filed {
            let agents = self.program.rules.get(filed.rule.index()).filter(|_| filed.residual.agents);
            let agents = agents.map_or(&[][..], |rule| &rule.agents);
            let condition = Condition { agents, conjuncts: &filed.residual.conjuncts };
            let lowered = match &mut self.compiler {
                Some(compiler) => compiler.lower(&condition)?,
                None => None,
            };
            match lowered {
                Some(lowered) => native.push((lowered, filed)),
                None => interpreted.push(filed),
            }
        }
        native.sort_by_key(|(lowered, _)| lowered.shape());
        let mut runs = Vec::new();
        for of_shape in native.chunk_by(|(a, _), (b, _)| a.shape() == b.shape()) {
            let rows =
                self.compiler.as_mut().and_then(|c| c.rows(of_shape.iter().map(|(lowered, _)| lowered)));
            match rows {
                Some(rows) => runs.push(Run {
                    rules: of_shape.iter().map(|(_, filed)| filed.rule).collect(),
                    fallible: of_shape.iter().any(|(_, filed)| filed.residual.fallible),
                    how: How::Native(rows),
                }),
                None => interpreted.extend(of_shape.iter().map(|(_, filed)| filed.clone())),
            }
        }
        if !interpreted.is_empty() {
            interpreted.sort_unstable_by_key(|filed| filed.rule);
            runs.push(Run {
                rules: interpreted.iter().map(|filed| filed.rule).collect(),
                fallible: interpreted.iter().any(|filed| filed.residual.fallible),
                how: How::Interpreted(interpreted.into_iter().map(|filed| filed.residual).collect()),
            });
        }
        Ok(runs.into())
    }
}
