//! Tasks and attempts.

use permit_grammar::ast;
use permit_ir::program::{EntityKind, Named};
use permit_ir::types::{ActionId, ScopeId, Type};

use super::super::Checker;
use super::values::Assigned;
use super::{ActingAs, Stage, clause};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::Expr;
use crate::resolve::{ActionDecl, Member};
use crate::scenario::{Attempt, Entity, ScenarioScope, StepKind, Task};
use crate::suggest;

impl Checker<'_> {
    /// `as bot under one_customer(customer: ann);`
    pub(super) fn task(
        &mut self,
        written: &ast::As,
        stage: &mut Stage<'_>,
        values: &mut Vec<Expr>,
    ) -> Option<StepKind> {
        let agent = self.entity_of_kind(&written.agent, stage, EntityKind::Agent);
        let scopes: Vec<Option<ScenarioScope>> =
            written.scopes.iter().map(|granted| self.scope_grant(granted, stage, values)).collect();
        let scopes: Option<Vec<ScenarioScope>> = scopes.into_iter().collect();
        let timeless = !stage.has_time && !written.scopes.is_empty();
        stage.task = Some(ActingAs {
            agent: agent.as_ref().map(|agent| agent.ty),
            scopes: scopes.iter().flatten().map(|granted| granted.scope).collect(),
        });
        if timeless {
            let message = "scopes start when they are granted, but no time has been set";
            let diagnostic = Diagnostic::error(Code::StepOrder, written.span, message, "granted when?");
            self.report(diagnostic.help("set the clock first: `at 2026-03-26T10:00Z;`"));
            return None;
        }
        Some(StepKind::Task(Task { agent: agent?, scopes: scopes? }))
    }

    fn scope_grant(
        &mut self,
        written: &ast::ScopeGrant,
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
    ) -> Option<ScenarioScope> {
        let name = &written.scope;
        let found = (0..).map(ScopeId).zip(&stage.module.scopes).find(|(_, scope)| scope.name == name.value);
        let Some((scope, decl)) = found else {
            self.unknown_scope(written, stage);
            return None;
        };
        let declared = clause(stage.files, &name.value)?;
        let member = |param: &Named| {
            let name = ast::Ident { value: param.name.clone(), span: declared.span };
            Member { name, ty: Some(param.ty.clone()) }
        };
        let members: Vec<Member> = decl.params.iter().map(member).collect();
        let assigned = Assigned {
            what: "parameter",
            owner: declared,
            members: &members,
            span: written.span,
            missing: Code::Arguments,
        };
        let params = self.assigned(&assigned, &written.args, stage, values, &|_| false)?;
        Some(ScenarioScope { scope, params })
    }

    fn unknown_scope(&mut self, written: &ast::ScopeGrant, stage: &Stage<'_>) {
        let name = &written.scope;
        match clause(stage.files, &name.value) {
            // A scope that failed was reported.
            Some(_) if stage.is_scope(&name.value) => {}
            Some(declared) => {
                let message = format!("`{}` is not a scope", name.value);
                let diagnostic =
                    Diagnostic::error(Code::UnknownDecider, name.span, message, "a scope is needed here")
                        .also(declared.span, "declared here");
                self.report(diagnostic.help("`under` takes only scopes"));
            }
            None => {
                let names: Vec<&str> = stage.module.scopes.iter().map(|scope| scope.name.as_str()).collect();
                let message = format!("unknown scope `{}`", name.value);
                let diagnostic = Diagnostic::error(Code::UnknownDecider, name.span, message, "not declared");
                let otherwise = format!("declare it: `scope {}(…) {{ … }}`", name.value);
                self.report(diagnostic.help(suggest::help(&name.value, &names, &otherwise)));
            }
        }
    }

    /// `attempt refund(amount: 50.00 USD) on o1 expect permit;`
    pub(super) fn attempt(
        &mut self,
        written: &ast::Attempt,
        stage: &mut Stage<'_>,
        values: &mut Vec<Expr>,
    ) -> Option<StepKind> {
        let ready = self.is_ready(written, stage);
        stage.expects(written.expect.outcome.value);
        let action = self.symbols.find_action(self.found, &written.action)?;
        let symbols = self.symbols;
        let decl = symbols.action(action)?;
        let resource = self.attempted_on(written, decl, stage);
        let assigned = Assigned {
            what: "argument",
            owner: &decl.name,
            members: &decl.params,
            span: written.action.span,
            missing: Code::Arguments,
        };
        let has_default = |place: usize| stage.has_default(action, place, &decl.name.value);
        let args = self.assigned(&assigned, &written.args, stage, values, &has_default);
        let expect = self.expect(&written.expect, action, stage, values);
        ready.then_some(())?;
        Some(StepKind::Attempt(Attempt { action, args: args?, resource: resource?, expect: expect? }))
    }

    /// Whether somebody attempts it at some time.
    fn is_ready(&mut self, written: &ast::Attempt, stage: &Stage<'_>) -> bool {
        let (message, label, help) = if stage.task.is_none() {
            ("no agent is set for this attempt", "which agent?", "set the agent first: `as bot;`")
        } else if !stage.has_time {
            ("no time is set for this attempt", "when?", "set the clock first: `at 2026-03-26T10:00Z;`")
        } else {
            return true;
        };
        let diagnostic = Diagnostic::error(Code::StepOrder, written.action.span, message, label);
        self.report(diagnostic.help(help));
        false
    }

    /// The resource; `Some(None)` when there is none and the action takes none.
    #[expect(clippy::option_option, reason = "absent and failed are different")]
    fn attempted_on(
        &mut self,
        written: &ast::Attempt,
        decl: &ActionDecl,
        stage: &Stage<'_>,
    ) -> Option<Option<Entity>> {
        let types = decl.resources.as_deref();
        let Some(on) = &written.on else {
            if types.is_none_or(<[_]>::is_empty) {
                return types.map(|_| None);
            }
            let message = format!("`{}` needs a resource", decl.name.value);
            let diagnostic =
                Diagnostic::error(Code::Arguments, written.action.span, message, "on which resource?")
                    .also(decl.name.span, format!("`{}` is declared here", decl.name.value));
            self.report(diagnostic.help(format!("write `attempt {}(…) on NAME`", decl.name.value)));
            return None;
        };
        let (entity, span) = self.entity_ref(on, stage)?;
        let types = types?;
        if types.contains(&entity.ty) {
            return Some(Some(entity));
        }
        let is = self.symbols.entity_name(entity.ty).to_owned();
        let diagnostic = if types.is_empty() {
            let message = format!("`{}` takes no resource", decl.name.value);
            Diagnostic::error(Code::Arguments, span, message, "one too many").help("remove `on`")
        } else {
            let wanted = self.type_name(&Type::Entity(types.to_vec()));
            let message = format!("`{}` is an action on `{wanted}`, not on `{is}`", decl.name.value);
            Diagnostic::error(Code::TypesDiffer, span, message, format!("this is `{is}`"))
                .help(format!("use a `{wanted}` that the scenario gives"))
        };
        self.report(diagnostic.also(decl.name.span, format!("`{}` is declared here", decl.name.value)));
        None
    }

    fn type_name(&self, ty: &Type) -> String {
        crate::types::name(self.symbols, ty)
    }
}

impl Stage<'_> {
    /// Whether a parameter may be left out because a default stands for it, good or not.
    fn has_default(&self, action: ActionId, place: usize, name: &str) -> bool {
        let written = self.files.iter().flat_map(|file| &file.items).find_map(|item| match item {
            ast::Item::Action(decl) if decl.name.value == name => decl.params.get(place),
            _ => None,
        });
        written.is_some_and(|param| param.default.is_some())
            || self.module.defaults.iter().any(|d| d.action == action && d.place == place)
    }

    fn is_scope(&self, name: &str) -> bool {
        let items = self.files.iter().flat_map(|file| &file.items);
        items.into_iter().any(|item| matches!(item, ast::Item::Scope(decl) if decl.name.value == name))
    }
}
