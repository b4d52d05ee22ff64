//! Tests of the parser as a whole.

use proptest::prelude::*;

use crate::ast::{BinaryOp, Expr, ExprKind, Item, UnaryOp};
use crate::limits::{ERRORS_MAX, SOURCE_BYTES_MAX};
use crate::parse;
use crate::span::SourceId;
use crate::syntax_error::{SyntaxError, SyntaxErrorKind};
use crate::token::Kind;

const SAMPLE: &str = include_str!("../../tests/data/sample.permit");

#[test]
fn the_sample_parses_without_an_error() {
    let parsed = parse(SourceId(0), SAMPLE);
    assert_eq!(parsed.errors, []);
    assert_eq!(parsed.file.items.len(), 22);
}

/// An edit of one token of the sample.
#[derive(Clone, Copy, Debug)]
enum Mutation {
    Delete,
    Double,
    Swap,
}

/// The sample's tokens as byte ranges.
fn ranges() -> Vec<(usize, usize)> {
    let lexed = crate::lexer::lex(SourceId(0), SAMPLE);
    assert_eq!(lexed.errors, []);
    lexed.tokens.iter().map(|token| (token.start as usize, token.end as usize)).collect()
}

/// The sample with one token edited; the space between tokens stays.
fn mutate(ranges: &[(usize, usize)], at: usize, mutation: Mutation) -> Option<String> {
    let (start, end) = ranges[at];
    let word = &SAMPLE[start..end];
    let (before, after) = (&SAMPLE[..start], &SAMPLE[end..]);
    Some(match mutation {
        Mutation::Delete => format!("{before} {after}"),
        Mutation::Double => format!("{before}{word} {word}{after}"),
        Mutation::Swap => {
            let (next_start, next_end) = *ranges.get(at + 1)?;
            let (next, between) = (&SAMPLE[next_start..next_end], &SAMPLE[end..next_start]);
            format!("{before} {next} {between} {word} {}", &SAMPLE[next_end..])
        }
    })
}

fn line_of(text: &str, at: u32) -> usize {
    text[..(at as usize).min(text.len())].matches('\n').count()
}

#[test]
fn one_wrong_token_gives_at_most_two_errors_near_it() {
    let ranges = ranges();
    let (mut wrong, mut near, mut single) = (0_usize, 0_usize, 0_usize);
    let mut crowded = Vec::new();
    for mutation in [Mutation::Delete, Mutation::Double, Mutation::Swap] {
        for at in 0..ranges.len() {
            let Some(text) = mutate(&ranges, at, mutation) else { continue };
            let errors = parse(SourceId(0), &text).errors;
            let Some(first) = errors.first() else { continue };
            let edited = line_of(SAMPLE, u32::try_from(ranges[at].0).expect("the sample is short"));
            wrong += 1;
            single += usize::from(errors.len() == 1);
            near += usize::from(line_of(&text, first.span.start).abs_diff(edited) <= 1);
            if errors.len() > 2 {
                let (start, end) = ranges[at];
                crowded.push(format!(
                    "{mutation:?} {:?} on line {}: {errors:#?}",
                    &SAMPLE[start..end],
                    edited + 1
                ));
            }
        }
    }
    assert!(crowded.is_empty(), "{}", crowded.join("\n"));
    assert!(near * 100 >= wrong * 90, "{near} of {wrong} are near");
    assert!(single * 100 >= wrong * 90, "{single} of {wrong} have one error");
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let deep = |open: &str, close: &str| format!("{}a{}", open.repeat(10_000), close.repeat(10_000));
    let expressions = [
        deep("(", ")"),
        deep("[", "]"),
        deep("[(", ")]"),
        deep("(", ""),
        deep("[", ""),
        deep("not ", ""),
        deep("- ", ""),
        deep("not (", ")"),
        deep("present(", ")"),
        deep("a and ", ""),
        deep("a or not ", ""),
        deep("a else ", ""),
        deep("a + ", ""),
        deep("a < ", ""),
        deep("a.", ""),
        deep("a * - ", ""),
        deep("a[", "]"),
        deep("f(", ")"),
        deep("any(x in ", ": y)"),
        deep("if a then b else ", ""),
        deep("[a => ", "]"),
    ];
    for expression in &expressions {
        let parsed = parse(SourceId(0), &format!("permit x: a when {expression};\nzone z = \"Z\";"));
        let codes: Vec<_> = parsed.errors.iter().map(SyntaxError::code).collect();
        assert!(codes.contains(&"P0044"), "{}: {codes:?}", &expression[..20]);
        assert!(matches!(parsed.file.items.last(), Some(Item::Zone(_))), "{}", &expression[..20]);
    }
    for ty in [format!("set{}", deep("[set", "]")), format!("int{}", "?".repeat(10_000)), deep("{", "}")] {
        let parsed = parse(SourceId(0), &format!("resource R {{ a: {ty}; }}"));
        assert!(
            parsed.errors.iter().any(|error| error.code() == "P0044"),
            "{}: {:?}",
            &ty[..20],
            parsed.errors
        );
    }
}

#[test]
fn keywords_are_names_where_no_keyword_can_stand() {
    for word in KEYWORDS {
        let text = format!(
            "enum E {{ {word}, other }}\nresource R {{ {word}: int; b: string; }}\naction a({word}: int?) on R;\n\
             permit p: a when resource.{word} < 3 and agent?.{word} == E.{word};"
        );
        assert_eq!(parse(SourceId(0), &text).errors, [], "{word} as field, parameter, variant and attribute");
        let kind = Kind::of(word).unwrap_or(Kind::Word);
        let usable = !kind.is_reserved() || matches!(kind, Kind::True | Kind::False);
        let text = format!("permit p: a when {word} in [{word}, 3] and 3 < {word};");
        assert_eq!(parse(SourceId(0), &text).errors.is_empty(), usable, "{word} in an expression");
        let text = format!(
            "action {word}();\nenum {word} {{ a }}\npermit {word}: {word}, {word} by {word}, {word}::\"x\" because \"y\";\n\
             budget {word} in {word} {{ counts {word} as {word}; limit {word} per {word} in {word}; }}\n\
             scope s(a: {word}[{word}?]) {{ limit {word} as {word} to {word}; allows {word} when {word}; }}"
        );
        assert_eq!(
            parse(SourceId(0), &text).errors.is_empty(),
            !kind.connects(),
            "{word} as a declared name"
        );
    }
}

#[test]
fn the_reserved_declaration_gives_one_error() {
    let parsed = parse(SourceId(0), "prove safe { all(x in y: z); }\nzone dublin = \"Europe/Dublin\";");
    let messages: Vec<_> = parsed.errors.iter().map(SyntaxError::message).collect();
    assert_eq!(messages, ["`prove` is not supported in this version"]);
    assert_eq!(parsed.file.items.len(), 1);
}

#[test]
fn operators_bind_as_documented() {
    let table = [
        ("a or b and c", "(or a (and b c))"),
        ("not a in s and b", "(and (not (in a s)) b)"),
        ("a else b else c == d", "(== (else a (else b c)) d)"),
        ("a else b + c * -d", "(else a (+ b (* c (- d))))"),
        ("a - b - c", "(- (- a b) c)"),
        ("a?.b.c in 1..x + 2", "(in (. (?. a b) c) (.. 1 (+ x 2)))"),
        ("(a or b) and not not c", "(and (or a b) (not (not c)))"),
        ("present(a) and T::\"x\" within [b, \"q\\\"\"]", "(and (present a) (within T::x [b \"q\"\"]))"),
        ("a / b * c", "(* (/ a b) c)"),
        ("if a then b else c else d or e", "(if a b (or (else c d) e))"),
        ("if a then b or c in 1..2 else if d then e else f", "(if a (or b (in c (.. 1 2))) (if d e f))"),
        ("(if a then (b else c) else d) + 1", "(+ (if a (else b c) d) 1)"),
        ("f(x, to: g()) is T and a.b[c].d", "(and (is (f x to:(g)) T) (. (at (. a b) c) d))"),
        (
            "any(x in xs else ys: x == 1) or not all(x in [a]: x)",
            "(or (Any x (else xs ys) (== x 1)) (not (All x [a] x)))",
        ),
        ("count + any in [\"k\" => 1, \"l\" => 2,]", "(in (+ count any) [\"k\"=>1 \"l\"=>2])"),
        ("a matches r\"\\d\" and t in 09:00..18:00", "(and (matches a \\d) (in t (.. 09:00 18:00)))"),
        (
            "i in 10.0.0.0/8 or i == ::1 or d < 2026-03-20",
            "(or (or (in i 10.0.0.0/8) (== i ::1)) (< d 2026-03-20))",
        ),
        ("50.00 USD <= 1_500 USD", "(<= 50.00 USD 1_500 USD)"),
        (
            "a like \"x*\" or now > 2026-03-20T09:00Z - 90d",
            "(or (like a \"x*\") (> now (- 2026-03-20T09:00Z 90d)))",
        ),
    ];
    for (text, tree) in table {
        let parsed = parse(SourceId(0), &format!("permit p: a when {text};"));
        assert_eq!(parsed.errors, [], "{text}");
        let [Item::Rule(rule)] = parsed.file.items.as_slice() else { panic!("{text} is no rule") };
        assert_eq!(show(&rule.conditions[0].expr), tree, "{text}");
    }
}

/// An expression in prefix form.
fn show(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(text)
        | ExprKind::Int(text)
        | ExprKind::Decimal(text)
        | ExprKind::Money(text)
        | ExprKind::Duration(text)
        | ExprKind::Instant(text)
        | ExprKind::Date(text)
        | ExprKind::Clock(text)
        | ExprKind::Ip(text)
        | ExprKind::Cidr(text)
        | ExprKind::Regex(text) => text.clone(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::String(text) => format!("\"{text}\""),
        ExprKind::Entity(entity) => format!("{}::{}", entity.ty.value, entity.id.value),
        ExprKind::Set(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
        ExprKind::Range(a, b) => format!("(.. {} {})", show(a), show(b)),
        ExprKind::Attr { base, name, optional } => {
            format!("({} {} {})", if *optional { "?." } else { "." }, show(base), name.value)
        }
        ExprKind::Present(e) => format!("(present {})", show(e)),
        ExprKind::Unary(op, e) => {
            format!("({} {})", if op.value == UnaryOp::Not { "not" } else { "-" }, show(e))
        }
        ExprKind::Binary(a, op, b) => format!("({} {} {})", binary(op.value), show(a), show(b)),
        ExprKind::Map(pairs) => {
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| format!("{}=>{}", show(k), show(v))).collect();
            format!("[{}]", pairs.join(" "))
        }
        ExprKind::Index { base, key } => format!("(at {} {})", show(base), show(key)),
        ExprKind::Call { function, args } => {
            let args: Vec<_> = args
                .iter()
                .map(|arg| match &arg.name {
                    Some(name) => format!(" {}:{}", name.value, show(&arg.value)),
                    None => format!(" {}", show(&arg.value)),
                })
                .collect();
            format!("({}{})", function.value, args.concat())
        }
        ExprKind::Quantified { quantifier, variable, source, condition } => {
            format!("({:?} {} {} {})", quantifier.value, variable.value, show(source), show(condition))
        }
        ExprKind::Is { expr, ty } => format!("(is {} {})", show(expr), ty.value),
        ExprKind::If { condition, then, otherwise } => {
            format!("(if {} {} {})", show(condition), show(then), show(otherwise))
        }
        ExprKind::Error => "error".to_owned(),
    }
}

fn binary(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
        BinaryOp::Within => "within",
        BinaryOp::Like => "like",
        BinaryOp::Matches => "matches",
        BinaryOp::Else => "else",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
    }
}

#[test]
fn usual_mistakes_are_named() {
    let table = [
        ("modul acme;", "unexpected word `modul`", "did you mean `module`?"),
        ("deny d: a;", "unexpected word `deny`", "did you mean `forbid`?"),
        ("permit p: a wen x;", "unexpected word `wen`", "did you mean `when`?"),
        ("permit p: a B when x;", "expected `by` before `B`", "add `by` here"),
        ("permit p: a when x = 3;", "`=` is not an operator", "write `==`"),
        ("permit p: a when x < ;", "expected an expression before `;`", "an expression is"),
        ("permit p: a when x < 24 h;", "`24 h` is not a valid duration", "write `24h` without a space"),
        ("rate r { allow 3 per 24 h; }", "`24 h` is not a valid duration", "write `24h` without a space"),
        ("permit p: a when x and if y then z else w;", "expected `(` before `if`", "add `(` here"),
        ("permit p: a when x not like y;", "`not like` is not an operator", "write `not x like y`"),
        ("permit p: a when x", "expected `;` before the end of the file", "end it with `;`"),
        ("action a(x: set[int);", "unclosed `[`", "close it with `]`"),
        ("action like();", "`like` is a reserved word", "reserved words can be names only"),
    ];
    for (text, message, help) in table {
        let errors = parse(SourceId(0), text).errors;
        let [error] = errors.as_slice() else { panic!("{text}: {errors:?}") };
        assert_eq!(error.message(), message, "{text}");
        assert!(error.help().is_some_and(|line| line.starts_with(help)), "{text}: {:?}", error.help());
    }
}

#[test]
fn mistakes_of_the_larger_declarations_are_named() {
    let table = [
        ("private scenario \"x\" {}", "unexpected `private`", "remove it"),
        ("private agent A requires scope s;", "unexpected `private`", "remove it"),
        ("group T requires scope s;", "unexpected `group`, expected `agent`", "write `agent` here"),
        ("scenario \"x\" { at 2026-03-26T10:00; }", "`2026-03-26T10:00` has no offset", "add `Z`"),
        ("permit p: a when now < 2026-03-26T10:00;", "`2026-03-26T10:00` has no offset", "add `Z`"),
        ("action a() is readonl;", "unexpected word `readonl`", "did you mean `readonly`?"),
        ("record R { claimed a: int; }", "unexpected `a`, expected `:`", "write `:` here"),
        ("fn f() = 1;", "unexpected `=`, expected `->`", "write `->` here"),
        ("table t [T] -> { a: int; } { x = 1; }", "`=` is not an operator", "write `=>`"),
        ("@allow(x) zone z = \"Z\";", "unexpected `)`, expected `,`", "write `,` here"),
        ("privat const x = 1;", "expected a declaration, found `privat`", "a declaration starts"),
        ("use std.time.{weekday}", "expected `;` before the end of the file", "end it with `;`"),
        ("scenario \"x\" { attempt a() expct permit; }", "unexpected word `expct`", "did you mean `expect`?"),
        ("scenario \"x\" { attempt a() on b; }", "unexpected `;`, expected `expect`", "write `expect` here"),
        ("scenario \"x\" { aprove by ben; }", "unexpected word `aprove`", "did you mean `approve`?"),
        ("scenario \"x\" { approve ben; }", "expected `by` before `ben`", "add `by` here"),
        ("budget b in USD { warn at 80; }", "unexpected `;`, expected `%`", "write `%` here"),
        ("permit p: a when any(x xs: y);", "unexpected `xs`, expected `in`", "write `in` here"),
        ("permit p: a when if x then y;", "unexpected `;`, expected `else`", "write `else` here"),
        ("permit p: a when x is 5;", "unexpected `5`, expected a name", "write a name here"),
        ("review r: a approved by Lead timeout 1m;", "`1m` is not a valid duration", "write `1min`"),
        (
            "permit p: a when x == Tier::basic;",
            "unexpected `basic`, expected a string",
            "write a string here",
        ),
    ];
    for (text, message, help) in table {
        let errors = parse(SourceId(0), text).errors;
        let [error] = errors.as_slice() else { panic!("{text}: {errors:?}") };
        assert_eq!(error.message(), message, "{text}");
        assert!(error.help().is_some_and(|line| line.starts_with(help)), "{text}: {:?}", error.help());
    }
}

#[test]
fn marks_belong_to_what_follows() {
    let text = "zone a = \"A\"\n@allow(unused, \"later\")\nprivate const b = 1;\n// one\n\n// two\n// three\nenum E { c }";
    let parsed = parse(SourceId(0), text);
    assert_eq!(parsed.errors.iter().map(SyntaxError::code).collect::<Vec<_>>(), ["P0032"]);
    let [Item::Zone(_), Item::Const(constant), Item::Enum(last)] = parsed.file.items.as_slice() else {
        panic!("{:?}", parsed.file.items)
    };
    assert!(constant.marks.private.is_some());
    assert_eq!(constant.marks.allows[0].reason.value, "later");
    let above: Vec<_> = parsed.comments_above(text, last.span).iter().map(|c| c.text.as_str()).collect();
    assert_eq!(above, ["// two", "// three"]);
}

#[test]
fn a_missing_semicolon_is_reported_where_it_belongs() {
    let parsed = parse(SourceId(0), "zone a = \"A\"\n\nzone b = \"B\";");
    let [error] = parsed.errors.as_slice() else { panic!("{:?}", parsed.errors) };
    assert_eq!((error.code(), error.primary().range()), ("P0032", 12..12));
    assert_eq!(parsed.file.items.len(), 2);
}

#[test]
fn an_unclosed_brace_shows_where_it_was_opened() {
    let parsed = parse(SourceId(0), "resource R {\n a: int;\n\nresource S;");
    let [error] = parsed.errors.as_slice() else { panic!("{:?}", parsed.errors) };
    assert_eq!((error.code(), error.primary().range()), ("P0034", 21..21));
    assert_eq!(error.secondary().map(|(span, _)| span.range()), Some(11..12));
    assert_eq!(parsed.file.items.len(), 2);
}

#[test]
fn errors_are_counted_to_a_limit() {
    let parsed = parse(SourceId(0), &"permit a: b when ) ;\n".repeat(500));
    assert_eq!(parsed.errors.len(), ERRORS_MAX + 1);
    assert_eq!(parsed.errors.last().map(|error| &error.kind), Some(&SyntaxErrorKind::TooManyErrors));
}

#[test]
fn mistakes_without_end_in_one_declaration_end_the_reading() {
    for clause in
        ["x;\n", "hold 1s;\n", "hold;\n", "limit a < b < c per 1s;\n", "{\n", "limit a else a else "]
    {
        let parsed = parse(SourceId(0), &format!("budget b in USD {{\n{}}}", clause.repeat(100_000)));
        assert!((1..=ERRORS_MAX + 1).contains(&parsed.errors.len()), "{clause}: {}", parsed.errors.len());
    }
}

#[test]
fn a_text_over_the_limit_is_refused() {
    let parsed = parse(SourceId(0), &" ".repeat(SOURCE_BYTES_MAX + 1));
    assert_eq!(parsed.errors.iter().map(SyntaxError::code).collect::<Vec<_>>(), ["P0014"]);
    assert_eq!(parse(SourceId(0), &" ".repeat(SOURCE_BYTES_MAX)).errors, []);
}

/// What must hold of any text.
fn check(text: &str) {
    let parsed = parse(SourceId(3), text);
    assert!(parsed.errors.len() <= ERRORS_MAX + 1);
    assert_eq!(crate::format(SourceId(3), text).is_ok(), parsed.errors.is_empty());
    for error in &parsed.errors {
        let range = error.primary().range();
        assert!(text.get(range.clone()).is_some(), "{error:?} in {text:?}");
        assert!(SyntaxErrorKind::CODES.contains(&error.code()));
        assert!(!error.message().is_empty() && error.help().is_some());
        if let Some((span, _)) = error.secondary() {
            assert!(text.get(span.range()).is_some(), "{error:?} in {text:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_text_of_the_alphabet_is_read(text in "[a-z \"\\\\0-9.:;{}()'/*#\n\r\u{202e}é-]{0,200}") {
        check(&text);
    }

    #[test]
    fn any_tokens_are_read(words in prop::collection::vec(prop::sample::select(WORDS), 0..80)) {
        check(&words.join(" "));
    }

    #[test]
    fn any_tokens_in_a_rule_are_read(words in prop::collection::vec(prop::sample::select(WORDS), 0..30)) {
        check(&format!("permit p: a by B when {} ; budget b in USD {{ {} }}", words.join(" "), words.join(" ")));
    }
}

/// Every keyword, and three words that tools use.
const KEYWORDS: &[&str] = &[
    "edition",
    "module",
    "zone",
    "enum",
    "group",
    "agent",
    "resource",
    "action",
    "permit",
    "private",
    "claimed",
    "approved",
    "timeout",
    "matches",
    "any",
    "given",
    "attempt",
    "expect",
    "under",
    "leaving",
    "approve",
    "decline",
    "confirm",
    "release",
    "at",
    "forbid",
    "budget",
    "rate",
    "scope",
    "within",
    "identified",
    "by",
    "on",
    "when",
    "unless",
    "because",
    "hint",
    "in",
    "counts",
    "as",
    "for",
    "each",
    "limit",
    "per",
    "hold",
    "allow",
    "burst",
    "allows",
    "requires",
    "to",
    "expires",
    "after",
    "and",
    "or",
    "not",
    "like",
    "else",
    "true",
    "false",
    "present",
    "use",
    "review",
    "table",
    "if",
    "then",
    "is",
    "from",
    "order",
    "day",
];

const WORDS: &[&str] = &[
    "edition",
    "2026",
    "module",
    "zone",
    "enum",
    "group",
    "agent",
    "resource",
    "action",
    "permit",
    "private",
    "claimed",
    "approved",
    "timeout",
    "matches",
    "any",
    "given",
    "attempt",
    "expect",
    "under",
    "leaving",
    "approve",
    "decline",
    "confirm",
    "release",
    "at",
    "forbid",
    "budget",
    "rate",
    "scope",
    "review",
    "table",
    "scenario",
    "within",
    "identified",
    "by",
    "on",
    "when",
    "unless",
    "because",
    "hint",
    "in",
    "counts",
    "as",
    "for",
    "each",
    "limit",
    "per",
    "hold",
    "allow",
    "burst",
    "allows",
    "requires",
    "to",
    "expires",
    "after",
    "and",
    "or",
    "not",
    "like",
    "else",
    "true",
    "present",
    "if",
    ";",
    ";",
    ";",
    ":",
    "::",
    ",",
    ".",
    "?.",
    "?",
    "..",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "=",
    "==",
    "<",
    "+",
    "-",
    "*",
    "/",
    "=>",
    "&&",
    "!",
    "then",
    "is",
    "any",
    "private",
    "@allow",
    "fn",
    "given",
    "at",
    "attempt",
    "expect",
    "approved",
    "->",
    "%",
    "10.0.0.0/8",
    "r\"x\"",
    "// c\n",
    "name",
    "Type",
    "\"s\"",
    "\"open",
    "'q'",
    "1.5",
    "50.00 USD",
    "15min",
    "1m",
    "2026-03-20T09:00Z",
    "09:00",
    "\n",
    "\n",
    "é",
    "@",
];
