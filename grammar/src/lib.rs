//! Tokens, grammar, syntax tree and syntax errors of .permit.
