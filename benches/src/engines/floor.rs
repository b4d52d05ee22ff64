//! The floor: what the complete answer costs when nothing but hash look-ups stands between a question and it.
//!
//! Neither reads a request against types, says which rule decided, or knows any rule but the two kinds of this workload.

use ahash::AHashMap;
use regex::Regex;

use super::Engine;
use crate::Failure;
use crate::agents::{Entity, Rules};
use crate::contest::{Argument, Query, Texts};

/// The permits, by agent and vendor.
#[derive(Default)]
struct Permits {
    agents: AHashMap<String, u32>,
    most: AHashMap<(u32, u32), i64>,
}

/// What is known of a resource; `A` is what the answer needs to know of the forbids.
struct Endpoint<A> {
    vendor: u32,
    about: A,
}

type Endpoints<A> = AHashMap<String, Endpoint<A>>;

fn load<A>(texts: &Texts, about: impl Fn(&str) -> A) -> Result<(Permits, Endpoints<A>), Failure> {
    let rules = Rules::parse(&texts.rules)?;
    let entities: Vec<Entity> = serde_json::from_str(&texts.entities)?;
    let mut vendors: AHashMap<&str, u32> = AHashMap::new();
    let mut permits = Permits::default();
    for permit in &rules.permits {
        let next = u32::try_from(permits.agents.len())?;
        let agent = *permits.agents.entry(permit.agent.clone()).or_insert(next);
        let next = u32::try_from(vendors.len())?;
        let vendor = *vendors.entry(&permit.vendor).or_insert(next);
        let most = permits.most.entry((agent, vendor)).or_insert(permit.limit);
        *most = permit.limit.max(*most);
    }
    let mut endpoints = AHashMap::new();
    for entity in &entities {
        let (Some(url), Some(parent)) = (&entity.attrs.url, entity.parents.first()) else { continue };
        let next = u32::try_from(vendors.len())?;
        let vendor = *vendors.entry(&parent.id).or_insert(next);
        endpoints.insert(entity.uid.id.clone(), Endpoint { vendor, about: about(url) });
    }
    Ok((permits, endpoints))
}

fn automaton(texts: &Texts) -> Result<Regex, Failure> {
    let patterns = Rules::parse(&texts.rules)?.forbids;
    let patterns: Vec<_> =
        patterns.iter().map(|forbid| regex::escape(&forbid.pattern()).replace(r"\*", "(?s:.)*")).collect();
    Ok(Regex::new(&format!("^(?:{})$", patterns.join("|")))?)
}

/// Whether a permit allows the question, and what is known of its resource.
fn permitted<'e, A>(
    permits: &Permits,
    endpoints: &'e Endpoints<A>,
    query: &Query,
) -> Option<(bool, &'e Endpoint<A>)> {
    let endpoint = endpoints.get(&query.resource)?;
    let [(_, Argument::Int(amount)), (_, Argument::Text(currency))] = query.arguments.as_slice() else {
        return None;
    };
    let allowed = || {
        let agent = *permits.agents.get(&query.agent)?;
        Some(amount <= permits.most.get(&(agent, endpoint.vendor))?)
    };
    Some((query.action == "spend" && currency == "USD" && allowed().unwrap_or(false), endpoint))
}

pub(super) struct Folded {
    permits: Permits,
    endpoints: Endpoints<bool>,
}

impl Folded {
    pub(super) fn load(texts: &Texts) -> Result<Self, Failure> {
        let forbidden = automaton(texts)?;
        let (permits, endpoints) = load(texts, |url| forbidden.is_match(url))?;
        Ok(Self { permits, endpoints })
    }
}

impl Engine for Folded {
    fn decide(&mut self, _at: usize, query: &Query) -> Option<bool> {
        let (permitted, endpoint) = permitted(&self.permits, &self.endpoints, query)?;
        Some(permitted && !endpoint.about)
    }
}

pub(super) struct Automaton {
    permits: Permits,
    endpoints: Endpoints<String>,
    forbidden: Regex,
}

impl Automaton {
    pub(super) fn load(texts: &Texts) -> Result<Self, Failure> {
        let (permits, endpoints) = load(texts, str::to_owned)?;
        Ok(Self { permits, endpoints, forbidden: automaton(texts)? })
    }
}

impl Engine for Automaton {
    fn decide(&mut self, _at: usize, query: &Query) -> Option<bool> {
        let (permitted, endpoint) = permitted(&self.permits, &self.endpoints, query)?;
        Some(permitted && !self.forbidden.is_match(&endpoint.about))
    }
}
