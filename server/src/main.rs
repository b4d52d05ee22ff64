//! The permitd binary.

fn main() {}
