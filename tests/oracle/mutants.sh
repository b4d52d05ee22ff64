#!/bin/sh
# Plants bugs, one at a time, in index, native code and encoder; the oracle must find each.
#
#   tests/oracle/mutants.sh [CARGO ARGUMENTS…]
#
# The tree must be clean; see `tests/planted.sh`.
cd "$(dirname "$0")/../.." || exit 2
test="cargo test -p permit-tests $* --test oracle the_engine"
. tests/planted.sh

engine=runtime/engine/src
jit=compiler/jit/src
bug "a key behind a part that may fail" $engine/index/candidate.rs 's/certain &= !fallible;/certain \&= true;/'
bug "an or filed under its left side alone" $engine/index/candidate.rs 's/| left.or(right))/| Some(left))/'
bug "agents not asked where another key files the rule" $engine/index/build.rs 's/Rest { agents, said/Rest { agents: agents \&\& false, said/'
bug "entities without what they lie in" $engine/index/entities.rs 's/own.into_iter().chain(around)/own.into_iter().chain(around.take(0))/'
bug "hosts looked up in upper case" $engine/index/candidate.rs 's/byte.is_ascii_uppercase()/byte == 0/'
bug "the places of a key not told apart by action" $engine/index.rs 's/if first.action == action {/if first.of_key > 0 {/'
bug "what a key does not say left out with it" $engine/index/run.rs 's/filter(|(place, _)| Some(\*place) != filed.rest.said)/filter(|_| filed.rest.said.is_none())/'
bug "the first of several regular expressions passed over" $engine/index/patterns.rs 's/set.iter().for_each(|place|/set.iter().skip(1).for_each(|place|/'
bug "a path looked up itself, and not what it lies in" $engine/index/entities.rs 's/path.prefixes().filter_map/path.prefixes().skip(2).filter_map/'
bug "arithmetic held to be infallible" $engine/index/fallible.rs 's/| Expr::Lift(_)/| Expr::Lift(_) | Expr::Arithmetic(..)/'
bug "a run left at its first match" $engine/policy.rs 's/from = at.saturating_add(1);/from = u32::MAX;/'
bug "a lower rule that comes later passed over" $engine/policy.rs 's/known.is_none_or(|known| rule < known)/known.is_none()/'
bug "unsigned comparison" $jit/emit.rs 's/IntCC::SignedLessThanOrEqual/IntCC::UnsignedLessThanOrEqual/'
bug "overflow that wraps" $jit/emit.rs 's/self.slow_if(overflows);/let _ = overflows;/'
bug "attributes of unknown entities read" $jit/emit.rs 's/i64::from(u32::from(ty) | layout::KNOWN)/i64::from(ty)/'
bug "only the first ancestor compared" $jit/emit.rs 's/\&\[yes.into()\], each, \&\[after.into()\]/\&[yes.into()], done, \&[no.into()]/'
bug "unnamed texts all alike" $jit/input.rs 's/UNNAMED | place/UNNAMED/'
bug "absent attributes there" $jit/snapshot.rs 's/(_, Value::Absent) => Cell::ABSENT/(_, Value::Absent) => Cell::present(0)/'
bug "arguments of the request before" $jit/input.rs 's/= self.set.pop()/= None::<ArgId>/'
exit $missed
