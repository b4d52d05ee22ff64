//! Default values of action parameters.

use permit_grammar::ast::{Action, File, Item};

use super::{Checker, Env, Site};
use crate::hir::Default;
use crate::resolve::ActionDecl;

impl Checker<'_> {
    pub(super) fn defaults(&mut self, files: &[File]) -> Vec<Default> {
        let mut defaults = Vec::new();
        for item in files.iter().flat_map(|file| &file.items) {
            let Item::Action(action) = item else { continue };
            let symbols = self.symbols;
            // A second declaration of the name was reported and left out.
            let known = symbols.action_of(&action.name);
            if let Some((id, decl)) = known {
                self.defaults_of(action, decl, |place, value| {
                    defaults.push(Default { action: id, place, value })
                });
            }
        }
        defaults
    }

    fn defaults_of(
        &mut self,
        action: &Action,
        decl: &ActionDecl,
        mut push: impl FnMut(usize, crate::hir::Expr),
    ) {
        for (place, param) in decl.params.iter().enumerate() {
            let written = action.params.iter().find(|field| field.name == param.name);
            let Some(default) = written.and_then(|field| field.default.as_ref()) else { continue };
            let ty = param.ty.as_ref().map(|ty| ty.required().clone());
            let mut exprs = self.within(&Env::apart(Site::Constant, Vec::new()));
            let value = exprs.value_of_type(default, ty.as_ref(), param.name.span, "a default");
            if let Some(value) = value {
                push(place, value);
            }
        }
    }
}
