//! Regular expressions, matched in time linear in the text and compiled once, when a program is verified.
//!
//! A pattern is anchored at both ends, as a glob is: it must match the whole text. There are no look-around assertions
//! and no back references, since they cannot be matched in linear time.

use regex::{Regex, RegexBuilder};

/// The most bytes of a pattern.
pub const PATTERN_BYTES_MAX: usize = 1_024;

/// The most bytes of a compiled pattern, and of what its matching remembers.
const COMPILED_BYTES_MAX: usize = 256 * 1024;

/// The deepest nesting of a pattern.
const NEST_MAX: u32 = 32;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

/// Text that is no regular expression, or one too large.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It cannot be read; the engine says why, in one line.
    #[error("not a regular expression: {0}")]
    Syntax(String),
    /// It, or what it compiles to, is too large.
    #[error("the regular expression is too large")]
    TooLarge,
}

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(PatternError::TooLarge);
        }
        // By itself first: what is no pattern alone might be one between the anchors, and mean something else.
        compile(pattern)?;
        compile(&Self::anchored(pattern)).map(Self)
    }

    /// A pattern's text as it is compiled, which speaks of the whole of what it is matched against.
    #[must_use]
    pub fn anchored(pattern: &str) -> String {
        format!(r"\A(?:{pattern})\z")
    }

    /// Whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

fn compile(pattern: &str) -> Result<Regex, PatternError> {
    let mut builder = RegexBuilder::new(pattern);
    builder.size_limit(COMPILED_BYTES_MAX).dfa_size_limit(COMPILED_BYTES_MAX).nest_limit(NEST_MAX);
    builder.build().map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => PatternError::TooLarge,
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            PatternError::Syntax(last.trim_start_matches("error: ").to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_speak_of_the_whole_text() {
        let cases = [
            ("a|ab", "ab", true),
            ("a", "ab", false),
            ("a|b", "xb", false),
            ("[0-9]{3}", "123", true),
            ("(?i)été", "ÉTÉ", true),
            ("a$", "a\n", false),
            ("(?m)^a$", "b\na", false),
            (".*", "a\nb", false),
            ("(?s).*", "a\nb", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Pattern::new(pattern).map(|p| p.matches(text)), Ok(expected), "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_or_too_large_is_refused() {
        for pattern in ["(", "a)|(?:b", r"(a)\1", "(?=a)", "(?x)a # b", "[z-a]"] {
            assert!(matches!(Pattern::new(pattern), Err(PatternError::Syntax(_))), "{pattern}");
        }
        let deep = format!("{}a{}", "(".repeat(200), ")".repeat(200));
        assert!(matches!(Pattern::new(&deep), Err(PatternError::Syntax(_))));
        let long = "a".repeat(PATTERN_BYTES_MAX + 1);
        for pattern in ["(a{1000}){1000}", r"(\w{50}){50}", long.as_str()] {
            assert_eq!(Pattern::new(pattern).err(), Some(PatternError::TooLarge), "{pattern}");
        }
    }
}
