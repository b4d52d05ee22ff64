//! The library's reference manual, generated from its modules' doc comments: `///` before `module` and each declaration.

use permit_grammar::Parsed;
use permit_grammar::ast::Item;
use permit_grammar::span::{SourceId, Span};
use permit_stdlib::MODULES;

/// The prefix of a doc comment line.
const MARK: &str = "///";

/// A module's page in Markdown; `None` if the library has no such module.
#[must_use]
pub fn page(module: &str) -> Option<String> {
    let (_, text) = MODULES.iter().find(|(name, _)| *name == module)?;
    let mut out = String::new();
    Module { parsed: permit_grammar::parse(SourceId::default(), text), text }.write(module, "#", &mut out);
    Some(out)
}

/// The whole manual in Markdown.
#[must_use]
pub fn book() -> String {
    let mut out = String::from(
        "# The standard library\n\n\
         `permitc doc --stdlib` generates this page from the modules' own comments. `permitc doc std.net` shows one module.\n\
         A policy that imports a module includes all of its rules: `use std.http;`, or `use std.net.{is_private};`.\n\
         No rule of the library is a `permit`.\n\n",
    );
    out.push_str(&contents());
    for (name, text) in MODULES {
        out.push('\n');
        Module { parsed: permit_grammar::parse(SourceId::default(), text), text }.write(name, "##", &mut out);
    }
    out
}

/// The modules, each with a short summary.
#[must_use]
pub fn contents() -> String {
    let mut out = String::from("| module | |\n|---|---|\n");
    for (name, text) in MODULES {
        let module = Module { parsed: permit_grammar::parse(SourceId::default(), text), text };
        let about = module.about();
        let first = about.split_inclusive(". ").next().unwrap_or_default();
        out.push_str(&format!("| `{name}` | {} |\n", first.trim().trim_end_matches('.')));
    }
    out
}

struct Module<'a> {
    parsed: Parsed,
    text: &'a str,
}

impl Module<'_> {
    fn about(&self) -> String {
        let span = self.parsed.file.module.as_ref().map(|module| module.span);
        span.map_or_else(String::new, |span| self.documentation(span).join(" "))
    }

    fn write(&self, name: &str, level: &str, out: &mut String) {
        let span = self.parsed.file.module.as_ref().map(|module| module.span).unwrap_or_default();
        out.push_str(&format!("{level} {name}\n\n{}\n", self.documentation(span).join("\n")));
        for (title, of_kind) in KINDS {
            let mut items = self
                .parsed
                .file
                .items
                .iter()
                .filter(|item| of_kind(item) && item.marks().private.is_none())
                .peekable();
            if items.peek().is_none() {
                continue;
            }
            out.push_str(&format!("\n**{title}**\n\n"));
            for item in items {
                self.write_item(item, out);
            }
        }
    }

    fn write_item(&self, item: &Item, out: &mut String) {
        let about = self.documentation(item.span()).join(" ");
        out.push_str(&format!("- `{}` {about}\n", self.signature(item)));
    }

    /// A declaration without its body, on one line; for a rule, its name.
    fn signature(&self, item: &Item) -> String {
        let whole = item.span();
        if let Item::Rule(rule) = item {
            return rule.name.value.clone();
        }
        let end = match item {
            Item::Function(decl) => decl.result.span.end,
            Item::Const(decl) => decl.ty.as_ref().map_or(decl.name.span.end, |ty| ty.span.end),
            _ => whole.end,
        };
        let text = self.text.get(Span { end, ..whole }.range()).unwrap_or_default();
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").trim_end_matches(';').to_owned()
    }

    /// The lines of the doc comment above a declaration.
    fn documentation(&self, span: Span) -> Vec<&str> {
        let comments = self.parsed.comments_above(self.text, span);
        comments.iter().filter_map(|comment| comment.text.strip_prefix(MARK)).map(str::trim).collect()
    }
}

type OfKind = fn(&Item) -> bool;

/// The kinds of declarations in the order of a page.
const KINDS: [(&str, OfKind); 6] = [
    ("Types", |item| matches!(item, Item::Enum(_) | Item::Record(_) | Item::Entity(_))),
    ("Actions", |item| matches!(item, Item::Action(_))),
    ("Action sets", |item| matches!(item, Item::ActionSet(_))),
    ("Constants", |item| matches!(item, Item::Const(_) | Item::Table(_) | Item::Zone(_))),
    ("Functions", |item| matches!(item, Item::Function(_))),
    ("What is denied", |item| matches!(item, Item::Rule(_))),
];
