//! cedar-policy: the whole set of policies on every question, as its library does it, and sliced by hand.

use std::str::FromStr as _;

use ahash::AHashMap;
use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, EntityId, EntityTypeName, EntityUid, PolicySet,
    PrincipalConstraint, Request, RestrictedExpression,
};

use super::Engine;
use crate::Failure;
use crate::contest::{Argument, Query, Texts};

/// Policies and entities.
struct Loaded {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Loaded {
    fn new(texts: &Texts) -> Result<Self, Failure> {
        let policies = PolicySet::from_str(&texts.cedar)?;
        let entities = Entities::from_json_str(&texts.entities, None)?;
        Ok(Self { authorizer: Authorizer::new(), policies, entities })
    }
}

fn decide(loaded: &Loaded, policies: &PolicySet, request: &Request) -> Option<bool> {
    let response = loaded.authorizer.is_authorized(request, policies, &loaded.entities);
    Some(response.decision() == Decision::Allow)
}

/// The types of entities, parsed once as a caller would.
#[derive(Default)]
struct Types {
    known: Vec<(String, EntityTypeName)>,
}

impl Types {
    fn of(&mut self, queries: &[Query]) -> Result<(), Failure> {
        for query in queries {
            for name in [query.agent_type, "Action", &query.resource_type] {
                if !self.known.iter().any(|(known, _)| known == name) {
                    self.known.push((name.to_owned(), EntityTypeName::from_str(name)?));
                }
            }
        }
        Ok(())
    }

    fn uid(&self, of: &str, id: &str) -> Option<EntityUid> {
        let (_, of) = self.known.iter().find(|(known, _)| known == of)?;
        Some(EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id)))
    }

    fn request(&self, query: &Query) -> Option<Request> {
        let pair = |(name, value): &(String, Argument)| {
            let value = match value {
                Argument::Int(value) => RestrictedExpression::new_long(*value),
                Argument::Text(value) => RestrictedExpression::new_string(value.clone()),
            };
            (name.clone(), value)
        };
        let context = Context::from_pairs(query.arguments.iter().map(pair)).ok()?;
        Request::new(
            self.uid(query.agent_type, &query.agent)?,
            self.uid("Action", &query.action)?,
            self.uid(&query.resource_type, &query.resource)?,
            context,
            None,
        )
        .ok()
    }
}

pub(super) struct Prebuilt {
    loaded: Loaded,
    requests: Vec<Request>,
}

impl Prebuilt {
    pub(super) fn load(texts: &Texts) -> Result<Self, Failure> {
        Ok(Self { loaded: Loaded::new(texts)?, requests: Vec::new() })
    }
}

impl Engine for Prebuilt {
    fn prepare(&mut self, queries: &[Query]) -> Result<(), Failure> {
        let mut types = Types::default();
        types.of(queries)?;
        let requests: Option<_> = queries.iter().map(|query| types.request(query)).collect();
        self.requests = requests.ok_or("a question that is no request")?;
        Ok(())
    }

    fn decide(&mut self, at: usize, _query: &Query) -> Option<bool> {
        decide(&self.loaded, &self.loaded.policies, self.requests.get(at)?)
    }
}

pub(super) struct FromStrings {
    loaded: Loaded,
    types: Types,
}

impl FromStrings {
    pub(super) fn load(texts: &Texts) -> Result<Self, Failure> {
        Ok(Self { loaded: Loaded::new(texts)?, types: Types::default() })
    }
}

impl Engine for FromStrings {
    fn prepare(&mut self, queries: &[Query]) -> Result<(), Failure> {
        self.types.of(queries)
    }

    fn decide(&mut self, _at: usize, query: &Query) -> Option<bool> {
        decide(&self.loaded, &self.loaded.policies, &self.types.request(query)?)
    }
}

/// One set of policies for each agent that a permit names; an agent that none names has the rest alone.
pub(super) struct Sliced {
    loaded: Loaded,
    types: Types,
    by_agent: AHashMap<String, PolicySet>,
}

impl Sliced {
    pub(super) fn load(texts: &Texts) -> Result<Self, Failure> {
        let mut loaded = Loaded::new(texts)?;
        let mut rest = PolicySet::new();
        let mut own: AHashMap<String, Vec<_>> = AHashMap::new();
        for policy in loaded.policies.policies() {
            match policy.principal_constraint() {
                PrincipalConstraint::Eq(agent) if policy.effect() == Effect::Permit => {
                    own.entry(agent.id().unescaped().to_owned()).or_default().push(policy.clone());
                }
                _ => rest.add(policy.clone())?,
            }
        }
        let mut by_agent = AHashMap::new();
        for (agent, own) in own {
            let mut policies = rest.clone();
            for policy in own {
                policies.add(policy)?;
            }
            by_agent.insert(agent, policies);
        }
        loaded.policies = rest;
        Ok(Self { loaded, types: Types::default(), by_agent })
    }
}

impl Engine for Sliced {
    fn prepare(&mut self, queries: &[Query]) -> Result<(), Failure> {
        self.types.of(queries)
    }

    fn decide(&mut self, _at: usize, query: &Query) -> Option<bool> {
        let policies = self.by_agent.get(&query.agent).unwrap_or(&self.loaded.policies);
        decide(&self.loaded, policies, &self.types.request(query)?)
    }
}
