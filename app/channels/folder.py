"""Drop folder: each message as `<number>.json` and `<number>.txt` for another program to pick up.

Both appear whole or not at all, the JSON last; the same number written again is the same pair of files.
"""

import os
import tempfile
from datetime import datetime
from pathlib import Path

from app.channels.outgoing import Outcome, Outgoing, delivered, failed
from app.channels.posting import encoded
from app.channels.texts import body, subject
from app.core.settings import Settings
from app.domain.vocabulary import DeliveryTrouble

TEXT_BYTES = 1024 * 1024
_FILE_MODE = 0o640  # the program that picks up runs in our group
_FOLDER_MODE = 0o750


def send(outgoing: Outgoing, settings: Settings, now: datetime) -> Outcome:
    """Write the pair of files; `now` does not enter them, so that a repetition changes nothing."""
    assert settings.drop_dir is not None
    root = settings.drop_dir.resolve()
    try:
        root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        folder = (root / outgoing.sent_to).resolve()
        if not folder.is_relative_to(root):
            return failed(DeliveryTrouble.ADDRESS, "the sub-folder leads out of the drop folder")
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        text = body(outgoing, TEXT_BYTES)
        _write(folder / f"{outgoing.number}.txt", f"{subject(outgoing)}\n\n{text}\n".encode())
        _write(folder / f"{outgoing.number}.json", _record(outgoing, text))
        _settle(folder)
    except OSError as error:
        return failed(DeliveryTrouble.STORAGE, f"{type(error).__name__}: {error.strerror}")
    return delivered(f"{outgoing.number}.json")


def _record(outgoing: Outgoing, text: str) -> bytes:
    return encoded(
        {
            "number": outgoing.number,
            "subject": subject(outgoing),
            "text": text,
            "page": outgoing.page,
            "at": outgoing.at.isoformat(),
        }
    )


def _write(target: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fchmod(handle.fileno(), _FILE_MODE)
            os.fsync(handle.fileno())
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """Have the names themselves on disk: a crash after this loses nothing."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
