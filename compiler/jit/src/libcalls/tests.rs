//! Calls the functions of the table as native code does: through their addresses, with a frame and words.

use std::sync::Arc;

use permit_ir::facts::FactsBuilder;
use permit_ir::sample::{self, REFUND, TEAM};
use permit_ir::value::{EntityRef, Value};

use super::*;
use crate::input::{Input, Subjects};
use crate::snapshot::Snapshot;
use crate::word::collection;

struct World {
    snapshot: Snapshot,
    input: Input,
    constants: Vec<u64>,
}

/// A team `inner` in a team `outer`, a set of texts in the request, and a set of numbers among the constants.
fn world() -> (World, [EntityRef; 2]) {
    let program = sample::verified().unwrap();
    let mut facts = FactsBuilder::new(&program).unwrap();
    let [inner, outer] = ["inner", "outer"].map(|id| facts.intern(TEAM, id).unwrap());
    facts.define(inner, vec![], vec![outer], None).unwrap();
    facts.define(outer, vec![], vec![], None).unwrap();
    let snapshot = Snapshot::new(&program, Arc::new(facts.finish().unwrap()), &["known", "kno*"]);
    let mut input = Input::default();
    input.start(program.args.len(), Subjects { action: REFUND, agent: inner, resource: None }, 0);
    let texts = ["known", "stranger"].map(|text| Value::String(text.into()));
    let params =
        [Value::set(texts.to_vec()), Value::String("stranger".into()), Value::String("other".into())];
    input.set_params(&snapshot, &params);
    (World { snapshot, input, constants: vec![3, 5, u64::from(outer.0)] }, [inner, outer])
}

impl World {
    fn call(&self, called: Libcall, left: u64, right: u64) -> u64 {
        let frame = Frame::new(&LIBCALLS, &self.snapshot, &self.input, &self.constants);
        // SAFETY: the frame lives during the call.
        unsafe { LIBCALLS[called as usize](&raw const frame, left, right) }
    }

    fn symbol(&self, text: &str) -> u64 {
        self.snapshot.symbols().find(text).unwrap().into()
    }

    fn param(&self, place: usize) -> u64 {
        self.input.params[place].word
    }
}

#[test]
fn texts_are_compared_by_number_or_by_bytes() {
    let (world, _) = world();
    let [texts, stranger, other] = [0, 1, 2].map(|place| world.param(place));
    let (known, glob) = (world.symbol("known"), world.symbol("kno*"));
    let first = world.input.items[1];
    assert_ne!(first, stranger, "a text that stands twice has two places");
    let same = |left, right| world.call(Libcall::SameText, left, right);
    assert_eq!([same(first, stranger), same(stranger, other), same(known, stranger)], [YES, NO, NO]);
    let like = |text| world.call(Libcall::Like, text, glob);
    assert_eq!([like(known), like(glob), like(stranger)], [YES, YES, NO]);
    let has = |text| world.call(Libcall::HasText, text, texts);
    assert_eq!([has(known), has(stranger), has(other)], [YES, YES, NO]);
    assert_eq!(world.call(Libcall::SameTexts, texts, texts), YES);
}

#[test]
fn entities_lie_in_others_and_numbers_in_sets() {
    let (world, [inner, outer]) = world();
    let (inner, outer) = (u64::from(inner.0), u64::from(outer.0));
    let within = |entity, ancestor| world.call(Libcall::Within, entity, ancestor);
    assert_eq!([within(inner, outer), within(inner, inner), within(outer, inner)], [YES, YES, NO]);
    let set = collection(Region::Constants, 0, 3).unwrap();
    let has = |word| world.call(Libcall::HasWord, word, set);
    assert_eq!([has(3), has(5), has(4)], [YES, YES, NO]);
    assert_eq!(world.call(Libcall::WithinAny, inner, set), YES);
    let longer = collection(Region::Constants, 1, 2).unwrap();
    assert_eq!(world.call(Libcall::SameWords, set, set), YES);
    assert_eq!(world.call(Libcall::SameWords, set, longer), NO);
}

/// Whatever the words are, none is taken for an address, and nothing panics.
#[test]
fn words_that_mean_nothing_are_answered() {
    let (world, _) = world();
    let mut words: Vec<u64> = (0..64).map(|bit| 1 << bit).chain([0, 7, u64::MAX, UNNAMED | 9]).collect();
    words.extend([Region::Facts, Region::Request, Region::Constants].map(|r| collection(r, 9, 9).unwrap()));
    words.extend((0..3).map(|place| world.param(place)));
    for &called in Libcall::ALL {
        for (left, right) in words.iter().flat_map(|&left| words.iter().map(move |&right| (left, right))) {
            assert!([YES, NO, SLOW].contains(&world.call(called, left, right)));
        }
    }
}
