//! Records, Merkle tree, checkpoints, proofs and the offline verifier.
