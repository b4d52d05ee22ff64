//! Names in expressions: roots, arguments, scope parameters and variants, in this order.

use permit_grammar::ast::{self, ExprKind as Written, Ident};
use permit_grammar::span::Span;
use permit_ir::program::Named;
use permit_ir::types::{ActionId, EntityTypeId, EnumId, Type};

use super::{ExprChecker, Site};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};
use crate::resolve::{Lookup, Member, ROOTS, TypeName, ValueName};
use crate::suggest;

/// A parameter of a function, or what a quantifier names.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: Ident,
    /// What it is in the typed tree.
    pub(super) kind: ExprKind,
    /// `None` when it has none, which was reported.
    pub(super) ty: Option<Type>,
}

impl ExprChecker<'_, '_> {
    pub(super) fn name(&mut self, name: &str, span: Span, expected: Option<&Type>) -> Option<Expr> {
        if ROOTS.contains(&name) && self.env.site != Site::Request {
            self.no_request(name, span);
            return None;
        }
        match name {
            "now" => return Some(Expr { kind: ExprKind::Now, ty: Type::Instant, span }),
            "agent" => return self.agent(span),
            "resource" => return self.resource(span),
            _ => {}
        }
        if let Some(variable) = self.env.variables.iter().rev().find(|variable| variable.name.value == name) {
            return Some(Expr { kind: variable.kind.clone(), ty: variable.ty.clone()?, span });
        }
        let arg = self.has_argument(name);
        let param = (0..).zip(self.env.params).find(|(_, param)| param.name.value == name);
        match (arg, param) {
            (true, Some((_, param))) => {
                let message =
                    format!("`{name}` is both a parameter of the scope and an argument of the action");
                let diagnostic = Diagnostic::error(Code::AmbiguousName, span, message, "which of the two?")
                    .also(param.name.span, "the scope's parameter");
                self.report(diagnostic.help("rename the scope's parameter"));
                None
            }
            (true, None) => self.argument(name, span),
            (false, Some((place, param))) => {
                let ty = param.ty.clone()?;
                Some(Expr { kind: ExprKind::Param(place), ty, span })
            }
            (false, None) => match self.global(name, span) {
                Some(value) => value,
                None => self.variant_or_nothing(name, span, expected),
            },
        }
    }

    /// What a name of a value stands for, and where it is declared; `None` when there is none. Of two nothing is known but
    /// that they were reported.
    #[expect(clippy::option_option, reason = "no such name and one that stands for two are different")]
    pub(super) fn value_named(&mut self, name: &str, span: Span) -> Option<Option<(ValueName, Span)>> {
        match self.symbols.value(name, span) {
            Lookup::None => None,
            Lookup::One(declared) => Some(Some((declared.meaning, declared.span))),
            Lookup::Two(one, other) => {
                let name = Ident { value: name.to_owned(), span };
                let (one, other) = ((one.module, one.span), (other.module, other.span));
                let diagnostic = self.symbols.ambiguous(&name, one, other);
                self.report(diagnostic);
                Some(None)
            }
        }
    }

    /// A constant or a zone; `None` when the name is neither.
    #[expect(clippy::option_option, reason = "no such name and one that failed are different")]
    fn global(&mut self, name: &str, span: Span) -> Option<Option<Expr>> {
        let Some((value, declared)) = self.value_named(name, span)? else { return Some(None) };
        match value {
            ValueName::Const => {
                Some(self.globals.constant(declared).map(|value| Expr { span, ..value.clone() }))
            }
            ValueName::Zone(place) => {
                let iana = self.symbols.zone(place)?.iana.clone();
                Some(Some(Expr { kind: ExprKind::Zone(iana), ty: Type::Zone, span }))
            }
            ValueName::Table | ValueName::Function => None,
        }
    }

    /// `agent`, `resource` or `now` where there is no request.
    fn no_request(&mut self, name: &str, span: Span) {
        let (code, message, help) = if self.env.site == Site::Function {
            let message = format!("a function cannot refer to `{name}`, only to its parameters");
            (Code::SpeaksOfRequest, message, format!("add a parameter, and pass `{name}` as an argument"))
        } else {
            let message = format!("`{name}` is known only when a request is decided");
            let help = match self.env.site {
                Site::Scenario => "write a literal value, or refer to something that the scenario gives",
                Site::Request | Site::Function | Site::Constant => "use only constants, or write a `fn`",
            };
            (Code::NotConstant, message, help.to_owned())
        };
        self.report(Diagnostic::error(code, span, message, "no request here").help(help));
    }

    /// Whether a name means something by itself, whatever it is compared with.
    fn is_known(&self, name: &str, at: Span) -> bool {
        ROOTS.contains(&name)
            || self.env.variables.iter().any(|variable| variable.name.value == name)
            || self.has_argument(name)
            || self.env.params.iter().any(|param| param.name.value == name)
            || matches!(self.symbols.value_name(name, at), Some(ValueName::Const | ValueName::Zone(_)))
    }

    /// A name for something that is not to hide another meaning.
    pub(super) fn new_variable(&mut self, name: &Ident, kind: ExprKind, ty: Option<Type>) -> Option<()> {
        if self.is_known(&name.value, name.span) {
            let message = format!("`{}` is already defined here", name.value);
            let diagnostic = Diagnostic::error(Code::AmbiguousName, name.span, message, "which of the two?");
            self.report(diagnostic.help("choose another name"));
            return None;
        }
        self.env.variables.push(Variable { name: name.clone(), kind, ty });
        Some(())
    }

    /// Whether an expression is a name that only an expected type can give a meaning.
    pub(super) fn is_bare_variant(&self, written: &ast::Expr) -> bool {
        match &written.kind {
            Written::Name(name) => !self.is_known(name, written.span),
            Written::Set(elements) => elements.iter().any(|element| self.is_bare_variant(element)),
            Written::Map(entries) => entries.iter().any(|(_, value)| self.is_bare_variant(value)),
            Written::If { then, otherwise, .. } => {
                self.is_bare_variant(then) && self.is_bare_variant(otherwise)
            }
            _ => false,
        }
    }

    /// `Tier.basic`; `None` when `type_name` is no enum here.
    pub(super) fn qualified_variant(
        &mut self,
        type_name: &str,
        variant: &Ident,
        span: Span,
    ) -> Option<Option<Expr>> {
        if self.is_known(type_name, span) {
            return None;
        }
        let TypeName::Enum(id) = self.symbols.type_name(type_name, span)? else { return None };
        let found = self.symbols.find_variant(self.found, id, variant);
        Some(found.map(|(id, place)| variant_expr(id, place, span)))
    }

    fn agent(&mut self, span: Span) -> Option<Expr> {
        if self.env.agents.is_empty() {
            // An unknown type behind `by` was reported; without any agent type there is nothing to speak of.
            if self.symbols.entities_of(permit_ir::program::EntityKind::Agent).is_empty() {
                let message = "no agent type is declared or imported";
                let diagnostic = Diagnostic::error(Code::NothingToStandFor, span, message, "no agent here");
                self.report(diagnostic.help("declare one: `agent NAME identified by \"spiffe://…\";`"));
            }
            return None;
        }
        Some(Expr { kind: ExprKind::Agent, ty: Type::Entity(self.env.agents.clone()), span })
    }

    fn resource(&mut self, span: Span) -> Option<Expr> {
        let symbols = self.symbols;
        let mut types: Vec<EntityTypeId> = Vec::new();
        for action in self.env.actions.iter().filter_map(|&id| symbols.action(id)) {
            let resources = action.resources.as_ref()?;
            if resources.is_empty() {
                let message = format!("action `{}` takes no resource", action.name.value);
                let diagnostic =
                    Diagnostic::error(Code::NothingToStandFor, span, message, "no resource here")
                        .also(action.name.span, "declared without `on`");
                self.report(
                    diagnostic.help("declare the action's resource with `on`, or do not use `resource`"),
                );
                return None;
            }
            types.extend(resources);
        }
        types.sort_unstable();
        types.dedup();
        (self.env.complete && !types.is_empty()).then_some(Expr {
            kind: ExprKind::Resource,
            ty: Type::Entity(types),
            span,
        })
    }

    fn has_argument(&self, name: &str) -> bool {
        self.env.actions.iter().any(|&id| self.parameter(id, name).is_some())
    }

    fn parameter(&self, action: ActionId, name: &str) -> Option<&Member> {
        let params = &self.symbols.action(action)?.params;
        params.iter().find(|param| param.name.value == name)
    }

    /// An argument that at least one of the actions has; all must have it, with one type.
    fn argument(&mut self, name: &str, span: Span) -> Option<Expr> {
        let symbols = self.symbols;
        let mut first: Option<(&str, &Member)> = None;
        for action in self.env.actions.iter().filter_map(|&id| symbols.action(id)) {
            let Some(param) = action.params.iter().find(|param| param.name.value == name) else {
                let message = format!("action `{}` has no argument `{name}`", action.name.value);
                let diagnostic = Diagnostic::error(
                    Code::ArgumentNotShared,
                    span,
                    message,
                    "not an argument of every action here",
                )
                .also(action.name.span, format!("declared without `{name}`"));
                self.report(
                    diagnostic.help("use only arguments that all actions share, or split the declaration"),
                );
                return None;
            };
            let Some((owner, other)) = first else {
                first = Some((&action.name.value, param));
                continue;
            };
            if param.ty.as_ref()? != other.ty.as_ref()? {
                let message =
                    format!("argument `{name}` differs between `{owner}` and `{}`", action.name.value);
                let diagnostic = Diagnostic::error(Code::ArgumentNotShared, span, message, "of which type?")
                    .also(other.name.span, self.member_label(other))
                    .also(param.name.span, self.member_label(param));
                self.report(diagnostic.help("give the argument one type, or split the declaration"));
                return None;
            }
        }
        let ty = first?.1.ty.clone()?;
        Some(Expr { kind: ExprKind::Arg(Named { name: name.to_owned(), ty: ty.clone() }), ty, span })
    }

    fn member_label(&self, member: &Member) -> String {
        member.ty.as_ref().map_or_else(String::new, |ty| format!("`{}` here", self.type_name(ty)))
    }

    fn variant_or_nothing(&mut self, name: &str, span: Span, expected: Option<&Type>) -> Option<Expr> {
        if let Some(Type::Enum(id)) = expected.map(Type::required) {
            if let Some(place) = self.symbols.variant_place(*id, name) {
                return Some(variant_expr(*id, place, span));
            }
            if !self.env.complete {
                return None;
            }
            let close = suggest::closest(name, self.names(span)).is_some();
            let name = Ident { value: name.to_owned(), span };
            let elsewhere = self.symbols.value_out_of_sight(&name).is_some();
            if !close && !elsewhere && self.symbols.kind_of(&name.value, span).is_none() {
                self.symbols.find_variant(self.found, *id, &name);
                return None;
            }
        }
        // An action that is not known may have the argument, and a module that is not known the constant.
        if !self.env.complete || self.symbols.may_be_lost(name, span.source) {
            return None;
        }
        let diagnostic = self.unknown_name(name, span);
        self.report(diagnostic);
        None
    }

    fn unknown_name(&self, name: &str, span: Span) -> Diagnostic {
        if let Some(kind) = self.symbols.kind_of(name, span) {
            let message = format!("`{name}` is {kind}, not a value");
            let help = match self.symbols.type_name(name, span) {
                Some(TypeName::Enum(_)) => format!("write one of its variants: `{name}.…`"),
                Some(TypeName::Entity(_)) => format!("write one entity: `{name}::\"…\"`"),
                Some(TypeName::Record(_)) => format!("construct a value: `{name}(…)`"),
                None if self.symbols.value_name(name, span) == Some(ValueName::Function) => {
                    format!("call it: `{name}(…)`")
                }
                None if self.symbols.value_name(name, span) == Some(ValueName::Table) => {
                    format!("look up a value: `{name}[…].…`")
                }
                None => "use an argument of the action, `agent`, `resource` or `now`".to_owned(),
            };
            return Diagnostic::error(Code::TypeAsValue, span, message, "expected a value").help(help);
        }
        let ident = Ident { value: name.to_owned(), span };
        if let Some(diagnostic) = self.symbols.value_out_of_sight(&ident) {
            return diagnostic;
        }
        let message = format!("unknown name `{name}`");
        let (label, otherwise) = match self.env.site {
            Site::Scenario => ("neither given nor declared", "add a `given` for it, or declare a `const`"),
            Site::Request | Site::Function | Site::Constant => (
                "not an argument of the action",
                "use an argument of the action, `agent`, `resource` or `now`",
            ),
        };
        let diagnostic = Diagnostic::error(Code::UnknownName, span, message, label);
        let mut enums = (0..).map(EnumId).zip(&self.symbols.enums);
        if let Some((_, decl)) = enums.find(|(id, _)| self.symbols.variant_place(*id, name).is_some()) {
            return diagnostic.help(format!("if you mean the variant, write `{}.{name}`", decl.name.value));
        }
        let mut candidates: Vec<&str> = self.names(span).collect();
        candidates.sort_unstable();
        candidates.dedup();
        diagnostic.help(suggest::help(name, &candidates, otherwise))
    }

    /// The names that have a meaning here.
    fn names(&self, at: Span) -> impl Iterator<Item = &str> {
        let actions = self.env.actions.iter().filter_map(|&id| self.symbols.action(id));
        let args = actions.flat_map(|action| &action.params);
        let named = args.chain(self.env.params).map(|member| member.name.value.as_str());
        let variables = self.env.variables.iter().map(|variable| variable.name.value.as_str());
        let roots = ROOTS.into_iter().filter(|_| self.env.site == Site::Request);
        let values = self.symbols.value_names(at).map(|(name, _)| name);
        named.chain(variables).chain(values).chain(roots)
    }
}

fn variant_expr(id: EnumId, place: u16, span: Span) -> Expr {
    Expr { kind: ExprKind::Variant(id, place), ty: Type::Enum(id), span }
}
