//! Typed string literals: dates, times, URLs, paths, email addresses, IP addresses and blocks, and
//! regular expressions. A string literal is parsed as the type that is expected in its place.

use std::str::FromStr;
use std::sync::Arc;

use permit_grammar::ast::{self, ExprKind as Written};
use permit_grammar::span::Span;
use permit_ir::civil::{parse_date, parse_time};
use permit_ir::intrinsics::Intrinsic;
use permit_ir::pattern::Pattern;
use permit_ir::types::Type;

use super::ExprChecker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

impl ExprChecker<'_, '_> {
    /// A literal of one of these types.
    pub(super) fn typed_literal(&mut self, written: &ast::Expr) -> Option<Expr> {
        let span = written.span;
        match &written.kind {
            Written::Date(text) => self.typed(span, text, &Type::Date),
            Written::Clock(text) => self.typed(span, text, &Type::TimeOfDay),
            Written::Ip(text) => self.typed(span, text, &Type::Ip),
            Written::Cidr(text) => self.typed(span, text, &Type::Cidr),
            Written::Regex(pattern) => self.regex(span, pattern),
            _ => None,
        }
    }

    /// A text as a value of `ty`; `None` when texts of that type are not written in quotes.
    #[expect(clippy::option_option, reason = "another type and a bad text are different")]
    pub(super) fn quoted(&mut self, span: Span, text: &str, ty: &Type) -> Option<Option<Expr>> {
        let ty = ty.required();
        matches!(
            ty,
            Type::Url | Type::Path | Type::Email | Type::Ip | Type::Cidr | Type::Date | Type::TimeOfDay
        )
        .then(|| self.typed(span, text, ty))
    }

    fn typed(&mut self, span: Span, text: &str, ty: &Type) -> Option<Expr> {
        let kind = match ty {
            Type::Date => parse_date(text).map(ExprKind::Date).map_err(Fault::of),
            Type::TimeOfDay => parse_time(text).map(ExprKind::TimeOfDay).map_err(Fault::of),
            Type::Url => read(text, |url| ExprKind::Url(Arc::new(url))),
            Type::Path => read(text, ExprKind::Path),
            Type::Email => read(text, ExprKind::Email),
            Type::Ip => read(text, ExprKind::Ip),
            Type::Cidr => read(text, ExprKind::Cidr),
            _ => return None,
        };
        match kind {
            Ok(kind) => Some(Expr { kind, ty: ty.clone(), span }),
            Err(fault) => {
                let ty = self.type_name(ty);
                let text = self.quote(span, "this");
                let message = format!("{text} is not a valid `{ty}`");
                let diagnostic = Diagnostic::error(Code::TypedText, span, message, "invalid value");
                self.report(diagnostic.help(fault.0));
                None
            }
        }
    }

    fn regex(&mut self, span: Span, pattern: &str) -> Option<Expr> {
        if let Err(fault) = Pattern::new(pattern) {
            let message = "invalid or unsupported regular expression";
            let diagnostic = Diagnostic::error(Code::RegexPattern, span, message, "does not compile");
            // The library's own report spans lines; its last one says what is wrong.
            let fault = fault.to_string();
            let fault = fault.lines().last().unwrap_or_default().replace('`', "'");
            self.report(diagnostic.help(fault.trim().trim_end_matches('.').to_lowercase()));
            return None;
        }
        Some(Expr { kind: ExprKind::Regex(pattern.to_owned()), ty: Type::Regex, span })
    }

    /// `x matches r"…"`
    pub(super) fn matches(&mut self, span: Span, left: &ast::Expr, right: &ast::Expr) -> Option<Expr> {
        let (left, pattern) = (self.value(left, None), self.value(right, Some(&Type::Regex)));
        let (left, pattern) = (left?, pattern?);
        if pattern.ty != Type::Regex {
            let diagnostic = Diagnostic::error(
                Code::LikeOperand,
                pattern.span,
                "expected a regular expression to the right of `matches`",
                "not a regular expression",
            );
            self.report(diagnostic.help("write a literal, as in `r\"[a-z]+\"`"));
            return None;
        }
        if left.ty != Type::String {
            let ty = self.type_name(&left.ty);
            let message = format!("`matches` matches a `string`, not `{ty}`");
            let diagnostic =
                Diagnostic::error(Code::LikeOperand, left.span, message, format!("this is `{ty}`"));
            self.report(diagnostic.help("use `==`, `in` or `within` for values that are not strings"));
            return None;
        }
        Some(Expr { kind: ExprKind::Call(Intrinsic::Matches, vec![left, pattern]), ty: Type::Bool, span })
    }

    /// `path within "/srv"`, `url.host within "example.com"`; `None` when the left side is neither.
    #[expect(clippy::option_option, reason = "another type and a failed check are different")]
    pub(super) fn text_within(&mut self, span: Span, left: &Expr, right: &ast::Expr) -> Option<Option<Expr>> {
        let host = matches!(left.kind, ExprKind::Call(Intrinsic::UrlHost | Intrinsic::EmailDomain, _));
        let (intrinsic, ty) = match &left.ty {
            Type::Path => (Intrinsic::PathWithin, Type::Path),
            Type::String if host => (Intrinsic::HostWithin, Type::String),
            _ => return None,
        };
        Some(self.joined(span, intrinsic, left, right, &ty, "`within`"))
    }

    /// `ip in 10.0.0.0/8`; `None` when the left side is no address or the right side no block.
    #[expect(clippy::option_option, reason = "another type and a failed check are different")]
    pub(super) fn ip_in(&mut self, span: Span, left: &Expr, right: &Expr) -> Option<Option<Expr>> {
        if (&left.ty, &right.ty) != (&Type::Ip, &Type::Cidr) {
            return None;
        }
        let kind = ExprKind::Call(Intrinsic::IpIn, vec![left.clone(), right.clone()]);
        Some(Some(Expr { kind, ty: Type::Bool, span }))
    }

    fn joined(
        &mut self,
        span: Span,
        intrinsic: Intrinsic,
        left: &Expr,
        right: &ast::Expr,
        ty: &Type,
        operator: &str,
    ) -> Option<Expr> {
        let right = self.value(right, Some(ty))?;
        if right.ty != *ty {
            self.types_differ((left.span, ty), (right.span, &right.ty), operator);
            return None;
        }
        Some(Expr { kind: ExprKind::Call(intrinsic, vec![left.clone(), right]), ty: Type::Bool, span })
    }
}

fn read<T: FromStr<Err: std::fmt::Display>>(
    text: &str,
    kind: impl Fn(T) -> ExprKind,
) -> Result<ExprKind, Fault> {
    text.parse().map(kind).map_err(Fault::of)
}

/// What the parser of a type says of a literal that is none, for the diagnostic's help.
struct Fault(String);

impl Fault {
    fn of(fault: impl std::fmt::Display) -> Self {
        Self(fault.to_string())
    }
}
