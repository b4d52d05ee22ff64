//! Derives the possible keys of a rule from its condition.
//!
//! A condition is split at its outermost `and`s. A part can be a key only if no part to its left can fail: conditions
//! are evaluated from the left, and a rule that fails must be found. An `or` can be a key if each of its sides can, and
//! so can a set of literals and a `within` of several entities.

use permit_ir::facts::Facts;
use permit_ir::intrinsics::Intrinsic;
use permit_ir::program::{AgentPattern, CompareOp, Expr, Node, Program, Rule};
use permit_ir::types::{ExprId, Type};
use permit_ir::url;
use permit_ir::value::EntityRef;
use permit_jit::Symbols;
use smallvec::{SmallVec, smallvec};

use super::fallible::{fallible, may_be_claimed};
use super::key::{Key, Part, Source, Subject, Test};

/// The most keys under which one rule is filed for one action.
const KEYS_MAX: usize = 1_024;

/// Keys of which one must match; most often there is one.
pub(super) type Keys = SmallVec<[Key; 1]>;

/// Ways to file; most often there is one.
type CandidateKeys = SmallVec<[CandidateKey; 1]>;

/// What a rule comes to before its key is chosen.
pub(super) struct Parts {
    /// What `and` joins, in order; the rule's agents are no part of it.
    pub(super) conjuncts: SmallVec<[Conjunct; 2]>,
    /// The keys that the rule's agents are, if it names any.
    pub(super) agents: Option<Keys>,
}

/// One part of a condition.
pub(super) struct Conjunct {
    pub(super) expr: ExprId,
    pub(super) fallible: bool,
    /// Keys of which at least one matches wherever the part does not evaluate to `false`. Empty if there are none.
    pub(super) candidates: CandidateKeys,
}

/// One way to file a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CandidateKey {
    /// One of these matches unless the part is `false`.
    pub(super) keys: Keys,
    /// The part is `true` wherever one of these matches, so that it need not be asked again.
    pub(super) exact: bool,
}

/// Reads from a rule under which keys it can be filed.
pub(super) struct RuleReader<'r> {
    pub(super) program: &'r Program,
    pub(super) facts: &'r Facts,
    pub(super) symbols: &'r Symbols,
}

impl RuleReader<'_> {
    pub(super) fn parts(&self, rule: &Rule) -> Parts {
        let mut conjuncts = SmallVec::new();
        let mut open: SmallVec<[ExprId; 8]> = rule.condition.into_iter().collect();
        let mut certain = true;
        // The verifier bounds how often a condition's expressions are met.
        while let Some(id) = open.pop() {
            if let Some(Expr::And(left, right)) = self.expr(id) {
                open.extend([*right, *left]);
                continue;
            }
            let fallible = fallible(self.program, id);
            let candidates = if certain { self.candidates(id) } else { CandidateKeys::new() };
            conjuncts.push(Conjunct { expr: id, fallible, candidates });
            certain &= !fallible;
        }
        Parts { conjuncts, agents: self.agents(rule) }
    }

    fn agents(&self, rule: &Rule) -> Option<Keys> {
        let key = |pattern: &AgentPattern| {
            let test = match pattern {
                AgentPattern::Type(ty) => Test::OfType(*ty),
                AgentPattern::Entity(ty, id) => Test::Is(u64::from(self.facts.find(*ty, id)?.0)),
            };
            Some(Key { source: Source::Entity(Subject::Agent), part: Part::Whole, test })
        };
        // Every name in a program is interned in the facts made for it; another is met by no request.
        (!rule.agents.is_empty()).then(|| rule.agents.iter().filter_map(key).collect())
    }

    fn node(&self, id: ExprId) -> Option<&Node> {
        self.program.exprs.get(id.index())
    }

    fn expr(&self, id: ExprId) -> Option<&Expr> {
        self.node(id).map(|node| &node.expr)
    }

    /// The ways to file by an expression. All that precedes it is known not to fail.
    fn candidates(&self, id: ExprId) -> CandidateKeys {
        match self.expr(id) {
            Some(Expr::And(left, right)) => {
                let mut candidates = self.candidates(*left);
                if !fallible(self.program, *left) {
                    candidates.extend(self.candidates(*right));
                }
                candidates.iter_mut().for_each(|candidate| candidate.exact = false);
                candidates
            }
            Some(Expr::Or(left, right)) => {
                let sides = self.best(*left).zip(self.best(*right));
                sides.and_then(|(left, right)| left.or(right)).into_iter().collect()
            }
            Some(expr) => {
                self.atom(expr).filter(|candidate| candidate.keys.len() <= KEYS_MAX).into_iter().collect()
            }
            None => CandidateKeys::new(),
        }
    }

    fn best(&self, id: ExprId) -> Option<CandidateKey> {
        self.candidates(id).into_iter().min_by_key(CandidateKey::rank)
    }

    /// A single test that is one key, or one of several.
    fn atom(&self, expr: &Expr) -> Option<CandidateKey> {
        let one =
            |(source, part), test| CandidateKey { keys: smallvec![Key { source, part, test }], exact: true };
        match expr {
            Expr::Compare(CompareOp::Eq, left, right) => {
                let of = |a, b| Some(one(self.subject(a)?, Test::Is(self.word(b)?)));
                of(*left, *right).or_else(|| of(*right, *left))
            }
            Expr::In(left, right) => {
                let (source, part) = self.subject(*left)?;
                let elements = self.elements(*right)?.iter();
                let keys = elements.map(|&of| Some(Key { source, part, test: Test::Is(self.word(of)?) }));
                Some(CandidateKey { keys: keys.collect::<Option<_>>()?, exact: true })
            }
            Expr::Within(left, right) => Some(one(self.entity(*left)?, Test::Within(self.name(*right)?))),
            Expr::WithinAny(left, right) => {
                let (source, part) = self.entity(*left)?;
                let elements = self.elements(*right)?.iter();
                let keys = elements.map(|&of| Some(Key { source, part, test: Test::Within(self.name(of)?) }));
                Some(CandidateKey { keys: keys.collect::<Option<_>>()?, exact: true })
            }
            Expr::Is(of, types) => {
                let (source, part) = self.entity(*of)?;
                let keys = types.iter().map(|&ty| Key { source, part, test: Test::OfType(ty) });
                Some(CandidateKey { keys: keys.collect(), exact: true })
            }
            Expr::Like(of, glob) => Some(one(self.subject(*of)?, Test::Like(self.symbols.find(glob)?))),
            Expr::Call(Intrinsic::Matches, args) => {
                let [of, pattern] = args.as_slice() else { return None };
                let Some(&Expr::Regex(pattern)) = self.expr(*pattern) else { return None };
                Some(one(self.subject(*of)?, Test::Matches(pattern)))
            }
            Expr::Call(Intrinsic::PathWithin, args) => {
                let [of, path] = args.as_slice() else { return None };
                let Some(Expr::Path(path)) = self.expr(*path) else { return None };
                Some(one((self.source(*of)?, Part::PathText), Test::Under(self.symbols.find(path.as_str())?)))
            }
            Expr::Call(Intrinsic::HostWithin, args) => {
                let [host, domain] = args.as_slice() else { return None };
                let Some(Expr::String(domain)) = self.expr(*domain) else { return None };
                let (source, part) = self.subject(*host)?;
                let domain = self.symbols.find(&plain_domain(domain)?)?;
                Some(CandidateKey {
                    keys: smallvec![Key { source, part, test: Test::Host(domain) }],
                    exact: false,
                })
            }
            _ => None,
        }
    }

    /// The agent or the resource.
    fn entity(&self, id: ExprId) -> Option<(Source, Part)> {
        let (source, part) = self.subject(id)?;
        matches!(source, Source::Entity(_)).then_some((source, part))
    }

    /// What a key can look at, and which part of it.
    fn subject(&self, id: ExprId) -> Option<(Source, Part)> {
        let Expr::Call(intrinsic, args) = self.expr(id)? else {
            return Some((self.source(id)?, Part::Whole));
        };
        let part = match intrinsic {
            Intrinsic::UrlScheme => Part::UrlScheme,
            Intrinsic::UrlHost => Part::UrlHost,
            Intrinsic::UrlPath => Part::UrlPath,
            Intrinsic::UrlText => Part::UrlText,
            Intrinsic::PathText => Part::PathText,
            Intrinsic::EmailLocal => Part::EmailLocal,
            Intrinsic::EmailDomain => Part::EmailDomain,
            Intrinsic::EmailText => Part::EmailText,
            _ => return None,
        };
        let [of] = args.as_slice() else { return None };
        Some((self.source(*of)?, part))
    }

    fn source(&self, id: ExprId) -> Option<Source> {
        let Node { expr, ty } = self.node(id)?;
        let looked_at = ty.is_scalar() || matches!(ty, Type::String | Type::Url | Type::Path | Type::Email);
        if !looked_at {
            return None;
        }
        match expr {
            Expr::Agent => Some(Source::Entity(Subject::Agent)),
            Expr::Resource => Some(Source::Entity(Subject::Resource)),
            Expr::Arg(arg) => Some(Source::Arg(*arg)),
            Expr::Attr(of, field) if !may_be_claimed(self.program, *of, *field) => match self.expr(*of)? {
                Expr::Agent => Some(Source::Attribute(Subject::Agent, *field)),
                Expr::Resource => Some(Source::Attribute(Subject::Resource, *field)),
                _ => None,
            },
            _ => None,
        }
    }

    fn elements(&self, id: ExprId) -> Option<&[ExprId]> {
        match self.expr(id)? {
            Expr::Set(elements) | Expr::List(elements) => Some(elements),
            _ => None,
        }
    }

    fn name(&self, id: ExprId) -> Option<EntityRef> {
        if let Expr::Entity(ty, id) = self.expr(id)? { self.facts.find(*ty, id) } else { None }
    }

    /// The word of a literal.
    fn word(&self, id: ExprId) -> Option<u64> {
        let number = match self.expr(id)? {
            Expr::Bool(truth) => return Some(u64::from(*truth)),
            Expr::Entity(..) => return self.name(id).map(|entity| u64::from(entity.0)),
            Expr::String(text) => return self.symbols.find(text).map(u64::from),
            Expr::Int(number) | Expr::Instant(number) | Expr::Duration(number) => *number,
            Expr::Decimal(decimal) => decimal.millionths,
            Expr::Money(money) => money.minor,
            Expr::Variant(_, variant) => i64::from(*variant),
            Expr::Date(days) => i64::from(*days),
            Expr::TimeOfDay(ms) => i64::from(*ms),
            _ => return None,
        };
        Some(number.cast_unsigned())
    }
}

impl CandidateKey {
    /// The lower the better, as far as one can tell without the other rules.
    fn rank(&self) -> (u8, usize) {
        (self.keys.iter().map(|key| key.test.rank()).max().unwrap_or(0), self.keys.len())
    }

    /// Matches wherever one of two does. Each side is evaluated only if those to its left came to `false`.
    fn or(mut self, other: Self) -> Option<Self> {
        self.keys.extend(other.keys);
        self.exact &= other.exact;
        self.keys.sort_unstable();
        self.keys.dedup();
        (self.keys.len() <= KEYS_MAX).then_some(self)
    }
}

/// A domain as hosts are looked up in it; `None` for one in which no host lies.
fn plain_domain(domain: &str) -> Option<String> {
    let plain = domain.strip_suffix('.').unwrap_or(domain).to_ascii_lowercase();
    url::host_within(&plain, &plain).then_some(plain)
}

/// The texts that keys need beside a program's literals and globs: domains in their plain form, and paths.
pub(crate) fn texts(program: &Program) -> Vec<String> {
    let text = |node: &Node| {
        let Expr::Call(intrinsic, args) = &node.expr else { return None };
        let within = args.last().and_then(|&id| program.exprs.get(id.index())).map(|node| &node.expr);
        match (intrinsic, within) {
            (Intrinsic::HostWithin, Some(Expr::String(domain))) => plain_domain(domain),
            (Intrinsic::PathWithin, Some(Expr::Path(path))) => Some(path.as_str().to_owned()),
            _ => None,
        }
    };
    program.exprs.iter().filter_map(text).collect()
}

/// Calls `matches` with every domain, as [`plain_domain`] writes them, that a host may lie in.
pub(super) fn domains_of(host: &str, matches: &mut dyn FnMut(&str)) {
    let host = host.strip_suffix('.').unwrap_or(host);
    // A URL's host and an email's domain are in lower case already; only a host that came as mere text may not be.
    let lower;
    let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        lower = host.to_ascii_lowercase();
        lower.as_str()
    } else {
        host
    };
    matches(host);
    for (at, _) in host.match_indices('.') {
        matches(host.get(at + 1..).unwrap_or_default());
    }
}
