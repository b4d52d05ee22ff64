//! SARIF 2.1.0 (OASIS standard of 27 March 2020), for code scanning.
//!
//! Columns are Unicode code points, as `columnKind` states. An unreadable file is a notification of the run, because
//! it is not a finding in a source.

use std::collections::BTreeSet;
use std::path::Path;

use permit_frontend::json::{Finding, Place, findings};
use permit_frontend::{Code, Diagnostic};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Report, omitted_text};
use crate::policy::Unreadable;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn text(report: &Report) -> String {
    let policy = &report.policy;
    let diagnostics = &policy.compiled.diagnostics;
    let codes: Vec<Code> = diagnostics.iter().map(|d| d.code).collect::<BTreeSet<_>>().into_iter().collect();
    let files: Vec<&str> = policy.sources.iter().map(|(_, name, _)| name).collect();
    let index = Index { codes: &codes, files: &files };
    let results = findings(&policy.sources, diagnostics);
    let mut notifications: Vec<Value> = policy.unreadable.iter().map(unreadable).collect();
    if policy.compiled.omitted > 0 {
        let text = omitted_text(policy.compiled.omitted);
        notifications.push(json!({ "level": "note", "message": { "text": text } }));
    }
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "permitc",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code, diagnostics)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": policy.unreadable.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "artifacts": policy.sources.iter().map(|(_, name, text)| artifact(name, text)).collect::<Vec<_>>(),
            "results": results.iter().map(|finding| index.result(finding)).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

/// Where rules and artifacts stand in their lists.
struct Index<'a> {
    codes: &'a [Code],
    files: &'a [&'a str],
}

impl Index<'_> {
    fn result(&self, finding: &Finding<'_>) -> Value {
        let help = finding.help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let related: Vec<Value> = finding.secondary.iter().map(|place| self.location(place)).collect();
        json!({
            "ruleId": finding.code,
            "ruleIndex": self.codes.iter().position(|code| code.number() == finding.code),
            "level": finding.severity,
            "message": { "text": format!("{}{help}", finding.message) },
            "locations": [self.location(&finding.primary)],
            "relatedLocations": related,
        })
    }

    fn location(&self, place: &Place<'_>) -> Value {
        let mut artifact = json!({ "uri": uri(place.file) });
        if let (Some(index), Value::Object(members)) =
            (self.files.iter().position(|file| *file == place.file), &mut artifact)
        {
            members.insert("index".to_owned(), json!(index));
        }
        json!({
            "physicalLocation": {
                "artifactLocation": artifact,
                "region": {
                    "startLine": place.start.line,
                    "startColumn": place.start.column,
                    "endLine": place.end.line,
                    "endColumn": place.end.column,
                },
            },
            "message": { "text": place.text },
        })
    }
}

/// A code with its page. Its level is that of its findings, which a project's lint levels may have changed.
fn rule(code: Code, diagnostics: &[Diagnostic]) -> Value {
    let level = diagnostics.iter().find(|d| d.code == code).map_or("error", |d| d.severity.name());
    json!({
        "id": code.number(),
        "name": format!("{code:?}"),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": first_paragraph(code.page()) },
        "help": { "text": code.page(), "markdown": code.page() },
        "defaultConfiguration": { "level": level },
    })
}

/// The paragraph behind a page's title.
fn first_paragraph(page: &str) -> String {
    let lines = page.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn artifact(name: &str, text: &str) -> Value {
    let digest: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "location": { "uri": uri(name) },
        "length": text.len(),
        "encoding": "UTF-8",
        "sourceLanguage": "permit",
        "roles": ["analysisTarget"],
        "hashes": { "sha-256": digest },
    })
}

fn unreadable(unreadable: &Unreadable) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(&unreadable.path.display().to_string()) } });
    if let (Some(at), Value::Object(members)) = (unreadable.at, &mut place) {
        members.insert("region".to_owned(), json!({ "startLine": at.line, "startColumn": at.column }));
    }
    json!({
        "level": "error",
        "message": { "text": unreadable.problem },
        "locations": [{ "physicalLocation": place }],
    })
}

/// A path as a URI reference (RFC 3986, section 4.1): absolute ones become `file` URIs.
fn uri(path: &str) -> String {
    let mut uri = String::from(if Path::new(path).is_absolute() { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uri_references_without_scheme_query_or_fragment() {
        assert_eq!(uri("policy/main.permit"), "policy/main.permit");
        assert_eq!(uri("c:d/é #?%.permit"), "c%3Ad/%C3%A9%20%23%3F%25.permit");
        assert_eq!(uri("/tmp/a"), "file:///tmp/a");
    }
}
