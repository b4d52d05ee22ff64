//! The reference evaluator and native code must agree on everything.

#![cfg(test)]

mod generate;
mod random;
mod table;
mod tape;
mod world;
