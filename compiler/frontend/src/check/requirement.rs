//! `agent X requires scope S;`

use std::collections::BTreeMap;

use permit_grammar::ast::{self, File, Item};
use permit_grammar::span::Span;
use permit_ir::program::EntityKind;
use permit_ir::types::EntityTypeId;

use super::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir;

impl Checker<'_> {
    /// What agents must bring.
    pub(super) fn requirements(&mut self, files: &[File]) -> Vec<hir::Requirement> {
        let mut seen = BTreeMap::new();
        let mut requirements = Vec::new();
        for item in files.iter().flat_map(|file| &file.items) {
            if let Item::Requirement(written) = item {
                requirements.extend(self.requirement(written, &mut seen));
            }
        }
        requirements
    }

    /// The name of a scope is unique in the policy, so it is known by that.
    fn requirement<'f>(
        &mut self,
        written: &'f ast::Requirement,
        seen: &mut BTreeMap<(EntityTypeId, &'f str), Span>,
    ) -> Option<hir::Requirement> {
        let agent = self.symbols.find_entity(self.found, &written.agent, &[EntityKind::Agent]);
        let name = &written.scope;
        self.symbols.find_scope(self.found, name)?;
        let agent = agent?;
        if let Some(&first) = seen.get(&(agent, name.value.as_str())) {
            let message = format!("`{}` requires scope `{}` twice", written.agent.value, name.value);
            let diagnostic = Diagnostic::error(Code::ScopeTwice, name.span, message, "required again here")
                .also(first, "first required here");
            self.report(diagnostic.help("remove one of them"));
            return None;
        }
        seen.insert((agent, &name.value), name.span);
        Some(hir::Requirement { agent, scope: name.value.clone() })
    }
}
