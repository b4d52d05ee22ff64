//! What a suite needs beside the program: the values of its scenarios, and the parts of conditions with their places.

use permit_grammar::span::Span;
use permit_ir::program::Program;
use permit_ir::verify::VerifiedProgram;

use super::arena::{Arena, Tables};
use crate::hir::{self, Module};
use crate::scenario::{ConditionSource, PartSource, RuleSource, ScenarioSuite};

/// What is kept of a module while it becomes a program.
#[derive(Debug)]
pub(crate) struct Script {
    rules: Vec<(Span, Vec<hir::Condition>)>,
    stories: hir::Scenarios,
}

impl Script {
    /// Takes the scenarios out of the module, and notes the rules.
    pub(crate) fn of(module: &mut Module) -> Self {
        let rules = module.rules.iter().map(|rule| (rule.name_span, rule.conditions.clone()));
        Self { rules: rules.collect(), stories: std::mem::take(&mut module.stories) }
    }
}

/// The suite of a program. `None` when program and values together are more than a program may be.
pub(crate) fn suite(program: &VerifiedProgram, script: Script) -> Option<ScenarioSuite> {
    let mut arena = Arena::behind(program)?;
    let mut rules = Vec::with_capacity(script.rules.len());
    for (name, conditions) in script.rules {
        let conditions = conditions.into_iter().map(|condition| source(&mut arena, condition));
        rules.push(RuleSource { name, conditions: conditions.collect::<Option<_>>()? });
    }
    let values = script.stories.values.into_iter().map(|value| arena.expr(value)).collect::<Option<_>>()?;
    let Tables { exprs, fields, args, zones, regexes } = arena.into_tables();
    let program = Program { exprs, fields, args, zones, regexes, ..Program::clone(program) };
    let program = VerifiedProgram::verify(program).ok()?;
    Some(ScenarioSuite { program, values, scenarios: script.stories.scenarios, rules })
}

fn source(arena: &mut Arena, condition: hir::Condition) -> Option<ConditionSource> {
    let mut parts = Vec::new();
    let mut open = vec![condition.expr];
    while let Some(expr) = open.pop() {
        let span = expr.span;
        match expr.kind {
            hir::ExprKind::And(left, right) if covers(span, left.span) && covers(span, right.span) => {
                open.extend([*right, *left]);
            }
            kind => {
                let expr = arena.expr(hir::Expr { kind, ty: expr.ty, span })?;
                parts.push(PartSource { span, expr });
            }
        }
    }
    Some(ConditionSource { negated: condition.negated, parts })
}

/// Whether an operand was written within the expression. That of a function, which stands in place of its call, was not.
fn covers(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}
