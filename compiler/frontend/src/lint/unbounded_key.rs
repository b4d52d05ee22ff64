//! A key of a budget or a rate that is a string from the caller.

use permit_ir::types::Type;

use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind, Module};
pub(super) const LINT: Lint = Lint {
    name: "unbounded_key",
    code: Code::UnboundedKey,
    look: Look::Module(|module, _, found| lint(module, found)),
};

fn lint(module: &Module, found: &mut Vec<Diagnostic>) {
    let budgets = module.budgets.iter().flat_map(|budget| &budget.keys);
    let rates = module.rates.iter().flat_map(|rate| &rate.keys);
    for key in budgets.chain(rates).filter(|key| is_sent_text(key)) {
        let message = "the caller chooses this key, and can open a new account with each value";
        let diagnostic =
            Diagnostic::warning(Code::UnboundedKey, key.span, message, "a string from the caller");
        found.push(diagnostic.help("use `agent` or something from the facts as the key"));
    }
}

fn is_sent_text(key: &Expr) -> bool {
    let text = matches!(
        key.ty.required(),
        Type::String | Type::Url | Type::Path | Type::Email | Type::Ip | Type::Cidr
    );
    text && match &key.kind {
        ExprKind::Arg(_) => true,
        ExprKind::Attr { .. } | ExprKind::Select(..) => false,
        _ => key.operands().into_iter().any(is_sent_text),
    }
}
