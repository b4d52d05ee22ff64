//! Calls: functions of the module, record types, and functions of the standard library.

use permit_grammar::ast::{self, Argument, Ident};
use permit_grammar::span::Span;
use permit_ir::intrinsics::Shape;
use permit_ir::types::{RecordId, Type};

use super::ExprChecker;
use super::globals::{Callable, Function, Primitive};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};
use crate::resolve::{TypeName, ValueName};
use crate::suggest;

impl ExprChecker<'_, '_> {
    /// `f(x)`, `Address(street: "…")`
    pub(super) fn call(&mut self, span: Span, function: &Ident, args: &[Argument]) -> Option<Expr> {
        match self.value_named(&function.value, function.span) {
            Some(Some((ValueName::Function, declared))) => {
                return match self.globals.function(declared) {
                    Some(Callable::Function(known)) => self.call_function(span, function, known, args),
                    Some(Callable::Primitive(known)) => self.call_primitive(span, known, args),
                    None => {
                        // The function was reported; what it is given is checked all the same.
                        args.iter().for_each(|arg| drop(self.expr_beside_nothing(&arg.value)));
                        None
                    }
                };
            }
            Some(None) => return None,
            _ => {}
        }
        if let Some(TypeName::Record(id)) = self.symbols.type_name(&function.value, function.span) {
            return self.record(span, id, args);
        }
        self.not_callable(function);
        None
    }

    fn not_callable(&mut self, function: &Ident) {
        let diagnostic = match self.symbols.kind_of(&function.value, function.span) {
            Some(kind) => {
                let message = format!("`{}` is {kind}, not a function", function.value);
                let diagnostic =
                    Diagnostic::error(Code::NotCallable, function.span, message, "cannot be called");
                Some(diagnostic.help("call a `fn`, or name the value without parentheses"))
            }
            None => self.symbols.unknown_function(function, || {
                let values = self.symbols.value_names(function.span);
                let functions = values.filter(|(_, value)| *value == ValueName::Function);
                let names: Vec<&str> = functions.map(|(name, _)| name).collect();
                suggest::help(&function.value, &names, "declare it: `fn NAME(…) -> T = …;`")
            }),
        };
        self.found.extend(diagnostic);
    }

    fn call_function(
        &mut self,
        span: Span,
        name: &Ident,
        function: &Function,
        args: &[Argument],
    ) -> Option<Expr> {
        let params: Vec<(&Ident, &Type)> = function.params.iter().map(|(name, ty)| (name, ty)).collect();
        let args = self.arguments(span, &name.value, Some(function.name.span), &params, args)?;
        let Some(body) = self.globals.growth().call(&function.body, &args) else {
            if !self.globals.first_overgrown() {
                return None;
            }
            let message = format!("the expansion of this call of `{}` is too large", name.value);
            let diagnostic =
                Diagnostic::error(Code::FunctionGrowth, span, message, "too large when expanded")
                    .also(function.name.span, "its body is expanded inline");
            self.report(diagnostic.help("nest fewer function calls, or use parameters less often"));
            return None;
        };
        Some(Expr { kind: body.kind, ty: function.result.clone(), span })
    }

    /// The arguments in the order of the parameters, by place or by name.
    fn arguments(
        &mut self,
        span: Span,
        what: &str,
        declared: Option<Span>,
        params: &[(&Ident, &Type)],
        written: &[Argument],
    ) -> Option<Vec<Expr>> {
        let names: Vec<&Ident> = params.iter().map(|(name, _)| *name).collect();
        let written = self.in_order(span, (what, declared), &names, written)?;
        let values: Vec<Option<Expr>> = written
            .into_iter()
            .zip(params)
            .map(|(value, (name, ty))| self.argument_of_type(value, ty, name.span, "the parameter"))
            .collect();
        values.into_iter().collect()
    }

    /// What is written for each parameter.
    fn in_order<'w>(
        &mut self,
        span: Span,
        (what, declared): (&str, Option<Span>),
        params: &[&Ident],
        written: &'w [Argument],
    ) -> Option<Vec<&'w ast::Expr>> {
        let mut slots: Vec<Option<&ast::Expr>> = vec![None; params.len()];
        for (at, arg) in written.iter().enumerate() {
            let place = match &arg.name {
                Some(name) => params.iter().position(|param| param.value == name.value),
                None => (at < params.len()).then_some(at),
            };
            match place.and_then(|place| slots.get_mut(place)) {
                Some(slot) if slot.is_none() => *slot = Some(&arg.value),
                _ => {
                    self.wrong_argument(what, declared, params, arg);
                    return None;
                }
            }
        }
        let missing = params.iter().zip(&slots).find(|(_, slot)| slot.is_none());
        if let Some((name, _)) = missing {
            let message = format!("`{what}` is missing an argument for `{}`", name.value);
            let mut diagnostic = Diagnostic::error(Code::Arguments, span, message, "missing argument");
            if let Some(declared) = declared {
                diagnostic = diagnostic.also(declared, "declared here");
            }
            self.report(diagnostic.help(signature(what, params)));
            return None;
        }
        Some(slots.into_iter().flatten().collect())
    }

    fn wrong_argument(&mut self, what: &str, declared: Option<Span>, params: &[&Ident], arg: &Argument) {
        let (message, label) = match &arg.name {
            Some(name) if params.iter().any(|param| param.value == name.value) => {
                (format!("`{what}` has two arguments for `{}`", name.value), "first given here")
            }
            Some(name) => (format!("`{what}` has no parameter `{}`", name.value), "no such name"),
            None => (format!("`{what}` takes {} arguments", params.len()), "one too many"),
        };
        let names: Vec<&str> = params.iter().map(|name| name.value.as_str()).collect();
        let help = match &arg.name {
            Some(name) => suggest::help(&name.value, &names, &signature(what, params)),
            None => signature(what, params),
        };
        let mut diagnostic = Diagnostic::error(Code::Arguments, arg.span, message, label);
        if let Some(declared) = declared {
            diagnostic = diagnostic.also(declared, "declared here");
        }
        self.report(diagnostic.help(help));
    }

    /// A value for a parameter. One that may be left out takes an optional value, or one that is there.
    fn argument_of_type(
        &mut self,
        written: &ast::Expr,
        ty: &Type,
        declared: Span,
        what: &str,
    ) -> Option<Expr> {
        if !matches!(ty, Type::Optional(_)) {
            return self.value_of_type(written, Some(ty), declared, what);
        }
        let expr = self.expr(written, Some(ty.required()))?;
        let expr = match expr.kind {
            ExprKind::Unwrap(inner) => *inner,
            _ => expr,
        };
        if expr.ty == *ty {
            return Some(expr);
        }
        if expr.ty == *ty.required() {
            let span = expr.span;
            return Some(Expr { kind: ExprKind::Lift(Box::new(expr)), ty: ty.clone(), span });
        }
        self.types_differ((declared, ty), (expr.span, &expr.ty), what);
        None
    }

    /// A value of exactly one type; `None` for a type that was none lets anything pass unseen.
    pub(super) fn value_of_type(
        &mut self,
        written: &ast::Expr,
        ty: Option<&Type>,
        declared: Span,
        what: &str,
    ) -> Option<Expr> {
        if let Some(ty @ Type::Optional(_)) = ty {
            return self.argument_of_type(written, ty, declared, what);
        }
        let value = self.value_beside(written, ty)?;
        let ty = ty?;
        let value = match (&value.ty, ty) {
            (is, ty) if is == ty => value,
            // An entity that is of one of the types is of them all together.
            (Type::Entity(is), Type::Entity(types)) if is.iter().all(|id| types.contains(id)) => value,
            _ => {
                self.types_differ((declared, ty), (value.span, &value.ty), what);
                return None;
            }
        };
        Some(super::constant::simplified(value))
    }

    fn expr_beside_nothing(&mut self, written: &ast::Expr) -> Option<Expr> {
        if self.is_bare_variant(written) { None } else { self.expr(written, None) }
    }

    fn record(&mut self, span: Span, id: RecordId, args: &[Argument]) -> Option<Expr> {
        let symbols = self.symbols;
        let decl = symbols.record(id)?;
        let mut members = Vec::with_capacity(decl.members.len());
        for member in &decl.members {
            members.push((&member.name, member.ty.as_ref()?));
        }
        let names: Vec<&Ident> = members.iter().map(|(name, _)| *name).collect();
        if let Some(arg) = args.iter().find(|arg| arg.name.is_none()) {
            let message = format!("the fields of `{}` must be given by name", decl.name.value);
            let diagnostic = Diagnostic::error(Code::Arguments, arg.span, message, "missing name");
            self.report(diagnostic.help(signature(&decl.name.value, &names)));
            return None;
        }
        // What may be absent may be left out.
        let given =
            |name: &Ident| args.iter().any(|arg| arg.name.as_ref().is_some_and(|n| n.value == name.value));
        let params: Vec<(&Ident, &Type)> = members
            .iter()
            .copied()
            .filter(|(name, ty)| given(name) || !matches!(ty, Type::Optional(_)))
            .collect();
        let unknown = |arg: &&Argument| {
            arg.name
                .as_ref()
                .is_some_and(|name| !members.iter().any(|(member, _)| member.value == name.value))
        };
        if let Some(arg) = args.iter().find(unknown) {
            self.wrong_argument(&decl.name.value, Some(decl.name.span), &names, arg);
            return None;
        }
        let mut values =
            self.arguments(span, &decl.name.value, Some(decl.name.span), &params, args)?.into_iter();
        let mut all = Vec::with_capacity(members.len());
        for (name, ty) in &members {
            let absent = !params.iter().any(|(param, _)| param.value == name.value);
            all.push(if absent {
                Expr { kind: ExprKind::Absent, ty: (*ty).clone(), span }
            } else {
                values.next()?
            });
        }
        Some(Expr { kind: ExprKind::Record(id, all), ty: Type::Record(id), span })
    }

    fn call_primitive(&mut self, span: Span, known: &Primitive, args: &[Argument]) -> Option<Expr> {
        let names: Vec<&Ident> = known.params.iter().collect();
        let name = &known.name;
        let written = self.in_order(span, (&name.value, Some(name.span)), &names, args)?;
        let values: Vec<Option<Expr>> = written
            .into_iter()
            .zip(known.intrinsic.args())
            .map(|(value, shape)| self.shaped(value, *shape, &name.value))
            .collect();
        let values: Vec<Expr> = values.into_iter().collect::<Option<_>>()?;
        let ty = known.result.clone().or_else(|| Some(values.first()?.ty.clone()))?;
        Some(Expr { kind: ExprKind::Call(known.intrinsic, values), ty, span })
    }

    fn shaped(&mut self, written: &ast::Expr, shape: Shape, function: &str) -> Option<Expr> {
        let value = self.value(written, shape.ty().as_ref())?;
        if shape.takes(&value.ty) {
            return Some(value);
        }
        let ty = self.type_name(&value.ty);
        let wanted = shape.ty().map_or_else(
            || "`int`, `decimal`, `money` or `duration`".to_owned(),
            |ty| format!("`{}`", self.type_name(&ty)),
        );
        let message = format!("`{function}` expects {wanted} here, found `{ty}`");
        let diagnostic = Diagnostic::error(Code::TypesDiffer, value.span, message, format!("this is `{ty}`"));
        self.report(diagnostic.help("there are no implicit conversions; use a value of the expected type"));
        None
    }
}

/// How something is called, as help.
fn signature(what: &str, params: &[&Ident]) -> String {
    let names: Vec<&str> = params.iter().map(|name| name.value.as_str()).collect();
    format!("call it as `{what}({})`", names.join(", "))
}
