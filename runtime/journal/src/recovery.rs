//! Rebuilds the state in memory from the store. Whatever does not fit is rejected by name.

use std::sync::Arc;

use permit_audit::{Checkpoint, Hash, Record, Signer, Tree};
use permit_ledger::{Ledger, Limits, State};
use serde::{Deserialize, Serialize};

use crate::checksum::checksum;
use crate::facts;
use crate::idempotency::{Bounds, IdempotencyCache};
use crate::in_force::InForce;
use crate::open_error::{Fault, OpenError};
use crate::options::Options;
use crate::shared::{Head, Shared};
use crate::step::Step;
use crate::store::{Row, Snapshot as StoredSnapshot, StoreReader};
use crate::writer_state::WriterState;

/// The state between two records, as it is stored.
#[derive(Serialize)]
struct SnapshotRef<'a> {
    now_ms: i64,
    in_force: InForce,
    ledger: &'a State,
    idempotency: &'a IdempotencyCache,
}

#[derive(Deserialize)]
struct Snapshot {
    now_ms: i64,
    in_force: InForce,
    ledger: State,
    idempotency: IdempotencyCache,
}

/// How many rows are in memory at once.
const ROWS_PER_READ: usize = 256;

/// A snapshot of `state`, as a store keeps it.
pub(crate) fn snapshot(state: &WriterState) -> Result<StoredSnapshot, postcard::Error> {
    let size = state.shared.tree().size();
    let ledger = state.shared.ledger();
    let bytes = postcard::to_stdvec(&SnapshotRef {
        now_ms: state.now_ms,
        in_force: state.in_force,
        ledger: ledger.state(),
        idempotency: &state.idempotency,
    })?;
    Ok(StoredSnapshot { size, state_sum: checksum(&bytes).to_vec(), state: bytes })
}

/// Rebuilds the state of the log, to which `appended` records were appended, and says where its last snapshot was.
pub(crate) fn load(
    store: &dyn StoreReader,
    appended: u64,
    signer: Arc<Signer>,
    options: &Options,
) -> Result<(WriterState, u64), OpenError> {
    let signed = match store.checkpoint()? {
        Some(text) => Some(Checkpoint::parse(text.as_bytes(), signer.public())?),
        None => None,
    };
    let (snapshot_at, state) = from_snapshot(store, signer, options)?;
    let signed_size = signed.as_ref().map_or(0, |signed| signed.size);
    let mut replay = Replay { state, tree: Tree::new(), snapshot_at, signed_size };
    visit(store, |index, row| replay.row(index, row))?;
    let Replay { state, tree, .. } = replay;
    if tree.size() < snapshot_at {
        return Err(OpenError::Snapshot { index: snapshot_at });
    }
    if let Some(signed) = signed {
        check_signed(store, &tree, &signed)?;
    }
    if tree.size() != appended {
        return Err(OpenError::Size { appended, found: tree.size() });
    }
    let head = Head::sign(&tree, &state.signer);
    state.shared.ledger_mut().set_limits(options.limits);
    *state.shared.tree_mut() = tree;
    state.shared.publish(head);
    Ok((state, snapshot_at))
}

/// Hands every row to `visit`, in order, until it fails.
fn visit(
    store: &dyn StoreReader,
    mut visit: impl FnMut(u64, &Row) -> Result<(), OpenError>,
) -> Result<(), OpenError> {
    let mut from = 0;
    loop {
        let rows = store.rows(from, ROWS_PER_READ)?;
        let Some(&(last, _)) = rows.last() else { return Ok(()) };
        rows.iter().try_for_each(|(index, row)| visit(*index, row))?;
        from = last.saturating_add(1);
    }
}

fn from_snapshot(
    store: &dyn StoreReader,
    signer: Arc<Signer>,
    options: &Options,
) -> Result<(u64, WriterState), OpenError> {
    // What was booked stays booked, even if it is more than the ledger may take on from now on.
    let Limits { resolved_max, resolved_ms, .. } = options.limits;
    let replayed = Limits { resolved_max, resolved_ms, ..Limits::UNBOUNDED };
    let bounds = Bounds { keys_max: options.idempotency_max, keep_ms: options.idempotency_ms };
    let (snapshot_at, now_ms, in_force, ledger, idempotency) = match store.snapshot()? {
        None => (0, i64::MIN, InForce::NOTHING, Ledger::new(replayed), IdempotencyCache::default()),
        Some(stored) => {
            let damaged = OpenError::Snapshot { index: stored.size };
            if checksum(&stored.state).as_slice() != stored.state_sum {
                return Err(damaged);
            }
            let Ok(snapshot) = postcard::from_bytes::<Snapshot>(&stored.state) else { return Err(damaged) };
            let Snapshot { now_ms, in_force, ledger, mut idempotency } = snapshot;
            idempotency.reindex();
            (stored.size, now_ms, in_force, Ledger::restore(replayed, ledger), idempotency)
        }
    };
    let empty = Head { size: 0, root: Hash::of_empty_tree(), text: Arc::from("") };
    let shared = Arc::new(Shared::new(Tree::new(), ledger, empty));
    let counted_to_ms = now_ms;
    Ok((snapshot_at, WriterState { signer, shared, idempotency, bounds, in_force, now_ms, counted_to_ms }))
}

struct Replay {
    state: WriterState,
    tree: Tree,
    snapshot_at: u64,
    signed_size: u64,
}

impl Replay {
    fn row(&mut self, found: u64, row: &Row) -> Result<(), OpenError> {
        let index = self.tree.size();
        let leaf = if found == index { self.check(index, row) } else { Err(Fault::Missing) };
        let leaf = leaf.map_err(|fault| OpenError::Corrupt { index, fault })?;
        self.tree.append(leaf);
        Ok(())
    }

    fn check(&mut self, index: u64, row: &Row) -> Result<Hash, Fault> {
        let leaf = Hash::of_leaf(&row.record);
        if row.leaf != leaf.0 {
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
            if index >= self.signed_size && !record.is_signed_by(self.state.signer.public()) {
                return Err(Fault::Signature);
            }
            if index >= self.snapshot_at {
                self.replay(row, &record)?;
            }
        }
        Ok(leaf)
    }

    fn replay(&mut self, row: &Row, record: &Record) -> Result<(), Fault> {
        let step = Step::of_row(row).ok_or(Fault::Step)?;
        let effect = self.state.apply(record.index, &step);
        self.state.in_force.follow(record);
        let origin = self.state.signer.origin();
        let is_same = self.state.now_ms == record.timestamp_ms
            && facts::agree(step.command.as_ref(), effect.as_ref(), &record.body, origin);
        if is_same { Ok(()) } else { Err(Fault::Replay) }
    }
}

/// Compares the records with the checkpoint. Where they differ, the first record that does not stand on its
/// predecessors follows the one that was changed.
fn check_signed(store: &dyn StoreReader, tree: &Tree, signed: &Checkpoint) -> Result<(), OpenError> {
    let Ok(root) = tree.root_at(signed.size) else {
        return Err(OpenError::Truncated { signed: signed.size, found: tree.size() });
    };
    if root == signed.root {
        return Ok(());
    }
    visit(store, |index, row| {
        let changed = index.saturating_sub(1);
        let stands =
            Record::parse(&row.record).is_ok_and(|record| Ok(record.merkle_root) == tree.root_at(index));
        if stands { Ok(()) } else { Err(OpenError::Corrupt { index: changed, fault: Fault::Checkpoint }) }
    })?;
    Err(OpenError::Corrupt { index: signed.size.saturating_sub(1), fault: Fault::Checkpoint })
}
