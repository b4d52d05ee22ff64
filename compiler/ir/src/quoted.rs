//! Quoted texts, and entities, whose ids are quoted texts. They are stored, so each has exactly one form.

/// A text in quotes, escaped as JSON escapes. Such texts are stored, as account keys and in records, so they must not
/// depend on a library's taste: quotes, backslashes and control characters are escaped, nothing else is.
#[must_use]
pub fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An entity as authors write it: `Order::"o1"`.
#[must_use]
pub fn entity_text(ty: &str, id: &str) -> String {
    format!("{ty}::{}", json_string(id))
}

#[cfg(test)]
mod tests {
    use super::{entity_text, json_string};

    #[test]
    fn stored_texts_are_escaped_as_json_escapes() {
        let cases = [
            ("o1", r#""o1""#),
            ("a\"b", r#""a\"b""#),
            (r"a\b", r#""a\\b""#),
            ("a\nb\tc", r#""a\nb\tc""#),
            ("\u{0}\u{1b}\u{1f}", r#""\u0000\u001b\u001f""#),
            ("\u{7f}\u{ad}\u{2028}", "\"\u{7f}\u{ad}\u{2028}\""),
            ("Żółć 🦀'", "\"Żółć 🦀'\""),
            ("", "\"\""),
        ];
        for (raw, stored) in cases {
            assert_eq!(json_string(raw), stored);
            assert_eq!(serde_json::from_str::<String>(stored).unwrap(), raw);
            assert_eq!(entity_text("Order", raw), format!("Order::{stored}"));
        }
        let program = crate::sample::verified().unwrap();
        assert_eq!(program.entity_text(crate::sample::ORDER, "a\"\u{301}"), "Order::\"a\\\"\u{301}\"");
    }
}
