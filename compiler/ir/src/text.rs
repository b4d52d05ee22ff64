//! The text form of the decision IR, for people and golden tests.
