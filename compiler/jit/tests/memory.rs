//! Native code gives its memory back.

#![cfg(target_os = "linux")]
#![cfg(test)]

use std::sync::Arc;

use permit_ir::facts::FactsBuilder;
use permit_ir::sample;
use permit_jit::{Compiler, Condition, NativeProgram, Options, Snapshot};

const PROGRAMS: usize = 1_000;

/// Bytes in memory: the second field of `statm` counts pages, of at least 4 KiB.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

/// Executable mappings that belong to no file.
fn code_mappings() -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    maps.lines().filter(|line| line.contains(" r-xp ") && line.split_whitespace().count() == 5).count()
}

#[test]
fn a_thousand_programs_leave_nothing_behind() {
    let program = sample::verified().unwrap();
    let facts = Arc::new(FactsBuilder::new(&program).unwrap().finish().unwrap());
    let snapshot = Arc::new(Snapshot::new(&program, facts, &[]));
    let compile = || -> NativeProgram {
        let mut compiler = Compiler::new(&program, Arc::clone(&snapshot), Options::default(), None);
        for root in program.conditions() {
            let lowered = compiler.lower(&Condition { agents: &[], conjuncts: &[root] }).unwrap();
            assert!(lowered.is_none_or(|lowered| compiler.rows(&[lowered]).is_some()));
        }
        compiler.finish().unwrap()
    };
    let (none, one) = (code_mappings(), compile());
    assert!(code_mappings() > none, "native code is not where this test looks for it");
    let code_bytes = one.stats().code_bytes;
    drop(one);
    (0..PROGRAMS / 10).for_each(|_| drop(compile()));
    let before = resident_bytes();
    (0..PROGRAMS).for_each(|_| drop(compile()));
    let grown = resident_bytes().saturating_sub(before);
    assert_eq!(code_mappings(), none);
    assert!(grown < PROGRAMS * code_bytes / 2, "{grown} bytes were kept");
}
