//! Random policies: well-typed programs as source text, with facts and requests that fit them.
//!
//! A seed gives the same program, facts and requests on every machine. Programs use every kind of declaration and
//! expression of the language, and fail at run time as often as policies can: overflow, division by zero, entities that
//! are not in the facts, absent values.

mod clauses;
mod declare;
mod dice;
mod express;
mod requests;
mod types;
mod world;

use serde_json::Value as Json;

pub use self::dice::Dice;
use crate::programs::world::World;
use permit_engine::ScopeClaim;
use permit_types::ask::Ask;

/// A program and what it is asked.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The policy.
    pub text: String,
    /// A facts file that fits it.
    pub facts: Json,
    /// Requests, most of which fit it.
    pub requests: Vec<Request>,
}

/// What one agent asks.
#[derive(Clone, Debug)]
pub struct Request {
    /// The agent's SPIFFE ID.
    pub agent: String,
    /// What it asks.
    pub ask: Ask<'static>,
    /// The scopes of its token.
    pub scopes: Vec<ScopeClaim>,
    /// Whether the task's issuer granted them.
    pub from_issuer: bool,
    /// When, in milliseconds since the epoch.
    pub now_ms: i64,
}

/// The program of a number, with so many requests.
#[must_use]
pub fn generate(number: u64, requests: usize) -> Generated {
    let mut dice = Dice::new(number);
    let mut world = World::new(&mut dice);
    let text = declare::text(&mut world, &mut dice);
    let facts = requests::facts(&world, &mut dice);
    let requests = (0..requests).map(|_| requests::request(&world, &mut dice)).collect();
    Generated { text, facts, requests }
}
