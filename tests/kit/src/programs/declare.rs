//! A world as source text: first its types and actions, then the declarations that contain expressions.

use super::clauses;
use super::dice::Dice;
use super::express::{Reach, Writer};
use super::types::{CURRENCIES, Ty};
use super::world::{Function, Kind, Table, World};

/// The whole policy.
pub(super) fn text(world: &mut World, dice: &mut Dice) -> String {
    let mut text =
        "edition 2026;\nmodule made.up;\nuse std.time;\nuse std.text;\nuse std.math;\nuse std.net;\n"
            .to_owned();
    text.push_str(&types(world));
    text.push_str(&actions(world));
    for at in 0..dice.roll(3) {
        text.push_str(&constant(world, dice, at));
    }
    for at in 0..dice.roll(3) {
        text.push_str(&table(world, dice, at));
    }
    for at in 0..dice.roll(4) {
        text.extend(function(world, dice, at));
    }
    for at in 0..dice.between(2, 5) {
        text.extend(clauses::rule(world, dice, at));
    }
    for at in 0..dice.roll(3) {
        text.extend(clauses::budget(world, dice, at));
    }
    for at in 0..dice.roll(2) {
        text.extend(clauses::rate(world, dice, at));
    }
    for at in 0..dice.roll(3) {
        text.extend(clauses::scope(world, dice, at));
    }
    if let (Some(agent), Some(scope)) = (dice.of(&world.of_kind(Kind::Agent)), dice.of(&world.scopes))
        && dice.chance(20)
    {
        text.push_str(&format!("agent {} requires scope {};\n", world.entity(*agent).name, scope.name));
    }
    text
}

fn types(world: &World) -> String {
    let mut text = String::new();
    for (at, zone) in world.zones.iter().enumerate() {
        text.push_str(&format!("zone z{at} = {zone:?};\n"));
    }
    for of in &world.enums {
        text.push_str(&format!("enum {} {{ {} }}\n", of.name, of.variants.join(", ")));
    }
    let fields = |fields: &[(String, Ty)]| -> String {
        fields.iter().map(|(name, ty)| format!("{name}: {}; ", ty.text(world))).collect()
    };
    for of in &world.records {
        text.push_str(&format!("record {} {{ {}}}\n", of.name, fields(&of.fields)));
    }
    for of in &world.entities {
        let word = match of.kind {
            Some(Kind::Group) => "group",
            Some(Kind::Agent) => "agent",
            Some(Kind::Person) => "person",
            _ => "resource",
        };
        let parents: Vec<&str> = of.parents.iter().map(|&at| world.entity(at).name.as_str()).collect();
        let within =
            if parents.is_empty() { String::new() } else { format!(" within {}", parents.join(", ")) };
        let identity = match of.kind {
            Some(Kind::Agent | Kind::Person) => {
                format!(" identified by \"spiffe://made.example/{}/*\"", of.name)
            }
            _ => String::new(),
        };
        let mut body = fields(&of.fields);
        for name in &of.claimed {
            body = format!(" {body}").replace(&format!(" {name}: "), &format!(" claimed {name}: "));
        }
        text.push_str(&format!("{word} {}{within}{identity} {{ {body}}}\n", of.name));
    }
    text
}

fn actions(world: &World) -> String {
    let mut text = String::new();
    for action in &world.actions {
        let param = |param: &super::world::Param| {
            let default = param.default.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
            format!("{}: {}{default}", param.name, param.ty.text(world))
        };
        let params: Vec<String> = action.params.iter().map(param).collect();
        let resources: Vec<&str> =
            action.resources.iter().map(|&at| world.entity(at).name.as_str()).collect();
        let on = if resources.is_empty() { String::new() } else { format!(" on {}", resources.join(", ")) };
        let flags =
            if action.flags.is_empty() { String::new() } else { format!(" is {}", action.flags.join(" ")) };
        text.push_str(&format!("action {}({}){on}{flags};\n", action.name, params.join(", ")));
    }
    for (name, members) in &world.action_sets {
        let names: Vec<&str> = members
            .iter()
            .filter_map(|&at| world.actions.get(at))
            .map(|action| action.name.as_str())
            .collect();
        text.push_str(&format!("actions {name} = {};\n", names.join(", ")));
    }
    text
}

/// A constant: a literal, or a sum.
fn constant(world: &mut World, dice: &mut Dice, at: usize) -> String {
    let ty = match dice.roll(4) {
        0 => Ty::Set(Box::new(world.scalar(dice))),
        1 => Ty::Map(Box::new(world.scalar(dice))),
        _ => world.scalar(dice),
    };
    let Some(value) = ty.literal(world, dice) else { return String::new() };
    // Texts with parts need their type said.
    let says =
        if dice.chance(50) || !ty.is_ordered() { format!(": {}", ty.text(world)) } else { String::new() };
    let value = if ty == Ty::Int && dice.chance(30) { "2 * 3 + 1".to_owned() } else { value };
    world.constants.push((format!("c{at}"), ty));
    format!("const c{at}{says} = {value};\n")
}

fn table(world: &mut World, dice: &mut Dice, at: usize) -> String {
    let key = dice.roll(world.enums.len());
    let mut columns: Vec<(String, Ty)> = vec![("most".to_owned(), Ty::Money(CURRENCIES[0]))];
    for column in 0..dice.roll(3) {
        columns.push((format!("k{column}"), world.scalar(dice)));
    }
    let variants = world.enums.get(key).map_or(&[][..], |of| &of.variants);
    let mut rows = String::new();
    for variant in variants {
        let cells: Option<Vec<String>> = columns.iter().map(|(_, ty)| ty.literal(world, dice)).collect();
        rows.push_str(&format!("    {variant} => {};\n", cells.unwrap_or_default().join(", ")));
    }
    let heads: String = columns.iter().map(|(name, ty)| format!("{name}: {}; ", ty.text(world))).collect();
    let enum_name = world.enums.get(key).map_or("", |of| &of.name);
    let text = format!("table t{at} [{enum_name}] -> {{ {heads}}} {{\n{rows}}}\n");
    world.tables.push(Table { name: format!("t{at}"), key, columns });
    text
}

/// A function of its parameters, which may call those before it.
fn function(world: &mut World, dice: &mut Dice, at: usize) -> Option<String> {
    let mut params: Vec<(String, Ty)> = Vec::new();
    for param in 0..dice.between(1, 3) {
        let ty = if dice.chance(20) { world.scalar(dice).optional() } else { world.scalar(dice) };
        params.push((format!("x{param}"), ty));
    }
    let result = if dice.chance(50) { Ty::Bool } else { world.scalar(dice) };
    let mut reach = reach_constants(world);
    for (name, ty) in &params {
        reach.add(world, name, ty.clone(), true);
    }
    let mut writer = Writer::new(world, dice, reach);
    let body = if result == Ty::Bool { writer.condition()? } else { writer.expr(&result)? };
    let written: Vec<String> =
        params.iter().map(|(name, ty)| format!("{name}: {}", ty.text(world))).collect();
    let text = format!("fn g{at}({}) -> {} = {body};\n", written.join(", "), result.text(world));
    world.functions.push(Function { name: format!("g{at}"), params, result });
    Some(text)
}

/// The constants, which no request changes.
pub(super) fn reach_constants(world: &World) -> Reach {
    let mut reach = Reach::default();
    for (name, ty) in &world.constants {
        reach.add(world, name, ty.clone(), false);
    }
    reach
}
