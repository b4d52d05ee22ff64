//! Globs: `*` matches any text, including the empty one; no other character is special, and both ends are anchored.
//!
//! No library implements this language: those for paths give `?`, `[`, `{`, `\` and `/` a meaning.

/// Whether the whole of `text` matches `glob`, in time proportional to the product of their lengths at worst.
#[must_use]
pub fn matches(glob: &str, text: &str) -> bool {
    let Some((head, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let (middles, tail) = rest.rsplit_once('*').map_or((None, rest), |(middles, tail)| (Some(middles), tail));
    let Some(body) = text.strip_suffix(tail) else { return false };
    text = body;
    for part in middles.into_iter().flat_map(|m| m.split('*')) {
        let Some(at) = text.find(part) else { return false };
        text = text.get(at + part.len()..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn both_ends_are_anchored_and_only_the_star_is_special() {
        let cases = [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a*", "a", true),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("a*a", "a", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*ab*ab*", "ab", false),
            ("**", "", true),
            ("a?c", "abc", false),
            ("é*", "été", true),
        ];
        for (glob, text, expected) in cases {
            assert_eq!(matches(glob, text), expected, "{glob} against {text}");
        }
    }
}
