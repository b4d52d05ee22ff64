//! The reference evaluator of decision IR.
