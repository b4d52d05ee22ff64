//! The engines that are compared, each behind the same interface: loading, and deciding one query.

mod cedar;
mod floor;
mod naive;
mod permit;
mod rego;

use permit_engine::Mode;

use crate::Failure;
use crate::contest::{Query, Texts};

/// Something that answers questions.
pub trait Engine {
    /// Makes ready whatever a caller of this engine would hold ready before it is asked. This is not timed.
    ///
    /// # Errors
    /// When a question cannot be put in the engine's form.
    fn prepare(&mut self, _queries: &[Query]) -> Result<(), Failure> {
        Ok(())
    }

    /// Whether the question, which is the `at`th of those prepared, is allowed; `None` when the engine fails.
    fn decide(&mut self, at: usize, query: &Query) -> Option<bool>;
}

/// Who takes part, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Contender {
    /// Permit with native code: request from strings, then decision.
    PermitNative,
    /// The same without native code.
    PermitInterpreted,
    /// Permit's interpreter over all rules in their order: no index, no native code.
    PermitNaive,
    /// cedar-policy; the request was built before.
    CedarPrebuilt,
    /// cedar-policy; the request is built from strings.
    CedarStrings,
    /// cedar-policy from strings, with one set of policies for each agent: its own permits and all forbids.
    CedarSliced,
    /// regorus' interpreter, one rule for each permit; the input was built before.
    RegoInterpreter,
    /// regorus' bytecode machine, likewise.
    RegoMachine,
    /// regorus' interpreter over tables.
    RegoTablesInterpreter,
    /// regorus' bytecode machine over tables.
    RegoTablesMachine,
    /// Hash look-ups, and a bit that says of each resource whether a forbid is about it.
    FloorFolded,
    /// Hash look-ups, and one automaton over all forbids.
    FloorAutomaton,
}

impl Contender {
    /// What the tables call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PermitNative => "Permit, native",
            Self::PermitInterpreted => "Permit, interpreted",
            Self::PermitNaive => "Permit, interpreted, every rule",
            Self::CedarPrebuilt => "Cedar, request prebuilt",
            Self::CedarStrings => "Cedar, from strings",
            Self::CedarSliced => "Cedar, from strings, sliced by hand",
            Self::RegoInterpreter => "regorus, interpreter",
            Self::RegoMachine => "regorus, bytecode",
            Self::RegoTablesInterpreter => "regorus, interpreter, tables",
            Self::RegoTablesMachine => "regorus, bytecode, tables",
            Self::FloorFolded => "floor: look-ups, forbids folded",
            Self::FloorAutomaton => "floor: look-ups, forbids by automaton",
        }
    }

    /// Whether it is Permit as it is used, which is loaded from a bundle.
    #[must_use]
    pub const fn loads_bundles(self) -> bool {
        matches!(self, Self::PermitNative | Self::PermitInterpreted)
    }

    /// Whether the contest has what this one needs.
    #[must_use]
    pub fn takes_part(self, texts: &Texts) -> bool {
        let needed = match self {
            Self::PermitNative | Self::PermitInterpreted | Self::PermitNaive => &texts.permit,
            Self::CedarPrebuilt | Self::CedarStrings => &texts.cedar,
            // Where no policy names an agent there is nothing to slice by; the rules as data stand in the same contests.
            Self::CedarSliced | Self::FloorFolded | Self::FloorAutomaton => &texts.rules,
            Self::RegoInterpreter | Self::RegoMachine => &texts.rego,
            Self::RegoTablesInterpreter | Self::RegoTablesMachine => &texts.rego_tables,
        };
        !needed.is_empty()
    }

    /// Loads it from source; Permit from the bundle where there is one.
    ///
    /// # Errors
    /// When the engine refuses what it is given.
    pub fn load(self, texts: &Texts) -> Result<Box<dyn Engine>, Failure> {
        Ok(match self {
            Self::PermitNative => Box::new(permit::Permit::load(texts, Mode::Native)?),
            Self::PermitInterpreted => Box::new(permit::Permit::load(texts, Mode::Interpreted)?),
            Self::PermitNaive => Box::new(naive::Naive::load(texts)?),
            Self::CedarPrebuilt => Box::new(cedar::Prebuilt::load(texts)?),
            Self::CedarStrings => Box::new(cedar::FromStrings::load(texts)?),
            Self::CedarSliced => Box::new(cedar::Sliced::load(texts)?),
            Self::RegoInterpreter => Box::new(rego::Interpreter::load(&texts.rego, "{}")?),
            Self::RegoMachine => Box::new(rego::Machine::load(&texts.rego, "{}")?),
            Self::RegoTablesInterpreter => {
                Box::new(rego::Interpreter::load(&texts.rego_tables, &texts.rego_data)?)
            }
            Self::RegoTablesMachine => Box::new(rego::Machine::load(&texts.rego_tables, &texts.rego_data)?),
            Self::FloorFolded => Box::new(floor::Folded::load(texts)?),
            Self::FloorAutomaton => Box::new(floor::Automaton::load(texts)?),
        })
    }
}
