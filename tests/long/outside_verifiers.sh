#!/usr/bin/env bash
# Has verifiers that nobody here wrote check an exported log: aics-tlog (checkpoint, tiles, inclusion of every record) and
# pymerkle (the root, from the records alone). They must also reject the copy in which one byte is flipped.
#
#   tests/long/outside_verifiers.sh [DIR]     DIR: what `permit-demo --keep DIR` left; made anew by default
#
# Installs what it needs in a virtual environment outside the checkout.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv="${PERMIT_VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/permit-outside/venv}"
if ! "$venv/bin/python" -c 'import aics_tlog, pymerkle' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet cryptography==50.0.2 pymerkle==7.0.0
    # Its metadata asks for Python 3.12; it works on 3.11.
    "$venv/bin/pip" install --quiet --ignore-requires-python --no-deps aics-tlog==0.2.1
fi

if [ $# -gt 0 ]; then
    kept=$1
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    kept=$folder/demo
    cargo run --quiet --locked -p permit-demo -- --keep "$kept" >/dev/null
fi

exec "$venv/bin/python" tests/long/outside_verifiers.py "$kept"
