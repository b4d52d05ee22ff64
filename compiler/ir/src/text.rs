//! The text form of the decision IR, for people and golden tests. It is not the language and is never read back.
//!
//! Declarations stand in the program's order, so the same program gives the same text.

mod expr;

use std::fmt;

use self::expr::{Conjunct, Quoted, Root};
use crate::program::{
    Action, AgentPattern, Approval, Budget, Count, EntityType, Expr, LimitWindow, Named, Rate, RateCount,
    Rule, Scope,
};
use crate::types::{ActionId, EntityTypeId, ExprId, ScopeId, Type};
use crate::verify::VerifiedProgram;
use permit_types::time::duration_text;

/// The text form of a program.
#[derive(Clone, Copy, Debug)]
pub struct ProgramText<'a> {
    program: &'a VerifiedProgram,
}

/// The text form of a program, to be written with `{}`.
#[must_use]
pub const fn text(program: &VerifiedProgram) -> ProgramText<'_> {
    ProgramText { program }
}

/// One expression in the same form, by itself; `params` are those of the scope that holds it, if one does.
#[must_use]
pub fn expr_text(program: &VerifiedProgram, id: ExprId, params: &[Named]) -> String {
    Root { program, params, id }.to_string()
}

impl fmt::Display for ProgramText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let program = self.program;
        writeln!(f, "module {}", program.module)?;
        for declared in &program.enums {
            writeln!(f, "\nenum {} {{ {} }}", declared.name, declared.variants.join(", "))?;
        }
        for record in &program.records {
            let members = list(record.members.iter().map(|member| self.named(member)));
            writeln!(f, "\nrecord {} {{ {members} }}", record.name)?;
        }
        program.entities.iter().try_for_each(|ty| self.entity(f, ty))?;
        for (id, action) in (0..).map(ActionId).zip(&program.actions) {
            self.action(f, id, action)?;
        }
        program.rules.iter().try_for_each(|rule| self.rule(f, rule))?;
        program.budgets.iter().try_for_each(|budget| self.budget(f, budget))?;
        program.rates.iter().try_for_each(|rate| self.rate(f, rate))?;
        program.scopes.iter().try_for_each(|scope| self.scope(f, scope))
    }
}

impl ProgramText<'_> {
    fn entity(&self, f: &mut fmt::Formatter<'_>, ty: &EntityType) -> fmt::Result {
        write!(f, "\n{} {}", ty.kind.name(), ty.name)?;
        if !ty.parents.is_empty() {
            let parents = ty.parents.iter().map(|id| name(&self.program.entities, id.index(), |e| &e.name));
            write!(f, " within {}", list(parents))?;
        }
        if let Some(glob) = &ty.identified_by {
            write!(f, " identified by {}", Quoted(glob))?;
        }
        writeln!(f)?;
        for id in &ty.fields {
            let Some(field) = self.program.fields.get(id.index()) else { continue };
            let claimed = if ty.claimed.contains(id) { "claimed " } else { "" };
            writeln!(f, "    {claimed}{}", self.named(field))?;
        }
        let scope = |id: &ScopeId| name(&self.program.scopes, id.index(), |scope| &scope.name);
        ty.requires.iter().try_for_each(|id| writeln!(f, "    requires scope {}", scope(id)))
    }

    fn action(&self, f: &mut fmt::Formatter<'_>, id: ActionId, action: &Action) -> fmt::Result {
        let params = action.params.iter().zip(&action.defaults);
        let params = params.filter_map(|(id, default)| Some((self.program.args.get(id.index())?, default)));
        let params = params.map(|(param, default)| match default {
            Some(default) => format!("{} = {}", self.named(param), self.root(*default, &[])),
            None => self.named(param),
        });
        write!(f, "\naction {}({})", action.name, list(params))?;
        if !action.resources.is_empty() {
            let types =
                action.resources.iter().map(|id| name(&self.program.entities, id.index(), |e| &e.name));
            write!(f, " on {}", list(types))?;
        }
        let flags = [
            (action.flags.readonly, "readonly"),
            (action.flags.irreversible, "irreversible"),
            (action.flags.external, "external"),
        ];
        let flags: Vec<_> = flags.into_iter().filter(|(set, _)| *set).map(|(_, word)| word).collect();
        if !flags.is_empty() {
            write!(f, " is {}", flags.join(" "))?;
        }
        writeln!(f, "  # costs at most {}", self.program.cost(id).unwrap_or_default())
    }

    fn rule(&self, f: &mut fmt::Formatter<'_>, rule: &Rule) -> fmt::Result {
        write!(f, "\n{} {}: {}", rule.effect.name(), rule.name, self.actions(&rule.actions))?;
        if !rule.agents.is_empty() {
            write!(f, " by {}", self.patterns(&rule.agents))?;
        }
        writeln!(f)?;
        if let Some(condition) = rule.condition {
            self.condition(f, condition)?;
        }
        if let Some(Approval { persons, needed, timeout_ms }) = &rule.approval {
            let (persons, timeout) = (self.patterns(persons), duration_text(*timeout_ms));
            writeln!(f, "    approved by {persons} {needed} of them timeout {timeout}")?;
        }
        writeln!(f, "    because {}", Quoted(&rule.because))?;
        rule.hint.iter().try_for_each(|hint| writeln!(f, "    hint {}", Quoted(hint)))
    }

    fn budget(&self, f: &mut fmt::Formatter<'_>, budget: &Budget) -> fmt::Result {
        writeln!(f, "\nbudget {} in {}", budget.name, budget.unit)?;
        for Count { actions, amount, when } in &budget.counts {
            write!(f, "    counts {} as {}", self.actions(actions), self.root(*amount, &[]))?;
            self.when(f, *when, &[])?;
        }
        self.keys(f, &budget.keys)?;
        for limit in &budget.limits {
            let max = self.root(limit.max, &[]);
            match &limit.window {
                LimitWindow::Calendar { period, zone } => {
                    writeln!(f, "    limit {max} per {} in {}", period.name(), Quoted(zone))?;
                }
                LimitWindow::Sliding { length_ms } => {
                    writeln!(f, "    limit {max} per {}", duration_text(*length_ms))?;
                }
            }
        }
        if let Some(hold_ms) = budget.hold_ms {
            writeln!(f, "    hold {}", duration_text(hold_ms))?;
        }
        budget.warn_percent.map_or(Ok(()), |percent| writeln!(f, "    warn at {percent}%"))
    }

    fn rate(&self, f: &mut fmt::Formatter<'_>, rate: &Rate) -> fmt::Result {
        writeln!(f, "\nrate {}", rate.name)?;
        for RateCount { actions, when } in &rate.counts {
            write!(f, "    counts {}", self.actions(actions))?;
            self.when(f, *when, &[])?;
        }
        self.keys(f, &rate.keys)?;
        writeln!(f, "    allow {} per {} burst {}", rate.allow, duration_text(rate.per_ms), rate.burst)
    }

    fn scope(&self, f: &mut fmt::Formatter<'_>, scope: &Scope) -> fmt::Result {
        let params = &scope.params;
        writeln!(f, "\nscope {}({})", scope.name, list(params.iter().map(|param| self.named(param))))?;
        for allows in &scope.allows {
            write!(f, "    allows {}", self.actions(&allows.actions))?;
            self.when(f, allows.when, params)?;
        }
        for &requirement in &scope.requires {
            writeln!(f, "    requires {}", self.root(requirement, params))?;
        }
        for limit in &scope.limits {
            let (action, unit) = (self.actions(&[limit.action]), &limit.unit);
            let (amount, max) = (self.root(limit.amount, params), self.root(limit.max, params));
            writeln!(f, "    limit {action} as {amount} to {max} in {unit}")?;
        }
        writeln!(f, "    expires after {}", duration_text(scope.expires_ms))
    }

    fn when(&self, f: &mut fmt::Formatter<'_>, when: Option<ExprId>, params: &[Named]) -> fmt::Result {
        match when {
            Some(when) => writeln!(f, " when {}", self.root(when, params)),
            None => writeln!(f),
        }
    }

    fn keys(&self, f: &mut fmt::Formatter<'_>, keys: &[ExprId]) -> fmt::Result {
        if keys.is_empty() {
            return Ok(());
        }
        writeln!(f, "    for each {}", list(keys.iter().map(|&key| self.root(key, &[]))))
    }

    /// A condition, each operand of the `and`s at its top on a line of its own.
    fn condition(&self, f: &mut fmt::Formatter<'_>, condition: ExprId) -> fmt::Result {
        let conjuncts = self.conjuncts(condition);
        if let &[only] = conjuncts.as_slice() {
            return writeln!(f, "    when {}", self.root(only, &[]));
        }
        for (place, id) in conjuncts.into_iter().enumerate() {
            let word = if place == 0 { "when" } else { " and" };
            writeln!(f, "    {word} {}", Conjunct(self.root(id, &[])))?;
        }
        Ok(())
    }

    /// The operands of the `and`s at the top, from left to right.
    fn conjuncts(&self, root: ExprId) -> Vec<ExprId> {
        let mut found = Vec::new();
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            match self.program.node(id).map(|node| &node.expr) {
                Some(Expr::And(left, right)) => waiting.extend([*right, *left]),
                _ => found.push(id),
            }
        }
        found
    }

    const fn root<'b>(&'b self, id: ExprId, params: &'b [Named]) -> Root<'b> {
        Root { program: self.program, params, id }
    }

    fn actions(&self, actions: &[ActionId]) -> String {
        list(actions.iter().map(|id| name(&self.program.actions, id.index(), |action| &action.name)))
    }

    fn patterns(&self, patterns: &[AgentPattern]) -> String {
        let ty = |ty: &EntityTypeId| name(&self.program.entities, ty.index(), |e| &e.name);
        list(patterns.iter().map(|pattern| match pattern {
            AgentPattern::Type(id) => ty(id).to_owned(),
            AgentPattern::Entity(id, text) => format!("{}::{}", ty(id), Quoted(text)),
        }))
    }

    fn named(&self, named: &Named) -> String {
        format!("{}: {}", named.name, type_text(self.program, &named.ty))
    }
}

/// A type as authors write it; an entity of several types is `A | B`.
#[must_use]
pub fn type_text(program: &VerifiedProgram, ty: &Type) -> String {
    match ty {
        Type::Money(currency) => format!("money[{currency}]"),
        Type::Enum(id) => name(&program.enums, id.index(), |e| &e.name).to_owned(),
        Type::Entity(types) => {
            let names: Vec<_> =
                types.iter().map(|id| name(&program.entities, id.index(), |e| &e.name)).collect();
            names.join(" | ")
        }
        Type::Set(inner) => format!("set[{}]", type_text(program, inner)),
        Type::List(inner) => format!("list[{}]", type_text(program, inner)),
        Type::Optional(inner) => format!("{}?", type_text(program, inner)),
        Type::Record(id) => name(&program.records, id.index(), |r| &r.name).to_owned(),
        Type::Map(inner) => format!("map[string, {}]", type_text(program, inner)),
        plain => plain.plain_name().unwrap_or("?").to_owned(),
    }
}

/// A declaration's name; numbers of a verified program are all declared.
fn name<T>(table: &[T], index: usize, of: impl Fn(&T) -> &String) -> &str {
    table.get(index).map_or("?", |declared| of(declared))
}

fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let texts: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{expr_text, text, type_text};
    use crate::sample;
    use crate::types::{ExprId, Type};
    use crate::verify::VerifiedProgram;

    #[test]
    fn the_sample_reads_as_it_was_meant() {
        insta::assert_snapshot!(text(&sample::verified().unwrap()));
    }

    #[test]
    fn the_whole_language_has_a_text() {
        let program = VerifiedProgram::verify(sample::whole()).unwrap();
        let shown = text(&program).to_string();
        for part in [
            "record Place { url: url, at: time?, tags: set[string] }",
            "sizes: map[string, int], day: date = 2026-03-20, people: set[Customer]) is readonly external",
            "select weekday(now, \"Europe/Dublin\") { mon => true,",
            "if agent is SupportBot then (agent as SupportBot).level > 1 else day >= 2026-03-20",
            "matches(url_host(url), regex \"[a-z]+\")",
            "all(it in people: any(it in list(it.email, \"ann@acme.example\"): it == it1.email))",
            "place != Place(place.url, absent, [])",
            "present(some(place)?.at)",
            "(sizes[\"large\"] else 0) >= 0",
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn types_and_single_expressions_have_a_text() {
        let program = sample::verified().unwrap();
        let agents = Type::Entity(vec![sample::SUPPORT_BOT, sample::AUDIT_BOT]);
        assert_eq!(
            type_text(&program, &sample::optional(sample::set(agents))),
            "set[SupportBot | AuditBot]?"
        );
        let scope = &program.scopes[0];
        assert_eq!(expr_text(&program, scope.requires[0], &scope.params), "resource within customer");
        assert_eq!(expr_text(&program, scope.requires[0], &[]), "resource within ?");
        assert_eq!(expr_text(&program, ExprId(u32::MAX), &[]), "?");
    }
}
