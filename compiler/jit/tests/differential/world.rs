//! The sample program with one more action and scope that take an argument of every type, and snapshots and requests
//! for it.

use std::collections::HashMap;
use std::sync::Arc;

use permit_interp::holds;
use permit_ir::decision::{Claim, EvalContext, Request};
use permit_ir::facts::{Facts, FactsBuilder};
use permit_ir::program::{
    Action, ActionFlags, AgentPattern, Effect, Expr, Named, Node, Program, Rule, Scope, ScopeAllows,
};
use permit_ir::sample::{
    self, CUSTOMER, ORDER, ORG, PLACE, SUPPORT_BOT, TEAM, TIER, USD, entity, optional, set,
};
use permit_ir::types::{ActionId, ArgId, EntityTypeId, ExprId, Type};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;
use permit_jit::{Compiler, Condition, Found, NativeProgram, Options, Rows, Snapshot, Subjects};
use permit_types::verdict::Trap;

use crate::tape::Tape;

/// The ids of entities. The last one is never known to the facts.
pub(crate) const IDS: [&str; 4] = ["a", "b", "é", "ghost"];
pub(crate) const TEXTS: [&str; 6] = ["", "a", "ab", "été", "a*b", "acme.example"];
pub(crate) const NUMBERS: [i64; 12] =
    [0, 1, -1, 2, 3, 7, 1_000, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1, 1 << 40];

pub(crate) const DATES: [i32; 4] = [0, -1, 20_532, 2_932_896];
pub(crate) const TIMES: [u32; 4] = [0, 1, 32_400_000, 86_399_999];
pub(crate) const URLS: [&str; 3] = ["https://acme.example/a", "http://10.0.0.1/", "https://x.acme.example"];
pub(crate) const PATHS: [&str; 3] = ["/", "/a", "/a/b.c"];
pub(crate) const EMAILS: [&str; 2] = ["a@acme.example", "b@acme.example"];
pub(crate) const IPS: [&str; 3] = ["10.0.0.1", "::1", "11.0.0.1"];
pub(crate) const BLOCKS: [&str; 3] = ["10.0.0.0/8", "0.0.0.0/0", "::/0"];

/// Types of single values that are not optional.
pub(crate) fn base_types() -> Vec<Type> {
    let entities = [CUSTOMER, TEAM, SUPPORT_BOT, ORDER].map(entity);
    let plain = [Type::Bool, Type::Int, Type::Decimal, USD, Type::Instant, Type::Duration, Type::Enum(TIER)];
    let civil = [Type::Date, Type::TimeOfDay];
    plain.into_iter().chain(civil).chain([Type::String]).chain(entities).collect()
}

/// Types of values that native code does not hold.
pub(crate) fn foreign_types() -> [Type; 7] {
    let map = Type::Map(Box::new(Type::Int));
    [Type::Url, Type::Path, Type::Email, Type::Ip, Type::Cidr, Type::Record(PLACE), map]
}

/// The types of the arguments of the action and of the parameters of the scope.
pub(crate) fn given_types() -> Vec<Type> {
    let all =
        |ty: Type| [ty.clone(), ty.clone(), optional(ty.clone()), set(ty.clone()), Type::List(Box::new(ty))];
    base_types().into_iter().flat_map(all).chain(foreign_types()).collect()
}

/// The sample program with these conditions on rules about support bots and on a scope.
pub(crate) struct World {
    pub(crate) program: Program,
    action: ActionId,
    first_arg: u16,
    /// The conditions that speak of what native code does not hold.
    pub(crate) foreign: Vec<ExprId>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut program = sample::whole();
        let named = |(place, ty)| Named { name: format!("given_{place}"), ty };
        let given: Vec<Named> = given_types().into_iter().enumerate().map(named).collect();
        let first_arg = u16::try_from(program.args.len()).unwrap();
        let params = (first_arg..).map(ArgId).take(given.len()).collect();
        program.args.extend(given.iter().cloned());
        let action = ActionId(u16::try_from(program.actions.len()).unwrap());
        program.actions.push(Action {
            name: "probe".to_owned(),
            params,
            defaults: vec![None; given.len()],
            flags: ActionFlags::default(),
            resources: vec![ORDER],
        });
        let allows = vec![ScopeAllows { actions: vec![action], when: None }];
        let name = "probing".to_owned();
        program.scopes.push(Scope {
            name,
            params: given,
            allows,
            requires: vec![],
            limits: vec![],
            expires_ms: 1,
        });
        Self { program, action, first_arg, foreign: Vec::new() }
    }

    /// The argument and the parameter of a place in [`given_types`].
    pub(crate) fn arg(&self, place: usize) -> Expr {
        Expr::Arg(ArgId(self.first_arg + u16::try_from(place).unwrap()))
    }

    pub(crate) fn push(&mut self, expr: Expr, ty: Type) -> ExprId {
        self.program.exprs.push(Node { expr, ty });
        ExprId(u32::try_from(self.program.exprs.len() - 1).unwrap())
    }

    /// Makes an expression the condition of a new rule.
    pub(crate) fn rule(&mut self, condition: ExprId) {
        self.program.rules.push(Rule {
            name: format!("probe_{}", condition.0),
            effect: Effect::Permit,
            actions: vec![self.action],
            agents: vec![AgentPattern::Type(SUPPORT_BOT)],
            condition: Some(condition),
            approval: None,
            because: "a test asks".to_owned(),
            hint: None,
        });
    }

    /// Makes an expression a requirement of the scope, where it may speak of parameters.
    pub(crate) fn require(&mut self, condition: ExprId) {
        self.program.scopes.last_mut().unwrap().requires.push(condition);
    }

    pub(crate) fn verified(&self) -> VerifiedProgram {
        VerifiedProgram::verify(self.program.clone()).unwrap()
    }

    /// A snapshot, a request and the parameters of a scope.
    pub(crate) fn input(&self, program: &VerifiedProgram, tape: &mut Tape<'_>) -> Input {
        let mut builder = FactsBuilder::new(program).unwrap();
        define(&mut builder, program, tape);
        let agent = builder.intern(SUPPORT_BOT, tape.one_of(&IDS)).unwrap();
        let resource = Some(builder.intern(ORDER, tape.one_of(&IDS)).unwrap());
        let mut args = vec![Value::Absent; usize::from(self.first_arg)];
        args.extend(given_types().iter().map(|ty| value(&mut builder, tape, ty, &IDS)));
        let params = given_types().iter().map(|ty| value(&mut builder, tape, ty, &IDS)).collect();
        let now_ms = tape.one_of(&NUMBERS);
        let claims = [Some(agent), resource].into_iter().flatten();
        let claims = claims.flat_map(|entity| self.claims(&mut builder, program, entity, tape)).collect();
        let request = Request { agent, action: self.action, resource, args, claims, scopes: vec![], now_ms };
        Input { facts: Arc::new(builder.finish().unwrap()), request, params }
    }

    /// What the caller says of the agent or the resource: now something, now nothing.
    fn claims(
        &self,
        builder: &mut FactsBuilder<'_>,
        program: &VerifiedProgram,
        entity: EntityRef,
        tape: &mut Tape<'_>,
    ) -> Vec<Claim> {
        let types = [SUPPORT_BOT, ORDER];
        let is = |ty: &EntityTypeId| IDS.iter().any(|id| builder.intern(*ty, id) == Ok(entity));
        let Some(ty) = types.into_iter().find(is) else { return Vec::new() };
        let mut claims = Vec::new();
        for &field in &program.entities[ty.index()].claimed {
            if tape.chance(8) {
                let value = value(builder, tape, &program.fields[field.index()].ty, &IDS);
                claims.push(Claim { entity, field, value });
            }
        }
        claims
    }
}

/// Spoils a request: values of any type anywhere, entities that no snapshot has, too few arguments.
pub(crate) fn spoil(input: &mut Input, tape: &mut Tape<'_>) {
    let pool: Vec<Value> = input.request.args.iter().chain(&input.params).cloned().collect();
    let wild = Value::Entity(EntityRef(u32::MAX));
    for values in [&mut input.request.args, &mut input.params] {
        for value in values.iter_mut() {
            match tape.pick(16) {
                0..4 => *value = tape.one_of(&pool),
                4 => *value = Value::Absent,
                5 => *value = Value::Elements(vec![wild.clone(), tape.one_of(&pool)].into()),
                6 => *value = wild.clone(),
                _ => {}
            }
        }
        if tape.chance(2) {
            values.truncate(tape.pick(values.len()));
        }
    }
    if tape.chance(2) {
        input.request.agent = EntityRef(u32::MAX);
    }
    if tape.chance(2) {
        input.request.resource = None;
    }
}

/// What an expression is evaluated for.
pub(crate) struct Input {
    pub(crate) facts: Arc<Facts>,
    pub(crate) request: Request,
    pub(crate) params: Vec<Value>,
}

impl Input {
    pub(crate) fn context<'a>(&'a self, program: &'a VerifiedProgram) -> EvalContext<'a> {
        EvalContext { program, facts: &self.facts, request: &self.request, params: &self.params }
    }
}

/// What native code says of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Native {
    True,
    False,
    Slow,
    NotCompiled,
}

/// The native code of a program's conditions over one snapshot.
pub(crate) struct Code {
    native: NativeProgram,
    rows: HashMap<ExprId, Rows>,
}

impl Code {
    /// Compiles every condition, with the code that `earlier` has for the same shapes.
    pub(crate) fn new(program: &VerifiedProgram, facts: &Arc<Facts>, earlier: Option<&Self>) -> Self {
        let snapshot = Arc::new(Snapshot::new(program, Arc::clone(facts), &[]));
        let earlier = earlier.map(|earlier| &earlier.native);
        let mut compiler = Compiler::new(program, snapshot, Options::default(), earlier);
        let mut rows = HashMap::new();
        for root in program.conditions() {
            let lowered = compiler.lower(&Condition { agents: &[], conjuncts: &[root] }).unwrap();
            if let Some(of_root) = lowered.and_then(|lowered| compiler.rows(&[lowered])) {
                rows.insert(root, of_root);
            }
        }
        Self { native: compiler.finish().unwrap(), rows }
    }

    pub(crate) fn holds(&self, context: &EvalContext<'_>, condition: ExprId) -> Native {
        let Some(&rows) = self.rows.get(&condition) else { return Native::NotCompiled };
        match self.native.find(rows, &self.encoded(context), 0) {
            Found::Row(0) => Native::True,
            Found::Nothing => Native::False,
            Found::Slow(0) => Native::Slow,
            other => panic!("one row gives {other:?}"),
        }
    }

    fn encoded(&self, context: &EvalContext<'_>) -> permit_jit::Input {
        let (request, snapshot) = (context.request, self.native.snapshot());
        let mut input = permit_jit::Input::default();
        let Request { action, agent, resource, .. } = *request;
        let subjects = Subjects { action, agent, resource };
        input.start(context.program.args.len(), subjects, request.now_ms);
        for (arg, value) in (0..).map(ArgId).zip(&request.args) {
            input.set_arg(snapshot, arg, value);
        }
        input.set_params(snapshot, context.params);
        input
    }
}

/// What both evaluators say of a condition: the interpreter's answer, and the native one, which agree.
pub(crate) fn both(
    code: &Code,
    context: &EvalContext<'_>,
    condition: ExprId,
) -> Result<(Result<bool, Trap>, Native), String> {
    let expected = holds(context, condition);
    let answer = code.holds(context, condition);
    let agree = match answer {
        Native::True => expected == Ok(true),
        Native::False => expected == Ok(false),
        Native::Slow => expected.is_err(),
        Native::NotCompiled => true,
    };
    if agree { Ok((expected, answer)) } else { Err(format!("interpreter {expected:?}, native {answer:?}")) }
}

/// States what is known of every id but the last, with parents only among those stated before.
fn define(builder: &mut FactsBuilder<'_>, program: &VerifiedProgram, tape: &mut Tape<'_>) {
    let known = &IDS[..IDS.len() - 1];
    for (place, declared) in (0..).zip(&program.entities) {
        for (at, id) in known.iter().enumerate() {
            let ty = EntityTypeId(place);
            let entity = builder.intern(ty, id).unwrap();
            let mut attributes = Vec::new();
            for field in &declared.fields {
                let unfilled = program.is_claimed(ty, *field) && tape.chance(4);
                let ty = &program.fields[field.index()].ty;
                attributes.push(if unfilled { Value::Absent } else { value(builder, tape, ty, known) });
            }
            let mut parents = Vec::new();
            for &parent in &declared.parents {
                let candidates = if parent == ty { &known[..at] } else { known };
                for id in candidates {
                    if tape.chance(3) {
                        parents.push(builder.intern(parent, id).unwrap());
                    }
                }
            }
            builder.define(entity, attributes, parents, None).unwrap();
        }
    }
    debug_assert!(program.entities.len() > ORG.index());
}

/// A value of a type; entities are among `ids`.
fn value(builder: &mut FactsBuilder<'_>, tape: &mut Tape<'_>, ty: &Type, ids: &[&str]) -> Value {
    match ty {
        Type::Bool => Value::Bool(tape.chance(4)),
        Type::Int | Type::Decimal | Type::Money(_) | Type::Instant | Type::Duration => {
            // Mostly small, so that arithmetic succeeds more often than it overflows.
            let numbers = if tape.chance(2) { &NUMBERS[..] } else { &NUMBERS[..7] };
            Value::Number(tape.one_of(numbers))
        }
        Type::Date => Value::Number(tape.one_of(&DATES).into()),
        Type::TimeOfDay => Value::Number(tape.one_of(&TIMES).into()),
        Type::Url => Value::Url(Arc::new(tape.one_of(&URLS).parse().unwrap())),
        Type::Path => Value::Path(tape.one_of(&PATHS).parse().unwrap()),
        Type::Email => Value::Email(tape.one_of(&EMAILS).parse().unwrap()),
        Type::Ip => Value::Ip(tape.one_of(&IPS).parse().unwrap()),
        Type::Cidr => Value::Cidr(tape.one_of(&BLOCKS).parse().unwrap()),
        Type::Record(_) => {
            let members = [Type::Url, optional(Type::TimeOfDay), set(Type::String)];
            Value::Record(members.iter().map(|ty| value(builder, tape, ty, ids)).collect())
        }
        Type::Map(inner) => {
            let keys = &TEXTS[..tape.pick(4)];
            Value::map(keys.iter().map(|&key| (key.into(), value(builder, tape, inner, ids))).collect())
                .unwrap()
        }
        Type::Zone | Type::Regex => Value::Absent,
        Type::String => Value::String(tape.one_of(&TEXTS).into()),
        Type::Enum(_) => Value::Number(i64::try_from(tape.pick(3)).unwrap()),
        Type::Entity(types) => {
            let ty = tape.one_of(types);
            Value::Entity(builder.intern(ty, tape.one_of(ids)).unwrap())
        }
        Type::Set(inner) => Value::set(values(builder, tape, inner, ids)),
        Type::List(inner) => Value::Elements(values(builder, tape, inner, ids).into()),
        Type::Optional(_) if tape.chance(3) => Value::Absent,
        Type::Optional(inner) => value(builder, tape, inner, ids),
    }
}

fn values(builder: &mut FactsBuilder<'_>, tape: &mut Tape<'_>, ty: &Type, ids: &[&str]) -> Vec<Value> {
    (0..tape.pick(4)).map(|_| value(builder, tape, ty, ids)).collect()
}
