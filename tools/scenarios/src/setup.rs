//! The facts of a scenario, as the snapshot that an engine decides over.

use std::sync::Arc;

use permit_engine::{Engine, FactsFile};
use permit_frontend::scenario::{Entity, Given, Scenario, ScenarioSuite, ValueId};
use permit_ir::facts::{Facts, FactsBuilder, FactsError};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;
use permit_types::digest::Digest;
use permit_types::verdict::Trap;

/// Why a scenario cannot be staged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SetupError {
    /// A value has none.
    #[error("the value of `{field}` cannot be computed: {trap}")]
    Value {
        /// The place of the fact.
        given: usize,
        /// The field.
        field: String,
        /// Why.
        trap: Trap,
    },
    /// The facts do not fit each other.
    #[error("{0}")]
    Facts(#[from] FactsError),
}

/// Facts that nothing is known of, for a program's own names and the scenario's.
pub(crate) fn names(program: &VerifiedProgram, givens: &[Given]) -> Result<FactsFile, FactsError> {
    let mut builder = FactsBuilder::new(program)?;
    for given in givens {
        builder.intern(given.entity.ty, &given.entity.id)?;
    }
    Ok(file(builder.finish()?))
}

/// The scenario's facts. `named` is an engine over their names; the references of both are the same.
pub(crate) fn facts(
    suite: &ScenarioSuite,
    scenario: &Scenario,
    named: &Engine,
) -> Result<FactsFile, SetupError> {
    let program = &suite.program;
    let mut builder = FactsBuilder::new(program)?;
    for given in &scenario.givens {
        builder.intern(given.entity.ty, &given.entity.id)?;
    }
    for (place, given) in scenario.givens.iter().enumerate() {
        let fields = program.entities.get(given.entity.ty.index()).map_or(&[][..], |ty| &ty.fields);
        let mut attributes = Vec::with_capacity(fields.len());
        for field in fields {
            let name = program.fields.get(field.index()).map_or("", |field| &field.name);
            let written = given.fields.iter().find(|(field, _)| field == name);
            let value = written.map(|(_, value)| constant(suite, named, *value)).transpose();
            let fault = |trap| SetupError::Value { given: place, field: name.to_owned(), trap };
            attributes.push(value.map_err(fault)?.unwrap_or(Value::Absent));
        }
        let entity = builder.intern(given.entity.ty, &given.entity.id)?;
        let parents = given.parents.iter().map(|parent| builder.intern(parent.ty, &parent.id));
        let parents = parents.collect::<Result<Vec<_>, _>>()?;
        builder.define(entity, attributes, parents, None)?;
    }
    Ok(file(builder.finish()?))
}

fn file(facts: Facts) -> FactsFile {
    FactsFile { facts: Arc::new(facts), digest: Digest([0; 32]) }
}

/// A value that the scenario writes out.
pub(crate) fn constant(suite: &ScenarioSuite, engine: &Engine, value: ValueId) -> Result<Value, Trap> {
    let place = usize::try_from(value.0).ok();
    let expr = place.and_then(|at| suite.values.get(at));
    // The front end numbers no value that it did not keep.
    expr.map_or(Err(Trap::UnknownEntity), |expr| engine.constant(*expr))
}

/// The entity in the engine's snapshot; the front end lets scenarios name only what they give.
pub(crate) fn find(engine: &Engine, entity: &Entity) -> Option<EntityRef> {
    engine.facts().find(entity.ty, &entity.id)
}
