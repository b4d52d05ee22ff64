//! Compiled shapes: each is compiled once and reused by the next policy that has it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::quality::FixedState;

use crate::code::{CodeModule, ShapeCompiler};
use crate::error::JitError;
use crate::frame::ShapeFn;
use crate::term::Term;

/// The most modules of earlier policies that are kept for a shape of theirs. Beyond that all is compiled anew, so
/// that a module is not kept for ever for the one shape of it that is still used.
const MODULES_MAX: usize = 16;

/// A shape with its code.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) function: ShapeFn,
    /// Words in a row.
    pub(crate) stride: usize,
    /// How many arguments and parameters the code may read.
    pub(crate) args: usize,
    pub(crate) params: usize,
    pub(crate) code_bytes: usize,
    /// Owns the code.
    module: Arc<CodeModule>,
}

/// The shapes of one program, by what they are.
#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) shapes: Vec<Shape>,
    terms: HashMap<Term, u32, FixedState>,
}

/// Collects shapes. Code of an earlier program is used again; the code generator is set up only for what is new.
pub(crate) struct Shapes<'e> {
    earlier: Option<&'e Compiled>,
    compiler: Option<ShapeCompiler>,
    places: HashMap<Term, Option<u32>, FixedState>,
    drafts: Vec<Draft>,
    shapes_max: usize,
}

enum Draft {
    Reused(Shape),
    /// The place among the functions of the new module.
    New {
        place: usize,
        stride: usize,
        args: usize,
        params: usize,
    },
}

impl<'e> Shapes<'e> {
    pub(crate) fn new(shapes_max: usize, earlier: Option<&'e Compiled>) -> Self {
        let modules = |earlier: &&Compiled| earlier.modules() <= MODULES_MAX;
        let earlier = earlier.filter(modules);
        Self { earlier, compiler: None, places: HashMap::default(), drafts: Vec::new(), shapes_max }
    }

    /// The place of a shape whose rows have so many words; `None` if there are too many shapes, or if it is too much
    /// for the code generator.
    pub(crate) fn place(&mut self, shape: Term, stride: usize) -> Result<Option<u32>, JitError> {
        let full = self.drafts.len() >= self.shapes_max;
        let new = match self.places.entry(shape) {
            Entry::Occupied(known) => return Ok(*known.get()),
            Entry::Vacant(_) if full => return Ok(None),
            Entry::Vacant(new) => new,
        };
        let reused = self.earlier.and_then(|earlier| earlier.shape(new.key())).cloned();
        let draft = match reused {
            Some(shape) => Some(Draft::Reused(shape)),
            None => {
                let compiler = match &mut self.compiler {
                    Some(compiler) => compiler,
                    None => self.compiler.insert(ShapeCompiler::new()?),
                };
                let (args, params) = (new.key().args(), new.key().params());
                let place = compiler.compile(new.key(), stride)?;
                place.map(|place| Draft::New { place, stride, args, params })
            }
        };
        let place = match (draft, u32::try_from(self.drafts.len())) {
            (Some(draft), Ok(place)) => {
                self.drafts.push(draft);
                Some(place)
            }
            (None, _) | (_, Err(_)) => None,
        };
        Ok(*new.insert(place))
    }

    /// Makes the code executable.
    pub(crate) fn finish(self) -> Result<Compiled, JitError> {
        let (module, functions) = match self.compiler {
            Some(compiler) => {
                let (module, functions) = compiler.finish()?;
                (Some(Arc::new(module)), functions)
            }
            None => (None, Vec::new()),
        };
        let link = |draft| match draft {
            Draft::Reused(shape) => Some(shape),
            Draft::New { place, stride, args, params } => {
                let &(function, code_bytes) = functions.get(place)?;
                Some(Shape {
                    function,
                    stride,
                    args,
                    params,
                    code_bytes,
                    module: Arc::clone(module.as_ref()?),
                })
            }
        };
        let shapes = self.drafts.into_iter().map(link).collect::<Option<_>>();
        let shapes = shapes.ok_or_else(|| JitError::codegen("a shape has no function"))?;
        let terms = self.places.into_iter().filter_map(|(term, place)| Some((term, place?))).collect();
        Ok(Compiled { shapes, terms })
    }
}

impl Compiled {
    fn shape(&self, term: &Term) -> Option<&Shape> {
        self.shapes.get(*self.terms.get(term)? as usize)
    }

    /// How many modules hold the code.
    pub(crate) fn modules(&self) -> usize {
        let mut modules: Vec<_> = self.shapes.iter().map(|shape| Arc::as_ptr(&shape.module)).collect();
        modules.sort_unstable();
        modules.dedup();
        modules.len()
    }
}
