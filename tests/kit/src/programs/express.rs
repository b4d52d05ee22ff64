//! Random expressions of a given type, over the names in scope.

mod reach;

use super::dice::Dice;
use super::types::{TEXTS, Ty, WEEKDAYS};
use super::world::World;

pub(super) use reach::{Reach, Value};

/// How deep expressions are at most.
const DEPTH_MAX: usize = 3;

/// Writes expressions. What an optional value was asked once is not asked again, since it would be known.
#[derive(Debug)]
pub(super) struct Writer<'w> {
    pub(super) world: &'w World,
    pub(super) dice: &'w mut Dice,
    pub(super) reach: Reach,
    variables: usize,
}

impl<'w> Writer<'w> {
    pub(super) const fn new(world: &'w World, dice: &'w mut Dice, reach: Reach) -> Self {
        Self { world, dice, reach, variables: 0 }
    }

    /// A condition that some request can change.
    pub(super) fn condition(&mut self) -> Option<String> {
        let depth = self.dice.between(0, DEPTH_MAX);
        self.test(depth)
    }

    /// An expression of the type, if one can be written here.
    pub(super) fn expr(&mut self, ty: &Ty) -> Option<String> {
        let depth = self.dice.between(0, DEPTH_MAX);
        self.of(ty, depth)
    }

    /// A condition; each of its parts depends on the request.
    fn test(&mut self, depth: usize) -> Option<String> {
        if let Some(depth) = depth.checked_sub(1) {
            match self.dice.roll(9) {
                0 => return Some(format!("({} and {})", self.test(depth)?, self.test(depth)?)),
                1 => return Some(format!("({} or {})", self.test(depth)?, self.test(depth)?)),
                2 => return Some(format!("not {}", self.test(depth)?)),
                3 => {
                    let (test, then, otherwise) = (self.test(depth)?, self.test(depth)?, self.test(depth)?);
                    return Some(format!("(if {test} then {then} else {otherwise})"));
                }
                4 => {
                    if let Some(test) = self.narrowed(depth) {
                        return Some(test);
                    }
                }
                5 => {
                    if let Some(test) = self.quantified(depth) {
                        return Some(test);
                    }
                }
                _ => {}
            }
        }
        for _ in 0..4 {
            let written = match self.dice.roll(8) {
                0 => self.membership(depth),
                1 => self.within(),
                2 => self.matched(),
                3 => self.calendar(),
                4 => self.asked(depth),
                _ => self.comparison(depth),
            };
            if written.is_some() {
                return written;
            }
        }
        self.comparison(0)
    }

    /// `x == y` and its kin; the left side is read from the request.
    fn comparison(&mut self, depth: usize) -> Option<String> {
        let wanted = |amounts: bool| {
            move |value: &Value| value.varies && value.ty.is_element() && (!amounts || value.ty.is_amount())
        };
        let amounts = self.dice.chance(40);
        let value =
            self.reach.pick(self.dice, wanted(amounts)).or_else(|| self.reach.pick(self.dice, wanted(false)));
        let Value { text, ty, .. } = value?;
        let ordered = ty.is_ordered() && self.dice.chance(70);
        let op =
            if ordered { self.dice.text(&["<", "<=", ">", ">="]) } else { self.dice.text(&["==", "!="]) };
        let other = self
            .of(&ty, depth)
            .filter(|other| *other != text)
            .or_else(|| ty.literal(self.world, self.dice))?;
        Some(format!("({text} {op} {other})"))
    }

    /// `x in [a, b]`, `x in a..b`, `x in xs`, `x in 10.0.0.0/8`
    fn membership(&mut self, depth: usize) -> Option<String> {
        let Value { text, ty, .. } =
            self.reach.pick(self.dice, |value| value.varies && value.ty.is_element())?;
        let set = match self.dice.roll(4) {
            0 if ty == Ty::Ip => Ty::Cidr.literal(self.world, self.dice)?,
            1 if ty == Ty::Int => "0..100".to_owned(),
            1 if ty == Ty::Time => "09:00..17:30".to_owned(),
            1 if ty == Ty::Duration => "30s..90d".to_owned(),
            2 => {
                self.reach
                    .pick(self.dice, |value| value.varies && value.ty == Ty::Set(Box::new(ty.clone())))?
                    .text
            }
            3 => {
                self.reach
                    .pick(self.dice, |value| value.varies && value.ty == Ty::List(Box::new(ty.clone())))?
                    .text
            }
            _ => {
                let elements: Option<Vec<String>> = (0..self.dice.between(1, 3))
                    .map(|_| self.of(&ty, depth.min(1)).filter(|one| *one != text))
                    .collect();
                format!("[{}]", elements?.join(", "))
            }
        };
        Some(format!("({text} in {set})"))
    }

    /// `x within y`, of entities, paths and hosts.
    fn within(&mut self) -> Option<String> {
        let Value { text, ty, .. } = self.reach.pick(self.dice, |value| {
            value.varies && matches!(value.ty, Ty::Entity(_) | Ty::Path | Ty::Url | Ty::Email)
        })?;
        let inner = match ty {
            Ty::Entity(inner) => inner,
            Ty::Path => return Some(format!("({text} within {})", Ty::Path.literal(self.world, self.dice)?)),
            Ty::Url => return Some(format!("({text}.host within \"acme.example\")")),
            _ => return Some(format!("({text}.domain within \"acme.example\")")),
        };
        let world = self.world;
        let outer = |types: &[usize]| {
            types.iter().any(|&outer| inner.iter().any(|&inner| world.can_lie_within(inner, outer)))
        };
        let read = self.reach.pick(self.dice, |value| match &value.ty {
            Ty::Entity(types) => value.text != text && outer(types),
            Ty::Set(of) | Ty::List(of) => matches!(of.as_ref(), Ty::Entity(types) if outer(types)),
            _ => false,
        });
        if let Some(read) = read.filter(|_| self.dice.chance(50)) {
            return Some(format!("({text} within {})", read.text));
        }
        let types: Vec<usize> = (0..world.entities.len()).filter(|&at| outer(&[at])).collect();
        let literals: Option<Vec<String>> = (0..self.dice.between(1, 2))
            .map(|_| Ty::Entity(vec![*self.dice.of(&types)?]).literal(world, self.dice))
            .collect();
        let literals = literals?;
        match literals.as_slice() {
            [only] => Some(format!("({text} within {only})")),
            several => Some(format!("({text} within [{}])", several.join(", "))),
        }
    }

    /// Tests of texts.
    fn matched(&mut self) -> Option<String> {
        let Value { text, .. } = self.reach.pick(self.dice, |value| value.varies && value.ty == Ty::Text)?;
        let other = self.dice.text(&TEXTS[1..]);
        Some(match self.dice.roll(6) {
            0 => format!("({text} like \"a*e\")"),
            1 => format!("({text} like \"*.acme.*\")"),
            2 => format!("({text} matches r\"[a-z]+(\\.[a-z]+)*\")"),
            3 => format!("starts_with({text}, {other:?})"),
            4 => format!("contains(lower({text}), {other:?})"),
            _ => format!("host_within({text}, {other:?})"),
        })
    }

    /// Tests of calendars and clocks.
    fn calendar(&mut self) -> Option<String> {
        let zone = format!("z{}", self.dice.roll(self.world.zones.len()));
        let moment = self.reach.pick(self.dice, |value| value.varies && value.ty == Ty::Instant)?.text;
        Some(match self.dice.roll(4) {
            0 => {
                let days: Vec<&str> = self.dice.some(&WEEKDAYS, 1, 4);
                format!("(weekday({moment}, {zone}) in [{}])", days.join(", "))
            }
            1 => format!("(time_of_day({moment}, {zone}) in 08:30..17:00)"),
            2 => format!("(date_of({moment}, {zone}).day <= {})", self.dice.between(1, 28)),
            _ => format!("({moment} - start_of_day({moment}, {zone}) > 6h)"),
        })
    }

    /// A value that is a condition itself, a function that gives one, a type test.
    fn asked(&mut self, depth: usize) -> Option<String> {
        match self.dice.roll(3) {
            0 => Some(self.reach.pick(self.dice, |value| value.varies && value.ty == Ty::Bool)?.text),
            1 => self.call(&Ty::Bool),
            _ => self.type_test(depth),
        }
    }

    /// `x is T and …`, once for each `x`.
    fn type_test(&mut self, depth: usize) -> Option<String> {
        let Value { text, ty, .. } =
            self.reach.pick(self.dice, |value| matches!(&value.ty, Ty::Entity(types) if types.len() > 1))?;
        let Ty::Entity(types) = ty else { return None };
        let ty = *self.dice.of(&types)?;
        let outside = self.reach.clone();
        self.reach = outside.narrowed(self.world, &text, Ty::Entity(vec![ty]));
        let body = if self.dice.chance(70) { self.test(depth.min(1)) } else { None };
        self.reach = outside.without(&text);
        let test = format!("{text} is {}", self.world.entity(ty).name);
        Some(match body {
            Some(body) => format!("({test} and {body})"),
            None => format!("({test})"),
        })
    }

    /// `present(x) and …`, in which `x` is there.
    fn narrowed(&mut self, depth: usize) -> Option<String> {
        let Value { text, ty, .. } =
            self.reach.pick(self.dice, |value| value.varies && matches!(value.ty, Ty::Optional(_)))?;
        let outside = self.reach.clone();
        let plain = !text.contains("?.") && !text.contains(['(', '[']);
        self.reach = if plain {
            outside.narrowed(self.world, &text, ty.required().clone())
        } else {
            outside.without(&text)
        };
        let body = if self.dice.chance(80) { self.test(depth) } else { None };
        self.reach = outside.without(&text);
        Some(match body {
            Some(body) if self.dice.chance(30) => {
                format!("(if present({text}) then {body} else {})", self.test(0)?)
            }
            Some(body) => format!("(present({text}) and {body})"),
            None => format!("present({text})"),
        })
    }

    /// `any(x in xs: …)`, `count(x in xs: …) < 3`
    fn quantified(&mut self, depth: usize) -> Option<String> {
        let source = self
            .reach
            .pick(self.dice, |value| value.varies && matches!(value.ty, Ty::Set(_) | Ty::List(_)))?;
        let (Ty::Set(element) | Ty::List(element)) = source.ty else { return None };
        let variable = format!("v{}", self.variables);
        self.variables += 1;
        let outside = self.reach.clone();
        self.reach.add(self.world, &variable, *element, true);
        let body = self.test(depth.min(1));
        self.reach = outside;
        let body = body?;
        let quantifier = self.dice.text(&["any", "all", "count"]);
        let whole = format!("{quantifier}({variable} in {}: {body})", source.text);
        Some(if quantifier == "count" { format!("({whole} < {})", self.dice.between(1, 3)) } else { whole })
    }

    /// A call of a function of the program; what it is given is read from the request.
    fn call(&mut self, result: &Ty) -> Option<String> {
        let functions: Vec<_> = self.world.functions.iter().filter(|of| of.result == *result).collect();
        let function = *self.dice.of(&functions)?;
        let mut args = Vec::new();
        let by_name = self.dice.chance(30);
        for (name, ty) in &function.params {
            let arg = self.reach.pick(self.dice, |value| value.varies && value.ty == *ty)?.text;
            args.push(if by_name { format!("{name}: {arg}") } else { arg });
        }
        Some(format!("{}({})", function.name, args.join(", ")))
    }

    /// An expression of a type.
    fn of(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        if let Some(depth) = depth.checked_sub(1) {
            let written = match self.dice.roll(8) {
                _ if ty.is_amount() && self.dice.chance(50) => self.made(ty, depth),
                0 => self.otherwise(ty, depth),
                1 => self.choice(ty, depth),
                2 => self.call(ty),
                3 => self.cell(ty),
                4 | 5 => self.made(ty, depth),
                _ => None,
            };
            if written.is_some() {
                return written;
            }
        }
        let read = self.reach.pick(self.dice, |value| value.ty == *ty).map(|value| value.text);
        match read {
            Some(read) if self.dice.chance(65) => Some(read),
            read => ty.literal(self.world, self.dice).or(read),
        }
    }

    /// `x else y`, `m["k"] else y`
    fn otherwise(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let wanted = ty.clone().optional();
        let read = self.reach.pick(self.dice, |value| value.ty == wanted)?.text;
        Some(format!("({read} else {})", self.of(ty, depth)?))
    }

    fn choice(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let (test, then, otherwise) = (self.test(0)?, self.of(ty, depth)?, self.of(ty, depth)?);
        Some(format!("(if {test} then {then} else {otherwise})"))
    }

    /// `table[key].column`
    fn cell(&mut self, ty: &Ty) -> Option<String> {
        let cells: Vec<(&str, usize, &str)> = self
            .world
            .tables
            .iter()
            .flat_map(|table| {
                let fits = table.columns.iter().filter(|(_, of)| of == ty);
                fits.map(|(column, _)| (table.name.as_str(), table.key, column.as_str()))
            })
            .collect();
        let &(table, key, column) = self.dice.of(&cells)?;
        let key = self.reach.pick(self.dice, |value| value.ty == Ty::Enum(key))?.text;
        Some(format!("{table}[{key}].{column}"))
    }

    /// What operators and the standard library make.
    fn made(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let zone = format!("z{}", self.dice.roll(self.world.zones.len()));
        Some(match ty {
            Ty::Int if self.dice.chance(40) => match self.dice.roll(5) {
                0 => format!("length({})", self.of(&Ty::Text, depth)?),
                1 => format!("days_between({}, {})", self.of(&Ty::Date, depth)?, self.of(&Ty::Date, depth)?),
                2 => format!("ip_version({})", self.of(&Ty::Ip, depth)?),
                3 => self.quantified(depth)?.strip_prefix("(count").map(|rest| {
                    let count = rest.rsplit_once(" < ").map_or(rest, |(count, _)| count);
                    format!("count{count}")
                })?,
                _ => format!("{}.minute", self.reach.pick(self.dice, |value| value.ty == Ty::Time)?.text),
            },
            amount if amount.is_amount() => self.amount(ty, depth)?,
            Ty::Instant if self.dice.chance(30) => {
                format!("start_of_day({}, {zone})", self.of(&Ty::Instant, depth)?)
            }
            Ty::Instant => {
                let op = self.dice.text(&["+", "-"]);
                format!("({} {op} {})", self.of(&Ty::Instant, depth)?, self.of(&Ty::Duration, depth)?)
            }
            Ty::Date if self.dice.chance(50) => format!("date_of({}, {zone})", self.of(&Ty::Instant, depth)?),
            Ty::Date => format!("add_days({}, {})", self.of(&Ty::Date, depth)?, self.of(&Ty::Int, depth)?),
            Ty::Time => format!("time_of_day({}, {zone})", self.of(&Ty::Instant, depth)?),
            Ty::Text => format!("lower({})", self.of(&Ty::Text, depth)?),
            Ty::Record(at) => {
                let record = self.world.records.get(*at)?;
                let mut fields = Vec::new();
                for (name, ty) in &record.fields {
                    fields.push(format!("{name}: {}", self.of(ty.required(), depth)?));
                }
                format!("{}({})", record.name, fields.join(", "))
            }
            Ty::Set(of) => {
                let elements: Option<Vec<String>> =
                    (0..self.dice.between(1, 3)).map(|_| self.of(of, depth)).collect();
                format!("[{}]", elements?.join(", "))
            }
            _ => return None,
        })
    }

    /// Sums, products and quotients.
    fn amount(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        let one = self.of(ty, depth)?;
        Some(match self.dice.roll(6) {
            0 => format!("-{one}"),
            1 => format!("({one} * {})", self.of(&Ty::Int, depth)?),
            2 => {
                let function =
                    self.dice.text(&["div_int_round_down", "div_int_round_up", "div_int_round_half_even"]);
                format!("{function}({one}, {})", self.of(&Ty::Int, depth)?)
            }
            3 => {
                let function = self.dice.text(&[
                    "mul_round_down",
                    "mul_round_half_even",
                    "div_round_up",
                    "div_round_half_even",
                ]);
                format!("{function}({one}, {})", self.of(&Ty::Decimal, depth)?)
            }
            4 if *ty == Ty::Duration => {
                format!("({} - {})", self.of(&Ty::Instant, depth)?, self.of(&Ty::Instant, depth)?)
            }
            _ => {
                let op = self.dice.text(&["+", "-"]);
                format!("({one} {op} {})", self.of(ty, depth)?)
            }
        })
    }
}
