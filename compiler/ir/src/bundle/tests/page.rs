//! The tables of `docs/formats/bundle.md` against what is really encoded.
//!
//! The page names each structure and each choice in a heading `### NAME`, with one table beneath it. Of each row the cells
//! before the last, which says what it means, must be those that the encoding gives.

use std::collections::BTreeMap;

use serde_reflection::{ContainerFormat, Format, Registry, Samples, Tracer, TracerConfig, VariantFormat};

use super::*;
use crate::intrinsics::Intrinsic;
use crate::verify::limits;
use permit_types::charge::Period;

const PAGE: &str = include_str!("../../../../../docs/formats/bundle.md");

/// The section of the numbers by which declarations are known.
const NUMBERS: &str = "Numbers of declarations";

/// The rows of tables, by heading.
type Sections = BTreeMap<String, Vec<Vec<String>>>;

/// What bundles of these are encoded as, by the names of structures and choices.
pub(super) fn formats<'a>(bundles: impl Iterator<Item = (&'a Manifest, &'a Program)>) -> Registry {
    let mut tracer = Tracer::new(TracerConfig::default());
    for bundle in bundles {
        tracer.trace_value(&mut Samples::new(), &bundle).unwrap();
    }
    tracer.trace_simple_type::<Period>().unwrap();
    tracer.registry().unwrap()
}

/// A type as the page names it.
fn name(format: &Format) -> String {
    match format {
        Format::TypeName(name) => format!("`{name}`"),
        Format::Bool => "`bool`".to_owned(),
        Format::U8 => "`u8`".to_owned(),
        Format::U16 => "`u16`".to_owned(),
        Format::U32 => "`u32`".to_owned(),
        Format::I32 => "`i32`".to_owned(),
        Format::I64 => "`i64`".to_owned(),
        Format::Str => "text".to_owned(),
        Format::Option(of) => format!("optional {}", name(of)),
        Format::Seq(of) => format!("list of {}", name(of)),
        other => panic!("the page has no name for {other:?}"),
    }
}

/// The fields of a variant as the page writes them: `name: type, …`.
fn fields(variant: &VariantFormat) -> String {
    match variant {
        VariantFormat::Unit => String::new(),
        VariantFormat::NewType(of) => name(of),
        VariantFormat::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|f| format!("{}: {}", f.name, name(&f.value))).collect();
            fields.join(", ")
        }
        other => panic!("the page has no words for {other:?}"),
    }
}

/// What an intrinsic takes, yields and costs.
fn intrinsic(name: &str) -> [String; 2] {
    let called = |intrinsic: &&Intrinsic| format!("{intrinsic:?}") == name;
    let intrinsic = Intrinsic::ALL.iter().find(called).unwrap();
    let takes: Vec<_> = intrinsic.args().iter().map(|shape| format!("`{shape:?}`")).collect();
    let trap = if intrinsic.may_trap() { " or a trap" } else { "" };
    let signature = format!("{} → `{:?}`{trap}", takes.join(", "), intrinsic.result());
    [signature, intrinsic.cost().to_string()]
}

/// The rows that the page must have, by heading, and the encodings of the numbers by which declarations are known.
fn expected() -> (Sections, BTreeMap<String, String>) {
    let whole = VerifiedProgram::verify(sample::whole()).unwrap();
    let (mut sections, mut numbers) = (BTreeMap::new(), BTreeMap::new());
    for (heading, format) in formats([(&manifest(), &*whole)].into_iter()) {
        let rows = match format {
            ContainerFormat::NewTypeStruct(of) if heading != "Digest" => {
                numbers.insert(format!("`{heading}`"), name(&of));
                continue;
            }
            ContainerFormat::NewTypeStruct(_) => continue,
            ContainerFormat::Struct(fields) => {
                fields.iter().map(|field| vec![format!("`{}`", field.name), name(&field.value)]).collect()
            }
            ContainerFormat::Enum(variants) => variants
                .into_iter()
                .map(|(number, variant)| {
                    let mut row = vec![number.to_string(), format!("`{}`", variant.name)];
                    match &*heading {
                        "Intrinsic" => row.extend(intrinsic(&variant.name)),
                        _ => row.push(fields(&variant.value)),
                    }
                    row
                })
                .collect(),
            other => panic!("the page has no table for {other:?}"),
        };
        sections.insert(heading, rows);
    }
    let bounds = limits::ALL.iter().map(|(name, most)| vec![format!("`{name}`"), most.to_string()]);
    sections.insert("Bounds".to_owned(), bounds.collect());
    (sections, numbers)
}

/// The rows that the page has, by heading, without their last cells. Numbers are read without the spaces that group them.
fn written() -> Sections {
    let cell = |cell: &str| {
        let (cell, digits) = (cell.trim(), cell.replace(' ', ""));
        if digits.bytes().all(|b| b.is_ascii_digit()) { digits } else { cell.to_owned() }
    };
    let mut sections = Sections::new();
    for section in PAGE.split("\n### ").skip(1) {
        let (heading, body) = section.split_once('\n').unwrap();
        let body = body.split("\n## ").next().unwrap();
        let lines = body.lines().skip_while(|line| !line.starts_with("|--")).skip(1);
        let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
            let (cells, _) = line.trim_matches('|').rsplit_once('|').unwrap();
            cells.split('|').map(cell).collect()
        });
        let rows: Vec<Vec<String>> = rows.collect();
        if !rows.is_empty() {
            assert_eq!(sections.insert(heading.to_owned(), rows), None, "{heading} stands twice");
        }
    }
    sections
}

#[test]
fn the_page_has_the_fields_and_numbers_that_are_encoded() {
    let ((expected, numbers), mut written) = (expected(), written());
    let declared = written.remove(NUMBERS).unwrap();
    let declared: BTreeMap<_, _> = declared.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(declared, numbers);
    for (heading, rows) in &expected {
        assert_eq!(written.get(heading), Some(rows), "{heading}");
    }
    assert_eq!(written.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
}
