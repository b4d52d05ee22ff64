//! Declarations except budgets, rates, scopes and scenarios.

use super::Printer;
use super::doc::{Doc, group, joined, nest, text};
use super::expressions::{entity_literal, idents, quoted, ty};
use super::layout::{CURLY, ROUND, WIDE};
use crate::ast::{
    Action, ActionFlag, Actions, AgentPattern, Approval, Const, Effect, Entity, EntityKind, Enum, Expr,
    Field, Function, Item, Marks, Module, Record, Rule, Table, Use,
};
use crate::span::Span;

/// `module a.b;`
pub(super) fn module(module: &Module) -> Doc {
    Doc::Concat(vec![text("module "), joined(idents(&module.path), "."), text(";")])
}

impl Printer<'_> {
    pub(super) fn use_of(&mut self, of: &Use) -> Doc {
        let mut docs = vec![text("use "), joined(idents(&of.path), ".")];
        if let Some(names) = &of.names {
            docs.push(text("."));
            docs.push(self.list(
                CURLY,
                names,
                of.span.end,
                |name| name.span,
                |_, name| text(name.value.clone()),
            ));
        }
        docs.push(text(";"));
        Doc::Concat(docs)
    }

    pub(super) fn item(&mut self, item: &Item) -> Doc {
        let marks = self.marks(item.marks(), item.span());
        let doc = match item {
            Item::Const(constant) => self.constant(constant),
            Item::Zone(zone) => text(format!("zone {} = {};", zone.name.value, quoted(&zone.iana.value))),
            Item::Enum(enumeration) => self.enumeration(enumeration),
            Item::Record(record) => self.record(record),
            Item::Entity(entity) => self.entity(entity),
            Item::Requirement(requirement) => {
                text(format!("agent {} requires scope {};", requirement.agent.value, requirement.scope.value))
            }
            Item::Action(action) => self.action(action),
            Item::ActionSet(set) => Doc::Concat(vec![
                text(format!("actions {} = ", set.name.value)),
                Self::names(idents(&set.members)),
                text(";"),
            ]),
            Item::Table(table) => self.table(table),
            Item::Function(function) => self.function(function),
            Item::Rule(rule) => self.rule(rule),
            Item::Budget(budget) => self.budget(budget),
            Item::Rate(rate) => self.rate(rate),
            Item::Scope(scope) => self.scope(scope),
            Item::Scenario(scenario) => self.scenario(scenario),
        };
        Doc::Concat(vec![marks, doc])
    }

    fn marks(&mut self, marks: &Marks, item: Span) -> Doc {
        let mut docs = Vec::new();
        for allow in &marks.allows {
            docs.push(text(format!("@allow({}, {})", allow.lint.value, quoted(&allow.reason.value))));
            let next = marks.allows.iter().map(|mark| mark.span).chain(marks.private).chain([item]);
            let next = next.map(|span| span.start).find(|start| *start > allow.span.start);
            docs.extend([self.gap(next.unwrap_or(0), true), Doc::Hard]);
        }
        if marks.private.is_some() {
            docs.push(text("private "));
        }
        Doc::Concat(docs)
    }

    /// An expression behind `=`, on its own line if it does not fit or stood so.
    fn behind_equals(&mut self, head: Vec<Doc>, start: u32, expr: &Expr) -> Doc {
        let broken = self.breaks(start, expr.span.start);
        let comments = self.gap(expr.span.start, true);
        let line = if broken { Doc::Hard } else { Doc::Line(" ") };
        let body = nest(4, Doc::Concat(vec![comments, line, self.expr(expr), text(";")]));
        group(Doc::Concat(vec![Doc::Concat(head), text(" ="), body]))
    }

    fn constant(&mut self, constant: &Const) -> Doc {
        let mut head = vec![text(format!("const {}", constant.name.value))];
        let mut end = constant.name.span.end;
        if let Some(written) = &constant.ty {
            head.extend([text(": "), ty(written)]);
            end = written.span.end;
        }
        self.behind_equals(head, end, &constant.value)
    }

    fn enumeration(&mut self, enumeration: &Enum) -> Doc {
        let Enum { name, variants, span, .. } = enumeration;
        let head = text(format!("enum {} ", name.value));
        let list = self.list(WIDE, variants, span.end, |v| v.span, |_, v| text(v.value.clone()));
        Doc::Concat(vec![head, list])
    }

    fn field_block(&mut self, end: u32, fields: &[Field]) -> Doc {
        let lines: Vec<_> = fields.iter().map(|field| (field.span.start, field)).collect();
        self.block(end, &lines, |printer, field| Doc::Concat(vec![printer.field(field), text(";")]))
    }

    fn record(&mut self, record: &Record) -> Doc {
        let head = text(format!("record {} ", record.name.value));
        let block = self.field_block(record.span.end, &record.fields);
        Doc::Concat(vec![head, block])
    }

    fn entity(&mut self, entity: &Entity) -> Doc {
        let word = match entity.kind {
            EntityKind::Group => "group",
            EntityKind::Agent => "agent",
            EntityKind::Person => "person",
            EntityKind::Resource => "resource",
        };
        let mut docs = vec![text(format!("{word} {}", entity.name.value))];
        if !entity.parents.is_empty() {
            docs.extend([text(" within "), Self::names(idents(&entity.parents))]);
        }
        if let Some(pattern) = &entity.identified_by {
            docs.push(nest(
                4,
                Doc::Concat(vec![Doc::Line(" "), text(format!("identified by {}", quoted(&pattern.value)))]),
            ));
        }
        let head = group(Doc::Concat(docs));
        if entity.fields.is_empty() {
            return Doc::Concat(vec![head, text(";")]);
        }
        let block = self.field_block(entity.span.end, &entity.fields);
        Doc::Concat(vec![head, text(" "), block])
    }

    /// Parameters in round brackets.
    pub(super) fn params(&mut self, params: &[Field]) -> Doc {
        let end = params.last().map_or(0, |last| self.close(last.span.end, ')'));
        self.list(ROUND, params, end, |param| param.span, Self::field)
    }

    fn action(&mut self, action: &Action) -> Doc {
        let mut docs = vec![text(format!("action {}", action.name.value)), self.params(&action.params)];
        if !action.resources.is_empty() {
            docs.extend([text(" on "), Self::names(idents(&action.resources))]);
        }
        for (at, flag) in action.flags.iter().enumerate() {
            let word = match flag.value {
                ActionFlag::Readonly => "readonly",
                ActionFlag::Irreversible => "irreversible",
                ActionFlag::External => "external",
            };
            docs.push(text(format!("{}{word}", if at == 0 { " is " } else { " " })));
        }
        docs.push(text(";"));
        Doc::Concat(docs)
    }

    fn table(&mut self, table: &Table) -> Doc {
        let head =
            Doc::Concat(vec![text(format!("table {} [", table.name.value)), ty(&table.key), text("] -> ")]);
        let end = table.columns.last().map_or(0, |last| self.close(last.span.end, '}'));
        let columns = self.field_block(end, &table.columns);
        let rows: Vec<_> = table.rows.iter().map(|row| (row.span.start, row)).collect();
        let rows = self.block(table.span.end, &rows, |printer, row| {
            let key = printer.expr(&row.key);
            let values: Vec<_> = row.values.iter().map(|value| printer.expr(value)).collect();
            group(Doc::Concat(vec![key, text(" => "), Self::names(values), text(";")]))
        });
        Doc::Concat(vec![head, columns, text(" "), rows])
    }

    fn function(&mut self, function: &Function) -> Doc {
        let head = vec![
            text(format!("fn {}", function.name.value)),
            self.params(&function.params),
            text(" -> "),
            ty(&function.result),
        ];
        self.behind_equals(head, function.result.span.end, &function.body)
    }

    fn rule(&mut self, rule: &Rule) -> Doc {
        let word = match rule.effect {
            Effect::Permit => "permit",
            Effect::Review => "review",
            Effect::Forbid => "forbid",
        };
        let mut head = vec![text(format!("{word} {}: ", rule.name.value))];
        head.push(match &rule.actions {
            Actions::Any(_) => text("*"),
            Actions::Named(names) => Self::names(idents(names)),
        });
        if !rule.agents.is_empty() {
            let agents = Doc::Concat(vec![Doc::Line(" "), text("by "), patterns(&rule.agents)]);
            head.push(nest(4, agents));
        }
        let mut clauses: Vec<(u32, Clause<'_>)> = Vec::new();
        for condition in &rule.conditions {
            let word = if condition.negated { "unless" } else { "when" };
            clauses.push((condition.span.start, Clause::Condition(word, &condition.expr)));
        }
        if let Some(approval) = &rule.approval {
            clauses.push((approval.span.start, Clause::Approval(approval)));
        }
        for (word, clause) in [("because", &rule.because), ("hint", &rule.hint)] {
            if let Some(clause) = clause {
                clauses.push((clause.span.start, Clause::Text(word, &clause.value)));
            }
        }
        clauses.sort_by_key(|(start, _)| *start);
        let mut docs = vec![group(Doc::Concat(head))];
        for (start, clause) in &clauses {
            let comments = self.gap(*start, true);
            let clause = match clause {
                Clause::Condition(word, expr) => self.condition(word, expr),
                Clause::Approval(approval) => approved(approval),
                Clause::Text(word, value) => text(format!("{word} {}", quoted(value))),
            };
            docs.push(nest(4, Doc::Concat(vec![comments, Doc::Hard, clause])));
        }
        docs.push(text(";"));
        Doc::Concat(docs)
    }
}

/// A clause of a rule.
enum Clause<'t> {
    Condition(&'static str, &'t Expr),
    Approval(&'t Approval),
    Text(&'static str, &'t str),
}

fn patterns(patterns: &[AgentPattern]) -> Doc {
    Printer::names(patterns.iter().map(|pattern| match pattern {
        AgentPattern::Type(name) => text(name.value.clone()),
        AgentPattern::Entity(entity) => text(entity_literal(entity)),
    }))
}

fn approved(approval: &Approval) -> Doc {
    let mut docs = vec![text("approved by "), patterns(&approval.persons)];
    if let Some(count) = &approval.count {
        docs.push(text(format!(" {} of them", count.value)));
    }
    if let Some(timeout) = &approval.timeout {
        docs.push(text(format!(" timeout {}", timeout.value)));
    }
    Doc::Concat(docs)
}
