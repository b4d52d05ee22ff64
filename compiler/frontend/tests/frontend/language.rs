//! `docs/language.md`: every block compiles.
