use super::*;
use proptest::prelude::*;
use std::collections::HashMap;
use std::sync::Barrier;

const NOW: i64 = 1_760_000_000_000;

fn digest(jti: &str) -> ProofDigest {
    ProofDigest::new(&Thumbprint::from([7; 32]), "https://a/b", jti)
}

#[test]
fn a_proof_is_accepted_once_for_its_whole_life() {
    let guard = ReplayGuard::new(10);
    assert_eq!(guard.insert(digest("x"), NOW + 60_000, NOW), Ok(()));
    for now in [NOW, NOW + 1, NOW + 59_999, NOW + 60_000] {
        assert_eq!(guard.insert(digest("x"), NOW + 60_000, now), Err(ReplayError::Replayed));
    }
}

#[test]
fn a_digest_names_key_target_and_jti_apart() {
    let key = Thumbprint::from([7; 32]);
    let all = [
        ProofDigest::new(&key, "https://a/b", "c"),
        ProofDigest::new(&key, "https://a/", "bc"),
        ProofDigest::new(&key, "https://a/bc", ""),
        ProofDigest::new(&Thumbprint::from([8; 32]), "https://a/b", "c"),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(all.iter().skip(index + 1).all(|other| other != one));
    }
}

#[test]
fn a_full_memory_refuses_and_keeps_every_live_proof() {
    let guard = ReplayGuard::new(3);
    for jti in ["a", "b", "c"] {
        guard.insert(digest(jti), NOW + 60_000, NOW).unwrap();
    }
    assert_eq!(guard.insert(digest("d"), NOW + 60_000, NOW), Err(ReplayError::Full));
    for jti in ["a", "b", "c"] {
        assert_eq!(guard.insert(digest(jti), NOW + 60_000, NOW), Err(ReplayError::Replayed));
    }
    let later = NOW + 62_000;
    assert_eq!(guard.insert(digest("d"), later + 60_000, later), Ok(()), "expired proofs make room");
    assert_eq!(guard.entries(), 1);
}

#[test]
fn a_clock_that_goes_back_does_not_reopen_forgotten_proofs() {
    let guard = ReplayGuard::new(10);
    guard.insert(digest("x"), NOW + 60_000, NOW).unwrap();
    guard.purge(&mut lock(&guard.shards[digest("x").shard() % SHARDS]), NOW + 120_000);
    assert_eq!(guard.insert(digest("x"), NOW + 60_000, NOW), Err(ReplayError::TooOld));
}

#[test]
fn a_digest_is_read_as_it_is_written() {
    let proof = digest("x");
    assert_eq!(ProofDigest::parse(&proof.to_string()), Some(proof));
    assert_eq!(ProofDigest::parse("x"), None);
}

#[test]
fn of_many_parallel_uses_exactly_one_wins() {
    let guard = ReplayGuard::new(100);
    let barrier = Barrier::new(8);
    for round in 0..50 {
        let jti = round.to_string();
        let wins: usize = std::thread::scope(|scope| {
            let uses: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        usize::from(guard.insert(digest(&jti), NOW + 60_000, NOW).is_ok())
                    })
                })
                .collect();
            uses.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(wins, 1);
    }
    assert_eq!(guard.entries(), 50);
}

#[test]
fn parallel_inserts_never_exceed_the_capacity() {
    let guard = ReplayGuard::new(100);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let guard = &guard;
            scope.spawn(move || {
                (0..100)
                    .filter(|n| guard.insert(digest(&format!("{thread}/{n}")), NOW + 9, NOW).is_ok())
                    .count()
            });
        }
    });
    assert_eq!(guard.entries(), 100);
}

proptest! {
    /// The naive model remembers everything for ever: the guard may refuse more, and never accept a live proof twice.
    #[test]
    fn no_live_proof_is_accepted_twice(steps in prop::collection::vec((0u8..12, 0i64..4_000, 0i64..3_000), 1..200)) {
        let guard = ReplayGuard::new(6);
        let mut live_until: HashMap<u8, i64> = HashMap::new();
        let mut now = NOW;
        for (jti, advance, age) in steps {
            now += advance;
            let expires = (now - age).max(NOW) + 10_000;
            let result = guard.insert(digest(&jti.to_string()), expires, now);
            if live_until.get(&jti).is_some_and(|until| *until >= now) {
                prop_assert_eq!(result, Err(ReplayError::Replayed));
            }
            if result.is_ok() {
                live_until.insert(jti, expires);
            }
            prop_assert!(guard.entries() <= 6);
        }
    }
}
