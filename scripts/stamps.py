"""Remember which inputs a set-up step last ran with, so that an unchanged step is skipped."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(files: Iterable[Path], *facts: str) -> str:
    """Return the sha256 over the files' names and contents and further facts; a missing file counts as empty."""
    digest = hashlib.sha256("\0".join(facts).encode())
    for path in files:
        digest.update(b"\0" + path.name.encode() + b"\0")
        if path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current(stamp: Path, mark: str) -> bool:
    """Ask whether the step last succeeded with the same fingerprint."""
    return stamp.is_file() and stamp.read_text(encoding="ascii") == mark


def set_current(stamp: Path, mark: str) -> None:
    """Record that the step succeeded with this fingerprint."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(mark, encoding="ascii")
