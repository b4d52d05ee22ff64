//! The verifier: from a [`Program`], which is only data, to a [`VerifiedProgram`], which evaluators may trust.

use std::ops::Deref;

use crate::program::Program;
use crate::types::EntityTypeId;

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
    /// An entity as authors write it: `Order::"o1"`.
    #[must_use]
    pub fn entity_text(&self, ty: EntityTypeId, id: &str) -> String {
        let name = self.entities.get(ty.index()).map_or("?", |ty| &ty.name);
        format!("{name}::{id:?}")
    }
}
