//! State that readers see while the writer works.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use permit_audit::{Checkpoint, Hash, Signer, Tree};
use permit_ledger::Ledger;

/// The state that readers share with the writer. No two of these locks are ever held together.
#[derive(Debug)]
pub(crate) struct Shared {
    /// May be ahead of the head by the batch that is being written: readers ask it for the head's size only.
    tree: RwLock<Tree>,
    /// May be ahead of the head likewise.
    ledger: RwLock<Ledger>,
    head: RwLock<Head>,
    /// Why nothing can be recorded, since the last attempt that failed.
    failure: RwLock<Option<String>>,
}

/// The last signed checkpoint. Everything in it is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) size: u64,
    pub(crate) root: Hash,
    pub(crate) text: Arc<str>,
}

impl Head {
    /// Signs the head of `tree`, all of whose records must be durable.
    pub(crate) fn sign(tree: &Tree, signer: &Signer) -> Self {
        let (size, root) = (tree.size(), tree.root());
        Self { size, root, text: Checkpoint::sign(signer, size, root).into() }
    }
}

impl Shared {
    pub(crate) fn new(tree: Tree, ledger: Ledger, head: Head) -> Self {
        Self {
            tree: RwLock::new(tree),
            ledger: RwLock::new(ledger),
            head: RwLock::new(head),
            failure: RwLock::new(None),
        }
    }

    pub(crate) fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        self.tree.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tree_mut(&self) -> RwLockWriteGuard<'_, Tree> {
        self.tree.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger(&self) -> RwLockReadGuard<'_, Ledger> {
        self.ledger.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn ledger_mut(&self) -> RwLockWriteGuard<'_, Ledger> {
        self.ledger.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn head(&self) -> Head {
        self.head.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn fail(&self, reason: String) {
        *self.failure.write().unwrap_or_else(PoisonError::into_inner) = Some(reason);
    }

    pub(crate) fn recover(&self) {
        *self.failure.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn publish(&self, head: Head) {
        *self.head.write().unwrap_or_else(PoisonError::into_inner) = head;
    }
}
