"""Where an export or a printed document goes on the command line: standard output, or a file that is whole."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.services.errors import InputError, msg


@contextmanager
def output(path: Path | None) -> Iterator[BinaryIO]:
    """Yield a stream of bytes: standard output (None), or a file that appears only when it is whole.

    Raises: InputError when there can be no such file.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if path.is_dir():
        raise InputError({"output": msg("%(path)s is a folder; name a file", path=path)})
    if not path.parent.is_dir():
        raise InputError({"output": msg("%(path)s lies in a folder that does not exist", path=path)})
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            yield stream
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
