//! Which keys each entity matches. Facts do not change, so this is computed once, when they are loaded.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use permit_ir::facts::{Entity, Facts};
use permit_ir::program::Program;
use permit_ir::types::FieldId;
use permit_ir::value::Value;
use permit_ir::verify::VerifiedProgram;
use permit_jit::{Input, Snapshot, Symbols, Words};

use super::IndexError;
use super::candidate::domains_of;
use super::key::{Key, Part, Source, Subject, Test, word};
use super::patterns::{Expressions, Patterns, Scratch};
use super::run::end;

/// For each entity the numbers of the keys that it matches as the agent, or as the resource.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// Where in `keys` the keys of each entity end.
    ends: Box<[u32]>,
    keys: Box<[u32]>,
}

impl Matches {
    /// The keys that an entity matches.
    #[inline]
    pub(super) fn of(&self, entity: usize) -> &[u32] {
        let end = self.ends.get(entity).copied().unwrap_or(0) as usize;
        let start = entity.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.keys.get(start as usize..end).unwrap_or_default()
    }

    /// Bytes of memory.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.ends) + size_of_val(&*self.keys)
    }

    /// What entities meet as `subject`. One that is acted on may be an agent, so the two are kept apart.
    pub(super) fn new(
        program: &VerifiedProgram,
        facts: &Facts,
        symbols: &Symbols,
        keys: &[(Key, u32)],
        subject: Subject,
    ) -> Result<Self, IndexError> {
        let tests = Tests::new(program, symbols, keys, subject);
        let (mut ends, mut matches) = (Vec::with_capacity(facts.len()), Vec::new());
        let mut scratch = Scratch::default();
        for (place, entity) in (0..).zip(facts.entities()) {
            let first = matches.len();
            if entity.known {
                tests.collect(program, symbols, (place, entity), &mut scratch, &mut matches);
            }
            if let Some(own) = matches.get_mut(first..) {
                own.sort_unstable();
            }
            ends.push(end(&matches)?);
        }
        Ok(Self { ends: ends.into(), keys: matches.into() })
    }
}

/// Keys with their numbers.
pub(super) type Numbered = Vec<(Key, u32)>;

/// The tests of one text.
#[derive(Debug)]
pub(super) struct TextTests {
    patterns: Option<(Patterns, Vec<u32>)>,
    expressions: Option<(Expressions, Vec<u32>)>,
    domains: Words,
    paths: Words,
    words: Words,
}

impl TextTests {
    /// The tests of these keys, which are of one source and part; with each its number.
    pub(super) fn new(program: &VerifiedProgram, symbols: &Symbols, keys: &[(Key, u32)]) -> Self {
        let (mut globs, mut of_globs) = (Vec::new(), Vec::new());
        let (mut expressions, mut of_expressions) = (Vec::new(), Vec::new());
        let (mut words, mut domains, mut paths) = (Vec::new(), Vec::new(), Vec::new());
        for &(key, number) in keys {
            match key.test {
                Test::Is(word) => words.push((word, number)),
                Test::Host(domain) => domains.push((u64::from(domain), number)),
                Test::Under(path) => paths.push((u64::from(path), number)),
                Test::Like(glob) => {
                    globs.push(symbols.text(glob).unwrap_or_default());
                    of_globs.push(number);
                }
                Test::Matches(id) => {
                    let text = program.regexes.get(id.index()).map(String::as_str);
                    if let Some(expression) = text.zip(program.pattern(id)) {
                        expressions.push(expression);
                        of_expressions.push(number);
                    }
                }
                Test::Within(_) | Test::OfType(_) => {}
            }
        }
        let expressions = (!expressions.is_empty()).then(|| (Expressions::new(&expressions), of_expressions));
        let patterns = (!globs.is_empty()).then(|| (Patterns::new(globs), of_globs));
        let [domains, paths, words] = [domains, paths, words].map(Words::new);
        Self { patterns, expressions, domains, paths, words }
    }

    /// Calls `matches` with each key that the value matches.
    pub(super) fn collect(
        &self,
        symbols: &Symbols,
        part: Part,
        value: &Value,
        scratch: &mut Scratch,
        matches: &mut dyn FnMut(u32),
    ) {
        if !self.words.is_empty()
            && let Some(key) = word(symbols, part, value).and_then(|word| self.words.find(word))
        {
            matches(key);
        }
        if let Value::Path(path) = value
            && !self.paths.is_empty()
        {
            let under = path.prefixes().filter_map(|path| self.paths.find(symbols.find(path)?.into()));
            under.for_each(&mut *matches);
        }
        if let Some(text) = part.of(value) {
            self.collect_text(symbols, text, scratch, matches);
        }
    }

    /// The same of a value that a request was encoded to.
    pub(super) fn collect_word(
        &self,
        snapshot: &Snapshot,
        input: &Input,
        word: u64,
        scratch: &mut Scratch,
        matches: &mut dyn FnMut(u32),
    ) {
        // The word of a text that has no symbol is that of no key, nor is it that of a number: one argument is of one type.
        if !self.words.is_empty()
            && let Some(key) = self.words.find(word)
        {
            matches(key);
        }
        if (self.patterns.is_some() || self.expressions.is_some() || !self.domains.is_empty())
            && let Some(text) = input.text(snapshot, word)
        {
            self.collect_text(snapshot.symbols(), text, scratch, matches);
        }
    }

    fn collect_text(
        &self,
        symbols: &Symbols,
        text: &str,
        scratch: &mut Scratch,
        matches: &mut dyn FnMut(u32),
    ) {
        let mut numbered = |numbers: &[u32], place: u32| {
            if let Some(&number) = numbers.get(place as usize) {
                matches(number);
            }
        };
        if let Some((patterns, numbers)) = &self.patterns {
            patterns.matching(text, scratch, &mut |place| numbered(numbers, place));
        }
        if let Some((expressions, numbers)) = &self.expressions {
            expressions.matching(text, scratch, &mut |place| numbered(numbers, place));
        }
        if !self.domains.is_empty() {
            domains_of(text, &mut |domain| {
                if let Some(key) = symbols.find(domain).and_then(|domain| self.domains.find(domain.into())) {
                    matches(key);
                }
            });
        }
    }
}

/// Keys of one subject by what they look at.
struct Tests {
    /// Being an entity, lying in one, being of a type.
    entities: HashMap<Test, u32, FixedState>,
    attributes: Vec<(FieldId, Part, TextTests)>,
}

impl Tests {
    fn new(program: &VerifiedProgram, symbols: &Symbols, keys: &[(Key, u32)], subject: Subject) -> Self {
        let mut entities = HashMap::default();
        // Keys are sorted, so that those of one attribute and part stand together.
        let mut looks: Vec<((FieldId, Part), Numbered)> = Vec::new();
        for &(key, number) in keys {
            match key.source {
                Source::Entity(of) if of == subject => _ = entities.insert(key.test, number),
                Source::Attribute(of, field) if of == subject => match looks.last_mut() {
                    Some((look, of_look)) if *look == (field, key.part) => of_look.push((key, number)),
                    Some(_) | None => looks.push(((field, key.part), vec![(key, number)])),
                },
                Source::Entity(_) | Source::Attribute(..) | Source::Arg(_) => {}
            }
        }
        let tests = |((field, part), keys): ((FieldId, Part), Numbered)| {
            (field, part, TextTests::new(program, symbols, &keys))
        };
        Self { entities, attributes: looks.into_iter().map(tests).collect() }
    }

    fn collect(
        &self,
        program: &Program,
        symbols: &Symbols,
        (place, entity): (u32, &Entity),
        scratch: &mut Scratch,
        matches: &mut Vec<u32>,
    ) {
        let Some(declared) = program.entities.get(entity.ty.index()) else { return };
        let own = [Test::Is(u64::from(place)), Test::OfType(entity.ty)];
        let around = entity.ancestors.iter().map(|&ancestor| Test::Within(ancestor));
        matches.extend(own.into_iter().chain(around).filter_map(|test| self.entities.get(&test)));
        for (field, part, tests) in &self.attributes {
            if let Ok(at) = declared.fields.binary_search(field)
                && let Some(value) = entity.attributes.get(at)
            {
                tests.collect(symbols, *part, value, scratch, &mut |key| matches.push(key));
            }
        }
    }
}
