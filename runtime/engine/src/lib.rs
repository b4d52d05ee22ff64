//! Load a bundle, know the facts, decide.
