use permit_ir::sample::{CUSTOMER, ORDER, SUPPORT_BOT, TEAM};
use serde_json::{Value as Json, json};

use super::*;
use crate::testing::{facts_json, program};

fn read(json: &str) -> Result<FactsFile, String> {
    read_facts(&program(), json.as_bytes()).map_err(|error| error.to_string())
}

/// The facts that every test begins with, with `more` entities.
fn with(more: &Json) -> Result<FactsFile, String> {
    let mut facts = facts_json();
    facts["entities"].as_array_mut().unwrap().extend(more.as_array().unwrap().clone());
    read(&facts.to_string())
}

fn bot(id: &str, spiffe_id: &str) -> Json {
    let attributes = json!({ "tier": "basic", "level": 0, "patience": "1s", "active": true });
    json!({ "type": "SupportBot", "id": id, "spiffe_id": spiffe_id, "attributes": attributes })
}

fn customer(change: impl FnOnce(&mut Json)) -> Json {
    let mut entity = json!({
        "type": "Customer", "id": "new", "attributes": { "tier": "gold", "email": "n@acme.example", "tags": [] }
    });
    change(&mut entity);
    json!([entity])
}

#[test]
fn a_file_that_is_no_strict_json_is_refused() {
    let cases = [
        ("", "EOF while parsing a value at line 1 column 0"),
        (r#"{"entities":[],"entities":[]}"#, "member `entities` stands twice at line 1 column 25"),
        (
            r#"{"entities":[{"type":"Org","id":"a","id":"b"}]}"#,
            "member `id` stands twice at line 1 column 40",
        ),
        (
            r#"{"entities":[{"type":"Org","id":"a","attributes":{"b":{"c":1,"c":1}}}]}"#,
            "member `c` stands twice at line 1 column 64",
        ),
        (
            r#"{"entities":[{"$serde_json::private::Number":"1"}]}"#,
            "reserved member name at line 1 column 48",
        ),
        (r#"{"entities":[{"type":"Org","id":"a"}"#, "EOF while parsing a list at line 1 column 36"),
        (r#"{"entities":}"#, "expected value at line 1 column 13"),
        (r#"{"entities":[]} {}"#, "trailing characters at line 1 column 17"),
    ];
    for (json, message) in cases {
        let message = format!("the facts are not JSON: {message}");
        assert_eq!(read(json).err(), Some(message), "{json}");
    }
}

#[test]
fn a_file_of_another_form_is_refused() {
    let cases = [
        ("{}", "missing field `entities` at line 1 column 2"),
        ("[]", "invalid type: sequence, expected an object at line 1 column 2"),
        (
            r#"{"entities":[],"version":1}"#,
            "unknown field `version`, expected `entities` at line 1 column 24",
        ),
        (
            r#"{"entities":{"type":"Org","id":"a"}}"#,
            "invalid type: map, expected an array of entities at line 1 column 13",
        ),
        (r#"{"entities":[["Org","a"]]}"#, "invalid type: sequence, expected an entity at line 1 column 14"),
        (r#"{"entities":[1]}"#, "invalid type: integer `1`, expected an entity at line 1 column 14"),
        (r#"{"entities":[1.5]}"#, "invalid type: number, expected an entity at line 1 column 16"),
        (
            r#"{"entities":[{"type":"Org","id":1}]}"#,
            "invalid type: number, expected a string at line 1 column 34",
        ),
        (r#"{"entities":[{"type":"Org"}]}"#, "missing field `id` at line 1 column 27"),
        (
            r#"{"entities":[{"type":"Org","id":"a","parent":"b"}]}"#,
            "unknown field `parent`, expected one of `type`, `id`, `spiffe_id`, `parents`, `attributes` \
             at line 1 column 44",
        ),
        (
            r#"{"entities":[{"type":"Org","id":"a","attributes":null}]}"#,
            "invalid type: null, expected an object at line 1 column 54",
        ),
    ];
    for (json, message) in cases {
        let message = format!("the facts have another form than expected: {message}");
        assert_eq!(read(json).err(), Some(message), "{json}");
    }
    assert_eq!(
        read(r#"{"entities":[]}"#).map(|file| file.facts.entities().iter().any(|e| e.known)),
        Ok(false)
    );
}

#[test]
fn an_entity_that_does_not_fit_the_policy_is_refused() {
    let cases = [
        (
            json!([{ "type": "Ghost", "id": "g\"" }]),
            r#"Ghost::"g\"": field `type`: the policy declares no such entity type"#,
        ),
        (
            customer(|c| drop(c["attributes"].as_object_mut().unwrap().remove("email"))),
            r#"Customer::"new": field `attributes.email`: is missing"#,
        ),
        (
            customer(|c| c["attributes"]["total"] = json!("1 USD")),
            r#"Customer::"new": field `attributes.total`: the policy declares no such attribute"#,
        ),
        (
            customer(|c| c["attributes"]["email"] = json!(7)),
            r#"Customer::"new": field `attributes.email`: expected string"#,
        ),
        (
            customer(|c| c["attributes"]["tier"] = json!("platinum")),
            r#"Customer::"new": field `attributes.tier`: expected one of basic, gold, vip"#,
        ),
        (
            customer(|c| c["parents"] = json!([{ "type": "Team", "id": "readers" }])),
            r#"Customer::"new": field `parents[0]`: expected an entity {"type", "id"} of type Org"#,
        ),
        (customer(|c| c["id"] = json!("bob")), r#"`Customer::"bob"` is defined twice"#),
        (
            customer(|c| c["parents"] = json!(["acme", "ghost"])),
            r#"`Customer::"new"` refers to `Org::"ghost"`, which is not among the facts"#,
        ),
        (
            customer(|c| c["attributes"]["referrer"] = json!("ghost")),
            r#"`Customer::"new"` refers to `Customer::"ghost"`, which is not among the facts"#,
        ),
        (
            // A literal of the program is a name that nothing defines.
            customer(|c| c["attributes"]["referrer"] = json!("ann")),
            r#"`Customer::"new"` refers to `Customer::"ann"`, which is not among the facts"#,
        ),
        (
            json!([{ "type": "Team", "id": "x", "parents": ["y"] }, { "type": "Team", "id": "y", "parents": ["x"] }]),
            r#"`Team::"x"` lies within itself"#,
        ),
        (json!([{ "type": "Team", "id": "x", "parents": ["x"] }]), r#"`Team::"x"` lies within itself"#),
    ];
    for (more, message) in cases {
        assert_eq!(with(&more).err().as_deref(), Some(message), "{more}");
    }
}

#[test]
fn an_identity_belongs_to_one_agent_of_the_right_type() {
    let seven = "spiffe://acme.example/agent/support/7";
    let wrong = [
        (customer(|c| c["spiffe_id"] = json!(seven)), r#"Customer::"new""#, seven),
        (
            json!([bot("b", "spiffe://acme.example/agent/audit/9")]),
            r#"SupportBot::"b""#,
            "spiffe://acme.example/agent/audit/9",
        ),
        (
            json!([bot("b", "spiffe://evil.example/agent/support/9")]),
            r#"SupportBot::"b""#,
            "spiffe://evil.example/agent/support/9",
        ),
        (json!([bot("b", seven)]), r#"SupportBot::"b""#, seven),
    ];
    for (more, entity, spiffe_id) in wrong {
        let message = format!("`{spiffe_id}` does not identify `{entity}`");
        assert_eq!(with(&more).err(), Some(message), "{more}");
    }
    let file = with(&json!([bot("b", "spiffe://acme.example/agent/support/9")])).unwrap();
    let agent = file.facts.agent("spiffe://acme.example/agent/support/9");
    assert_eq!(agent, file.facts.find(SUPPORT_BOT, "b"));
    assert_eq!(file.facts.agent("spiffe://acme.example/agent/support/10"), None);
}

#[test]
fn ancestors_of_a_diamond_are_each_named_once() {
    let file = with(&json!([
        { "type": "Team", "id": "bottom", "parents": ["left", "right", "left"] },
        { "type": "Team", "id": "left", "parents": ["top"] },
        { "type": "Team", "id": "right", "parents": ["top"] },
        { "type": "Team", "id": "top" },
    ]))
    .unwrap();
    let facts = &file.facts;
    let team = |id: &str| facts.find(TEAM, id).unwrap();
    let of = |id: &str| facts.entity(team(id)).unwrap().ancestors.to_vec();
    let mut all: Vec<_> = ["bottom", "left", "right", "top"].map(team).to_vec();
    all.sort_unstable();
    assert_eq!(of("bottom"), all);
    assert_eq!(of("top"), [team("top")]);
    assert!(facts.within(team("bottom"), team("top")) && !facts.within(team("top"), team("bottom")));
    assert!(!facts.within(team("left"), team("right")));
    let order = facts.find(ORDER, "o1").unwrap();
    assert!(facts.within(order, facts.find(CUSTOMER, "bob").unwrap()));
    assert!(!facts.within(order, facts.find(CUSTOMER, "eve").unwrap()));
}

#[test]
fn the_digest_is_that_of_the_bytes() {
    let bytes = facts_json().to_string();
    assert_eq!(read(&bytes).unwrap().digest, Digest(<sha2::Sha256 as sha2::Digest>::digest(&bytes).into()));
    assert_ne!(read(&format!("{bytes} ")).unwrap().digest, read(&bytes).unwrap().digest);
}
