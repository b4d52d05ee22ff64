//! Conditions compiled to native code, for one program and one snapshot of facts.

use std::sync::Arc;

use permit_ir::program::Program;

use crate::error::JitError;
use crate::frame::Frame;
use crate::input::Input;
use crate::layout::SLOW_ROW;
use crate::libcalls::LIBCALLS;
use crate::lower::{Condition, lower};
use crate::shape::{Compiled, Shapes};
use crate::snapshot::Snapshot;

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

/// What native code says of rows of conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The condition at this place holds, and none of those before it that were looked at does.
    Row(u32),
    /// Ask the interpreter about the condition at this place: it traps, or request and facts are not of this program.
    /// None of those before it that were looked at holds.
    Slow(u32),
    /// None holds.
    Nothing,
}

/// What was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Conditions that have native code.
    pub rows: usize,
    /// Distinct shapes among those.
    pub shapes: usize,
    /// Bytes of native code.
    pub code_bytes: usize,
    /// Separate pieces of executable memory, those of earlier programs included.
    pub modules: usize,
    /// Bytes of constants.
    pub constant_bytes: usize,
}

/// A condition taken apart: its shape and its constants.
#[derive(Clone, Debug)]
pub struct Lowered {
    shape: u32,
    row: Box<[u64]>,
}

impl Lowered {
    /// Which shape: conditions of one shape may stand in rows of one list.
    #[must_use]
    pub const fn shape(&self) -> u32 {
        self.shape
    }
}

/// A list of conditions of one shape.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    shape: u32,
    first: u32,
    count: u32,
}

/// Compiles the conditions of one program over one snapshot.
pub struct Compiler<'e> {
    program: &'e Program,
    snapshot: Arc<Snapshot>,
    options: Options,
    shapes: Shapes<'e>,
    constants: Vec<u64>,
    words: Vec<u64>,
    rows: usize,
}

impl std::fmt::Debug for Compiler<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler").field("options", &self.options).finish_non_exhaustive()
    }
}

impl<'e> Compiler<'e> {
    /// A compiler. Code that `earlier` has for the same shapes is used again.
    #[must_use]
    pub fn new(
        program: &'e Program,
        snapshot: Arc<Snapshot>,
        options: Options,
        earlier: Option<&'e NativeProgram>,
    ) -> Self {
        let shapes = Shapes::new(options.shapes_max, earlier.map(|earlier| &earlier.compiled));
        Self { program, snapshot, options, shapes, constants: Vec::new(), words: Vec::new(), rows: 0 }
    }

    /// Takes a condition apart; `None` if native code cannot express it or the options do not allow it.
    ///
    /// # Errors
    /// When this machine has no code generator, or it fails.
    pub fn lower(&mut self, condition: &Condition<'_>) -> Result<Option<Lowered>, JitError> {
        let before = self.constants.len();
        let lowered =
            lower(self.program, &self.snapshot, condition, self.options.terms_max, &mut self.constants);
        let placed = match lowered {
            Some(lowered) => {
                let shape = self.shapes.place(lowered.shape, lowered.row.len())?;
                shape.map(|shape| Lowered { shape, row: lowered.row.into() })
            }
            None => None,
        };
        if placed.is_none() {
            self.constants.truncate(before);
        }
        Ok(placed)
    }

    /// Puts conditions of one shape into a list, in this order; `None` if they are none, of several shapes, or too many.
    pub fn rows(&mut self, conditions: &[Lowered]) -> Option<Rows> {
        let (start, mut shape, mut count) = (self.words.len(), None, 0_u32);
        for condition in conditions {
            if *shape.get_or_insert(condition.shape) != condition.shape {
                self.words.truncate(start);
                return None;
            }
            self.words.extend_from_slice(&condition.row);
            count = count.checked_add(1)?;
        }
        self.rows += usize::try_from(count).ok()?;
        Some(Rows { shape: shape?, first: u32::try_from(start).ok()?, count })
    }

    /// Makes the code executable.
    ///
    /// # Errors
    /// When this machine gives no executable memory; the interpreter is then enough.
    pub fn finish(self) -> Result<NativeProgram, JitError> {
        let compiled = self.shapes.finish()?;
        let (words, constants) = (self.words.into(), self.constants.into());
        Ok(NativeProgram { compiled, words, constants, snapshot: self.snapshot, rows: self.rows })
    }
}

/// The native code of one program over one snapshot.
#[derive(Debug)]
pub struct NativeProgram {
    compiled: Compiled,
    words: Box<[u64]>,
    constants: Box<[u64]>,
    snapshot: Arc<Snapshot>,
    rows: usize,
}

impl NativeProgram {
    /// Looks, from `from` on, for the first condition of a list that holds.
    ///
    /// The list and the input must be of this program and its snapshot. Of others the answer means nothing, but it is given
    /// all the same: native code reads nothing that was not checked for it.
    #[must_use]
    pub fn find(&self, rows: Rows, input: &Input, from: u32) -> Found {
        let Some(count) = rows.count.checked_sub(from).filter(|count| *count > 0) else {
            return Found::Nothing;
        };
        let slow = Found::Slow(from);
        let Some(shape) = self.compiled.shapes.get(rows.shape as usize) else { return slow };
        let first = (rows.first as usize).checked_add(shape.stride.saturating_mul(from as usize));
        let words = shape.stride.saturating_mul(count as usize);
        let words = first.and_then(|first| self.words.get(first..first.checked_add(words)?));
        let Some(words) =
            words.filter(|_| input.args.len() >= shape.args && input.params.len() >= shape.params)
        else {
            return slow;
        };
        let frame = Frame::new(&LIBCALLS, &self.snapshot, input, &self.constants);
        // SAFETY: the shape keeps its module alive. Its code reads the frame; `count` rows of `stride` words, which are
        // in `words`; arguments and parameters by places below `args` and `params`, which were compared with how many
        // there are; heads of entities whose number it compares with `entities`; and a cell of an entity only if its head
        // says that it is known and of a type for which the snapshot holds so many cells, which was checked when the
        // shape was taken from a condition for this snapshot; and so many ancestors as a head says that there are. What else the words may be, no word is taken for an
        // address. None of this is written to during the call.
        let answer = unsafe { (shape.function)(&raw const frame, words.as_ptr(), u64::from(count)) };
        let place = u32::try_from(answer & !SLOW_ROW).ok().and_then(|place| place.checked_add(from));
        match place {
            Some(place) if place < rows.count && answer & SLOW_ROW == 0 => Found::Row(place),
            Some(place) if place < rows.count => Found::Slow(place),
            Some(_) if answer & SLOW_ROW == 0 => Found::Nothing,
            Some(_) | None => slow,
        }
    }

    /// The snapshot.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// What was compiled.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            rows: self.rows,
            shapes: self.compiled.shapes.len(),
            code_bytes: self.compiled.shapes.iter().map(|shape| shape.code_bytes).sum(),
            modules: self.compiled.modules(),
            constant_bytes: size_of_val(&*self.words) + size_of_val(&*self.constants),
        }
    }
}

#[cfg(test)]
mod tests;
