//! From the database back to the state in memory. Whatever does not fit is refused by name.

use std::sync::Arc;

use permit_audit::{Checkpoint, Hash, Record, Signer, Tree};
use permit_ledger::{Ledger, Limits, State};
use serde::{Deserialize, Serialize};

use crate::facts;
use crate::in_force::InForce;
use crate::live::Live;
use crate::memory::{Bounds, Memory};
use crate::open_error::{Fault, OpenError};
use crate::options::Options;
use crate::shared::{Head, Shared};
use crate::step::Step;
use crate::store::{Row, Store, leaf_hash, sum};

/// The state between two records, as it is stored.
#[derive(Serialize)]
struct SnapshotRef<'a> {
    now_ms: i64,
    ledger: &'a State,
    memory: &'a Memory,
}

#[derive(Deserialize)]
struct Snapshot {
    now_ms: i64,
    ledger: State,
    memory: Memory,
}

/// The state of `live` as bytes.
pub(crate) fn snapshot_bytes(live: &Live) -> Result<Vec<u8>, postcard::Error> {
    let ledger = live.shared.ledger();
    postcard::to_stdvec(&SnapshotRef { now_ms: live.now_ms, ledger: ledger.state(), memory: &live.memory })
}

/// Rebuilds the state and says where its last snapshot was.
pub(crate) fn load(store: &Store, signer: Arc<Signer>, options: &Options) -> Result<(Live, u64), OpenError> {
    let signed = match store.checkpoint()? {
        Some(text) => Some(Checkpoint::parse(text.as_bytes(), signer.public())?),
        None => None,
    };
    let (snapshot_at, live) = from_snapshot(store, signer, options)?;
    let signed_size = signed.as_ref().map_or(0, |signed| signed.size);
    let mut replay = Replay { live, tree: Tree::new(), snapshot_at, signed_size };
    store.visit(|row| replay.row(&row))?;
    let Replay { mut live, tree, .. } = replay;
    if tree.size() < snapshot_at {
        return Err(OpenError::Snapshot { index: snapshot_at });
    }
    if let Some(signed) = signed {
        check_signed(store, &tree, &signed)?;
    }
    live.in_force = InForce::read(store, tree.size())?;
    let head = Head::sign(&tree, &live.signer);
    live.shared.ledger_mut().set_limits(options.limits);
    *live.shared.tree_mut() = tree;
    live.shared.publish(head);
    Ok((live, snapshot_at))
}

fn from_snapshot(store: &Store, signer: Arc<Signer>, options: &Options) -> Result<(u64, Live), OpenError> {
    // What was booked stays booked, even if it is more than the ledger may take on from now on.
    let Limits { resolved_max, resolved_ms, .. } = options.limits;
    let replayed = Limits { resolved_max, resolved_ms, ..Limits::UNBOUNDED };
    let bounds = Bounds { keys_max: options.idempotency_max, keep_ms: options.idempotency_ms };
    let (snapshot_at, now_ms, ledger, memory) = match store.snapshot()? {
        None => (0, i64::MIN, Ledger::new(replayed), Memory::default()),
        Some(stored) => {
            let damaged = OpenError::Snapshot { index: stored.index };
            if sum(&stored.state).as_slice() != stored.state_sum {
                return Err(damaged);
            }
            let Ok(snapshot) = postcard::from_bytes::<Snapshot>(&stored.state) else { return Err(damaged) };
            let Snapshot { now_ms, ledger, mut memory } = snapshot;
            memory.reindex();
            (stored.index, now_ms, Ledger::restore(replayed, ledger), memory)
        }
    };
    let empty = Head { size: 0, root: Hash::of_empty_tree(), text: Arc::from("") };
    let shared = Arc::new(Shared::new(Tree::new(), ledger, empty));
    let in_force = InForce::NOTHING;
    Ok((snapshot_at, Live { signer, shared, memory, bounds, in_force, now_ms }))
}

struct Replay {
    live: Live,
    tree: Tree,
    snapshot_at: u64,
    signed_size: u64,
}

impl Replay {
    fn row(&mut self, row: &Row) -> Result<(), OpenError> {
        let index = self.tree.size();
        let leaf = self.check(index, row).map_err(|fault| OpenError::Corrupt { index, fault })?;
        self.tree.append(leaf);
        Ok(())
    }

    fn check(&mut self, index: u64, row: &Row) -> Result<Hash, Fault> {
        if row.index != index {
            return Err(Fault::Missing);
        }
        let leaf = Hash::of_leaf(&row.record);
        if leaf_hash(&row.leaf) != Some(leaf) {
            return Err(Fault::LeafHash);
        }
        // What the snapshot covers needs no replay, and what the checkpoint covers no second signature.
        if index >= self.snapshot_at || index >= self.signed_size {
            let record = Record::parse(&row.record)?;
            if record.index != index {
                return Err(Fault::Index { found: record.index });
            }
            if record.merkle_root != self.tree.root() {
                return Err(Fault::MerkleRoot);
            }
            if index >= self.signed_size && !record.is_signed_by(self.live.signer.public()) {
                return Err(Fault::Signature);
            }
            if index >= self.snapshot_at {
                self.replay(row, &record)?;
            }
        }
        Ok(leaf)
    }

    fn replay(&mut self, row: &Row, record: &Record) -> Result<(), Fault> {
        if sum(&row.step).as_slice() != row.step_sum {
            return Err(Fault::Step);
        }
        let step: Step = postcard::from_bytes(&row.step).map_err(|_| Fault::Step)?;
        let effect = self.live.apply(record.index, &step);
        let origin = self.live.signer.origin();
        let is_same = self.live.now_ms == record.timestamp_ms
            && facts::agree(step.command.as_ref(), effect.as_ref(), &record.body, origin);
        if is_same { Ok(()) } else { Err(Fault::Replay) }
    }
}

/// Compares the records with the checkpoint. Where they differ, the first record that does not stand on its
/// predecessors follows the one that was changed.
fn check_signed(store: &Store, tree: &Tree, signed: &Checkpoint) -> Result<(), OpenError> {
    let Ok(root) = tree.root_at(signed.size) else {
        return Err(OpenError::Truncated { signed: signed.size, found: tree.size() });
    };
    if root == signed.root {
        return Ok(());
    }
    store.visit(|row| {
        let changed = row.index.saturating_sub(1);
        let stands =
            Record::parse(&row.record).is_ok_and(|record| Ok(record.merkle_root) == tree.root_at(row.index));
        if stands { Ok(()) } else { Err(OpenError::Corrupt { index: changed, fault: Fault::Checkpoint }) }
    })?;
    Err(OpenError::Corrupt { index: signed.size.saturating_sub(1), fault: Fault::Checkpoint })
}
