//! Tokens, grammar, syntax tree and syntax errors of `.permit`.
//!
//! [`parse`] turns any text into a tree and a list of errors, [`tokens`] returns the spans of its tokens. Names and types
//! are resolved by the frontend.

#![forbid(unsafe_code)]

mod actions;
pub mod ast;
mod comment;
mod describe;
mod lexer;
pub mod limits;
mod parser;
mod printer;
mod repair;
mod segment;
mod shape;
pub mod span;
pub mod syntax_error;
mod token;

lalrpop_util::lalrpop_mod!(
    #[expect(
        clippy::all,
        clippy::allow_attributes,
        clippy::allow_attributes_without_reason,
        clippy::cast_sign_loss,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::too_many_lines,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "generated code"
    )]
    grammar
);

pub use lexer::tokens;
pub use parser::{Parsed, parse};
pub use printer::{format, print};
pub use shape::shape;
