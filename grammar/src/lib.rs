//! Tokens, grammar, syntax tree and syntax errors of `.permit`.

#![forbid(unsafe_code)]

pub mod ast;
pub mod span;
