//! The texts that program and facts hold, each with a number. Two texts with numbers are equal if their numbers are.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use permit_ir::facts::Facts;
use permit_ir::program::{Expr, Program};
use permit_ir::value::Value;

use crate::frozen::{self, Frozen};

/// A frozen table of texts. Nothing that a request brings is ever added.
#[derive(Debug)]
pub struct Symbols {
    table: Frozen,
    /// Where in `bytes` each text ends; it begins where the one before it ends.
    ends: Box<[u32]>,
    bytes: Box<str>,
    /// The bytes of the longest text: a longer one is none of these and need not be read to know it.
    longest: usize,
}

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
        let Collected { ends, bytes, .. } = collected;
        let count = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        let at = |symbol: u32| text(&ends, &bytes, symbol).unwrap_or_default();
        let table = Frozen::new(count, &|hasher, symbol| frozen::hash_text(hasher, 0, at(symbol)));
        let longest = (0..count).map(|symbol| at(symbol).len()).max().unwrap_or(0);
        Self { table, longest, ends: ends.into(), bytes: bytes.into() }
    }

    /// The number of a text, if it has one.
    #[must_use]
    pub fn find(&self, wanted: &str) -> Option<u32> {
        if wanted.len() > self.longest {
            return None;
        }
        let hash = self.table.hash_text(0, wanted);
        self.table.find(hash, |symbol| self.text(symbol) == Some(wanted))
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, symbol: u32) -> Option<&str> {
        text(&self.ends, &self.bytes, symbol)
    }

    /// Bytes of memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.table.bytes() + self.bytes.len() + size_of_val(&*self.ends)
    }
}

fn text<'b>(ends: &[u32], bytes: &'b str, symbol: u32) -> Option<&'b str> {
    let symbol = symbol as usize;
    let end = *ends.get(symbol)? as usize;
    let start = symbol.checked_sub(1).map_or(Some(0), |before| ends.get(before).map(|&end| end as usize))?;
    bytes.get(start..end)
}

#[derive(Default)]
struct Collected<'t> {
    known: HashMap<&'t str, (), FixedState>,
    ends: Vec<u32>,
    bytes: String,
}

impl<'t> Collected<'t> {
    fn add(&mut self, text: &'t str) {
        // Texts beyond 4 GiB together get no number: they are compared by their bytes.
        let Ok(end) = u32::try_from(self.bytes.len().saturating_add(text.len())) else { return };
        if self.known.insert(text, ()).is_none() {
            self.bytes.push_str(text);
            self.ends.push(end);
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
        assert_eq!(symbols.find("été").map(|s| s + 1), symbols.find("a"), "a text is added once");
        assert_eq!((symbols.find("b"), symbols.find(&"a".repeat(1 << 20))), (None, None));
        assert_eq!(symbols.text(u32::MAX), None);
    }
}
