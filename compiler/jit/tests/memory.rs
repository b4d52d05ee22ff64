//! Native code gives its memory back.

#![cfg(target_os = "linux")]

use permit_ir::sample;
use permit_jit::{NativeProgram, Options};

#[test]
fn a_thousand_programs_leave_nothing_behind() {
    let program = sample::verified().unwrap();
    // The second field counts pages, at least 4 KiB each.
    let resident_bytes = || {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4_096
    };
    let cycle = || {
        let native = NativeProgram::compile(&program, &Options::default()).unwrap();
        assert!(native.stats().code_bytes > 0);
    };
    (0..100).for_each(|_| cycle());
    let before = resident_bytes();
    (0..1_000).for_each(|_| cycle());
    let grown = resident_bytes().saturating_sub(before);
    // Each program has a page or more for each of its shapes: kept, they would come to over 30 MB.
    assert!(grown < 8 << 20, "{grown} bytes were kept");
}
