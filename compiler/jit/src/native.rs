//! The native conditions of one program.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use permit_ir::decision::EvalContext;
use permit_ir::types::ExprId;
use permit_ir::verify::VerifiedProgram;

use crate::code::{CodeModule, ShapeCompiler};
use crate::encode::encode;
use crate::error::JitError;
use crate::intrinsics::VTABLE;
use crate::layout::{self, Frame, SLOTS_MAX, ShapeFn, Slot};
use crate::lower::{Lowered, Row, lower};
use crate::names::{Named, Names};
use crate::term::{Path, Term};

/// How much is compiled. A condition beyond a limit is left to the interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The most distinct shapes.
    pub shapes_max: usize,
    /// The most expressions in one condition.
    pub terms_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { shapes_max: 512, terms_max: 512 }
    }
}

/// What native code says of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Native {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It traps, or the request or the facts are not of this program: ask the interpreter.
    Slow,
    /// There is no native code for it: ask the interpreter.
    NotCompiled,
}

/// What was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// The program's conditions.
    pub conditions: usize,
    /// Those of them that have native code.
    pub compiled: usize,
    /// Distinct shapes among those.
    pub shapes: usize,
    /// Bytes of native code.
    pub code_bytes: usize,
}

/// The native conditions of one program.
#[derive(Debug)]
pub struct NativeProgram {
    /// The place in `conditions` of every expression that has native code.
    places: Box<[Option<u32>]>,
    conditions: Box<[Condition]>,
    stats: Stats,
    /// Owns the code that the conditions call.
    #[expect(dead_code, reason = "owned for its memory")]
    code: CodeModule,
}

#[derive(Debug)]
struct Condition {
    function: ShapeFn,
    paths: Arc<[Path]>,
    row: Row,
    named: Box<[Named]>,
}

impl NativeProgram {
    /// Compiles every condition that native code can express and the options allow.
    ///
    /// # Errors
    /// When this machine has no code generator or gives no executable memory; the interpreter is then enough.
    pub fn compile(program: &VerifiedProgram, options: &Options) -> Result<Self, JitError> {
        let names = Names::of(program);
        let mut shapes = Shapes::new(options.shapes_max)?;
        let mut paths = HashMap::new();
        let mut places = vec![None; program.exprs.len()];
        let mut drafts: Vec<Draft> = Vec::new();
        let roots: Vec<ExprId> = program.conditions().collect();
        for &root in &roots {
            let Some(place @ None) = places.get_mut(root.index()) else { continue };
            let Some(lowered) = lower(program, &names, root, options.terms_max) else { continue };
            let Some(shape) = shapes.place(lowered.shape)? else { continue };
            *place = u32::try_from(drafts.len()).ok();
            let Lowered { paths: wanted, row, named, .. } = lowered;
            let paths = Arc::clone(paths.entry(wanted).or_insert_with_key(|paths| paths.as_slice().into()));
            drafts.push(Draft { shape, paths, row, named });
        }
        let stats = Stats {
            conditions: roots.len(),
            compiled: roots.iter().filter(|root| matches!(places.get(root.index()), Some(Some(_)))).count(),
            shapes: shapes.compiler.len(),
            code_bytes: shapes.compiler.code_bytes(),
        };
        let (code, functions) = shapes.compiler.finish()?;
        let conditions = drafts.into_iter().map(|draft| draft.link(&functions)).collect::<Option<_>>();
        let conditions = conditions.ok_or_else(|| JitError::codegen("a shape has no function"))?;
        Ok(Self { places: places.into(), conditions, stats, code })
    }

    /// Whether a condition holds.
    ///
    /// The context must be of the program that was compiled. Of another one the answer means nothing, but it is given
    /// all the same: native code reads nothing that was not checked for it.
    #[must_use]
    pub fn holds(&self, context: &EvalContext<'_>, condition: ExprId) -> Native {
        let Some(Some(place)) = self.places.get(condition.index()) else { return Native::NotCompiled };
        let condition = usize::try_from(*place).ok().and_then(|place| self.conditions.get(place));
        condition.map_or(Native::NotCompiled, |condition| condition.holds(context))
    }

    /// What was compiled.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }
}

impl Condition {
    fn holds(&self, context: &EvalContext<'_>) -> Native {
        if !self.named.iter().all(|named| named.is_in(context)) {
            return Native::Slow;
        }
        let mut frame = Frame { vtable: &VTABLE, facts: context.facts, slots: [Slot::TRAP; SLOTS_MAX] };
        encode(&mut frame, context, &self.paths);
        // SAFETY: the code is that of this condition's shape and its module is alive, for the program that owns both
        // is borrowed. It reads the table and the slots that `encode` filled, none beyond `SLOTS_MAX`, and as many
        // constants as the row of the same lowering has. Addresses in slots are of values in the request, the
        // parameters or the facts, those in the row are of values the row owns; all outlive the call unchanged.
        match unsafe { (self.function)(&raw const frame, self.row.as_ptr()) } {
            layout::NO => Native::False,
            layout::YES => Native::True,
            _ => Native::Slow,
        }
    }
}

/// A condition before its function has an address.
struct Draft {
    shape: usize,
    paths: Arc<[Path]>,
    row: Row,
    named: Box<[Named]>,
}

impl Draft {
    fn link(self, functions: &[ShapeFn]) -> Option<Condition> {
        let function = *functions.get(self.shape)?;
        Some(Condition { function, paths: self.paths, row: self.row, named: self.named })
    }
}

/// The distinct shapes so far, each compiled when it is first met.
struct Shapes {
    compiler: ShapeCompiler,
    places: HashMap<Term, Option<usize>>,
    shapes_max: usize,
}

impl Shapes {
    fn new(shapes_max: usize) -> Result<Self, JitError> {
        Ok(Self { compiler: ShapeCompiler::new()?, places: HashMap::new(), shapes_max })
    }

    fn place(&mut self, shape: Term) -> Result<Option<usize>, JitError> {
        let full = self.places.len() >= self.shapes_max;
        match self.places.entry(shape) {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(_) if full => Ok(None),
            Entry::Vacant(new) => {
                let place = self.compiler.compile(new.key())?;
                Ok(*new.insert(place))
            }
        }
    }
}

#[cfg(test)]
mod tests;
