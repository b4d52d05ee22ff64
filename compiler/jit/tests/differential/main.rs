//! The reference evaluator and native code must say the same of everything.

#![cfg(test)]

mod generate;
mod random;
mod table;
mod tape;
mod world;
