//! One program for each question of speed.
