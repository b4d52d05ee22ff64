//! From syntax tree to verified decision IR, with diagnostics as data.
