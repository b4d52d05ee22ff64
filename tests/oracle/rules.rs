//! Random rules: conditions with keys of every kind, and with parts that fail before, after and between them.

use permit_ir::intrinsics::Intrinsic;
use permit_ir::program::{AgentPattern, ArithmeticOp, CompareOp, Effect, Expr, Node, Program, Rule};
use permit_ir::types::{ActionId, ExprId, Type};
use permit_ir::verify::VerifiedProgram;

use crate::schema::Schema;
use crate::tape::Tape;

pub(crate) const BOTS: [&str; 5] = ["b0", "b1", "b2", "b3", "ghost"];
pub(crate) const CLERKS: [&str; 3] = ["k0", "k1", "ghost"];
pub(crate) const TEAMS: [&str; 4] = ["t0", "t1", "t2", "ghost"];
pub(crate) const CUSTOMERS: [&str; 5] = ["c0", "c1", "c2", "c3", "ghost"];
pub(crate) const ORDERS: [&str; 7] = ["o0", "o1", "o2", "o3", "o4", "o5", "ghost"];
pub(crate) const ORGS: [&str; 4] = ["g0", "g1", "g2", "ghost"];
pub(crate) const TEXTS: [&str; 7] =
    ["", "a", "ab", "https://evil.example/x", "API.Evil.example", "été", "a*b"];
pub(crate) const URLS: [&str; 5] = [
    "https://evil.example/x",
    "https://api.evil.example/pay",
    "http://10.0.0.1/",
    "https://good.example/",
    "https://notevil.example/x",
];
pub(crate) const PATHS: [&str; 6] = ["/", "/a", "/a/b", "/ab", "/a/b/c", "/été"];
pub(crate) const NUMBERS: [i64; 8] = [0, 1, 2, 3, -1, 7, i64::MAX, i64::MIN];
const GLOBS: [&str; 9] =
    ["*", "a*", "*b", "https://*evil.example/*", "https://evil.example/*", "", "ab", "*.Evil.*", "é*é"];
const PATTERNS: [&str; 6] = ["", "a|ab", "(?i)été", r"https://.*\.example/.*", ".*", "a.?b"];
const DOMAINS: [&str; 7] = ["evil.example", "Evil.Example.", "example", "10.0.0.1", "0.0.1", "", "a..b"];

/// A program of random rules.
pub(crate) fn program(schema: &Schema, tape: &mut Tape) -> VerifiedProgram {
    let mut program = schema.program.clone();
    let rules = 1 + tape.pick(24);
    for number in 0..rules {
        let actions = match tape.pick(8) {
            0..4 => vec![schema.action("refund")],
            4 => vec![schema.action("read"), schema.action("refund")],
            5 => vec![schema.action("read")],
            6 => vec![schema.action("send")],
            _ => {
                let mut all = ["read", "refund", "send", "audit"].map(|name| schema.action(name)).to_vec();
                all.sort_unstable();
                all
            }
        };
        let agents = agents(schema, tape);
        let effect = match tape.pick(10) {
            0..5 => Effect::Permit,
            5 | 6 => Effect::Review,
            _ => Effect::Forbid,
        };
        let mut writer = Writer { schema, program: &mut program, tape, actions: &actions };
        let condition = writer.tape.chance(95).then(|| writer.condition());
        let reviewed = || permit_ir::program::Approval {
            persons: vec![AgentPattern::Type(schema.entity("Lead"))],
            needed: 1,
            timeout_ms: 1,
        };
        let approval = (effect == Effect::Review).then(reviewed);
        let because = "chance has it so".to_owned();
        let name = format!("r{number}");
        program.rules.push(Rule { name, effect, actions, agents, condition, approval, because, hint: None });
    }
    VerifiedProgram::verify(program).unwrap()
}

fn agents(schema: &Schema, tape: &mut Tape) -> Vec<AgentPattern> {
    let bot = |id: &str| AgentPattern::Entity(schema.entity("Bot"), id.to_owned());
    let clerk = |id: &str| AgentPattern::Entity(schema.entity("Clerk"), id.to_owned());
    match tape.pick(8) {
        0..3 => Vec::new(),
        3 => vec![AgentPattern::Type(schema.entity("Bot"))],
        4 => vec![AgentPattern::Type(schema.entity("Clerk")), bot(tape.one_of(&BOTS))],
        5 => vec![bot(tape.one_of(&BOTS)), clerk(tape.one_of(&CLERKS))],
        _ => vec![bot(tape.one_of(&BOTS))],
    }
}

struct Writer<'w> {
    schema: &'w Schema,
    program: &'w mut Program,
    tape: &'w mut Tape,
    actions: &'w [ActionId],
}

impl Writer<'_> {
    fn push(&mut self, expr: Expr, ty: Type) -> ExprId {
        self.program.exprs.push(Node { expr, ty });
        ExprId(u32::try_from(self.program.exprs.len() - 1).unwrap())
    }

    fn truth(&mut self, expr: Expr) -> ExprId {
        self.push(expr, Type::Bool)
    }

    fn condition(&mut self) -> ExprId {
        let mut whole = self.part(2);
        for _ in 0..self.tape.pick(4) {
            let next = self.part(2);
            whole = self.truth(Expr::And(whole, next));
        }
        whole
    }

    fn part(&mut self, depth: usize) -> ExprId {
        match self.tape.pick(12) {
            0 if depth > 0 => {
                let (left, right) = (self.part(depth - 1), self.part(depth - 1));
                self.truth(Expr::Or(left, right))
            }
            1 if depth > 0 => {
                let (left, right) = (self.part(depth - 1), self.part(depth - 1));
                let both = self.truth(Expr::And(left, right));
                let other = self.part(depth - 1);
                self.truth(Expr::Or(both, other))
            }
            2 if depth > 0 => {
                let of = self.part(depth - 1);
                self.truth(Expr::Not(of))
            }
            3 => self.overflowing(),
            4 => self.unknown(),
            5 | 6 => self.agent(),
            _ => self.of_action(),
        }
    }

    fn is_about(&self, names: &[&str]) -> bool {
        self.actions.iter().all(|action| names.iter().any(|name| self.schema.action(name) == *action))
    }

    fn ty(&self, names: &[&str]) -> Type {
        let mut types: Vec<_> = names.iter().map(|name| self.schema.entity(name)).collect();
        types.sort_unstable();
        Type::Entity(types)
    }

    fn name(&mut self, ty: &str, ids: &[&str]) -> ExprId {
        let id = self.tape.one_of(ids).to_owned();
        let of = self.schema.entity(ty);
        self.push(Expr::Entity(of, id), Type::Entity(vec![of]))
    }

    fn equal(&mut self, left: ExprId, right: ExprId) -> ExprId {
        let op = if self.tape.chance(90) { CompareOp::Eq } else { CompareOp::Ne };
        let (left, right) = if self.tape.chance(70) { (left, right) } else { (right, left) };
        self.truth(Expr::Compare(op, left, right))
    }

    fn int(&mut self) -> ExprId {
        let number = self.tape.one_of(&NUMBERS);
        self.push(Expr::Int(number), Type::Int)
    }

    fn text(&mut self) -> ExprId {
        let text = self.tape.one_of(&TEXTS).to_owned();
        self.push(Expr::String(text), Type::String)
    }

    fn overflowing(&mut self) -> ExprId {
        let (left, by) = (self.level(), self.int());
        let op = self.tape.one_of(&[ArithmeticOp::Add, ArithmeticOp::Sub, ArithmeticOp::Mul]);
        let sum = self.push(Expr::Arithmetic(op, left, by), Type::Int);
        let most = self.int();
        self.truth(Expr::Compare(CompareOp::Le, sum, most))
    }

    fn level(&mut self) -> ExprId {
        let agents = self.ty(&["Bot", "Clerk"]);
        let agent = self.push(Expr::Agent, agents);
        let field = self.schema.field("Bot", "level");
        self.push(Expr::Attr(agent, field), Type::Int)
    }

    /// An attribute of a customer that the facts may not know.
    fn unknown(&mut self) -> ExprId {
        let customer = self.name("Customer", &CUSTOMERS);
        let field = self.schema.field("Customer", "most");
        let (most, number) = (self.push(Expr::Attr(customer, field), Type::Int), self.int());
        self.truth(Expr::Compare(CompareOp::Ge, most, number))
    }

    fn agent(&mut self) -> ExprId {
        let agents = self.ty(&["Bot", "Clerk"]);
        let agent = self.push(Expr::Agent, agents);
        match self.tape.pick(6) {
            0 => {
                let literal = self.name("Bot", &BOTS);
                self.equal(agent, literal)
            }
            1 => {
                let team = self.name("Team", &TEAMS);
                self.truth(Expr::Within(agent, team))
            }
            2 => {
                let teams = vec![self.name("Team", &TEAMS), self.name("Team", &TEAMS)];
                let ty = Type::Set(Box::new(self.ty(&["Team"])));
                let set = self.push(Expr::Set(teams), ty);
                self.truth(Expr::WithinAny(agent, set))
            }
            3 => {
                let (level, number) = (self.level(), self.int());
                self.equal(level, number)
            }
            4 => {
                let types = vec![self.schema.entity("Clerk")];
                self.truth(Expr::Is(agent, types))
            }
            _ => {
                let enum_id = permit_ir::types::EnumId(0);
                let field = self.schema.field("Bot", "tier");
                let tier = self.push(Expr::Attr(agent, field), Type::Enum(enum_id));
                let wanted = u16::try_from(self.tape.pick(3)).unwrap();
                let wanted = self.push(Expr::Variant(enum_id, wanted), Type::Enum(enum_id));
                self.equal(tier, wanted)
            }
        }
    }

    fn of_action(&mut self) -> ExprId {
        if self.is_about(&["refund"]) {
            match self.tape.pick(3) {
                0 => self.of_order(),
                1 => self.of_place(),
                _ => self.of_argument(),
            }
        } else if self.is_about(&["send"]) {
            self.of_message()
        } else if self.is_about(&["read", "refund"]) {
            self.of_place()
        } else {
            self.agent()
        }
    }

    fn resource(&mut self) -> ExprId {
        let of =
            if self.is_about(&["refund"]) { self.ty(&["Order"]) } else { self.ty(&["Order", "Customer"]) };
        self.push(Expr::Resource, of)
    }

    /// Where the resource lies.
    fn of_place(&mut self) -> ExprId {
        let resource = self.resource();
        match self.tape.pick(6) {
            0 => {
                let order = self.name("Order", &ORDERS);
                self.equal(resource, order)
            }
            1 => {
                let customer = self.name("Customer", &CUSTOMERS);
                self.truth(Expr::Within(resource, customer))
            }
            2 | 3 => {
                let org = self.name("Org", &ORGS);
                self.truth(Expr::Within(resource, org))
            }
            4 => {
                let orgs = vec![self.name("Org", &ORGS), self.name("Org", &ORGS)];
                let ty = Type::Set(Box::new(self.ty(&["Org"])));
                let set = self.push(Expr::Set(orgs), ty);
                self.truth(Expr::WithinAny(resource, set))
            }
            _ => {
                let orders = vec![self.name("Order", &ORDERS), self.name("Order", &ORDERS)];
                let ty = Type::Set(Box::new(self.ty(&["Order"])));
                let set = self.push(Expr::Set(orders), ty);
                if self.is_about(&["refund"]) {
                    return self.truth(Expr::In(resource, set));
                }
                self.truth(Expr::Is(resource, vec![self.schema.entity("Order")]))
            }
        }
    }

    fn attribute(&mut self, name: &str, ty: Type) -> ExprId {
        let resource = self.resource();
        let field = self.schema.field("Order", name);
        self.push(Expr::Attr(resource, field), ty)
    }

    /// What the order is.
    fn of_order(&mut self) -> ExprId {
        match self.tape.pick(11) {
            0 => {
                let (total, number) = (self.attribute("total", Type::Int), self.int());
                self.equal(total, number)
            }
            1 => self.attribute("rush", Type::Bool),
            2 => {
                let (rush, truth) =
                    (self.attribute("rush", Type::Bool), self.push(Expr::Bool(false), Type::Bool));
                self.equal(rush, truth)
            }
            3 => {
                let (address, text) = (self.attribute("address", Type::String), self.text());
                self.equal(address, text)
            }
            4 | 5 => {
                let address = self.attribute("address", Type::String);
                self.like(address)
            }
            6 => {
                let site = self.attribute("site", Type::Url);
                self.of_url(site)
            }
            9 => {
                let mail = self.attribute("mail", Type::Email);
                let host = self.push(Expr::Call(Intrinsic::EmailDomain, vec![mail]), Type::String);
                self.in_domain(host)
            }
            7 | 8 => {
                let memo = self.memo();
                self.of_maybe(memo)
            }
            _ => {
                let customers = self.ty(&["Customer"]);
                let customer = self.attribute("customer", customers);
                let literal = self.name("Customer", &CUSTOMERS);
                if self.tape.chance(50) {
                    return self.equal(customer, literal);
                }
                let field = self.schema.field("Customer", "tier");
                let tier = self.push(Expr::Attr(customer, field), Type::Enum(permit_ir::types::EnumId(0)));
                let wanted = Expr::Variant(permit_ir::types::EnumId(0), 1);
                let wanted = self.push(wanted, Type::Enum(permit_ir::types::EnumId(0)));
                self.equal(tier, wanted)
            }
        }
    }

    /// A pattern of either kind.
    fn like(&mut self, text: ExprId) -> ExprId {
        if self.tape.chance(30) {
            let pattern = self.tape.one_of(&PATTERNS);
            let known = self.program.regexes.iter().position(|known| *known == pattern);
            let place = known.unwrap_or_else(|| {
                self.program.regexes.push(pattern.to_owned());
                self.program.regexes.len() - 1
            });
            let pattern = Expr::Regex(permit_ir::types::RegexId(u16::try_from(place).unwrap()));
            let pattern = self.push(pattern, Type::Regex);
            return self.truth(Expr::Call(Intrinsic::Matches, vec![text, pattern]));
        }
        let glob = self.tape.one_of(&GLOBS).to_owned();
        self.truth(Expr::Like(text, glob))
    }

    fn in_domain(&mut self, host: ExprId) -> ExprId {
        let domain = self.tape.one_of(&DOMAINS).to_owned();
        let domain = self.push(Expr::String(domain), Type::String);
        self.truth(Expr::Call(Intrinsic::HostWithin, vec![host, domain]))
    }

    fn of_url(&mut self, url: ExprId) -> ExprId {
        if self.tape.chance(50) {
            let host = self.push(Expr::Call(Intrinsic::UrlHost, vec![url]), Type::String);
            return self.in_domain(host);
        }
        let text = self.push(Expr::Call(Intrinsic::UrlText, vec![url]), Type::String);
        self.like(text)
    }

    fn arg(&mut self, action: &str, name: &str, ty: Type) -> ExprId {
        let arg = self.schema.arg(action, name);
        self.push(Expr::Arg(arg), ty)
    }

    fn of_argument(&mut self) -> ExprId {
        match self.tape.pick(11) {
            0 => {
                let (amount, number) = (self.arg("refund", "amount", Type::Int), self.int());
                let op = self.tape.one_of(&[CompareOp::Eq, CompareOp::Le, CompareOp::Gt]);
                self.truth(Expr::Compare(op, amount, number))
            }
            1 => {
                let ty = Type::Enum(permit_ir::types::EnumId(0));
                let reason = self.arg("refund", "reason", ty.clone());
                let wanted = self.push(Expr::Variant(permit_ir::types::EnumId(0), 2), ty);
                self.equal(reason, wanted)
            }
            2 => {
                let (text, other) = (self.arg("refund", "text", Type::String), self.text());
                self.equal(text, other)
            }
            3 => {
                // Two texts that nothing but the request may name.
                let text = self.arg("refund", "text", Type::String);
                let other = self.attribute("address", Type::String);
                self.equal(text, other)
            }
            4 => {
                let text = self.arg("refund", "text", Type::String);
                self.like(text)
            }
            5 => {
                let text = self.arg("refund", "text", Type::String);
                self.in_domain(text)
            }
            6 => self.maybe(),
            7 => {
                let link = self.arg("refund", "link", Type::Url);
                self.of_url(link)
            }
            8 => {
                let customers = self.ty(&["Customer"]);
                let (whom, literal) =
                    (self.arg("refund", "whom", customers), self.name("Customer", &CUSTOMERS));
                self.equal(whom, literal)
            }
            9 => {
                let numbers = vec![self.int(), self.int(), self.int()];
                let set = self.push(Expr::Set(numbers), Type::Set(Box::new(Type::Int)));
                let amount = self.arg("refund", "amount", Type::Int);
                self.truth(Expr::In(amount, set))
            }
            _ => {
                let words = self.arg("refund", "words", Type::Set(Box::new(Type::String)));
                let text =
                    if self.tape.chance(50) { self.text() } else { self.arg("refund", "text", Type::String) };
                self.truth(Expr::In(text, words))
            }
        }
    }

    /// What is noted of the order's customer, or of that customer's friend, who may be absent.
    fn memo(&mut self) -> ExprId {
        let customers = self.ty(&["Customer"]);
        let (customer, memo) =
            (self.attribute("customer", customers.clone()), self.schema.field("Customer", "memo"));
        let ty = Type::Optional(Box::new(Type::String));
        if self.tape.chance(50) {
            return self.push(Expr::Attr(customer, memo), ty);
        }
        let friend = self.schema.field("Customer", "friend");
        let friend = self.push(Expr::Attr(customer, friend), Type::Optional(Box::new(customers)));
        self.push(Expr::OptionalAttr(friend, memo), ty)
    }

    fn maybe(&mut self) -> ExprId {
        let maybe = self.arg("refund", "maybe", Type::Optional(Box::new(Type::String)));
        self.of_maybe(maybe)
    }

    /// An optional text: whether it is there, what it is if it is, and what it is at once, which fails if it is not.
    fn of_maybe(&mut self, maybe: ExprId) -> ExprId {
        match self.tape.pick(4) {
            0 => self.truth(Expr::Present(maybe)),
            1 => {
                let (there, text) = (self.push(Expr::Unwrap(maybe), Type::String), self.text());
                self.equal(there, text)
            }
            2 => {
                let there = self.push(Expr::Unwrap(maybe), Type::String);
                let other = self.arg("refund", "text", Type::String);
                self.equal(there, other)
            }
            _ => {
                let fallback = self.text();
                let either = self.push(Expr::Else(maybe, fallback), Type::String);
                self.like(either)
            }
        }
    }

    fn of_message(&mut self) -> ExprId {
        match self.tape.pick(6) {
            0 => {
                let (copies, number) = (self.arg("send", "copies", Type::Int), self.int());
                self.equal(copies, number)
            }
            1 => {
                let text = self.arg("send", "text", Type::String);
                self.like(text)
            }
            2 => {
                let day = self.arg("send", "day", Type::Date);
                let first = self.push(Expr::Date(0), Type::Date);
                self.equal(day, first)
            }
            3 | 4 => {
                let file = self.arg("send", "file", Type::Path);
                if self.tape.chance(30) {
                    let text = self.push(Expr::Call(Intrinsic::PathText, vec![file]), Type::String);
                    return self.like(text);
                }
                let place = self.tape.one_of(&PATHS).parse().unwrap();
                let place = self.push(Expr::Path(place), Type::Path);
                self.truth(Expr::Call(Intrinsic::PathWithin, vec![file, place]))
            }
            _ => {
                let (text, other) = (self.arg("send", "text", Type::String), self.text());
                self.equal(text, other)
            }
        }
    }
}
