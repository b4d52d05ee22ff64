//! The parser's limits, all in one place.

/// The longest source text, in bytes.
pub const SOURCE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most tokens of one source text.
pub const TOKENS_MAX: usize = 2_000_000;

/// The deepest nesting of brackets, and the deepest tree of one expression or type. A recursive walk over a tree within
/// this limit is safe on a thread's default stack.
pub const NESTING_MAX: u16 = 128;

/// The most errors of one source text; one more says that the rest was left out.
pub const ERRORS_MAX: usize = 100;

/// The longest declaration, in tokens, for which a repair is tried: each try parses it again.
pub(crate) const REPAIR_TOKENS_MAX: usize = 4096;

/// The most repairs of one declaration.
pub(crate) const REPAIRS_MAX: usize = 4;
