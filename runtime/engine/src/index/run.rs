//! The rules filed in one place, in order of evaluation: those of one shape by one piece of native code.
//!
//! What a decision reads of them is in three consecutive arrays, not scattered over memory: of ten thousand rules a
//! decision visits a few, which are in no cache.

use permit_ir::program::{Effect, Program};
use permit_ir::types::{ExprId, RuleId};
use permit_jit::{Compiler, Condition, Lowered, Rows};
use smallvec::SmallVec;

use super::IndexError;
use super::build::Filed;
use super::candidate::Parts;

/// The rules of one place: where their runs begin and end, forbids first, then reviews, then permits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bucket {
    first: u32,
    end: u32,
}

/// Rules of one effect, ascending, that are asked together.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) effect: Effect,
    first: u32,
    count: u32,
    /// Whether one of them may have no value: then all are asked, whatever else is known by then.
    pub(crate) fallible: bool,
    pub(crate) how: How,
}

/// How the rules of a run are asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum How {
    /// By native code.
    Native(Rows),
    /// By the interpreter; where what is left to ask of each begins.
    Interpreted(u32),
}

/// What is left to ask of a rule where it is filed.
#[derive(Debug)]
pub(crate) struct Residual {
    /// Whether the rule's agents are still to be compared.
    pub(crate) agents: bool,
    /// The parts of its condition that the key does not already say, in order.
    pub(crate) conjuncts: Box<[ExprId]>,
}

/// All runs.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    runs: Vec<Run>,
    rules: Vec<RuleId>,
    residuals: Vec<Residual>,
}

impl Lists {
    /// The runs of a place.
    #[inline]
    pub(crate) fn runs(&self, bucket: Bucket) -> &[Run] {
        self.runs.get(bucket.first as usize..bucket.end as usize).unwrap_or_default()
    }

    /// The rules of a run.
    #[inline]
    pub(crate) fn rules(&self, run: &Run) -> &[RuleId] {
        self.rules
            .get(run.first as usize..)
            .and_then(|rules| rules.get(..run.count as usize))
            .unwrap_or_default()
    }

    /// What is left to ask of a rule that is interpreted: where its run's begin, and its place in the run.
    pub(crate) fn residual(&self, first: u32, place: u32) -> Option<&Residual> {
        self.residuals.get((first as usize).checked_add(place as usize)?)
    }

    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        let residual = |residual: &Residual| size_of_val(residual) + size_of_val(&*residual.conjuncts);
        size_of_val(&*self.runs)
            + size_of_val(&*self.rules)
            + self.residuals.iter().map(residual).sum::<usize>()
    }
}

/// Makes the lists.
pub(super) struct Lister<'r, 'c> {
    pub(super) program: &'r Program,
    pub(super) parts: &'r [Parts],
    pub(super) compiler: Option<&'r mut Compiler<'c>>,
    pub(super) lists: Lists,
}

/// A rule of one place with what is left to ask of it.
struct Left {
    rule: RuleId,
    agents: bool,
    conjuncts: SmallVec<[ExprId; 4]>,
    fallible: bool,
}

impl Lister<'_, '_> {
    /// Adds the rules of one place, which come ascending.
    pub(super) fn add(&mut self, filed: &[Filed]) -> Result<Bucket, IndexError> {
        let first = end(&self.lists.runs)?;
        for effect in [Effect::Forbid, Effect::Review, Effect::Permit] {
            self.runs(filed, effect)?;
        }
        Ok(Bucket { first, end: end(&self.lists.runs)? })
    }

    /// Adds the rules that are of one effect, by shape.
    fn runs(&mut self, filed: &[Filed], effect: Effect) -> Result<(), IndexError> {
        let (mut interpreted, mut native): (Vec<Left>, Vec<(Lowered, Left)>) = (Vec::new(), Vec::new());
        for filed in filed {
            let Some(rule) = self.program.rules.get(filed.rule.index()).filter(|rule| rule.effect == effect)
            else {
                continue;
            };
            let Some(left) = self.left(filed) else { continue };
            let agents = if left.agents { &*rule.agents } else { &[] };
            let condition = Condition { agents, conjuncts: &left.conjuncts };
            let lowered = match &mut self.compiler {
                Some(compiler) => compiler.lower(&condition)?,
                None => None,
            };
            match lowered {
                Some(lowered) => native.push((lowered, left)),
                None => interpreted.push(left),
            }
        }
        native.sort_by_key(|(lowered, _)| lowered.shape());
        let mut native = native.into_iter().peekable();
        while let Some((lowered, left)) = native.next() {
            let shape = lowered.shape();
            let (mut rows, mut of_shape) = (vec![lowered], vec![left]);
            while let Some((lowered, left)) = native.next_if(|(lowered, _)| lowered.shape() == shape) {
                rows.push(lowered);
                of_shape.push(left);
            }
            match self.compiler.as_mut().and_then(|compiler| compiler.rows(&rows)) {
                Some(rows) => self.run(effect, &of_shape, How::Native(rows))?,
                None => interpreted.extend(of_shape),
            }
        }
        if !interpreted.is_empty() {
            interpreted.sort_unstable_by_key(|left| left.rule);
            let how = How::Interpreted(end(&self.lists.residuals)?);
            self.run(effect, &interpreted, how)?;
            let residual =
                |left: Left| Residual { agents: left.agents, conjuncts: left.conjuncts.as_slice().into() };
            self.lists.residuals.extend(interpreted.into_iter().map(residual));
        }
        Ok(())
    }

    fn run(&mut self, effect: Effect, rules: &[Left], how: How) -> Result<(), IndexError> {
        let first = end(&self.lists.rules)?;
        self.lists.rules.extend(rules.iter().map(|left| left.rule));
        let count = end(&self.lists.rules)?.saturating_sub(first);
        let fallible = rules.iter().any(|left| left.fallible);
        self.lists.runs.push(Run { effect, first, count, fallible, how });
        Ok(())
    }

    fn left(&self, filed: &Filed) -> Option<Left> {
        let parts = self.parts.get(filed.rule.index())?;
        let kept = (parts.conjuncts.iter().enumerate()).filter(|(place, _)| Some(*place) != filed.rest.said);
        let fallible = kept.clone().any(|(_, conjunct)| conjunct.fallible);
        let conjuncts = kept.map(|(_, conjunct)| conjunct.expr).collect();
        Some(Left { rule: filed.rule, agents: filed.rest.agents, conjuncts, fallible })
    }
}

/// Where a list ends.
pub(super) fn end<T>(list: &[T]) -> Result<u32, IndexError> {
    u32::try_from(list.len()).map_err(|_| IndexError::Full)
}
