//! Descriptions of tokens and of what the grammar expects: a set of fifty terminals is shown as "an expression".

use crate::actions::Mismatch;
use crate::lexer::DURATION_UNITS;
use crate::syntax_error::SyntaxErrorKind as E;
use crate::token::{Kind, Token};

/// The words that open a declaration.
const DECLARATIONS: [&str; 22] = [
    "edition", "module", "use", "const", "zone", "enum", "record", "group", "agent", "person", "resource",
    "action", "actions", "table", "fn", "permit", "review", "forbid", "budget", "rate", "scope", "scenario",
];

/// Keywords of other policy languages, and their equivalents here.
const SYNONYMS: [(&str, &str); 4] =
    [("allow", "permit"), ("deny", "forbid"), ("quota", "budget"), ("package", "module")];

/// The most alternatives that a message names.
const ALTERNATIVES_MAX: usize = 4;

/// The keyword that a word at the start of a declaration stands for.
pub(crate) fn declaration_like(word: &str) -> Option<(Kind, &'static str)> {
    let synonym = SYNONYMS.iter().find(|(foreign, _)| *foreign == word).map(|(_, ours)| *ours);
    let meant = synonym.or_else(|| similar(word, DECLARATIONS.into_iter()))?;
    Some((Kind::of(meant)?, meant))
}

/// The candidate that a misspelt word most likely stands for.
pub(crate) fn similar<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let most = match word.len() {
        0..=2 => return None,
        3..=4 => 1,
        5..=32 => 2,
        _ => return None,
    };
    candidates
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= most && *distance > 0 && *distance < candidate.len().div_ceil(2)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The terminals without their quotes.
fn terminals(expected: &[String]) -> impl Iterator<Item = &str> {
    expected.iter().map(|item| item.trim_matches('"'))
}

/// The keywords among the terminals that stand there as keywords, not as names.
pub(crate) fn keywords(expected: &[String]) -> impl Iterator<Item = &str> {
    let names = terminals(expected).any(|item| item == "name");
    terminals(expected)
        .filter(move |item| !names && Kind::of(item).is_some_and(Kind::is_word) && !is_operator(item))
}

/// Whether an expression would fit.
pub(crate) fn expects_expression(expected: &[String]) -> bool {
    terminals(expected).any(|item| item == "missing")
}

/// Whether an expression could go on.
pub(crate) fn expects_operator(expected: &[String]) -> bool {
    terminals(expected).any(|item| item == "and")
        && terminals(expected).any(|item| item == "+")
        && !expects_expression(expected)
}

fn is_operator(item: &str) -> bool {
    matches!(
        item,
        "and"
            | "or"
            | "else"
            | "in"
            | "within"
            | "like"
            | "matches"
            | "is"
            | "=="
            | "!="
            | "<"
            | "<="
            | ">"
            | ">="
            | "+"
            | "-"
            | "*"
            | "/"
            | "["
            | "("
            | "."
            | "?."
            | ".."
    )
}

/// The terminals in a few words.
pub(crate) fn group(expected: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    let expression = expects_expression(expected);
    let operator = expects_operator(expected);
    let name = terminals(expected).any(|item| item == "name");
    if expression {
        words.push("an expression".to_owned());
    } else if name {
        words.push("a name".to_owned());
    }
    if operator {
        words.push("an operator".to_owned());
    }
    let mut clauses = Vec::new();
    for item in terminals(expected) {
        let starts_expression = matches!(
            item,
            "int"
                | "decimal"
                | "money"
                | "duration"
                | "instant"
                | "date"
                | "local"
                | "clock"
                | "ip"
                | "cidr"
                | "regex"
                | "if"
                | "string"
                | "("
                | "["
                | "-"
                | "missing"
                | "not"
                | "true"
                | "false"
                | "present"
        );
        let is_word = Kind::of(item).is_some_and(Kind::is_word);
        if item == "name" || (expression && starts_expression) || (operator && is_operator(item)) {
            continue;
        }
        if is_word && (name || expression) {
            continue;
        }
        if is_word {
            clauses.push(item);
        } else {
            words.push(terminal(item));
        }
    }
    match clauses.as_slice() {
        [] => {}
        [one] => words.push(format!("`{one}`")),
        [one, two] => words.extend([format!("`{one}`"), format!("`{two}`")]),
        [..] => {
            let example = ["when", "counts", "allows"].into_iter().find(|word| clauses.contains(word));
            let example = example.or(clauses.first().copied()).unwrap_or_default();
            words.push(format!("a clause such as `{example}`"));
        }
    }
    // Where an expression may go on and nothing may follow it, it is the branch behind `then`.
    if words == ["an operator"] && terminals(expected).any(|item| item == "else") {
        return vec!["`else`".to_owned()];
    }
    words.truncate(ALTERNATIVES_MAX);
    words
}

/// A terminal in words.
fn terminal(item: &str) -> String {
    match item {
        "string" => "a string".to_owned(),
        "int" => "a whole number".to_owned(),
        "decimal" => "a decimal number".to_owned(),
        "money" => "an amount of money".to_owned(),
        "duration" => "a duration such as `15min`".to_owned(),
        "instant" => "a date and a time".to_owned(),
        "local" => "a local date and time".to_owned(),
        "date" => "a date".to_owned(),
        "clock" => "a time of day".to_owned(),
        "ip" | "cidr" => "an address".to_owned(),
        "regex" => "a pattern such as `r\"…\"`".to_owned(),
        _ => format!("`{item}`"),
    }
}

/// A kind in words.
pub(crate) fn kind(kind: Kind) -> String {
    format!("`{}`", spelling(kind))
}

/// The keywords and marks that the repair may insert.
const SPELLINGS: [&str; 102] = [
    "edition",
    "module",
    "zone",
    "enum",
    "group",
    "agent",
    "resource",
    "action",
    "permit",
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
    ";",
    ":",
    ",",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "=",
    "==",
    ".",
    "::",
    "..",
    "?.",
    "*",
    "use",
    "const",
    "record",
    "person",
    "table",
    "fn",
    "review",
    "actions",
    "scenario",
    "private",
    "if",
    "then",
    "is",
    "claimed",
    "readonly",
    "irreversible",
    "external",
    "approved",
    "of",
    "them",
    "timeout",
    "warn",
    "at",
    "given",
    "attempt",
    "expect",
    "under",
    "leaving",
    "deny",
    "approve",
    "decline",
    "confirm",
    "release",
    "any",
    "all",
    "count",
    "matches",
    "/",
    "%",
    "@",
    "=>",
    "->",
];

/// How a keyword or mark that the repair may insert is written.
pub(crate) fn spelling(kind: Kind) -> &'static str {
    SPELLINGS.into_iter().find(|text| Kind::of(text) == Some(kind)).unwrap_or("…")
}

/// A token in words.
pub(crate) fn token(text: &str, token: &Token) -> String {
    match token.kind {
        Kind::Str => "a string".to_owned(),
        _ => {
            let slice = text.get(token.start as usize..token.end as usize).unwrap_or_default();
            let short: String = slice.chars().take(40).collect();
            format!("`{short}`")
        }
    }
}

/// A mistake for which there is a more specific error than its token.
pub(crate) fn known(text: &str, tokens: &[Token], mismatch: &Mismatch) -> Option<E> {
    let slice = |token: &Token| text.get(token.start as usize..token.end as usize).unwrap_or_default();
    let at = mismatch.at;
    let token = tokens.get(at)?;
    let previous = at.checked_sub(1).and_then(|before| tokens.get(before));
    let next = tokens.get(at.saturating_add(1));
    let operator = expects_operator(&mismatch.expected);
    let names = terminals(&mismatch.expected).any(|item| item == "name");
    let is_unit = |token: &Token| token.kind == Kind::Word && DURATION_UNITS.contains(&slice(token));
    match token.kind {
        // An `if` binds loosest of all, so as an operand it needs brackets.
        Kind::If if expects_expression(&mismatch.expected) => {
            Some(E::Missing { what: "`(`".to_owned(), before: "`if`".to_owned() })
        }
        Kind::DotDot if operator => Some(E::RangeOutsideIn),
        Kind::Not if operator => {
            let op = next.filter(|next| matches!(next.kind, Kind::In | Kind::Within | Kind::Like))?;
            Some(E::MisplacedNot { op: slice(op).to_owned() })
        }
        // `24 h`: the number is the mistake where a duration is needed, the unit where a number would do.
        Kind::Int if next.is_some_and(is_unit) => split_duration(slice(token), next.map(slice)),
        Kind::Word if is_unit(token) && previous.is_some_and(|token| token.kind == Kind::Int) => {
            split_duration(previous.map(slice).unwrap_or_default(), Some(slice(token)))
        }
        // The reserved word takes a name's place only if the text goes on behind it as it does behind a name.
        kind if kind.is_reserved() && names && !begins_clause(kind) => {
            Some(E::ReservedWord { word: slice(token).to_owned() })
        }
        _ => None,
    }
}

/// A duration with a blank before its unit.
fn split_duration(number: &str, unit: Option<&str>) -> Option<E> {
    Some(E::UnknownUnit { number: number.to_owned(), unit: format!(" {}", unit?) })
}

/// Whether the word opens a clause of a rule, so that it more likely ends something than names it.
const fn begins_clause(kind: Kind) -> bool {
    matches!(kind, Kind::When | Kind::Unless | Kind::Because | Kind::And | Kind::Or | Kind::Else)
}
