//! Random facts and requests that fit the schema.

use std::sync::Arc;

use permit_engine::{ArgRef, AskRef, Session};
use permit_ir::decision::{Claim, PolicyVerdict, Request};
use permit_ir::facts::{Facts, FactsBuilder};
use permit_ir::types::{ArgId, RuleId, Type};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;
use permit_types::verdict::Trap;

use crate::rules::{BOTS, CLERKS, CUSTOMERS, NUMBERS, ORDERS, ORGS, TEAMS, TEXTS, URLS};
use crate::schema::Schema;
use crate::tape::Tape;

/// Texts that no program names.
const OTHERS: [&str; 3] = ["nobody names this", "x.evil.example", "https://evil.example/unknown"];

/// Texts that nothing but a request holds.
const STRANGERS: [&str; 3] = ["stranger", "strangest", "https://evil.example/stranger"];

const FILES: [&str; 7] = ["/", "/a", "/a/b/c/d", "/a/bc", "/ab/c", "/été/x", "/elsewhere"];

/// A snapshot in which every id is known but the last of each type.
pub(crate) fn facts(schema: &Schema, program: &VerifiedProgram, tape: &mut Tape) -> Arc<Facts> {
    let mut builder = FactsBuilder::new(program).unwrap();
    let types: [(&str, &[&str], &str, &[&str]); 6] = [
        ("Team", &TEAMS, "Team", &TEAMS),
        ("Bot", &BOTS, "Team", &TEAMS),
        ("Clerk", &CLERKS, "Team", &TEAMS),
        ("Org", &ORGS, "Org", &ORGS),
        ("Customer", &CUSTOMERS, "Org", &ORGS),
        ("Order", &ORDERS, "Customer", &CUSTOMERS),
    ];
    for (name, ids, above, above_ids) in types {
        let ty = schema.entity(name);
        let known = &ids[..ids.len() - 1];
        for (at, id) in known.iter().enumerate() {
            let entity = builder.intern(ty, id).unwrap();
            let candidates = if name == above { &known[..at] } else { &above_ids[..above_ids.len() - 1] };
            let mut parents = Vec::new();
            for parent in candidates {
                if tape.chance(35) {
                    parents.push(builder.intern(schema.entity(above), parent).unwrap());
                }
            }
            let fields = program.entities[ty.index()].fields.clone();
            let values = fields.iter().map(|field| {
                let named = &program.fields[field.index()];
                value(schema, &mut builder, tape, &named.name)
            });
            let values = values.collect();
            let identity = identity(name, id);
            builder.define(entity, values, parents, identity.as_deref()).unwrap();
        }
    }
    Arc::new(builder.finish().unwrap())
}

/// The SPIFFE ID of an agent.
fn identity(ty: &str, id: &str) -> Option<String> {
    match ty {
        "Bot" => Some(format!("spiffe://a.example/bot/{id}")),
        "Clerk" => Some(format!("spiffe://a.example/clerk/{id}")),
        _ => None,
    }
}

/// What a session says to the same request, borrowed: the verdict and what errs.
pub(crate) fn by_session(
    program: &VerifiedProgram,
    facts: &Facts,
    session: &mut Session<'_>,
    request: &Request,
) -> (PolicyVerdict, Vec<(RuleId, Trap)>) {
    let name = |entity: EntityRef| {
        let entity = facts.entity(entity).unwrap();
        (program.entities[entity.ty.index()].name.as_str(), &*entity.id)
    };
    let (ty, id) = name(request.agent);
    let agent = identity(ty, id).unwrap();
    let action = &program.actions[request.action.index()];
    let mut args = Vec::new();
    for &param in &action.params {
        let named = &program.args[param.index()];
        let value = &request.args[param.index()];
        let arg = match (value, &named.ty) {
            (Value::Absent, _) => continue,
            (Value::Number(variant), Type::Enum(of)) => {
                let variants = &program.enums[of.index()].variants;
                ArgRef::Variant(&variants[usize::try_from(*variant).unwrap()])
            }
            (Value::Number(number), _) => ArgRef::Number(*number),
            (Value::Bool(truth), _) => ArgRef::Bool(*truth),
            (Value::String(text), _) => ArgRef::Text(text),
            (Value::Entity(entity), _) => {
                let (ty, id) = name(*entity);
                ArgRef::Entity(ty, id)
            }
            (whole, _) => ArgRef::Value(whole),
        };
        args.push((named.name.as_str(), arg));
    }
    let ask = AskRef {
        agent: &agent,
        action: &action.name,
        resource: request.resource.map(name),
        args: &args,
        now_ms: request.now_ms,
    };
    let said = session.decide(&ask).unwrap();
    (said.verdict, said.errors.to_vec())
}

/// A request that no caller outside the process can make: an argument of another type, or one too few, or a claim of what
/// callers may not fill.
pub(crate) fn spoil(schema: &Schema, request: &mut Request, tape: &mut Tape) {
    if tape.chance(30) {
        let (entity, field) = (request.agent, schema.field("Bot", "level"));
        request.claims.push(Claim { entity, field, value: number(tape) });
        return;
    }
    if tape.chance(20) {
        request.args.truncate(tape.pick(request.args.len()));
        return;
    }
    let from = tape.pick(request.args.len());
    let to = tape.pick(request.args.len());
    let value = if tape.chance(30) { Value::Entity(EntityRef(u32::MAX)) } else { request.args[from].clone() };
    request.args[to] = value;
}

/// The value of an attribute by its name.
fn value(schema: &Schema, builder: &mut FactsBuilder<'_>, tape: &mut Tape, name: &str) -> Value {
    match name {
        "total" if tape.chance(30) => Value::Absent,
        "tier" => Value::Number(i64::try_from(tape.pick(3)).unwrap()),
        "level" | "most" | "total" => Value::Number(tape.one_of(&NUMBERS)),
        "rush" => Value::Bool(tape.chance(50)),
        "memo" if tape.chance(40) => Value::Absent,
        "handle" | "email" | "memo" | "address" => text(tape),
        "site" => url(tape),
        "mail" => Value::Email(tape.one_of(&["a@evil.example", "b@Good.example"]).parse().unwrap()),
        "tags" => Value::set(vec![text(tape), text(tape)]),
        "friend" if tape.chance(50) => Value::Absent,
        "friend" | "customer" => {
            let id = tape.one_of(&CUSTOMERS[..CUSTOMERS.len() - 1]);
            Value::Entity(builder.intern(schema.entity("Customer"), id).unwrap())
        }
        other => panic!("no value for {other}"),
    }
}

fn number(tape: &mut Tape) -> Value {
    Value::Number(tape.one_of(&NUMBERS))
}

fn text(tape: &mut Tape) -> Value {
    let text = if tape.chance(80) { tape.one_of(&TEXTS) } else { tape.one_of(&OTHERS) };
    Value::String(text.into())
}

fn url(tape: &mut Tape) -> Value {
    Value::Url(Arc::new(tape.one_of(&URLS).parse().unwrap()))
}

pub(crate) fn request(schema: &Schema, facts: &Facts, tape: &mut Tape) -> Request {
    let mut known = |ty: &str, ids: &[&str]| find(schema, facts, ty, tape.one_of(&ids[..ids.len() - 1]));
    let (bot, clerk) = (known("Bot", &BOTS), known("Clerk", &CLERKS));
    let (customer, order, whom) =
        (known("Customer", &CUSTOMERS), known("Order", &ORDERS), known("Customer", &CUSTOMERS));
    let agent = if tape.chance(75) { bot } else { clerk };
    let (action, resource) = match tape.pick(8) {
        0 => ("read", Some(if tape.chance(50) { order } else { customer })),
        1 => ("send", None),
        2 => ("audit", None),
        _ => ("refund", Some(order)),
    };
    let mut args = vec![Value::Absent; schema.program.args.len()];
    for &arg in &schema.program.actions[schema.action(action).index()].params {
        args[arg.index()] = argument(schema, tape, arg, whom);
    }
    let total = Claim { entity: order, field: schema.field("Order", "total"), value: number(tape) };
    let claims = if resource == Some(order) && tape.chance(40) { vec![total] } else { Vec::new() };
    let scopes = Vec::new();
    Request { agent, action: schema.action(action), resource, args, claims, scopes, now_ms: 0 }
}

fn argument(schema: &Schema, tape: &mut Tape, arg: ArgId, whom: EntityRef) -> Value {
    match schema.program.args[arg.index()].name.as_str() {
        "amount" | "copies" => Value::Number(tape.one_of(&NUMBERS)),
        "reason" => Value::Number(i64::try_from(tape.pick(3)).unwrap()),
        "maybe" if tape.chance(40) => Value::Absent,
        "text" | "maybe" if tape.chance(30) => Value::String(tape.one_of(&STRANGERS).into()),
        "text" | "maybe" => text(tape),
        "whom" => Value::Entity(whom),
        "link" => url(tape),
        "loud" => Value::Bool(tape.chance(50)),
        "words" => Value::set(vec![text(tape), text(tape), text(tape)]),
        "file" => Value::Path(tape.one_of(&FILES).parse().unwrap()),
        "day" => Value::Number(i64::try_from(tape.pick(2)).unwrap()),
        other => panic!("no value for {other}"),
    }
}

fn find(schema: &Schema, facts: &Facts, ty: &str, id: &str) -> EntityRef {
    facts.find(schema.entity(ty), id).unwrap()
}
