//! Action lists in rules, counts and scopes.

use permit_grammar::ast::{Actions, Ident};
use permit_grammar::span::Span;
use permit_ir::types::ActionId;

use super::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// The actions of a list, ascending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActionList {
    pub(crate) ids: Vec<ActionId>,
    /// Whether every name in the list was known.
    pub(crate) complete: bool,
}

impl Checker<'_> {
    /// The actions a rule is about; `*` is all that its module sees.
    pub(super) fn rule_actions(&mut self, actions: &Actions) -> ActionList {
        match actions {
            Actions::Any(span) => {
                let ids = self.symbols.seen_actions(span.source).to_vec();
                if ids.is_empty() {
                    let diagnostic = Diagnostic::error(
                        Code::UnknownAction,
                        *span,
                        "no actions are declared or imported",
                        "no action",
                    );
                    self.report(diagnostic.help("declare one: `action NAME(…) on …;`"));
                }
                ActionList { complete: !ids.is_empty(), ids }
            }
            Actions::Named(names) => self.actions(names, &mut Vec::new()),
        }
    }

    /// The actions of a list, none of which may be in `seen`, to which they are added.
    pub(super) fn actions(&mut self, names: &[Ident], seen: &mut Vec<(ActionId, Span)>) -> ActionList {
        let mut list = ActionList { ids: Vec::with_capacity(names.len()), complete: true };
        for name in names {
            let Some(ids) = self.symbols.find_actions(self.found, name) else {
                list.complete = false;
                continue;
            };
            let twice = ids.iter().find_map(|id| seen.iter().find(|(other, _)| other == id)).copied();
            if let Some((id, first)) = twice {
                let action = self.symbols.action(id).map_or("", |decl| decl.name.value.as_str());
                let message = format!("action `{action}` is listed twice");
                let diagnostic =
                    Diagnostic::error(Code::ActionTwice, name.span, message, "listed again here")
                        .also(first, "first listed here");
                self.report(diagnostic.help("list each action once, directly or through a set"));
            } else {
                seen.extend(ids.iter().map(|&id| (id, name.span)));
            }
            // What the clause says of the actions is checked all the same.
            list.ids.extend(ids);
        }
        list.ids.sort_unstable();
        list.ids.dedup();
        list
    }
}
