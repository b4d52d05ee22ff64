//! The texts of program and facts, each with a number. Two texts with numbers are equal if their numbers are.

use std::collections::HashSet;

use foldhash::fast::FixedState;
use permit_ir::facts::Facts;
use permit_ir::program::{Expr, Program};
use permit_ir::value::Value;

use crate::texts::{Texts, TextsBuilder};

/// A frozen table of texts. Nothing that a request brings is ever added. The number of a text is its place.
#[derive(Debug)]
pub struct Symbols(Texts);

impl Symbols {
    /// The texts of a program's literals, its globs, the texts of the facts' attributes, and `more`.
    pub fn new<'t>(program: &'t Program, facts: &'t Facts, more: &[&'t str]) -> Self {
        let mut collected = Collected::default();
        for node in &program.exprs {
            if let Expr::String(text) | Expr::Like(_, text) = &node.expr {
                collected.add(text);
            }
        }
        for entity in facts.entities() {
            entity.attributes.iter().for_each(|value| collected.add_value(value));
        }
        more.iter().for_each(|text| collected.add(text));
        Self(collected.texts.finish())
    }

    /// The number of a text, if it has one.
    #[inline]
    #[must_use]
    pub fn find(&self, wanted: &str) -> Option<u32> {
        self.0.place(0, wanted)
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, symbol: u32) -> Option<&str> {
        self.0.text(symbol)
    }

    /// Bytes of memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

#[derive(Default)]
struct Collected<'t> {
    known: HashSet<&'t str, FixedState>,
    texts: TextsBuilder,
}

impl<'t> Collected<'t> {
    fn add(&mut self, text: &'t str) {
        if self.known.insert(text) {
            // Texts beyond what the table holds get no number: they are compared by their bytes.
            let _place = self.texts.add(0, text, 0);
        }
    }

    fn add_value(&mut self, value: &'t Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Elements(values) => values.iter().for_each(|value| self.add_value(value)),
            Value::Absent
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Entity(_)
            | Value::Url(_)
            | Value::Path(_)
            | Value::Email(_)
            | Value::Ip(_)
            | Value::Cidr(_)
            | Value::Record(_)
            | Value::Map(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use permit_ir::facts::FactsBuilder;
    use permit_ir::sample;

    use super::*;

    #[test]
    fn a_text_has_one_number_and_a_number_one_text() {
        let program = sample::verified().unwrap();
        let facts = FactsBuilder::new(&program).unwrap().finish().unwrap();
        let symbols = Symbols::new(&program, &facts, &["", "été", "a", "été"]);
        for text in ["", "été", "a"] {
            let symbol = symbols.find(text).unwrap();
            assert_eq!(symbols.text(symbol), Some(text));
        }
        let more = Symbols::new(&program, &facts, &["", "été", "a"]);
        assert_eq!(symbols.bytes(), more.bytes(), "a text is added once");
        assert_eq!((symbols.find("b"), symbols.find(&"a".repeat(1 << 20))), (None, None));
        assert_eq!(symbols.text(u32::MAX), None);
    }
}
