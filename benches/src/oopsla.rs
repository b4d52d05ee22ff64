//! The three applications of Cedar's benchmark (OOPSLA 2024): documents, repositories, lists of tasks.
//!
//! A file `APPLICATION_N.json` holds several hierarchies of N entities of each type, and for each of them questions with
//! Cedar's answers. The policies stand in this repository, in every language.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use permit_test_support::cedar::{self, written};
use permit_test_support::world;
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::Failure;
use crate::contest::{Contest, Query, Texts};

/// The applications.
pub const APPLICATIONS: [&str; 3] = ["gdrive", "github", "tinytodo"];

const AGENT: &str = "User";

#[derive(Deserialize)]
struct Hierarchy {
    entities: Json,
    requests: Vec<[String; 3]>,
    allow: Vec<bool>,
}

/// Reads the hierarchies of an application with `size` entities of each type. There is no bundle yet.
///
/// # Errors
/// When a file is missing or has another form.
pub fn read(folder: &Path, application: &str, size: usize) -> Result<Contest, Failure> {
    let path = folder.join(format!("{application}_{size}.json"));
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let hierarchies: Vec<Hierarchy> = serde_json::from_str(&text)?;
    let policy = |ending: &str| world::read(&format!("benches/data/oopsla/{application}.{ending}"));
    let (mut texts, mut queries) = (Vec::new(), Vec::new());
    for (at, hierarchy) in hierarchies.iter().enumerate() {
        texts.push(Texts {
            permit: world::read(&format!("examples/oopsla/{application}.permit")),
            facts: cedar::facts(&hierarchy.entities, AGENT, spiffe_id).to_string(),
            cedar: policy("cedar"),
            entities: hierarchy.entities.to_string(),
            rego_tables: policy("rego"),
            rego_data: json!({ "entities": graph(&hierarchy.entities) }).to_string(),
            ..Texts::default()
        });
        for (request, &allow) in hierarchy.requests.iter().zip(&hierarchy.allow) {
            queries.push(query(at, request, allow)?);
        }
    }
    Ok(Contest { name: format!("{application}, {size} entities of each type"), texts, queries })
}

fn query(hierarchy: usize, request: &[String; 3], allow: bool) -> Result<Query, Failure> {
    let [agent, action, resource] =
        request.each_ref().map(|text| written(text).ok_or_else(|| format!("`{text}` is no entity")));
    let ((agent_type, agent), (_, action), resource) = (agent?, action?, resource?);
    if agent_type != AGENT {
        return Err(format!("{agent_type} is no type of agents").into());
    }
    let principal = uid((agent_type, agent));
    Ok(Query {
        texts: hierarchy,
        agent_type: AGENT,
        agent: agent.to_owned(),
        caller: spiffe_id(agent),
        action: action.to_owned(),
        resource_type: resource.0.to_owned(),
        resource: resource.1.to_owned(),
        arguments: Vec::new(),
        document: json!({ "principal": principal, "action": action, "resource": uid(resource) }),
        allow,
    })
}

fn spiffe_id(user: &str) -> String {
    format!("spiffe://oopsla.example/user/{user}")
}

/// An entity as the Rego policies name it.
fn uid((of, id): (&str, &str)) -> String {
    format!("{of}::{id}")
}

/// The entities as the Rego policies look them up: attributes, and everything an entity lies in.
fn graph(entities: &Json) -> Map<String, Json> {
    let entities = entities.as_array().map_or(&[][..], Vec::as_slice);
    let name = |value: &Json| cedar::entity(value).map(uid);
    let parents: BTreeMap<String, Vec<String>> = (entities.iter())
        .filter_map(|one| {
            let parents = one.get("parents")?.as_array()?;
            Some((name(one.get("uid")?)?, parents.iter().filter_map(name).collect()))
        })
        .collect();
    let within = |uid: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![uid.to_owned()]);
        while let Some(next) = open.pop() {
            if seen.insert(next.clone()) {
                open.extend(parents.get(&next).into_iter().flatten().cloned());
            }
        }
        seen.into_iter().map(|uid| (uid, json!(true))).collect::<Map<_, _>>()
    };
    let node = |one: &Json| {
        let uid = name(one.get("uid")?)?;
        let attributes = one.get("attrs")?.as_object()?;
        let attributes: Map<_, _> =
            attributes.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
        let node = json!({ "attrs": attributes, "within": within(&uid) });
        Some((uid, node))
    };
    entities.iter().filter_map(node).collect()
}

fn attribute(value: &Json) -> Json {
    match value {
        Json::Array(values) => values.iter().map(attribute).collect(),
        value if value.get("__entity").is_some() => cedar::entity(value).map(uid).into(),
        value => value.clone(),
    }
}
