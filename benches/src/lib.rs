//! One program for each question of speed.
#![forbid(unsafe_code)]
