//! Many globs over one text in one pass.
//!
//! An automaton finds the longest literal of each glob; where it stands in the text, [`glob::matches`] says whether the
//! glob does match. What a glob means is so defined in one place, and the automaton only saves asking.

use aho_corasick::automaton::OverlappingState;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Input, MatchKind};
use permit_ir::glob;

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
pub(crate) struct Marks {
    seen: Vec<u64>,
}

impl Marks {
    /// Marks a glob; whether it was not yet.
    fn mark(&mut self, glob: u32) -> bool {
        let (word, bit) = (glob as usize / 64, 1_u64 << (glob % 64));
        let Some(seen) = self.seen.get_mut(word) else { return false };
        let new = *seen & bit == 0;
        *seen |= bit;
        new
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
    pub(super) fn matching(&self, text: &str, marks: &mut Marks, found: &mut dyn FnMut(u32)) {
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
        marks.clear(self.globs.len());
        let mut state = OverlappingState::start();
        loop {
            // The automaton was built for such searches, so that it cannot refuse one.
            if automaton.try_find_overlapping(Input::new(text), &mut state).is_err() {
                return (0..).zip(&self.globs).for_each(|(place, _)| ask(place));
            }
            let Some(hit) = state.get_match() else { return };
            for &place in self.of_literal.get(hit.pattern().as_usize()).into_iter().flatten() {
                if marks.mark(place) {
                    ask(place);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn matching(patterns: &Patterns, text: &str) -> Vec<u32> {
        let mut found = Vec::new();
        patterns.matching(text, &mut Marks::default(), &mut |place| found.push(place));
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
    fn globs_that_share_a_literal_are_told_apart() {
        let patterns = Patterns::new(vec!["a*", "*a", "*", "**", "", "a", "*a*"]);
        assert_eq!(matching(&patterns, "ab"), [0, 2, 3, 6]);
        assert_eq!(matching(&patterns, ""), [2, 3, 4]);
        assert_eq!(matching(&patterns, "a"), [0, 1, 2, 3, 5, 6]);
    }
}
