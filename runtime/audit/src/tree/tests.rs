use ct_merkle::mem_backed_tree::MemoryBackedTree;
use sha2::Sha256;

use super::*;
use crate::proof::{verify_consistency, verify_inclusion};

type Oracle = MemoryBackedTree<Sha256, Vec<u8>>;

fn concat(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

fn leaves(count: u64) -> Vec<Vec<u8>> {
    (0..count).map(|index| index.to_be_bytes().to_vec()).collect()
}

#[test]
fn the_vectors_of_certificate_transparency_hold() {
    let leaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Tree::new();
    assert_eq!(tree.root(), Hash::of_empty_tree());
    for (leaf, root) in leaves.iter().zip(roots) {
        let bytes: Vec<u8> = leaf.as_bytes().chunks(2).map(hex_byte).collect();
        tree.append(Hash::of_leaf(&bytes));
        assert_eq!(tree.root().to_string(), root);
    }
    for (size, root) in (1..).zip(roots) {
        assert_eq!(tree.root_at(size).unwrap().to_string(), root);
    }
}

fn hex_byte(digits: &[u8]) -> u8 {
    u8::from_str_radix(str::from_utf8(digits).unwrap(), 16).unwrap()
}

#[test]
fn roots_and_inclusion_proofs_are_those_of_ct_merkle() {
    let (mut tree, mut oracle) = (Tree::new(), Oracle::new());
    for (size, leaf) in (1..).zip(leaves(130)) {
        tree.append(Hash::of_leaf(&leaf));
        oracle.push(leaf);
        assert_eq!(tree.root().0.as_slice(), oracle.root().as_bytes().as_slice());
        for index in 0..size {
            let proof = tree.inclusion(index, size).unwrap();
            let theirs = oracle.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(concat(&proof.hashes), theirs.as_bytes(), "{index} of {size}");
            assert_eq!(verify_inclusion(&tree.leaf(index).unwrap(), &proof, &tree.root()), Ok(()));
        }
    }
}

#[test]
fn consistency_proofs_are_those_of_ct_merkle() {
    let (mut tree, mut oracle) = (Tree::new(), Oracle::new());
    for (size, leaf) in (1..).zip(leaves(130)) {
        tree.append(Hash::of_leaf(&leaf));
        oracle.push(leaf);
        for old_size in 0..=size {
            let proof = tree.consistency(old_size, size).unwrap();
            if old_size > 0 {
                let theirs = oracle.prove_consistency(usize::try_from(size - old_size).unwrap());
                assert_eq!(concat(&proof.hashes), theirs.as_bytes(), "{old_size} to {size}");
            }
            let old_root = tree.root_at(old_size).unwrap();
            assert_eq!(verify_consistency(&old_root, &proof, &tree.root()), Ok(()), "{old_size} to {size}");
        }
    }
}

#[test]
fn proofs_for_earlier_sizes_are_those_of_the_earlier_tree() {
    let hashes = || leaves(60).into_iter().map(|leaf| Hash::of_leaf(&leaf));
    let tree: Tree = hashes().collect();
    for size in 1..=60 {
        let earlier: Tree = hashes().take(usize::try_from(size).unwrap()).collect();
        assert_eq!(tree.root_at(size), Ok(earlier.root()));
        assert_eq!(tree.inclusion(size / 2, size), earlier.inclusion(size / 2, size));
        assert_eq!(tree.consistency(size / 3, size), earlier.consistency(size / 3, size));
    }
}

#[test]
fn nothing_is_proven_beyond_the_tree() {
    let tree: Tree = leaves(5).iter().map(|leaf| Hash::of_leaf(leaf)).collect();
    assert_eq!(tree.root_at(6), Err(TreeError::Beyond { asked: 6, size: 5 }));
    assert_eq!(tree.inclusion(5, 5), Err(TreeError::Beyond { asked: 5, size: 5 }));
    assert_eq!(tree.inclusion(0, 6), Err(TreeError::Beyond { asked: 6, size: 5 }));
    assert_eq!(tree.inclusion(0, 0), Err(TreeError::Beyond { asked: 0, size: 0 }));
    assert_eq!(tree.consistency(4, 3), Err(TreeError::Beyond { asked: 4, size: 3 }));
    assert_eq!(tree.consistency(0, u64::MAX), Err(TreeError::Beyond { asked: u64::MAX, size: 5 }));
    assert_eq!(tree.leaf(5), None);
}
