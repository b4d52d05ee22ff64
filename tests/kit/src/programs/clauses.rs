//! Rules, budgets, rates and scopes.

use super::declare::reach_constants;
use super::dice::Dice;
use super::express::{Reach, Writer};
use super::types::Ty;
use super::world::{Action, Kind, Scope, World};

/// A rule of one or several actions.
pub(super) fn rule(world: &World, dice: &mut Dice, at: usize) -> Option<String> {
    let effect = dice.text(&["permit", "permit", "permit", "forbid", "review"]);
    let (names, actions) = some_actions(world, dice);
    let all_agents = world.of_kind(Kind::Agent);
    let (by, agents) = match dice.roll(4) {
        0 => {
            let agents = dice.some(&all_agents, 1, 2);
            let names: Vec<&str> = agents.iter().map(|&at| world.entity(at).name.as_str()).collect();
            (format!(" by {}", names.join(", ")), agents)
        }
        1 => {
            let agent = Ty::Entity(vec![*dice.of(&all_agents)?]);
            let Ty::Entity(agents) = &agent else { return None };
            (format!(" by {}", agent.literal(world, dice)?), agents.clone())
        }
        _ => (String::new(), all_agents),
    };
    let mut text = format!("{effect} rule{at}: {names}{by}\n");
    let mut writer = Writer::new(world, dice, reach(world, &actions, &agents));
    // Conditions are joined, and what one has asked is known in the next: each reads what those before left.
    for _ in 0..writer.dice.between(0, 3) {
        let word = writer.dice.text(&["when", "when", "unless"]);
        let Some(condition) = writer.condition() else { continue };
        text.push_str(&format!("    {word} {condition}\n"));
    }
    if effect == "review" {
        let by = writer.dice.text(&["Person0", "Person0::\"x0\", Person0::\"x1\"", "Person0 2 of them"]);
        text.push_str(&format!("    approved by {by} timeout 30min\n"));
    }
    text.push_str("    because \"the dice said so\"");
    if writer.dice.chance(20) {
        text.push_str(" hint \"throw again\"");
    }
    text.push_str(";\n");
    Some(text)
}

/// A budget in a currency or a unit of its own.
pub(super) fn budget(world: &World, dice: &mut Dice, at: usize) -> Option<String> {
    let (unit, ty) = match dice.roll(3) {
        0 => ("calls", Ty::Int),
        1 => ("JPY", Ty::Money("JPY")),
        _ => ("USD", Ty::Money("USD")),
    };
    let (names, actions) = some_actions(world, dice);
    let here = reach(world, &actions, &world.of_kind(Kind::Agent));
    let mut text = format!("budget budget{at} in {unit} {{\n    counts {names}");
    let mut writer = Writer::new(world, dice, here.clone());
    if unit != "calls" || writer.dice.chance(50) {
        text.push_str(&format!(" as {}", writer.expr(&ty)?));
    }
    if writer.dice.chance(30) {
        text.push_str(&format!(" when {}", writer.condition()?));
    }
    text.push_str(";\n");
    text.push_str(&keys(dice, &here)?);
    for _ in 0..dice.between(1, 2) {
        let most = Writer::new(world, dice, here.clone()).expr(&ty)?;
        let zone = dice.roll(world.zones.len());
        let window = dice.text(&["day", "hour", "week", "month", "year"]);
        let window = if dice.chance(50) {
            format!("{window} in z{zone}")
        } else {
            dice.text(&["24h", "30d", "15min"])
        };
        text.push_str(&format!("    limit {most} per {window};\n"));
    }
    if dice.chance(40) {
        text.push_str("    hold 15min;\n");
    }
    if dice.chance(30) {
        text.push_str("    warn at 80%;\n");
    }
    text.push_str("}\n");
    Some(text)
}

/// A rate of some actions.
pub(super) fn rate(world: &World, dice: &mut Dice, at: usize) -> Option<String> {
    let (names, actions) = some_actions(world, dice);
    let here = reach(world, &actions, &world.of_kind(Kind::Agent));
    let mut text = format!("rate rate{at} {{\n    counts {names}");
    if dice.chance(40) {
        text.push_str(&format!(" when {}", Writer::new(world, dice, here.clone()).condition()?));
    }
    text.push_str(";\n");
    text.push_str(&keys(dice, &here)?);
    text.push_str(&format!("    allow {} per 1min", dice.between(1, 9)));
    if dice.chance(50) {
        text.push_str(&format!(" burst {}", dice.between(1, 9)));
    }
    text.push_str(";\n}\n");
    Some(text)
}

/// A scope with parameters.
pub(super) fn scope(world: &mut World, dice: &mut Dice, at: usize) -> Option<String> {
    let mut params: Vec<(String, Ty)> = Vec::new();
    for param in 0..dice.roll(3) {
        let ty = if dice.chance(30) { world.scalar(dice).optional() } else { world.scalar(dice) };
        params.push((format!("s{at}x{param}"), ty));
    }
    let (names, actions) = some_actions(world, dice);
    let mut here = reach(world, &actions, &world.of_kind(Kind::Agent));
    for (name, ty) in &params {
        here.add(world, name, ty.clone(), true);
    }
    let written: Vec<String> =
        params.iter().map(|(name, ty)| format!("{name}: {}", ty.text(world))).collect();
    let mut text = format!("scope scope{at}({}) {{\n    allows {names}", written.join(", "));
    if dice.chance(30) {
        text.push_str(&format!(" when {}", Writer::new(world, dice, here.clone()).condition()?));
    }
    text.push_str(";\n");
    if dice.chance(50) {
        text.push_str(&format!("    requires {};\n", Writer::new(world, dice, here.clone()).condition()?));
    }
    if dice.chance(50) {
        let action = *dice.of(&actions)?;
        let mut here = reach(world, &[action], &world.of_kind(Kind::Agent));
        for (name, ty) in &params {
            here.add(world, name, ty.clone(), true);
        }
        let name = &world.actions.get(action)?.name;
        let ty = if dice.chance(50) { Ty::Int } else { Ty::Money("USD") };
        let amount = Writer::new(world, dice, here.clone()).expr(&ty)?;
        let most = Writer::new(world, dice, here).expr(&ty)?;
        text.push_str(&format!("    limit {name} as {amount} to {most};\n"));
    }
    text.push_str("    expires after 4h;\n}\n");
    world.scopes.push(Scope { name: format!("scope{at}"), params });
    Some(text)
}

/// `for each …`
fn keys(dice: &mut Dice, here: &Reach) -> Option<String> {
    let mut keys: Vec<String> = Vec::new();
    for _ in 0..dice.roll(3) {
        let key = here.pick(dice, |value| value.varies && value.ty.is_key())?;
        if !keys.contains(&key.text) {
            keys.push(key.text);
        }
    }
    Some(if keys.is_empty() { String::new() } else { format!("    for each {};\n", keys.join(", ")) })
}

/// Actions as they are named, and their places.
fn some_actions(world: &World, dice: &mut Dice) -> (String, Vec<usize>) {
    if let Some((name, members)) = dice.of(&world.action_sets)
        && dice.chance(25)
    {
        return (name.clone(), members.clone());
    }
    let all: Vec<usize> = (0..world.actions.len()).collect();
    let actions = dice.some(&all, 1, 2);
    let names: Vec<&str> =
        actions.iter().filter_map(|&at| world.actions.get(at)).map(|action| action.name.as_str()).collect();
    (names.join(", "), actions)
}

/// What a clause about these actions and agents can read.
fn reach(world: &World, actions: &[usize], agents: &[usize]) -> Reach {
    let mut reach = reach_constants(world);
    reach.add(world, "now", Ty::Instant, true);
    reach.add(world, "agent", Ty::Entity(agents.to_vec()), true);
    let actions: Vec<&Action> = actions.iter().filter_map(|&at| world.actions.get(at)).collect();
    if actions.iter().all(|action| !action.resources.is_empty()) {
        let mut resources: Vec<usize> = actions.iter().flat_map(|action| action.resources.clone()).collect();
        resources.sort_unstable();
        resources.dedup();
        reach.add(world, "resource", Ty::Entity(resources), true);
    }
    let Some((first, others)) = actions.split_first() else { return reach };
    for param in &first.params {
        if others.iter().all(|action| action.params.iter().any(|other| other.name == param.name)) {
            reach.add(world, &param.name, param.ty.clone(), true);
        }
    }
    reach
}
