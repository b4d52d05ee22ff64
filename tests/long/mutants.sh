#!/usr/bin/env bash
# Mutates modules with cargo-mutants, and runs the tests of their crate against each mutant.
#
#   tests/long/mutants.sh [MODULE…]      MODULE: admission (default), dpop, verifier
#
# Prints how many mutants were caught and lists those that were missed. Exit code 1 if fewer than 95 % are caught. Builds and
# reports outside the checkout, in a directory that the last line names.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=27.1.0
least_percent=95
target="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/permit-ci/target}"
reports="${PERMIT_MUTANTS:-${XDG_CACHE_HOME:-$HOME/.cache}/permit-mutants}"
export CARGO_TERM_COLOR=never CARGO_PROFILE_DEV_DEBUG=0

if ! cargo mutants --version 2>/dev/null | grep -qF "$version"; then
    cargo install cargo-mutants --version "$version" --locked --target-dir "$target/cargo-mutants"
fi

# The crate of a module, then its files.
module() {
    case $1 in
        admission) echo permit-ledger runtime/ledger/src/{admission,plan,rate,ledger/booking,ledger/reviewing}.rs ;;
        dpop) echo permit-protocol server/protocol/src/{dpop,uri}.rs ;;
        verifier) echo permit-audit runtime/audit/src/{verify,rules,reviews,answer}.rs ;;
        *) echo "no module $1" >&2; return 1 ;;
    esac
}

status=0
for name in "${@:-admission}"; do
    found=$(module "$name")
    read -r package files <<<"$found"
    arguments=()
    for file in $files; do
        [ -e "$file" ] || { echo "no file $file" >&2; exit 2; }
        arguments+=(--file "$file")
    done
    rm -rf "${reports:?}/$name"
    mkdir -p "$reports/$name"
    # Exit code 2 means that a mutant was missed and 3 that one timed out; both are counted below.
    CARGO_TARGET_DIR="$target" cargo mutants --package "$package" "${arguments[@]}" --output "$reports/$name" \
        --no-shuffle --colors never --timeout "${PERMIT_MUTANTS_TIMEOUT:-120}" && ended=0 || ended=$?
    [ "$ended" -le 3 ] || { echo "$name: cargo mutants ended with $ended" >&2; exit 2; }
    lists=$reports/$name/mutants.out
    count() { wc -l <"$lists/$1.txt"; }
    caught=$(($(count caught) + $(count timeout)))
    missed=$(count missed)
    [ $((caught + missed)) -gt 0 ] || { echo "$name: no mutant ran" >&2; exit 2; }
    percent=$((caught * 100 / (caught + missed)))
    echo "$name: $caught caught, $missed missed, $(count unviable) do not compile: $percent %"
    sed 's/^/  missed /' "$lists/missed.txt"
    [ "$percent" -ge "$least_percent" ] || status=1
done
echo "reports: $reports"
exit $status
