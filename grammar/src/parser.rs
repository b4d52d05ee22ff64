//! The parser: one declaration at a time, each repaired where possible.

use std::cell::Cell;

use crate::actions::{Cx, Mismatch, Top};
use crate::ast::File;
use crate::comment::Comment;
use crate::describe;
use crate::lexer::{Lexed, lex};
use crate::limits::{ERRORS_MAX, NESTING_MAX, SOURCE_BYTES_MAX};
use crate::repair;
use crate::segment;
use crate::span::{SourceId, Span};
use crate::syntax_error::{SyntaxError, SyntaxErrorKind as E};
use crate::token::{Kind, Token};

/// A tree and what is wrong with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What could be read.
    pub file: File,
    /// The comments in the order of the text.
    pub comments: Vec<Comment>,
    /// The errors in the order of the text.
    pub errors: Vec<SyntaxError>,
}

impl Parsed {
    /// The comments right above a declaration, which starts at this span or at its marks: no blank line in between.
    #[must_use]
    pub fn comments_above(&self, text: &str, span: Span) -> &[Comment] {
        let end = self.comments.partition_point(|comment| comment.span.start < span.start);
        let mut below = span.start;
        let mut first = end;
        for (at, comment) in self.comments.iter().enumerate().take(end).rev() {
            let between = text.get(comment.span.end as usize..below as usize).unwrap_or_default();
            if !comment.own_line || between.matches('\n').count() != 1 || !between.trim().is_empty() {
                break;
            }
            (first, below) = (at, comment.span.start);
        }
        self.comments.get(first..end).unwrap_or_default()
    }
}

/// Parses a text. It never fails: what it can not read is missing in the tree and named in the errors.
#[must_use]
pub fn parse(source: SourceId, text: &str) -> Parsed {
    if text.len() > SOURCE_BYTES_MAX {
        let error = SyntaxError::new(E::SourceTooLong, Span { source, start: 0, end: 0 });
        return Parsed { file: File::default(), comments: Vec::new(), errors: vec![error] };
    }
    let Lexed { tokens, comments, errors } = lex(source, text);
    let mut parser = Parser { source, text, tokens, file: File::default(), errors, lost: false };
    parser.file();
    let Parser { file, mut errors, .. } = parser;
    errors.sort_by_key(|error| (error.span.start, error.span.end));
    if errors.len() > ERRORS_MAX {
        let span = errors.get(ERRORS_MAX).map_or(Span { source, start: 0, end: 0 }, |error| error.span);
        errors.truncate(ERRORS_MAX);
        errors.push(SyntaxError::new(E::TooManyErrors, span));
    }
    Parsed { file, comments, errors }
}

/// The state of parsing.
#[derive(Debug)]
struct Parser<'s> {
    source: SourceId,
    text: &'s str,
    tokens: Vec<Token>,
    file: File,
    errors: Vec<SyntaxError>,
    /// Whether the last thing was no declaration, which is said once.
    lost: bool,
}

/// One run of the grammar.
#[derive(Debug)]
pub(crate) struct Run {
    /// The tree, if there is one.
    pub(crate) top: Option<Top>,
    /// The grammar's mistakes in the order of the text.
    pub(crate) mismatches: Vec<Mismatch>,
    /// The mistakes that the actions found.
    pub(crate) errors: Vec<SyntaxError>,
}

impl Parser<'_> {
    fn file(&mut self) {
        let tokens = std::mem::take(&mut self.tokens);
        let mut start = 0;
        while start < tokens.len() && self.errors.len() <= ERRORS_MAX {
            let end = segment::end(&tokens, start).max(start.saturating_add(1));
            let behind = if end < tokens.len() { "the next declaration" } else { "the end of the file" };
            self.declaration(tokens.get(start..end).unwrap_or_default(), behind);
            start = end;
        }
    }

    /// Reads the tokens of one declaration.
    fn declaration(&mut self, tokens: &[Token], behind: &'static str) {
        let at = segment::keyword(tokens, 0);
        let Some(first) = tokens.get(at).or(tokens.last()) else { return };
        let span = self.span(*first);
        let word = self.text.get(span.range()).unwrap_or_default();
        let mut tokens = tokens.to_vec();
        match first.kind {
            Kind::Semi => return self.stray(E::NeedlessSemicolon, span),
            Kind::RBrace => return self.stray(E::Unmatched { found: '}' }, span),
            Kind::Prove => {
                self.lost = false;
                return self
                    .errors
                    .push(SyntaxError::new(E::LaterDeclaration { word: word.to_owned() }, span));
            }
            kind if kind.opens_declaration() => {}
            _ => {
                let Some((kind, meant)) = describe::declaration_like(word) else {
                    if first.mended {
                        // What it stands for was reported.
                        self.lost = true;
                        return;
                    }
                    let found = describe::token(self.text, first);
                    return self.stray(E::NotADeclaration { found }, span);
                };
                let error = E::Misspelt { found: word.to_owned(), meant: meant.to_owned() };
                self.errors.push(SyntaxError::new(error, span));
                if let Some(first) = tokens.get_mut(at) {
                    first.kind = kind;
                    first.mended = true;
                }
            }
        }
        self.lost = false;
        if let Some(token) = too_deep(&tokens) {
            return self.errors.push(SyntaxError::new(E::TooDeep, self.span(token)));
        }
        let (run, mut found) = repair::mend(self.source, self.text, tokens, behind);
        self.errors.append(&mut found);
        self.errors.extend(run.errors);
        match run.top {
            Some(top) => self.place(top, span),
            // What follows a declaration that ended too early is most likely its rest.
            None => self.lost = true,
        }
    }

    /// Says that something is no declaration, unless what stood before was none either.
    fn stray(&mut self, error: E, span: Span) {
        if !std::mem::replace(&mut self.lost, true) {
            self.errors.push(SyntaxError::new(error, span));
        }
    }

    fn place(&mut self, top: Top, keyword: Span) {
        let late = !self.file.items.is_empty();
        let (word, first) = match top {
            Top::Item(item) => return self.file.items.push(*item),
            Top::Edition(year) => {
                let first = self.file.edition.as_ref().map(|edition| edition.span);
                let late = late || self.file.module.is_some() || !self.file.uses.is_empty();
                self.file.edition.get_or_insert(year);
                ("edition", first.map(Some).or(late.then_some(None)))
            }
            Top::Use(of) => {
                self.file.uses.push(of);
                ("use", late.then_some(None))
            }
            Top::Module(module) => {
                let late = late || !self.file.uses.is_empty();
                let first = self.file.module.as_ref().map(|module| module.span);
                self.file.module.get_or_insert(module);
                ("module", first.map(Some).or(late.then_some(None)))
            }
        };
        if let Some(first) = first {
            self.errors.push(SyntaxError::new(E::MisplacedHeader { word, first }, keyword));
        }
    }

    const fn span(&self, token: Token) -> Span {
        Span { source: self.source, start: token.start, end: token.end }
    }
}

/// Runs the grammar over the tokens of one declaration.
pub(crate) fn run(source: SourceId, text: &str, tokens: &[Token]) -> Run {
    let enough = Cell::new(false);
    let mut cx = Cx::new(source, text, tokens, &enough);
    let input = tokens
        .iter()
        .enumerate()
        .take_while(|_| !enough.get())
        .map(|(at, token)| Ok((at, token.kind, at.saturating_add(1))));
    let top = match crate::grammar::TopParser::new().parse(&mut cx, input) {
        Ok(top) => Some(top),
        Err(error) => {
            cx.failed(error);
            None
        }
    };
    let Cx { mut mismatches, errors, .. } = cx;
    mismatches.sort_by_key(|mismatch| mismatch.at);
    Run { top, mismatches, errors }
}

/// The token at which brackets or signs are nested too deeply.
fn too_deep(tokens: &[Token]) -> Option<Token> {
    let (mut brackets, mut signs) = (0_u16, 0_u16);
    for token in tokens {
        match token.kind {
            Kind::Minus | Kind::Not => signs = signs.saturating_add(1),
            kind if kind.opens() => brackets = brackets.saturating_add(1),
            kind if kind.closes().is_some() => brackets = brackets.saturating_sub(1),
            _ => signs = 0,
        }
        if brackets > NESTING_MAX || signs > NESTING_MAX {
            return Some(*token);
        }
    }
    None
}

#[cfg(test)]
mod tests;
