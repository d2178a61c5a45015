"""Evidence files: judged by their content, kept by hash outside the database, bound to the fact they back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath, PureWindowsPath

from sqlmodel import Session

from app.core.files import store
from app.core.settings import Settings
from app.models import Evidence
from app.services.errors import InputError, Message, msg
from app.services.evidence_types import PIXEL_LIMIT, Fault, examine
from app.services.virus_scan import scan_file

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived: its name (for people only) and its bytes."""

    filename: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """A checked file whose bytes lie in their folder; it may back several facts."""

    filename: str
    media_type: str
    size: int
    sha256: str


def receive(uploads: Sequence[Upload], settings: Settings, *, field: str = "evidence") -> list[StoredUpload]:
    """Check, scan and keep the files of one form; called before a transaction begins, as a scan takes its time.

    Raises: InputError naming the file; then none of them backs anything.
    """
    _check_form(uploads, settings, field)
    kinds = [_kind(upload, settings.evidence_max_mb, field) for upload in uploads]
    return [_keep(upload, kind, settings, field) for upload, kind in zip(uploads, kinds, strict=True)]


def _check_form(uploads: Sequence[Upload], settings: Settings, field: str) -> None:
    if len(uploads) > settings.evidence_max_files:
        problem = msg(
            "%(count)s files are too many: at most %(limit)s at once",
            count=len(uploads),
            limit=settings.evidence_max_files,
        )
        raise InputError({field: problem})
    if sum(len(upload.content) for upload in uploads) > settings.evidence_form_max_mb * _MIB:
        problem = msg(
            "these files together are larger than %(limit)s MiB: send some of them later",
            limit=settings.evidence_form_max_mb,
        )
        raise InputError({field: problem})


def _kind(upload: Upload, max_mb: int, field: str) -> str:
    """Return a file's media type. Raises: InputError when it is empty, too large or of a kind not allowed."""
    name = bare_name(upload.filename)
    if not upload.content:
        raise InputError({field: msg("%(file)s: the file is empty", file=name)})
    if len(upload.content) > max_mb * _MIB:
        raise InputError({field: msg("%(file)s: larger than %(limit)s MiB", file=name, limit=max_mb)})
    found = examine(upload.content)
    if isinstance(found, Fault):
        raise InputError({field: _sentence(found, name)})
    return found


def _sentence(fault: Fault, name: str) -> Message:
    match fault:
        case Fault.MACROS:
            return msg("%(file)s: contains macros; save it without them", file=name)
        case Fault.BOMB:
            return msg("%(file)s: unpacks to far more than an office file holds", file=name)
        case Fault.PICTURE:
            return msg("%(file)s: the picture is damaged", file=name)
        case Fault.PIXELS:
            limit = PIXEL_LIMIT // 1_000_000
            return msg("%(file)s: the picture has more than %(limit)s million pixels", file=name, limit=limit)
        case Fault.KIND:
            return msg("%(file)s: only PDF, OFD, JPEG, PNG, WebP, DOCX, XLSX and PPTX are taken", file=name)


def _keep(upload: Upload, kind: str, settings: Settings, field: str) -> StoredUpload:
    """Store a file by its hash once the scanner has let it pass. Raises: InputError."""
    name = bare_name(upload.filename)

    def let_pass(path: Path) -> None:
        if problem := scan_file(path, name, settings):
            raise InputError({field: problem})

    digest = store(settings.evidence_dir, upload.content, examine=let_pass)
    return StoredUpload(filename=name, media_type=kind, size=len(upload.content), sha256=digest)


def attach(
    session: Session,
    author_id: int,
    files: Sequence[StoredUpload],
    *,
    milestone_id: int,
    report_id: int | None = None,
    decision_id: int | None = None,
    extension_id: int | None = None,
    extension_step_id: int | None = None,
    instruction_id: int | None = None,
    instruction_step_id: int | None = None,
    alert_step_id: int | None = None,
    case_event_id: int | None = None,
    rectification_id: int | None = None,
    rectification_step_id: int | None = None,
    now: datetime,
) -> list[str]:
    """Bind stored files to the one fact that is named; return their hashes for the audit entry of that fact."""
    session.add_all(
        Evidence(
            milestone_id=milestone_id,
            report_id=report_id,
            decision_id=decision_id,
            extension_id=extension_id,
            extension_step_id=extension_step_id,
            instruction_id=instruction_id,
            instruction_step_id=instruction_step_id,
            alert_step_id=alert_step_id,
            case_event_id=case_event_id,
            rectification_id=rectification_id,
            rectification_step_id=rectification_step_id,
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


def bare_name(filename: str) -> str:
    """Return the last part of a name as browsers of any system send it, without control characters."""
    name = PurePosixPath(PureWindowsPath(filename).name).name
    return "".join(character for character in name if character.isprintable())[-255:] or "file"
