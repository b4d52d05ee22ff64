"""Checks an exported log with aics-tlog and pymerkle; see outside_verifiers.sh."""

import base64
import pathlib
import subprocess
import sys

from pymerkle import InmemoryTree

KEPT = pathlib.Path(sys.argv[1])
AICS = pathlib.Path(sys.executable).parent / "aics-tlog"


def records(log: pathlib.Path) -> list[bytes]:
    """The records, from the entry bundles of C2SP tlog-tiles."""
    folder = log / "tile" / "entries"
    # `x001/234`, and `x001/234.p/17` for a last bundle that is not full, sort as their numbers do.
    paths = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    found = []
    for path in (folder / path for path in paths):
        data, at = path.read_bytes(), 0
        while at < len(data):
            size = int.from_bytes(data[at:at + 2], "big")
            found.append(data[at + 2:at + 2 + size])
            at += 2 + size
    return found


def aics(*arguments: str) -> bool:
    return subprocess.run([AICS, *arguments], capture_output=True, check=False).returncode == 0


def check(log: pathlib.Path, key_file: str) -> list[str]:
    """What a verifier rejects."""
    origin, size, root = (log / "checkpoint").read_text().split("\n")[:3]
    rejected = []
    if not aics("verify-checkpoint", "--tiles", str(log), "--vkey-file", key_file):
        rejected.append("checkpoint (aics-tlog)")
    for index in range(int(size)):
        if not aics("verify-inclusion", "--tiles", str(log), "--vkey-file", key_file, "--index", str(index)):
            rejected.append(f"inclusion of record {index} (aics-tlog)")
    found = records(log)
    tree = InmemoryTree(algorithm="sha256")
    for record in found:
        tree.append_entry(record)
    if len(found) != int(size) or tree.get_root() != base64.b64decode(root):
        rejected.append("root (pymerkle)")
    print(f"{log.name}: {origin}, {size} records, rejected: {', '.join(rejected) or 'nothing'}")
    return rejected


# The log's public key is in the form of C2SP signed-note, which is what they read.
good = check(KEPT / "log", str(KEPT / "log.pub"))
bad = check(KEPT / "log-with-one-byte-flipped", str(KEPT / "log.pub"))
sys.exit(0 if not good and bad else 1)
