"""Where the product's own files lie, and storage of uploaded or printed bytes by content hash."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def project_dir(name: str) -> Path:
    """Return the folder `templates`, `migrations`, `seeds` or `locale`: of the checkout, or as the wheel carries it."""
    bundled = _PACKAGE / "_bundled" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent / name


def static_dir() -> Path:
    """Return the folder of files the browser may fetch."""
    return _PACKAGE / "static"


def store(folder: Path, content: bytes, *, examine: Callable[[Path], None] | None = None) -> str:
    """Write content under its sha256 (two-letter subfolders) and return the hash; equal content is kept once.

    `examine` sees the file before it is taken and raises when it is not to be. Files are for their owner alone, and
    never executable.
    """
    digest = hashlib.sha256(content).hexdigest()
    target = stored_path(folder, digest)
    for made in (folder, target.parent):
        made.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        if examine is not None:
            examine(Path(name))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return digest


def stored_hash(folder: Path, content: bytes) -> str:
    """Return the hash of content after storing it, unless it lies there whole already."""
    digest = hashlib.sha256(content).hexdigest()
    return digest if is_intact(stored_path(folder, digest), digest) else store(folder, content)


def is_intact(path: Path, digest: str) -> bool:
    """Tell whether a stored file is there and still has the bytes that its hash stands for."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest() == digest
    except OSError:
        return False


def stored_path(folder: Path, digest: str) -> Path:
    """Return the path of stored content. Raises: ValueError when the hash is not 64 hex digits."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("not a sha256")
    return folder / digest[:2] / digest
