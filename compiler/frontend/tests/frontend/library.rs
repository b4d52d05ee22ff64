//! The library's modules: each compiles, is in its canonical form, permits nothing, and is documented.

use std::collections::{BTreeMap, BTreeSet};

use permit_frontend::library::manual;
use permit_frontend::render::{Colour, render};
use permit_grammar::ast::{ExprKind, File, Item};
use permit_grammar::span::SourceId;
use permit_ir::intrinsics::{Intrinsic, Shape};
use permit_ir::program::{Effect, Expr};
use permit_ir::types::Type;
use permit_stdlib::MODULES;

use crate::samples::{compiled, sources};

fn files() -> impl Iterator<Item = (&'static str, &'static str, File)> {
    MODULES.iter().map(|(name, text)| (*name, *text, permit_grammar::parse(SourceId::default(), text).file))
}

#[test]
fn every_module_compiles_and_permits_nothing() {
    for (name, _) in MODULES {
        let text = format!("edition 2026;\nmodule a;\nuse {name};\n");
        let found = compiled(&text);
        let errors = found.diagnostics.iter().filter(|one| one.primary.span.source.0 != 0);
        assert_eq!(errors.count(), 0, "{}", render(&sources(&text), &found.diagnostics, Colour::Never));
        let program = found.program.expect(name);
        assert!(program.rules.iter().all(|rule| rule.effect == Effect::Forbid), "{name}");
    }
}

#[test]
fn all_modules_together_are_one_policy() {
    let uses: String = MODULES.iter().map(|(name, _)| format!("use {name};\n")).collect();
    let text = format!("edition 2026;\nmodule a;\n{uses}");
    let found = compiled(&text);
    assert!(found.program.is_some(), "{}", render(&sources(&text), &found.diagnostics, Colour::Never));
}

#[test]
fn every_module_is_in_its_canonical_form() {
    for (name, text, _) in files() {
        let formatted = permit_grammar::format(SourceId::default(), text).expect(name);
        assert!(formatted == text, "std/{name} is not in its canonical form:\n{formatted}");
    }
}

#[test]
fn every_module_states_its_name_and_every_rule_begins_with_it() {
    for (name, _, file) in files() {
        let stated: Vec<&str> =
            file.module.as_ref().expect(name).path.iter().map(|part| part.value.as_str()).collect();
        assert_eq!(stated.join("."), name);
        let prefix = format!("{}_", stated.last().expect(name));
        for item in file.items.iter().filter(|item| matches!(item, Item::Rule(_))) {
            let rule = item.name().expect(name);
            assert!(rule.value.starts_with(&prefix), "{}", rule.value);
        }
    }
}

#[test]
fn every_declaration_is_documented() {
    for (name, text) in MODULES {
        let parsed = permit_grammar::parse(SourceId::default(), text);
        let spans = parsed.file.items.iter().map(Item::span);
        for span in spans.chain(parsed.file.module.as_ref().map(|module| module.span)) {
            let above = parsed.comments_above(text, span);
            let documented = above.iter().any(|comment| comment.text.starts_with("/// "));
            assert!(documented, "{name}: {:?}", text.get(span.range()));
        }
    }
}

/// What an intrinsic takes and yields, as it is written in a declaration.
fn written(shape: Shape) -> String {
    let plain = |ty: &Type| ty.plain_name().unwrap_or("a type of parameters").to_owned();
    match (shape, shape.ty()) {
        (Shape::Amount, _) => "amount".to_owned(),
        (Shape::Weekday, _) => "Weekday".to_owned(),
        (_, Some(Type::Optional(inner))) => format!("{}?", plain(&inner)),
        (_, Some(ty)) => plain(&ty),
        (shape, None) => format!("{shape:?}"),
    }
}

/// Every intrinsic that the language has a syntax for: parts of values, `within`, `in` and `matches`.
const OWN_SYNTAX: &str = r#"edition 2026;
module a;
agent Bot identified by "spiffe://a.example/bot/*";
action look(u: url, p: path, e: email, i: ip, d: date, t: time);
permit urls: look by Bot
    when u.scheme == "a" and u.host within "a.example" and present(u.ip) and present(u.port)
    when present(u.path) and u.raw_path == "/" and present(u.query) and u.text matches r"a+"
    because "the parts of a URL";
permit paths: look by Bot
    when p within "/a" and p.name == "a" and p.extension == "b" and p.parent == "/" and p.depth > 1 and p.text == "/a"
    because "the parts of a path";
permit others: look by Bot
    when e.local == "a" and e.domain == "a.example" and e.text == "a" and i in 10.0.0.0/8
    when d.year > 2000 and d.month > 1 and d.day > 1 and t.hour > 1 and t.minute > 1 and t.second > 1
    because "the parts of the rest";
"#;

#[test]
fn what_the_language_cannot_say_is_declared_as_it_is() {
    let mut declared = BTreeMap::new();
    for (module, text, file) in files() {
        for item in &file.items {
            let Item::Function(decl) = item else { continue };
            if decl.body.kind != ExprKind::Name("intrinsic".to_owned()) {
                continue;
            }
            let intrinsic = Intrinsic::named(&decl.name.value).expect(&decl.name.value);
            let source = |span: permit_grammar::span::Span| text.get(span.range()).expect(module);
            let params: Vec<&str> = decl.params.iter().map(|param| source(param.ty.span)).collect();
            let args: Vec<String> = intrinsic.args().iter().map(|shape| written(*shape)).collect();
            assert_eq!(params, args, "{}", intrinsic.name());
            assert_eq!(source(decl.result.span), written(intrinsic.result()), "{}", intrinsic.name());
            assert_eq!(declared.insert(intrinsic, module), None, "{} is declared twice", intrinsic.name());
        }
    }
    let program = compiled(OWN_SYNTAX).program.expect(OWN_SYNTAX);
    let called: BTreeSet<Intrinsic> = program
        .exprs
        .iter()
        .filter_map(|node| if let Expr::Call(intrinsic, _) = node.expr { Some(intrinsic) } else { None })
        .collect();
    for intrinsic in Intrinsic::ALL {
        let known = declared.contains_key(intrinsic) || called.contains(intrinsic);
        assert!(known, "`{}` is neither declared nor has it its own syntax", intrinsic.name());
    }
}

#[test]
fn the_manual_is_what_the_modules_say() {
    let page = include_str!("../../../../docs/stdlib.md");
    assert!(page == manual::book(), "docs/stdlib.md is stale: `permitc doc --stdlib > docs/stdlib.md`");
    assert_eq!(manual::page("std.nothing"), None);
}
