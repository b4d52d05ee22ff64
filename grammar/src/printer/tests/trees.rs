//! Random trees that a text could have.

use proptest::prelude::*;

use crate::ast::*;
use crate::span::{Span, Spanned};

fn at<T>(value: T) -> Spanned<T> {
    Spanned { value, span: Span::default() }
}

fn ident() -> impl Strategy<Value = Ident> {
    prop::sample::select(vec![
        "a", "amount", "Tier", "x", "to", "limit", "agent", "permit", "count", "any", "_y9",
    ])
    .prop_map(|name| at(name.to_owned()))
}

fn any_ident() -> impl Strategy<Value = Ident> {
    prop_oneof![
        ident(),
        prop::sample::select(vec!["in", "if", "by", "true", "is"]).prop_map(|name| at(name.to_owned()))
    ]
}

fn idents() -> impl Strategy<Value = Vec<Ident>> {
    prop::collection::vec(ident(), 1..5)
}

fn string() -> impl Strategy<Value = Spanned<String>> {
    "[a-z \"\\\\\n\t'é\u{202e}\u{0}]{0,8}".prop_map(at)
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = Spanned<String>> {
    prop::sample::select(words).prop_map(|word| at(word.to_owned()))
}

fn duration() -> impl Strategy<Value = Spanned<String>> {
    word(&["15min", "1h", "90d"])
}

fn int() -> impl Strategy<Value = Spanned<String>> {
    word(&["0", "42", "1_000"])
}

fn entity() -> impl Strategy<Value = EntityLiteral> {
    (ident(), string()).prop_map(|(ty, id)| EntityLiteral { ty, id, span: Span::default() })
}

fn ty() -> impl Strategy<Value = Type> {
    let leaf = ident().prop_map(|name| Type { kind: TypeKind::Name(name), span: Span::default() });
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (ident(), prop::collection::vec(inner.clone(), 1..3))
                .prop_map(|(name, args)| TypeKind::Applied { name, args }),
            inner.prop_map(|ty| TypeKind::Optional(Box::new(ty))),
        ]
        .prop_map(|kind| Type { kind, span: Span::default() })
    })
}

fn wrap(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn leaf() -> impl Strategy<Value = Expr> {
    let literal = |words: &'static [&'static str], kind: fn(String) -> ExprKind| {
        word(words).prop_map(move |word| kind(word.value))
    };
    prop_oneof![
        4 => literal(&["a", "amount", "resource", "now", "count", "in", "by", "limit"], ExprKind::Name),
        1 => any::<bool>().prop_map(ExprKind::Bool),
        1 => literal(&["0", "1_500"], ExprKind::Int),
        1 => literal(&["0.25"], ExprKind::Decimal),
        1 => literal(&["50.00 USD", "5 JPY"], ExprKind::Money),
        1 => literal(&["15min"], ExprKind::Duration),
        1 => literal(&["2026-03-20T09:00Z", "2026-03-20T09:00:01.5+01:00"], ExprKind::Instant),
        1 => literal(&["2026-03-20"], ExprKind::Date),
        1 => literal(&["09:00", "09:00:30"], ExprKind::Clock),
        1 => literal(&["10.1.2.3", "fe80::1", "::1"], ExprKind::Ip),
        1 => literal(&["10.0.0.0/8", "2001:db8::/32", "::/0"], ExprKind::Cidr),
        1 => literal(&["^[a-z]+\\d$", ""], ExprKind::Regex),
        1 => string().prop_map(|text| ExprKind::String(text.value)),
        1 => entity().prop_map(ExprKind::Entity),
    ]
    .prop_map(wrap)
}

const OPERATORS: [BinaryOp; 17] = {
    use BinaryOp::{Add, And, Div, Else, Eq, Ge, Gt, In, Le, Like, Lt, Matches, Mul, Ne, Or, Sub, Within};
    [Or, And, Eq, Ne, Lt, Le, Gt, Ge, In, Within, Like, Matches, Else, Add, Sub, Mul, Div]
};

pub(super) fn expr() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(6, 40, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let many = prop::collection::vec(inner.clone(), 0..4);
        let argument = (prop::option::of(any_ident()), inner.clone())
            .prop_map(|(name, value)| Argument { name, value, span: Span::default() });
        let quantifier = prop::sample::select(vec![Quantifier::Any, Quantifier::All, Quantifier::Count]);
        let called = word(&["f", "weekday", "Address"]);
        prop_oneof![
            6 => (boxed.clone(), prop::sample::select(OPERATORS.to_vec()), boxed.clone())
                .prop_map(|(a, op, b)| ExprKind::Binary(a, at(op), b)),
            1 => (boxed.clone(), boxed.clone(), boxed.clone()).prop_map(|(x, a, b)| {
                let range = Box::new(wrap(ExprKind::Range(a, b)));
                ExprKind::Binary(x, at(BinaryOp::In), range)
            }),
            2 => (prop::sample::select(vec![UnaryOp::Not, UnaryOp::Neg]), boxed.clone())
                .prop_map(|(op, e)| ExprKind::Unary(at(op), e)),
            1 => many.prop_map(ExprKind::Set),
            1 => prop::collection::vec((inner.clone(), inner.clone()), 1..3).prop_map(ExprKind::Map),
            2 => (boxed.clone(), any_ident(), any::<bool>())
                .prop_map(|(base, name, optional)| ExprKind::Attr { base, name, optional }),
            1 => (boxed.clone(), boxed.clone()).prop_map(|(base, key)| ExprKind::Index { base, key }),
            1 => (called, prop::collection::vec(argument, 0..4))
                .prop_map(|(function, args)| ExprKind::Call { function, args }),
            1 => (quantifier, ident(), boxed.clone(), boxed.clone()).prop_map(|(q, variable, source, condition)| {
                ExprKind::Quantified { quantifier: at(q), variable, source, condition }
            }),
            1 => (boxed.clone(), ident()).prop_map(|(expr, ty)| ExprKind::Is { expr, ty }),
            2 => (boxed.clone(), boxed.clone(), boxed.clone()).prop_map(|(condition, then, otherwise)| {
                ExprKind::If { condition, then, otherwise }
            }),
            1 => boxed.prop_map(ExprKind::Present),
        ]
        .prop_map(wrap)
    })
}

fn marks() -> impl Strategy<Value = Marks> {
    let allow =
        (ident(), string()).prop_map(|(lint, reason)| LintAllow { lint, reason, span: Span::default() });
    (any::<bool>(), prop::collection::vec(allow, 0..2))
        .prop_map(|(private, allows)| Marks { private: private.then(Span::default), allows })
}

fn field() -> impl Strategy<Value = Field> {
    (any_ident(), ty()).prop_map(|(name, ty)| Field {
        claimed: None,
        name,
        ty,
        default: None,
        span: Span::default(),
    })
}

fn fields() -> impl Strategy<Value = Vec<Field>> {
    prop::collection::vec(field(), 0..4)
}

fn entity_fields() -> impl Strategy<Value = Vec<Field>> {
    let field = (field(), any::<bool>())
        .prop_map(|(field, claimed)| Field { claimed: claimed.then(Span::default), ..field });
    prop::collection::vec(field, 0..4)
}

fn params() -> impl Strategy<Value = Vec<Field>> {
    let param = (field(), prop::option::of(expr())).prop_map(|(field, default)| Field { default, ..field });
    prop::collection::vec(param, 0..3)
}

fn data() -> impl Strategy<Value = Item> {
    let span = Span::default();
    let kind = prop::sample::select(vec![
        EntityKind::Group,
        EntityKind::Agent,
        EntityKind::Person,
        EntityKind::Resource,
    ]);
    let row = (expr(), prop::collection::vec(expr(), 1..3)).prop_map(move |(key, values)| TableRow {
        key,
        values,
        span,
    });
    prop_oneof![
        (ident(), prop::option::of(ty()), expr(), marks())
            .prop_map(move |(name, ty, value, marks)| Item::Const(Const { name, ty, value, marks, span })),
        (ident(), string(), marks()).prop_map(move |(name, iana, marks)| Item::Zone(Zone {
            name,
            iana,
            marks,
            span
        })),
        (ident(), prop::collection::vec(any_ident(), 0..5), marks())
            .prop_map(move |(name, variants, marks)| Item::Enum(Enum { name, variants, marks, span })),
        (ident(), fields(), marks()).prop_map(move |(name, fields, marks)| Item::Record(Record {
            name,
            fields,
            marks,
            span
        })),
        (kind, ident(), prop::option::of(idents()), prop::option::of(string()), entity_fields(), marks())
            .prop_map(move |(kind, name, parents, identified_by, fields, marks)| {
                let parents = parents.unwrap_or_default();
                Item::Entity(Entity { kind, name, parents, identified_by, fields, marks, span })
            }),
        (ident(), ident()).prop_map(move |(agent, scope)| {
            Item::Requirement(Requirement { agent, scope, marks: Marks::default(), span })
        }),
        (ident(), ty(), fields(), prop::collection::vec(row, 0..3), marks()).prop_map(
            move |(name, key, columns, rows, marks)| Item::Table(Table {
                name,
                key,
                columns,
                rows,
                marks,
                span
            })
        ),
        (ident(), fields(), ty(), expr(), marks()).prop_map(move |(name, params, result, body, marks)| {
            Item::Function(Function { name, params, result, body, marks, span })
        }),
    ]
}

fn rules() -> impl Strategy<Value = Item> {
    let span = Span::default();
    let flag =
        prop::sample::select(vec![ActionFlag::Readonly, ActionFlag::Irreversible, ActionFlag::External]);
    let pattern =
        || prop_oneof![ident().prop_map(AgentPattern::Type), entity().prop_map(AgentPattern::Entity)];
    let condition =
        (any::<bool>(), expr()).prop_map(move |(negated, expr)| Condition { negated, expr, span });
    let approval =
        (prop::collection::vec(pattern(), 1..3), prop::option::of(int()), prop::option::of(duration()))
            .prop_map(move |(persons, count, timeout)| Approval { persons, count, timeout, span });
    let actions = prop_oneof![Just(Actions::Any(span)), idents().prop_map(Actions::Named)];
    let effect = prop::sample::select(vec![Effect::Permit, Effect::Review, Effect::Forbid]);
    let head = (effect, ident(), actions, prop::collection::vec(pattern(), 0..3));
    let texts = (prop::option::of(string()), prop::option::of(string()));
    prop_oneof![
        2 => (ident(), params(), prop::option::of(idents()), prop::collection::vec(flag, 0..3), marks()).prop_map(
            move |(name, params, resources, flags, marks)| {
                let flags = flags.into_iter().map(at).collect();
                Item::Action(Action { name, params, resources: resources.unwrap_or_default(), flags, marks, span })
            }
        ),
        1 => (ident(), idents(), marks())
            .prop_map(move |(name, members, marks)| Item::ActionSet(ActionSet { name, members, marks, span })),
        5 => (head, prop::collection::vec(condition, 0..3), prop::option::of(approval), texts, marks()).prop_map(
            move |((effect, name, actions, agents), conditions, approval, (because, hint), marks)| {
                Item::Rule(Rule { effect, name, actions, agents, conditions, approval, because, hint, marks, span })
            }
        ),
    ]
}

fn limits() -> impl Strategy<Value = Item> {
    let span = Span::default();
    let count = || {
        (idents(), prop::option::of(expr()), prop::option::of(expr()))
            .prop_map(move |(actions, amount, when)| Count { actions, amount, when, span })
    };
    let counts = move || prop::collection::vec(count(), 0..3);
    let keys = || prop::collection::vec(expr(), 0..3);
    let window = prop_oneof![
        (ident(), prop::option::of(ident())).prop_map(|(period, zone)| Window::Calendar { period, zone }),
        duration().prop_map(Window::Sliding)
    ];
    let limit = (expr(), window).prop_map(move |(amount, window)| BudgetLimit { amount, window, span });
    let allow = (int(), duration(), prop::option::of(int())).prop_map(move |(count, per, burst)| Allow {
        count,
        per,
        burst,
        span,
    });
    let allows = (idents(), prop::option::of(expr())).prop_map(move |(actions, when)| ScopeAllows {
        actions,
        when,
        span,
    });
    let scope_limit = (ident(), expr(), expr()).prop_map(move |(action, amount, to)| ScopeLimit {
        action,
        amount,
        to,
        span,
    });
    let words = (prop::option::of(duration()), prop::option::of(int()));
    prop_oneof![
        ((ident(), ident()), counts(), keys(), prop::collection::vec(limit, 0..3), words, marks()).prop_map(
            move |((name, unit), counts, keys, limits, (hold, warn), marks)| {
                Item::Budget(Budget { name, unit, counts, keys, limits, hold, warn, marks, span })
            }
        ),
        (ident(), counts(), keys(), prop::option::of(allow), marks()).prop_map(
            move |(name, counts, keys, allow, marks)| Item::Rate(Rate {
                name,
                counts,
                keys,
                allow,
                marks,
                span
            })
        ),
        (
            (ident(), fields()),
            prop::collection::vec(allows, 0..3),
            prop::collection::vec(expr(), 0..3),
            prop::collection::vec(scope_limit, 0..3),
            prop::option::of(duration()),
            marks()
        )
            .prop_map(move |((name, params), allows, requires, limits, expires, marks)| {
                Item::Scope(Scope { name, params, allows, requires, limits, expires, marks, span })
            }),
    ]
}

fn scenario() -> impl Strategy<Value = Item> {
    let span = Span::default();
    let reference = || prop_oneof![ident().prop_map(EntityRef::Name), entity().prop_map(EntityRef::Entity)];
    let value = move || (any_ident(), expr()).prop_map(move |(name, value)| FieldValue { name, value, span });
    let values = move || prop::collection::vec(value(), 0..3);
    let moment = prop_oneof![
        word(&["2026-03-20T09:00Z"]).prop_map(Moment::Instant),
        (word(&["2026-03-20T09:00"]), ident())
            .prop_map(|(time, zone)| Moment::Local { time, zone: Some(zone) })
    ];
    let outcome =
        prop::sample::select(vec![ExpectedOutcome::Permit, ExpectedOutcome::Review, ExpectedOutcome::Deny]);
    let leaving =
        move || (ident(), expr()).prop_map(move |(budget, amount)| Leaving { budget, amount, span });
    let amounts = prop::collection::vec(leaving(), 0..2);
    let answer = prop::sample::select(vec![ReviewAnswer::Approve, ReviewAnswer::Decline]);
    let expect = (outcome, prop::option::of(ident()), prop::collection::vec(leaving(), 0..2))
        .prop_map(move |(outcome, by, leaving)| Expect { outcome: at(outcome), by, leaving, span });
    let grant = (ident(), values()).prop_map(move |(scope, args)| ScopeGrant { scope, args, span });
    let step = prop_oneof![
        (ident(), entity(), prop::collection::vec(reference(), 0..2), values()).prop_map(
            move |(name, entity, parents, fields)| Step::Given(Given { name, entity, parents, fields, span })
        ),
        moment.prop_map(move |moment| Step::At(At { moment, span })),
        duration().prop_map(move |duration| Step::After(After { duration, span })),
        (reference(), prop::collection::vec(grant, 0..2)).prop_map(move |(agent, scopes)| Step::As(As {
            agent,
            scopes,
            span
        })),
        (ident(), values(), prop::option::of(reference()), expect).prop_map(
            move |(action, args, on, expect)| Step::Attempt(Attempt { action, args, on, expect, span })
        ),
        (answer, reference()).prop_map(move |(answer, person)| Step::Answer(Answer {
            answer: at(answer),
            person,
            span
        })),
        amounts.prop_map(move |amounts| Step::Confirm(Confirm { amounts, span })),
        Just(Step::Release(span)),
    ];
    (string(), prop::collection::vec(step, 0..5)).prop_map(move |(name, steps)| {
        Item::Scenario(Scenario { name, steps, marks: Marks::default(), span })
    })
}

pub(super) fn file() -> impl Strategy<Value = File> {
    let span = Span::default();
    let module = idents().prop_map(move |path| Module { path, span });
    let of = (idents(), prop::option::of(prop::collection::vec(ident(), 0..3)))
        .prop_map(move |(path, names)| Use { path, names, span });
    let item = prop_oneof![3 => data(), 3 => rules(), 2 => limits(), 1 => scenario()];
    (
        prop::option::of(word(&["2026"])),
        prop::option::of(module),
        prop::collection::vec(of, 0..2),
        prop::collection::vec(item, 1..3),
    )
        .prop_map(|(edition, module, uses, items)| File { edition, module, uses, items })
}
