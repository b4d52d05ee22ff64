//! The actions that `*` stands for in a module's rules: its own, and those that its files import.

use std::collections::{BTreeMap, BTreeSet};

use permit_ir::types::ActionId;

use super::{ActionName, Symbols};
use crate::modules::ModuleId;

/// Fills in the actions of `*`.
pub(super) fn resolve(symbols: &mut Symbols) {
    let mut own: BTreeMap<ModuleId, BTreeSet<ActionId>> = BTreeMap::new();
    let mut public: BTreeMap<ModuleId, Vec<(&str, ActionId)>> = BTreeMap::new();
    for (name, declared) in symbols.actions_named.iter() {
        let ActionName::Action(id) = declared.meaning else { continue };
        own.entry(declared.module).or_default().insert(id);
        if !declared.private {
            public.entry(declared.module).or_default().push((name, id));
        }
    }
    let mut seen = own;
    for (&source, imports) in &symbols.imports {
        let Some(module) = symbols.modules.of(source) else { continue };
        let seen = seen.entry(module).or_default();
        for import in &imports.whole {
            seen.extend(public.get(&import.module).into_iter().flatten().map(|(_, id)| *id));
        }
        for (name, import) in &imports.named {
            let declared = symbols.actions_named.of(name, import.module);
            if let Some(ActionName::Action(id)) = declared.filter(|one| !one.private).map(|one| one.meaning) {
                seen.insert(id);
            }
        }
    }
    symbols.seen_actions =
        seen.into_iter().map(|(module, actions)| (module, actions.into_iter().collect())).collect();
}
