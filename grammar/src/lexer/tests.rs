//! Tests of the lexer: what each text turns into and what is wrong with it.

use super::lex;
use crate::span::SourceId;
use crate::syntax_error::SyntaxError;
use crate::token::Kind;

/// The kinds of a text's tokens and the codes of its errors.
fn read(text: &str) -> (Vec<Kind>, Vec<&'static str>) {
    let lexed = lex(SourceId(0), text);
    let kinds = lexed.tokens.iter().map(|token| token.kind).collect();
    (kinds, lexed.errors.iter().map(SyntaxError::code).collect())
}

#[test]
fn literals_are_single_tokens() {
    let table = [
        ("42", Kind::Int),
        ("1_500", Kind::Int),
        ("0.25", Kind::Decimal),
        ("50 USD", Kind::Money),
        ("50.00 USD", Kind::Money),
        ("1_500.00 \tJPY", Kind::Money),
        ("500ms", Kind::Duration),
        ("30s", Kind::Duration),
        ("15min", Kind::Duration),
        ("4h", Kind::Duration),
        ("90d", Kind::Duration),
        ("2w", Kind::Duration),
        ("2026-03-20T09:00Z", Kind::Instant),
        ("2026-03-20T09:00:30.125+05:30", Kind::Instant),
        ("09:00", Kind::Clock),
        ("09:00:30", Kind::Clock),
        ("2026-03-20", Kind::Date),
        ("2026-03-20T09:00", Kind::Local),
        ("2026-03-20T09:00:30.5", Kind::Local),
        ("10.1.2.3", Kind::Ip),
        ("10.0.0.0/8", Kind::Cidr),
        ("fe80::1", Kind::Ip),
        ("2001:db8:0:1::42:7", Kind::Ip),
        ("::1", Kind::Ip),
        ("1:2:3:4:5:6:7:8", Kind::Ip),
        ("2001:db8::/32", Kind::Cidr),
        ("fe80::1/128", Kind::Cidr),
        ("::/0", Kind::Cidr),
        ("1:2:3:4:5:6:7:8/64", Kind::Cidr),
        (r#"r"^[a-z]\d+$""#, Kind::Regex),
        (r#""a \"b\" \\ \n \t \u{1F600} é""#, Kind::Str),
        ("_a9", Kind::Word),
        ("USD", Kind::Word),
        ("permits", Kind::Word),
        ("permit", Kind::Permit),
    ];
    for (text, kind) in table {
        assert_eq!(read(text), (vec![kind], vec![]), "{text}");
        let tokens = lex(SourceId(0), text).tokens;
        assert_eq!((tokens[0].start, tokens[0].end as usize), (0, text.len()), "{text}");
    }
}

#[test]
fn adjacent_tokens_are_separated() {
    use Kind::{
        Clock, Colon, Comma, Decimal, Dot, DotDot, Int, Money, OptDot, PathSep, Question, Semi, Slash, Str,
        Word,
    };
    let table = [
        ("1..5", vec![Int, DotDot, Int]),
        ("1.5..2.5", vec![Decimal, DotDot, Decimal]),
        ("09:00..18:00", vec![Clock, DotDot, Clock]),
        ("a/b", vec![Word, Slash, Word]),
        ("Fee::\"x\"", vec![Word, PathSep, Str]),
        ("a:1,b:2", vec![Word, Colon, Int, Comma, Word, Colon, Int]),
        ("r \"x\"", vec![Word, Str]),
        ("5 USDX", vec![Int, Word]),
        ("5 USD;", vec![Money, Semi]),
        ("5\nUSD", vec![Int, Word]),
        ("a?.b", vec![Word, OptDot, Word]),
        ("a?;", vec![Word, Question, Semi]),
        ("a.b", vec![Word, Dot, Word]),
        ("// all of it ; \"\n;", vec![Semi]),
        ("\u{feff};", vec![Semi]),
        ("a\r\n;", vec![Word, Semi]),
        ("", vec![]),
    ];
    for (text, kinds) in table {
        assert_eq!(read(text), (kinds, vec![]), "{text}");
    }
}

#[test]
fn what_can_not_be_read_is_reported_once_and_stands_for_something() {
    use Kind::{And, Duration, Instant, Int, Money, Or, Semi, Str, Word};
    let table = [
        ("$;", "P0001", vec![Semi]),
        ("'a'", "P0001", vec![Str]),
        ("caf\u{e9} ;", "P0002", vec![Word, Semi]),
        ("\u{430}dmin", "P0002", vec![Word]),
        ("a\u{a0}", "P0002", vec![Word]),
        (";\u{feff}", "P0002", vec![Semi]),
        ("\"\u{202e}\"", "P0003", vec![Str]),
        ("// \u{2066}", "P0003", vec![]),
        ("\u{200f};", "P0003", vec![Semi]),
        ("a\u{61c}", "P0003", vec![Word]),
        ("\0;", "P0004", vec![Semi]),
        ("a\rb", "P0004", vec![Word, Word]),
        ("// a\rpermit", "P0004", vec![]),
        ("\"\u{1b}\"", "P0004", vec![Str]),
        ("\"\u{2028}\"", "P0004", vec![Str]),
        ("\"abc;\n;", "P0005", vec![Str, Semi, Semi]),
        ("\"abc\\", "P0005", vec![Str]),
        ("\"abc\\\"", "P0005", vec![Str]),
        (r#""\x""#, "P0006", vec![Str]),
        (r#""\u{110000}""#, "P0006", vec![Str]),
        (r#""\u{d800}""#, "P0006", vec![Str]),
        (r#""\u{}""#, "P0006", vec![Str]),
        (r#""\u12""#, "P0006", vec![Str]),
        ("1__0", "P0007", vec![Int]),
        ("1_", "P0007", vec![Int]),
        ("1e5", "P0007", vec![Int]),
        ("0x1F", "P0007", vec![Int]),
        ("1.5h", "P0007", vec![Int]),
        ("50USD", "P0007", vec![Money]),
        ("1m", "P0008", vec![Duration]),
        ("3mo", "P0008", vec![Duration]),
        ("2026-03-20T9Z", "P0010", vec![Instant]),
        ("2026-03-20T09:00+1", "P0010", vec![Instant]),
        ("/* a \n ; */;", "P0012", vec![Semi]),
        ("/* a", "P0012", vec![]),
        ("# a ;\n;", "P0012", vec![Semi]),
        ("&&", "P0013", vec![And]),
        ("||", "P0013", vec![Or]),
    ];
    for (text, code, kinds) in table {
        assert_eq!(read(text), (kinds, vec![code]), "{text:?}");
    }
}

#[test]
fn a_unit_that_does_not_exist_is_explained() {
    let help = |text| lex(SourceId(0), text).errors.first().and_then(SyntaxError::help);
    let expected = "write `1min`; the units are `ms`, `s`, `min`, `h`, `d` and `w`";
    assert_eq!(help("1m").as_deref(), Some(expected));
    assert!(help("3mo").is_some_and(|text| text.contains("per month in ZONE")));
}

#[test]
fn comments_are_kept() {
    let lexed = lex(SourceId(0), "// a \n; // b\r\n\"// c\" //");
    let comments: Vec<_> =
        lexed.comments.iter().map(|comment| (comment.text.as_str(), comment.own_line)).collect();
    assert_eq!(comments, [("// a", true), ("// b", false), ("//", false)]);
}

#[test]
fn escapes_are_resolved() {
    assert_eq!(super::string_value(r#""a\"\\\n\t\u{e9}\u{1F600}""#), "a\"\\\n\t\u{e9}\u{1F600}");
    assert_eq!(super::string_value(r#""open"#), "open");
}
