//! The bundle: a program, its manifest and its signature in one container.
