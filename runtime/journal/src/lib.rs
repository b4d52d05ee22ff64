//! The one durable way: queue, writer thread, group commit, recovery.
