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
    cargo run --locked -p permitc -- demo
golden-accept:
    INSTA_UPDATE=always cargo test --workspace --locked
