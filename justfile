# What CI runs, one recipe each.
check: fmt lint docs deny test
fmt:
    cargo fmt --all -- --check
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings
docs:
    RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked
deny:
    cargo deny --locked check bans licenses sources
test:
    cargo test --workspace --locked
demo:
    cargo run --locked -p permit-demo
golden-accept:
    INSTA_UPDATE=always cargo test --workspace --locked
# A golden bundle of the sample program, which contains everything in the decision IR; an existing one is never overwritten.
golden-bundle name:
    cargo run --locked -p permit-ir --features sample --example golden_bundle -- {{name}}
# The parts of the crate with unsafe code that Miri supports: all but generated code. Needs a nightly toolchain with `miri` and `rust-src`.
miri:
    MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test --locked -p permit-jit --lib -- libcalls frozen texts symbols
# A million generated requests, which must be decided alike by every rule in order, by the index with the interpreter, and by native code.
oracle:
    PERMIT_PAIRS=1000000 cargo test --locked -p permit-tests --test oracle
# Planted bugs and mutants, which the tests must find.
mutants:
    tests/oracle/mutants.sh
    tests/histories/mutants.sh
    tests/long/mutants.sh admission
