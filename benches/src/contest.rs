//! A contest: the same rules in every language, the same entities, and questions with their right answers.
//!
//! A contest stands in a folder of plain texts, one for each language, so that an engine can be loaded in a process of its
//! own that has read nothing else. What that costs in memory is then the engine's.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::Failure;

/// One question and its right answer.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which of the contest's texts it is about.
    pub texts: usize,
    /// The agents' type.
    pub agent_type: &'static str,
    /// The agent's id.
    pub agent: String,
    /// The SPIFFE ID by which Permit knows the agent.
    pub caller: String,
    /// The action's name.
    pub action: String,
    /// The resource's type.
    pub resource_type: String,
    /// The resource's id.
    pub resource: String,
    /// The arguments by name.
    pub arguments: Vec<(String, Argument)>,
    /// The question as the contest's Rego policies take their input.
    pub document: Json,
    /// Whether the action is allowed.
    pub allow: bool,
}

/// An argument of a question.
#[derive(Clone, Debug)]
pub enum Argument {
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
}

/// The texts of a contest. One that a contest does not have is empty.
#[derive(Debug, Default)]
pub struct Texts {
    /// The policy in `.permit`.
    pub permit: String,
    /// The same as a signed bundle.
    pub bundle: Vec<u8>,
    /// The entities as a facts file.
    pub facts: String,
    /// The policies in Cedar.
    pub cedar: String,
    /// The entities in Cedar's JSON.
    pub entities: String,
    /// The policy in Rego, one rule for each permit.
    pub rego: String,
    /// The policy in Rego, over tables that stand in `rego_data`.
    pub rego_tables: String,
    /// What the Rego policies know.
    pub rego_data: String,
    /// The rules as data.
    pub rules: String,
}

/// A contest.
#[derive(Debug)]
pub struct Contest {
    /// What it is called.
    pub name: String,
    /// The rules, with one set of entities or several.
    pub texts: Vec<Texts>,
    /// The questions.
    pub queries: Vec<Query>,
}

impl Texts {
    /// The same rules without any entities.
    #[must_use]
    pub fn without_entities(self) -> Self {
        Self { facts: r#"{"entities":[]}"#.to_owned(), entities: "[]".to_owned(), ..self }
    }

    fn each(&mut self) -> [(&'static str, &mut String); 8] {
        [
            ("policy.permit", &mut self.permit),
            ("facts.json", &mut self.facts),
            ("policy.cedar", &mut self.cedar),
            ("entities.json", &mut self.entities),
            ("policy.rego", &mut self.rego),
            ("tables.rego", &mut self.rego_tables),
            ("data.json", &mut self.rego_data),
            ("rules.json", &mut self.rules),
        ]
    }

    /// Writes each text into a file of its own.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(&mut self, folder: &Path) -> Result<(), Failure> {
        for (name, text) in self.each() {
            fs::write(folder.join(name), text)?;
        }
        Ok(fs::write(folder.join("policy.permitb"), &self.bundle)?)
    }

    /// Reads what [`Texts::write`] wrote.
    ///
    /// # Errors
    /// When a file is missing.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let mut texts = Self { bundle: fs::read(folder.join("policy.permitb"))?, ..Self::default() };
        for (name, text) in texts.each() {
            *text = fs::read_to_string(folder.join(name))?;
        }
        Ok(texts)
    }
}
