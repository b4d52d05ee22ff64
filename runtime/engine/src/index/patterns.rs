//! Matches many globs, or many regular expressions, against one text in one pass.
//!
//! An automaton finds the longest literal of each glob; where it occurs in the text, [`glob::matches`] decides whether
//! the glob matches. So the meaning of globs is defined in one place, and the automaton only saves work. Regular
//! expressions form one automaton, built with the parts that `regex` itself is made of.

use aho_corasick::automaton::OverlappingState;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Input, MatchKind};
use permit_ir::glob;
use permit_ir::pattern::Pattern;
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::{PatternSet, meta};

/// The most bytes of the automaton of all regular expressions over one text; where they need more, each is asked.
const EXPRESSIONS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Globs over one text.
#[derive(Debug)]
pub(super) struct Patterns {
    globs: Box<[Box<str>]>,
    /// Absent where the literals are too many or too long for it; then each glob is asked.
    automaton: Option<AhoCorasick>,
    /// The globs of each literal of the automaton.
    of_literal: Box<[Box<[u32]>]>,
    /// Globs without a literal.
    others: Box<[u32]>,
}

/// What a search needs; reused, so that no search allocates.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    seen: Vec<u64>,
    expressions: Option<PatternSet>,
}

impl Scratch {
    /// Marks a glob; whether it was not yet.
    fn mark(&mut self, glob: u32) -> bool {
        let (word, bit) = (glob as usize / 64, 1_u64 << (glob % 64));
        let Some(seen) = self.seen.get_mut(word) else { return false };
        let new = *seen & bit == 0;
        *seen |= bit;
        new
    }

    /// An empty set of at least so many regular expressions.
    fn expressions(&mut self, count: usize) -> &mut PatternSet {
        let known = self.expressions.take().filter(|set| set.capacity() >= count);
        let set = self.expressions.insert(known.unwrap_or_else(|| PatternSet::new(count)));
        set.clear();
        set
    }

    fn clear(&mut self, globs: usize) {
        self.seen.clear();
        self.seen.resize(globs.div_ceil(64), 0);
    }
}

impl Patterns {
    pub(super) fn new(globs: Vec<&str>) -> Self {
        let mut literals: Vec<(&str, Vec<u32>)> = Vec::new();
        let mut others = Vec::new();
        let mut by_literal: Vec<(&str, u32)> = Vec::new();
        for (place, glob) in (0..).zip(&globs) {
            match glob.split('*').max_by_key(|part| part.len()) {
                Some(literal) if !literal.is_empty() => by_literal.push((literal, place)),
                Some(_) | None => others.push(place),
            }
        }
        by_literal.sort_unstable();
        for (literal, place) in by_literal {
            match literals.last_mut() {
                Some((last, places)) if *last == literal => places.push(place),
                Some(_) | None => literals.push((literal, vec![place])),
            }
        }
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build(literals.iter().map(|(literal, _)| literal))
            .ok();
        let of_literal = literals.into_iter().map(|(_, places)| places.into()).collect();
        let globs = globs.into_iter().map(Box::from).collect();
        Self { globs, automaton, of_literal, others: others.into() }
    }

    /// Calls `found` once with the place of each glob that matches the text.
    pub(super) fn matching(&self, text: &str, scratch: &mut Scratch, found: &mut dyn FnMut(u32)) {
        let mut ask = |place: u32| {
            let glob = self.globs.get(place as usize);
            if glob.is_some_and(|glob| glob::matches(glob, text)) {
                found(place);
            }
        };
        let Some(automaton) = &self.automaton else {
            return (0..).zip(&self.globs).for_each(|(place, _)| ask(place));
        };
        self.others.iter().for_each(|&place| ask(place));
        scratch.clear(self.globs.len());
        let mut state = OverlappingState::start();
        loop {
            // The automaton was built for such searches, so that it cannot refuse one.
            if automaton.try_find_overlapping(Input::new(text), &mut state).is_err() {
                return (0..).zip(&self.globs).for_each(|(place, _)| ask(place));
            }
            let Some(hit) = state.get_match() else { return };
            for &place in self.of_literal.get(hit.pattern().as_usize()).into_iter().flatten() {
                if scratch.mark(place) {
                    ask(place);
                }
            }
        }
    }
}

/// Regular expressions over one text.
#[derive(Debug)]
pub(super) struct Expressions {
    each: Box<[Pattern]>,
    /// Absent where all of them together are too much for one automaton.
    together: Option<meta::Regex>,
}

impl Expressions {
    /// The patterns, each with its own text.
    pub(super) fn new(patterns: &[(&str, &Pattern)]) -> Self {
        Self::within(EXPRESSIONS_BYTES_MAX, patterns)
    }

    fn within(bytes_max: usize, patterns: &[(&str, &Pattern)]) -> Self {
        let config = meta::Config::new()
            .match_kind(regex_automata::MatchKind::All)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(bytes_max));
        let anchored: Vec<String> = patterns.iter().map(|(text, _)| Pattern::anchored(text)).collect();
        let together = meta::Builder::new().configure(config).build_many(&anchored).ok();
        Self { each: patterns.iter().map(|&(_, pattern)| pattern.clone()).collect(), together }
    }

    /// Calls `found` with the place of each expression that matches the text.
    pub(super) fn matching(&self, text: &str, scratch: &mut Scratch, found: &mut dyn FnMut(u32)) {
        let Some(together) = &self.together else {
            let matching = (0..).zip(&self.each).filter(|(_, pattern)| pattern.matches(text));
            return matching.for_each(|(place, _)| found(place));
        };
        let set = scratch.expressions(self.each.len());
        together.which_overlapping_matches(&regex_automata::Input::new(text), set);
        set.iter().for_each(|place| found(place.as_u32()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn matching(patterns: &Patterns, text: &str) -> Vec<u32> {
        let mut found = Vec::new();
        patterns.matching(text, &mut Scratch::default(), &mut |place| found.push(place));
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn the_automaton_says_what_the_glob_says(
            globs in vec("[ab*é]{0,6}", 0..12),
            texts in vec("[abé]{0,12}", 1..8),
        ) {
            let patterns = Patterns::new(globs.iter().map(String::as_str).collect());
            for text in texts {
                let expected: Vec<u32> =
                    (0..).zip(&globs).filter(|(_, glob)| glob::matches(glob, &text)).map(|(at, _)| at).collect();
                prop_assert_eq!(matching(&patterns, &text), expected, "{}", text);
            }
        }
    }

    #[test]
    fn expressions_together_match_what_each_does() {
        let texts = [
            "a|ab",
            "a",
            "[0-9]{3}",
            "(?i)été",
            "a$",
            "(?m)^a$",
            ".*",
            "(?s).*",
            "",
            "a)?(b",
            r"\w+@acme\.example",
        ];
        let patterns: Vec<(&str, Pattern)> =
            texts.iter().filter_map(|text| Some((*text, Pattern::new(text).ok()?))).collect();
        assert_eq!(patterns.len(), texts.len() - 1, "one of them is no pattern by itself");
        let patterns: Vec<(&str, &Pattern)> =
            patterns.iter().map(|(text, pattern)| (*text, pattern)).collect();
        let together = Expressions::new(&patterns);
        let each = Expressions::within(1, &patterns);
        let (mut scratch, mut found) = (Scratch::default(), Vec::new());
        for text in ["ab", "a", "b\na", "a\n", "123", "1234", "ÉTÉ", "", "a\nb", "eve@acme.example", "b"] {
            let mut all = |expressions: &Expressions| {
                found.clear();
                expressions.matching(text, &mut scratch, &mut |place| found.push(place));
                found.clone()
            };
            assert_eq!(all(&together), all(&each), "{text:?}");
        }
        assert!(together.together.is_some() && each.together.is_none());
    }

    #[test]
    fn globs_that_share_a_literal_are_distinguished() {
        let patterns = Patterns::new(vec!["a*", "*a", "*", "**", "", "a", "*a*"]);
        assert_eq!(matching(&patterns, "ab"), [0, 2, 3, 6]);
        assert_eq!(matching(&patterns, ""), [2, 3, 4]);
        assert_eq!(matching(&patterns, "a"), [0, 1, 2, 3, 5, 6]);
    }
}
