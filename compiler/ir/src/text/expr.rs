//! Expressions in infix form, with parentheses only where binding needs them.

use std::fmt::{self, Write as _};

use super::name;
use crate::civil::{date_text, time_text};
use crate::program::{ArithmeticOp, CompareOp, Expr, Named};
use crate::types::{EntityTypeId, ExprId, FieldId, Type};
use crate::verify::VerifiedProgram;
use permit_types::display;
use permit_types::time::{duration_text, instant_text};

/// An expression with what its text needs.
#[derive(Clone, Copy)]
pub(super) struct Root<'a> {
    pub(super) program: &'a VerifiedProgram,
    pub(super) params: &'a [Named],
    pub(super) id: ExprId,
}

/// The same as an operand of `and`.
pub(super) struct Conjunct<'a>(pub(super) Root<'a>);

/// How tightly an expression binds, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    If,
    Or,
    And,
    Not,
    Test,
    Else,
    Sum,
    Product,
    Negation,
    Leaf,
}

impl fmt::Display for Root<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, self.id, Binding::If)
    }
}

impl fmt::Display for Conjunct<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, self.0.id, Binding::And)
    }
}

impl Root<'_> {
    /// Writes an expression where one that binds at least as tightly as `least` may stand bare.
    fn write(&self, f: &mut fmt::Formatter<'_>, id: ExprId, least: Binding) -> fmt::Result {
        let Some(node) = self.program.node(id) else { return f.write_char('?') };
        if binding(&node.expr) >= least {
            return self.bare(f, &node.expr);
        }
        f.write_char('(')?;
        self.bare(f, &node.expr)?;
        f.write_char(')')
    }

    fn bare(&self, f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
        use Binding::{And, Else, Leaf, Negation, Not, Or, Product, Sum, Test};
        match expr {
            // The right side of what is joined from the left binds more tightly, so that `a - (b - c)` keeps its shape.
            Expr::Or(a, b) => self.infix(f, (*a, Or), "or", (*b, And)),
            Expr::And(a, b) => self.infix(f, (*a, And), "and", (*b, Not)),
            Expr::Not(a) => {
                f.write_str("not ")?;
                self.write(f, *a, Not)
            }
            Expr::Compare(op, a, b) => self.infix(f, (*a, Sum), comparison(*op), (*b, Sum)),
            Expr::In(a, b) => self.infix(f, (*a, Sum), "in", (*b, Sum)),
            Expr::Within(a, b) => self.infix(f, (*a, Sum), "within", (*b, Sum)),
            Expr::WithinAny(a, b) => self.infix(f, (*a, Sum), "within any", (*b, Sum)),
            Expr::Like(a, glob) => {
                self.write(f, *a, Sum)?;
                write!(f, " like {}", Quoted(glob))
            }
            Expr::Else(a, b) => self.infix(f, (*a, Else), "else", (*b, Sum)),
            Expr::Arithmetic(op, a, b) => match op {
                ArithmeticOp::Add => self.infix(f, (*a, Sum), "+", (*b, Product)),
                ArithmeticOp::Sub => self.infix(f, (*a, Sum), "-", (*b, Product)),
                ArithmeticOp::Mul => self.infix(f, (*a, Product), "*", (*b, Negation)),
            },
            Expr::Neg(a) => {
                f.write_char('-')?;
                self.write(f, *a, Leaf)
            }
            Expr::Attr(a, field) => self.attribute(f, *a, ".", *field),
            Expr::OptionalAttr(a, field) => self.attribute(f, *a, "?.", *field),
            Expr::Present(a) => {
                f.write_str("present(")?;
                self.write(f, *a, Or)?;
                f.write_char(')')
            }
            Expr::Unwrap(a) => {
                self.write(f, *a, Leaf)?;
                f.write_char('!')
            }
            Expr::Set(elements) => {
                f.write_char('[')?;
                for (place, &element) in elements.iter().enumerate() {
                    f.write_str(if place == 0 { "" } else { ", " })?;
                    self.write(f, element, Test)?;
                }
                f.write_char(']')
            }
            other => self.composite(f, other),
        }
    }

    /// Calls, records and maps, branches and quantifiers.
    fn composite(&self, f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
        use Binding::{If, Leaf, Or};
        match expr {
            Expr::List(elements) => self.call(f, "list", elements),
            Expr::Record(id, members) => {
                self.call(f, name(&self.program.records, id.index(), |r| &r.name), members)
            }
            Expr::Call(intrinsic, args) => self.call(f, intrinsic.name(), args),
            Expr::Lift(a) => self.call(f, "some", &[*a]),
            Expr::Member(a, place) => self.member(f, *a, ".", *place),
            Expr::OptionalMember(a, place) => self.member(f, *a, "?.", *place),
            Expr::Map(keys, values) => self.map(f, keys, values),
            Expr::Lookup(map, key) => {
                self.write(f, *map, Leaf)?;
                f.write_char('[')?;
                self.write(f, *key, Or)?;
                f.write_char(']')
            }
            Expr::If(test, a, b) => {
                f.write_str("if ")?;
                self.write(f, *test, Or)?;
                f.write_str(" then ")?;
                self.write(f, *a, Or)?;
                f.write_str(" else ")?;
                self.write(f, *b, If)
            }
            Expr::Select(key, branches) => self.select(f, *key, branches),
            Expr::Is(a, types) => self.of_types(f, *a, "is", types),
            Expr::Cast(a, types) => self.of_types(f, *a, "as", types),
            Expr::Any { over, body } => self.quantifier(f, "any", *over, *body),
            Expr::All { over, body } => self.quantifier(f, "all", *over, *body),
            Expr::Count { over, body } => self.quantifier(f, "count", *over, *body),
            leaf => self.leaf(f, leaf),
        }
    }

    fn call(&self, f: &mut fmt::Formatter<'_>, function: &str, args: &[ExprId]) -> fmt::Result {
        write!(f, "{function}(")?;
        for (place, &arg) in args.iter().enumerate() {
            f.write_str(if place == 0 { "" } else { ", " })?;
            self.write(f, arg, Binding::Or)?;
        }
        f.write_char(')')
    }

    /// `["a" => x, "b" => y]`
    fn map(&self, f: &mut fmt::Formatter<'_>, keys: &[String], values: &[ExprId]) -> fmt::Result {
        f.write_char('[')?;
        for (place, (key, &value)) in keys.iter().zip(values).enumerate() {
            write!(f, "{}{} => ", if place == 0 { "" } else { ", " }, Quoted(key))?;
            self.write(f, value, Binding::Or)?;
        }
        f.write_char(']')
    }

    /// `select key { basic => a, gold => b }`
    fn select(&self, f: &mut fmt::Formatter<'_>, key: ExprId, branches: &[ExprId]) -> fmt::Result {
        f.write_str("select ")?;
        self.write(f, key, Binding::Leaf)?;
        f.write_str(" { ")?;
        let variants = match self.program.node(key).map(|node| &node.ty) {
            Some(Type::Enum(id)) => self.program.enums.get(id.index()).map_or(&[][..], |e| &e.variants),
            _ => &[],
        };
        for (place, &branch) in branches.iter().enumerate() {
            let truth = if place == 0 { "false" } else { "true" };
            let variant = variants.get(place).map_or(truth, String::as_str);
            write!(f, "{}{variant} => ", if place == 0 { "" } else { ", " })?;
            self.write(f, branch, Binding::Or)?;
        }
        f.write_str(" }")
    }

    fn of_types(
        &self,
        f: &mut fmt::Formatter<'_>,
        of: ExprId,
        word: &str,
        types: &[EntityTypeId],
    ) -> fmt::Result {
        self.write(f, of, Binding::Sum)?;
        let names: Vec<_> =
            types.iter().map(|ty| name(&self.program.entities, ty.index(), |e| &e.name)).collect();
        write!(f, " {word} {}", names.join(" | "))
    }

    /// `any(it in xs: body)`; the element of a quantifier further out is `it1`, `it2` and so on.
    fn quantifier(&self, f: &mut fmt::Formatter<'_>, word: &str, over: ExprId, body: ExprId) -> fmt::Result {
        write!(f, "{word}(it in ")?;
        self.write(f, over, Binding::Or)?;
        f.write_str(": ")?;
        self.write(f, body, Binding::Or)?;
        f.write_char(')')
    }

    fn member(&self, f: &mut fmt::Formatter<'_>, of: ExprId, dot: &str, place: u16) -> fmt::Result {
        self.write(f, of, Binding::Leaf)?;
        let members = match self.program.node(of).map(|node| node.ty.required()) {
            Some(Type::Record(id)) => self.program.records.get(id.index()).map_or(&[][..], |r| &r.members),
            _ => &[],
        };
        write!(f, "{dot}{}", name(members, usize::from(place), |member| &member.name))
    }

    fn infix(
        &self,
        f: &mut fmt::Formatter<'_>,
        left: (ExprId, Binding),
        operator: &str,
        right: (ExprId, Binding),
    ) -> fmt::Result {
        self.write(f, left.0, left.1)?;
        write!(f, " {operator} ")?;
        self.write(f, right.0, right.1)
    }

    fn attribute(&self, f: &mut fmt::Formatter<'_>, base: ExprId, dot: &str, field: FieldId) -> fmt::Result {
        self.write(f, base, Binding::Leaf)?;
        write!(f, "{dot}{}", name(&self.program.fields, field.index(), |field| &field.name))
    }

    fn leaf(&self, f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
        match expr {
            Expr::Bool(value) => write!(f, "{value}"),
            Expr::Int(value) => write!(f, "{value}"),
            Expr::Decimal(value) => write!(f, "{value}"),
            Expr::Money(value) => write!(f, "{value}"),
            Expr::String(text) => write!(f, "{}", Quoted(text)),
            Expr::Instant(instant_ms) => f.write_str(&instant_text(*instant_ms)),
            Expr::Duration(duration_ms) => f.write_str(&duration_text(*duration_ms)),
            Expr::Variant(id, variant) => {
                let variants = self.program.enums.get(id.index()).map_or(&[][..], |e| &e.variants);
                f.write_str(name(variants, usize::from(*variant), |variant| variant))
            }
            Expr::Entity(ty, id) => {
                write!(f, "{}::{}", name(&self.program.entities, ty.index(), |e| &e.name), Quoted(id))
            }
            Expr::Agent => f.write_str("agent"),
            Expr::Resource => f.write_str("resource"),
            Expr::Now => f.write_str("now"),
            Expr::Arg(arg) => f.write_str(name(&self.program.args, arg.index(), |arg| &arg.name)),
            Expr::Param(place) => f.write_str(name(self.params, usize::from(*place), |param| &param.name)),
            other => self.typed(f, other),
        }
    }

    /// The literals of types of their own, and what a quantifier binds.
    fn typed(&self, f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
        match expr {
            Expr::Date(days) => f.write_str(&date_text(*days)),
            Expr::TimeOfDay(ms) => f.write_str(&time_text(*ms)),
            Expr::Url(url) => write!(f, "url {}", Quoted(url.as_str())),
            Expr::Path(path) => write!(f, "path {}", Quoted(path.as_str())),
            Expr::Email(email) => write!(f, "email {}", Quoted(email.as_str())),
            Expr::Ip(ip) => write!(f, "{ip}"),
            Expr::Cidr(cidr) => write!(f, "{cidr}"),
            Expr::Zone(id) => write!(f, "{}", Quoted(name(&self.program.zones, id.index(), |zone| zone))),
            Expr::Regex(id) => {
                write!(f, "regex {}", Quoted(name(&self.program.regexes, id.index(), |regex| regex)))
            }
            Expr::Absent => f.write_str("absent"),
            Expr::Element(0) => f.write_str("it"),
            Expr::Element(depth) => write!(f, "it{depth}"),
            _ => f.write_char('?'),
        }
    }
}

const fn binding(expr: &Expr) -> Binding {
    match expr {
        Expr::If(..) => Binding::If,
        Expr::Or(..) => Binding::Or,
        Expr::And(..) => Binding::And,
        Expr::Not(_) => Binding::Not,
        Expr::Compare(..)
        | Expr::In(..)
        | Expr::Within(..)
        | Expr::WithinAny(..)
        | Expr::Like(..)
        | Expr::Is(..)
        | Expr::Cast(..) => Binding::Test,
        Expr::Else(..) => Binding::Else,
        Expr::Arithmetic(ArithmeticOp::Add | ArithmeticOp::Sub, ..) => Binding::Sum,
        Expr::Arithmetic(ArithmeticOp::Mul, ..) => Binding::Product,
        Expr::Neg(_) => Binding::Negation,
        _ => Binding::Leaf,
    }
}

const fn comparison(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Eq => "==",
        CompareOp::Ne => "!=",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
    }
}

/// A text in quotes, as people are shown it: `"` and `\` are escaped, and what [`display::line`] escapes.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = self.0.replace('\\', r"\\").replace('"', "\\\"");
        write!(f, "\"{}\"", display::line(&quoted))
    }
}

#[cfg(test)]
mod tests {
    use super::Quoted;

    #[test]
    fn quoted_text_stays_on_its_line_and_in_its_direction() {
        let cases = [
            ("été", "\"été\""),
            ("a\"b\\", r#""a\"b\\""#),
            ("a\nb", r#""a\u{a}b""#),
            ("\u{202e}x", r#""\u{202e}x""#),
            (r"\u{a}", r#""\\u{a}""#),
        ];
        for (text, quoted) in cases {
            assert_eq!(Quoted(text).to_string(), quoted);
        }
    }
}
