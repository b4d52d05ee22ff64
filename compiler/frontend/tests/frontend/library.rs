//! The library's modules: each compiles, is in its canonical form, permits nothing, and is documented.

use std::collections::BTreeMap;

use permit_frontend::library::manual;
use permit_frontend::render::{Colour, render};
use permit_grammar::ast::{ExprKind, File, Item};
use permit_grammar::span::SourceId;
use permit_ir::intrinsics::{Intrinsic, Shape};
use permit_ir::program::Effect;
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
fn written(shape: Shape) -> &'static str {
    match shape {
        Shape::Bool => "bool",
        Shape::Int => "int",
        Shape::Decimal => "decimal",
        Shape::String => "string",
        Shape::Instant => "instant",
        Shape::Date => "date",
        Shape::TimeOfDay => "time",
        Shape::Ip => "ip",
        Shape::Zone => "zone",
        Shape::Amount => "amount",
        Shape::Weekday => "Weekday",
        // The rest has its own syntax, and a signature that said this would not fit.
        _ => "",
    }
}

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
            let args: Vec<&str> = intrinsic.args().iter().map(|shape| written(*shape)).collect();
            assert_eq!(params, args, "{}", intrinsic.name());
            assert_eq!(source(decl.result.span), written(intrinsic.result()), "{}", intrinsic.name());
            declared.insert(intrinsic, module);
        }
    }
    assert_eq!(declared.len(), 25, "no intrinsic is declared twice, and none got lost");
}

#[test]
fn the_manual_is_what_the_modules_say() {
    let page = include_str!("../../../../docs/stdlib.md");
    assert!(page == manual::book(), "docs/stdlib.md is stale: `permitc doc --stdlib > docs/stdlib.md`");
    assert_eq!(manual::page("std.nothing"), None);
}
