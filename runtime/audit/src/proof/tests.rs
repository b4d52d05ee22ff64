use proptest::prelude::*;

use super::*;
use crate::tree::Tree;

fn tree(size: u64) -> Tree {
    (0..size).map(|index| Hash::of_leaf(&index.to_be_bytes())).collect()
}

/// The algorithms hold for sizes beyond those that the tree is compared at.
const SIZE_MAX: u64 = 3_000;

proptest! {
    #[test]
    fn a_changed_inclusion_proof_proves_nothing(
        (size, index) in (1..SIZE_MAX).prop_flat_map(|size| (Just(size), 0..size)),
        at in any::<prop::sample::Index>(),
    ) {
        let tree = tree(size);
        let (root, leaf) = (tree.root(), tree.leaf(index).unwrap());
        let proof = tree.inclusion(index, size).unwrap();
        prop_assert_eq!(verify_inclusion(&leaf, &proof, &root), Ok(()));
        let fails = |proof: &InclusionProof| verify_inclusion(&leaf, proof, &root).is_err();
        let other_leaf = Hash::of_leaf(b"another");
        prop_assert_eq!(verify_inclusion(&other_leaf, &proof, &root), Err(ProofError::Root));
        assert!(fails(&InclusionProof { hashes: [proof.hashes.clone(), vec![root]].concat(), ..proof.clone() }));
        assert!(fails(&InclusionProof { index: size, ..proof.clone() }));
        if !proof.hashes.is_empty() {
            let mut hashes = proof.hashes.clone();
            let place = at.index(hashes.len());
            hashes[place].0[at.index(32)] ^= 1;
            assert!(fails(&InclusionProof { hashes, ..proof.clone() }));
            assert!(fails(&InclusionProof { hashes: proof.hashes[1..].to_vec(), ..proof.clone() }));
            assert!(fails(&InclusionProof { index: index ^ 1, ..proof.clone() }));
        }
    }

    #[test]
    fn a_changed_consistency_proof_proves_nothing(
        (size, old_size) in (2..SIZE_MAX).prop_flat_map(|size| (Just(size), 1..size)),
        at in any::<prop::sample::Index>(),
    ) {
        let tree = tree(size);
        let (root, old_root) = (tree.root(), tree.root_at(old_size).unwrap());
        let proof = tree.consistency(old_size, size).unwrap();
        prop_assert_eq!(verify_consistency(&old_root, &proof, &root), Ok(()));
        let fails = |proof: &ConsistencyProof| verify_consistency(&old_root, proof, &root).is_err();
        prop_assert_eq!(verify_consistency(&Hash([1; 32]), &proof, &root), Err(ProofError::Root));
        prop_assert_eq!(verify_consistency(&old_root, &proof, &Hash([1; 32])), Err(ProofError::Root));
        assert!(fails(&ConsistencyProof { hashes: [proof.hashes.clone(), vec![root]].concat(), ..proof.clone() }));
        assert!(fails(&ConsistencyProof { hashes: proof.hashes[1..].to_vec(), ..proof.clone() }));
        assert!(fails(&ConsistencyProof { old_size: size + 1, ..proof.clone() }));
        let mut hashes = proof.hashes.clone();
        let place = at.index(hashes.len());
        hashes[place].0[at.index(32)] ^= 1;
        assert!(fails(&ConsistencyProof { hashes, ..proof.clone() }));
    }
}

#[test]
fn a_node_is_not_a_leaf() {
    let tree = tree(4);
    let (left, right) = (tree.leaf(0).unwrap(), tree.leaf(1).unwrap());
    let pair = [left.0, right.0].concat();
    let proof = InclusionProof {
        hashes: vec![Hash::of_node(&tree.leaf(2).unwrap(), &tree.leaf(3).unwrap())],
        index: 0,
        size: 2,
    };
    // The node's own hash fits a shorter path: what refuses the forged leaf is the byte that leaves are hashed with.
    assert_eq!(verify_inclusion(&Hash::of_node(&left, &right), &proof, &tree.root()), Ok(()));
    assert_eq!(verify_inclusion(&Hash::of_leaf(&pair), &proof, &tree.root()), Err(ProofError::Root));
}

#[test]
fn proofs_that_need_no_hash_must_have_none() {
    let (empty, root) = (Hash::of_empty_tree(), tree(5).root());
    let proof = |old_size, size, hashes| ConsistencyProof { hashes, old_size, size };
    assert_eq!(verify_consistency(&empty, &proof(0, 5, vec![]), &root), Ok(()));
    assert_eq!(verify_consistency(&root, &proof(5, 5, vec![]), &root), Ok(()));
    assert_eq!(verify_consistency(&root, &proof(0, 5, vec![]), &root), Err(ProofError::Root));
    assert_eq!(verify_consistency(&empty, &proof(5, 5, vec![]), &root), Err(ProofError::Root));
    assert_eq!(verify_consistency(&empty, &proof(0, 5, vec![root]), &root), Err(ProofError::Length));
    assert_eq!(verify_consistency(&root, &proof(6, 5, vec![]), &root), Err(ProofError::Range));
    assert_eq!(verify_consistency(&empty, &proof(3, 5, vec![]), &root), Err(ProofError::Length));
}

#[test]
fn sizes_at_the_end_of_the_range_do_not_overflow() {
    let root = tree(1).root();
    for index in [0, 1, u64::MAX / 2, u64::MAX - 1] {
        let proof = InclusionProof { hashes: vec![root; 64], index, size: u64::MAX };
        assert_ne!(verify_inclusion(&root, &proof, &root), Ok(()));
        let proof = ConsistencyProof { hashes: vec![root; 64], old_size: index, size: u64::MAX };
        assert_ne!(verify_consistency(&root, &proof, &root), Ok(()));
    }
}

#[test]
fn long_and_odd_proof_texts_are_refused() {
    let proof = InclusionProof { hashes: vec![Hash([1; 32]); 64], index: 1, size: 2 };
    let text = serde_json::to_string(&proof).unwrap();
    assert_eq!(serde_json::from_str::<InclusionProof>(&text).unwrap(), proof);
    let long = InclusionProof { hashes: vec![Hash([1; 32]); 65], ..proof };
    assert_eq!(
        verify_inclusion(&Hash([1; 32]), &long, &Hash([1; 32])),
        Err(ProofError::TooLong { count: 65 })
    );
    for text in [
        serde_json::to_string(&long).unwrap(),
        r#"{"hashes":[],"index":0,"size":1,"more":0}"#.to_owned(),
        r#"{"hashes":[],"index":-1,"size":1}"#.to_owned(),
        r#"{"hashes":["00"],"index":0,"size":1}"#.to_owned(),
    ] {
        assert!(serde_json::from_str::<InclusionProof>(&text).is_err(), "{text}");
    }
}
