"""Evidence files: judged by their content, kept by hash outside the database, bound to a report or a decision."""

import zipfile
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath

import filetype
from sqlmodel import Session

from app.core.files import store
from app.models import Evidence
from app.services.errors import InputError, msg

_OFFICE_PARTS = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/presentation.xml": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_PLAIN = frozenset({"application/pdf", "image/jpeg", "image/png", "image/webp"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived: its name (for people only) and its bytes."""

    filename: str
    content: bytes


def media_type(content: bytes) -> str | None:
    """Return the media type that the bytes themselves show; None for anything that is not allowed."""
    if content[:4] == b"PK\x03\x04":
        return _office_type(content)
    kind = filetype.guess_mime(content)
    return kind if kind in _PLAIN else None


def _office_type(content: bytes) -> str | None:
    try:
        names = set(zipfile.ZipFile(BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):  # broken names, versions nobody has
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((kind for part, kind in _OFFICE_PARTS.items() if part in names), None)


def check(uploads: list[Upload], *, max_mb: int, field: str = "evidence") -> None:
    """Refuse files that are empty, too large or of a kind not allowed. Raises: InputError naming the file."""
    for upload in uploads:
        if not upload.content:
            raise InputError({field: msg("%(file)s: the file is empty", file=upload.filename)})
        if len(upload.content) > max_mb * 1024 * 1024:
            raise InputError({field: msg("%(file)s: larger than %(limit)s MiB", file=upload.filename, limit=max_mb)})
        if media_type(upload.content) is None:
            raise InputError(
                {field: msg("%(file)s: only PDF, JPEG, PNG, WebP, DOCX, XLSX and PPTX are taken", file=upload.filename)}
            )


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A checked file whose bytes lie in their folder; it may back several facts."""

    filename: str
    media_type: str
    size: int
    sha256: str


def keep(folder: Path, uploads: list[Upload]) -> list[StoredUpload]:
    """Store checked files by their hash, which takes a moment for large ones."""
    return [
        StoredUpload(
            filename=_bare_name(upload.filename),
            media_type=media_type(upload.content) or "application/octet-stream",
            size=len(upload.content),
            sha256=store(folder, upload.content),
        )
        for upload in uploads
    ]


def attach(
    session: Session,
    author_id: int,
    files: list[StoredUpload],
    *,
    milestone_id: int,
    report_id: int | None,
    decision_id: int | None,
    now: datetime,
) -> list[str]:
    """Bind stored files; return their hashes for the audit entry of the fact they back."""
    session.add_all(
        Evidence(
            milestone_id=milestone_id,
            report_id=report_id,
            decision_id=decision_id,
            filename=file.filename,
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            author_id=author_id,
            recorded_at=now,
        )
        for file in files
    )
    return [file.sha256 for file in files]


def _bare_name(filename: str) -> str:
    """Return the last part of a name as browsers of any system send it, without control characters."""
    name = PurePosixPath(PureWindowsPath(filename).name).name
    return "".join(character for character in name if character.isprintable())[-255:] or "file"
