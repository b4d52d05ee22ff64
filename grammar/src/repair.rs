//! Repairs a declaration one token at a time, so that one typo gives one error and the rest of the declaration is still parsed.
//!
//! Where the grammar stops, each single edit that could help is tried: another keyword, an inserted token, a deleted
//! token. The edit after which the grammar gets furthest is taken as what was meant. Where none helps, the grammar's own recovery
//! applies.

use crate::actions::Mismatch;
use crate::describe;
use crate::limits::{REPAIR_TOKENS_MAX, REPAIRS_MAX};
use crate::parser::{Run, run};
use crate::span::{SourceId, Span};
use crate::syntax_error::{SyntaxError, SyntaxErrorKind as E};
use crate::token::{Kind, Token};

/// How many tokens behind the edit must fit for it to be believed.
///
/// One more is asked of every edit but an inserted `by`, which can hardly be mistaken.
const PROGRESS_MIN: usize = 3;

/// The most errors reported in one declaration without a repair; later ones are most likely consequences.
const UNMENDED_MAX: usize = 2;

/// A change to a declaration's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    /// A token is put before the one that does not fit.
    Insert(Kind),
    /// The token that does not fit is taken to be another.
    Become(Kind),
    /// The token that does not fit is left out.
    Drop,
}

/// Parses a declaration, mending it where that helps.
///
/// `behind` says in words what follows the declaration.
pub(crate) fn mend(
    source: SourceId,
    text: &str,
    mut tokens: Vec<Token>,
    behind: &'static str,
) -> (Run, Vec<SyntaxError>) {
    let mut errors: Vec<SyntaxError> = Vec::new();
    let mut current = run(source, text, &tokens);
    for _ in 0..REPAIRS_MAX {
        let Some(mismatch) = current.mismatches.first().cloned() else { break };
        if tokens.len() > REPAIR_TOKENS_MAX {
            break;
        }
        let Some((edit, edited, next)) = best_edit(source, text, &tokens, &current, &mismatch) else { break };
        let report = Report { source, text, tokens: &tokens, mismatch: &mismatch, behind };
        if !beside_mended(&tokens, mismatch.at) && !report.completes(edit) {
            errors.push(report.edit(edit));
        }
        tokens = edited;
        current = next;
    }
    let mut line = None;
    let mut unmended = 0_usize;
    for mismatch in &current.mismatches {
        let report = Report { source, text, tokens: &tokens, mismatch, behind };
        let here =
            tokens.iter().take(mismatch.at.saturating_add(1)).filter(|token| token.first_on_line).count();
        if !beside_mended(&tokens, mismatch.at) && line.replace(here) != Some(here) && unmended < UNMENDED_MAX
        {
            unmended = unmended.saturating_add(1);
            errors.push(report.unmended());
        }
    }
    (current, errors)
}

/// Whether the token or the one before it stands for text that was reported already.
fn beside_mended(tokens: &[Token], at: usize) -> bool {
    let mended = |index: usize| tokens.get(index).is_some_and(|token| token.mended);
    mended(at) || at.checked_sub(1).is_some_and(mended)
}

/// The edit that gets the grammar furthest, if any gets it far enough.
fn best_edit(
    source: SourceId,
    text: &str,
    tokens: &[Token],
    current: &Run,
    mismatch: &Mismatch,
) -> Option<(Edit, Vec<Token>, Run)> {
    let mut best: Option<(usize, Edit, Vec<Token>, Run)> = None;
    for edit in candidates(text, tokens, mismatch) {
        let (edited, shift) = apply(tokens, mismatch.at, edit)?;
        let next = run(source, text, &edited);
        let reached = match next.mismatches.first() {
            None => usize::MAX,
            // Counted in the tokens of the text, so that edits can be compared.
            Some(later) if shift == Shift::Longer => later.at.saturating_sub(1),
            Some(later) if shift == Shift::Shorter => later.at.saturating_add(1),
            Some(later) => later.at,
        };
        let needed =
            if edit == Edit::Insert(Kind::By) { PROGRESS_MIN } else { PROGRESS_MIN.saturating_add(1) };
        let enough =
            reached >= mismatch.at.saturating_add(needed) && next.errors.len() <= current.errors.len();
        if enough && best.as_ref().is_none_or(|(most, ..)| reached > *most) {
            best = Some((reached, edit, edited, next));
        }
    }
    best.map(|(_, edit, edited, next)| (edit, edited, next))
}

/// The edits worth trying, the likeliest first.
fn candidates(text: &str, tokens: &[Token], mismatch: &Mismatch) -> Vec<Edit> {
    let mut edits = Vec::new();
    let expects = |name: &str| mismatch.expected.iter().any(|item| item.trim_matches('"') == name);
    if let Some(token) = tokens.get(mismatch.at) {
        let word = text.get(token.start as usize..token.end as usize).unwrap_or_default();
        if token.kind.is_word()
            && let Some(kind) =
                describe::similar(word, describe::keywords(&mismatch.expected)).and_then(Kind::of)
        {
            edits.push(Edit::Become(kind));
        }
        if token.kind == Kind::Assign && expects("==") {
            edits.push(Edit::Become(Kind::EqEq));
        }
        if token.kind == Kind::Assign && expects("=>") {
            edits.push(Edit::Become(Kind::FatArrow));
        }
    }
    let marks = [";", ")", "]", "}", ":", ",", "{", "=", "=>", "("];
    // A call is hardly ever meant where an operand just ended.
    let call = describe::expects_operator(&mismatch.expected);
    let marks = marks.into_iter().filter(|mark| expects(mark) && !(call && *mark == "("));
    let marks = marks.filter_map(Kind::of);
    edits.extend(marks.map(Edit::Insert));
    if describe::expects_expression(&mismatch.expected) {
        edits.push(Edit::Insert(Kind::Missing));
    } else if !describe::expects_operator(&mismatch.expected) {
        let words: Vec<Kind> = describe::keywords(&mismatch.expected).filter_map(Kind::of).collect();
        let agents_lack = words.contains(&Kind::By) && !tokens.iter().any(|token| token.kind == Kind::By);
        if agents_lack {
            edits.insert(0, Edit::Insert(Kind::By));
        } else if words.len() <= 2 {
            edits.extend(words.into_iter().map(Edit::Insert));
        }
    }
    if mismatch.at < tokens.len() {
        edits.push(Edit::Drop);
    }
    edits
}

/// How an edit moves the tokens behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shift {
    Longer,
    Same,
    Shorter,
}

fn apply(tokens: &[Token], at: usize, edit: Edit) -> Option<(Vec<Token>, Shift)> {
    let (before, after) = tokens.split_at_checked(at)?;
    let mut edited = before.to_vec();
    let shift = match edit {
        Edit::Insert(kind) => {
            let end = before.last().map_or(0, |token| token.end);
            edited.push(Token { kind, start: end, end, first_on_line: false, mended: true });
            edited.extend_from_slice(after);
            Shift::Longer
        }
        Edit::Become(kind) => {
            let (first, rest) = after.split_first()?;
            edited.push(Token { kind, mended: true, ..*first });
            edited.extend_from_slice(rest);
            Shift::Same
        }
        Edit::Drop => {
            edited.extend_from_slice(after.get(1..)?);
            Shift::Shorter
        }
    };
    Some((edited, shift))
}

/// What is known when a mistake is put into words.
struct Report<'s> {
    source: SourceId,
    text: &'s str,
    tokens: &'s [Token],
    mismatch: &'s Mismatch,
    behind: &'static str,
}

impl Report<'_> {
    /// The error that an edit mended.
    fn edit(&self, edit: Edit) -> SyntaxError {
        if let Some(known) = self.known() {
            return known;
        }
        let before = self.found();
        let here = self.behind_previous();
        match edit {
            Edit::Insert(Kind::Semi) => SyntaxError::new(E::MissingSemicolon { before }, here),
            Edit::Insert(Kind::Missing) => SyntaxError::new(E::MissingExpression { before }, self.here()),
            Edit::Insert(kind) => self
                .unclosed(kind, here)
                .unwrap_or_else(|| SyntaxError::new(E::Missing { what: describe::kind(kind), before }, here)),
            Edit::Become(kind) => {
                let (found, meant) = (self.slice().to_owned(), describe::spelling(kind));
                match kind {
                    Kind::EqEq | Kind::FatArrow => {
                        SyntaxError::new(E::ForeignOperator { found, ours: meant }, self.here())
                    }
                    _ => SyntaxError::new(E::Misspelt { found, meant: meant.to_owned() }, self.here()),
                }
            }
            Edit::Drop => self.unmended(),
        }
    }

    /// The error that nothing mended.
    fn unmended(&self) -> SyntaxError {
        if let Some(known) = self.known() {
            return known;
        }
        let expected = describe::group(&self.mismatch.expected);
        if expected == ["`;`"] {
            return SyntaxError::new(E::MissingSemicolon { before: self.found() }, self.behind_previous());
        }
        if self.mismatch.at >= self.tokens.len() {
            let closer = [Kind::RBrace, Kind::RParen, Kind::RBracket].into_iter().find(|closer| {
                self.mismatch
                    .expected
                    .iter()
                    .any(|item| item.trim_matches('"') == describe::spelling(*closer))
            });
            if let Some(error) = closer.and_then(|closer| self.unclosed(closer, self.behind_previous())) {
                return error;
            }
            return SyntaxError::new(E::Unexpected { found: self.found(), expected }, self.behind_previous());
        }
        SyntaxError::new(E::Unexpected { found: self.found(), expected }, self.here())
    }

    /// A mistake that has an error of its own, whatever mends it.
    fn known(&self) -> Option<SyntaxError> {
        let kind = describe::known(self.text, self.tokens, self.mismatch)?;
        Some(SyntaxError::new(kind, self.here()))
    }

    /// The error of a bracket that a missing closing one leaves open.
    fn unclosed(&self, closer: Kind, here: Span) -> Option<SyntaxError> {
        let token = self.opener(closer)?;
        let opened = Span { source: self.source, start: token.start, end: token.end };
        let (open, close) = match closer {
            Kind::RParen => ('(', ')'),
            Kind::RBracket => ('[', ']'),
            _ => ('{', '}'),
        };
        Some(SyntaxError::new(E::Unclosed { open, close, opened }, here))
    }

    /// The bracket that the closing one would close here.
    fn opener(&self, closer: Kind) -> Option<&Token> {
        let opener = closer.closes()?;
        let mut depth = 0_usize;
        for token in self.tokens.iter().take(self.mismatch.at).rev() {
            if token.kind == closer {
                depth = depth.saturating_add(1);
            } else if token.kind == opener && depth > 0 {
                depth = depth.saturating_sub(1);
            } else if token.kind == opener {
                return Some(token);
            }
        }
        None
    }

    /// Whether the edit closes a bracket that another edit opened, which was reported.
    fn completes(&self, edit: Edit) -> bool {
        matches!(edit, Edit::Insert(closer) if self.opener(closer).is_some_and(|opener| opener.mended))
    }

    fn found(&self) -> String {
        match self.tokens.get(self.mismatch.at) {
            Some(token) => describe::token(self.text, token),
            None => self.behind.to_owned(),
        }
    }

    fn slice(&self) -> &str {
        self.text.get(self.here().range()).unwrap_or_default()
    }

    fn here(&self) -> Span {
        match self.tokens.get(self.mismatch.at) {
            Some(token) => Span { source: self.source, start: token.start, end: token.end },
            None => self.behind_previous(),
        }
    }

    /// The empty place right behind the previous token.
    fn behind_previous(&self) -> Span {
        let previous = self.mismatch.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let end = previous.map_or(0, |token| token.end);
        Span { source: self.source, start: end, end }
    }
}
