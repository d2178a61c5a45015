"""What an office does with an import: hand in a file, name its columns, give it up, ask to write or undo it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.files import store
from app.domain.access import Actor
from app.domain.imports import CHECKABLE, RUNNING, ImportState, interrupted
from app.models import Plan, PlanImport
from app.services import audit, import_steps
from app.services.errors import ConflictError, ForbiddenError, InputError, NotFoundError, msg
from app.services.import_archive import UnreadableFileError
from app.services.import_mapping import (
    ImportMapping,
    SheetOutline,
    guess,
    mapping_of,
    mapping_text,
    outline_text,
    refuse_unusable,
)
from app.services.import_reading import Workbook
from app.services.import_writing import refuse_if_built_on

_REMEMBERED = 20  # earlier imports looked at for the same headings


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A readable workbook whose bytes lie in their folder, with the first rows of its sheets."""

    filename: str
    sha256: str
    size: int
    outlines: tuple[SheetOutline, ...]


@dataclass(frozen=True, slots=True)
class ImportInput:
    """How a file is to be read, and (both or none) the document by which it amends the plan."""

    mapping: ImportMapping
    title: str
    document_number: str | None = None
    document_on: date | None = None


def keep_file(folder: Path, filename: str, content: bytes, *, max_mb: int) -> KeptFile:
    """Look into an uploaded file and keep its bytes by their hash. Raises: InputError saying what to do about it."""
    if len(content) > max_mb * 1024 * 1024:
        raise UnreadableFileError(msg("%(file)s: larger than %(limit)s MiB", file=filename, limit=max_mb))
    with Workbook(content) as workbook:
        outlines = tuple(SheetOutline(sheet, workbook.outline(sheet)) for sheet in workbook.sheets)
    if not any(text for outline in outlines for row in outline.rows for text in row):
        raise UnreadableFileError(msg("the workbook has nothing in its sheets"))
    bare = "".join(sign for sign in filename.replace("\\", "/").rsplit("/", 1)[-1] if sign.isprintable())
    return KeptFile(bare[-255:] or "file.xlsx", store(folder, content), len(content), outlines)


def create_import(session: Session, actor: Actor, plan_id: int, file: KeptFile, *, now: datetime) -> PlanImport:
    """Put a kept file on record with the likeliest mapping. Raises: NotFoundError, ForbiddenError."""
    plan = session.get(Plan, plan_id)
    if plan is None or not actor.scope.holds_plan(plan_id):
        raise NotFoundError(msg("There is no such plan in your scope."))
    if actor.account_id is None:
        raise ForbiddenError(msg("a fact is recorded by a signed-in person"))
    item = PlanImport(
        plan_id=plan_id,
        filename=file.filename,
        sha256=file.sha256,
        size=file.size,
        state=ImportState.UPLOADED,
        outline=outline_text(file.outlines),
        mapping=mapping_text(guess(file.outlines, _remembered(session, plan_id))),
        title=f"导入 {file.filename}"[:200],
        author_id=actor.account_id,
        created_at=now,
    )
    session.add(item)
    session.flush()
    _audit(session, actor, "imports:create", item, now, file=file.filename, sha256=file.sha256)
    return item


def _remembered(session: Session, plan_id: int) -> Sequence[ImportMapping]:
    texts = session.scalars(
        sa.select(col(PlanImport.mapping))
        .where(col(PlanImport.plan_id) == plan_id, col(PlanImport.state) != ImportState.UPLOADED)
        .order_by(col(PlanImport.id).desc())
        .limit(_REMEMBERED)
    )
    return [mapping_of(text) for text in texts]


def keep_mapping(session: Session, actor: Actor, item: PlanImport, mapping: ImportMapping, *, now: datetime) -> None:
    """Keep what the columns are chosen to be before the form is complete; what was checked before does not count."""
    item.mapping, item.state = mapping_text(mapping), ImportState.UPLOADED
    session.flush()
    _audit(session, actor, "imports:map", item, now, mapping=item.mapping[:2000])


def begin_check(session: Session, actor: Actor, item: PlanImport, given: ImportInput | None, *, now: datetime) -> str:
    """Take the columns as named (None: as before) and begin the check; return the name of its run.

    Raises: InputError by field of the mapping form, ConflictError.
    """
    if given is not None:
        if item.state not in CHECKABLE and not interrupted(item.state, item.heartbeat_at, now):
            raise ConflictError(msg("this import stands elsewhere by now; open its page again"))
        refuse_unusable(given.mapping)
        if (given.document_number is None) != (given.document_on is None):
            missing = "document_on" if given.document_on is None else "document_number"
            raise InputError({missing: msg("an amendment needs both the number and the day of its document")})
        item.mapping, item.title = mapping_text(given.mapping), given.title
        item.document_number, item.document_on = given.document_number, given.document_on
        session.flush()
    run = import_steps.begin(session, item, ImportState.CHECKING, now=now)
    _audit(session, actor, "imports:check", item, now, mapping=item.mapping[:2000])
    return run


def begin_write(session: Session, actor: Actor, item: PlanImport, *, now: datetime) -> str:
    """Begin to write a checked import. Raises: ConflictError."""
    run = import_steps.begin(session, item, ImportState.WRITING, now=now)
    _audit(session, actor, "imports:write", item, now, added=item.added, changed=item.changed, removed=item.removed)
    return run


def begin_undo(session: Session, actor: Actor, item: PlanImport, reason: str, *, now: datetime) -> str:
    """Begin to take an import back. Raises: InputError without a reason, ConflictError when it was built on."""
    if not reason:
        raise InputError({"reason": msg("fill in this field")})
    if item.revision_id is None:
        raise ConflictError(msg("this import changed nothing, so there is nothing to undo"))
    refuse_if_built_on(session, item)
    run = import_steps.begin(session, item, ImportState.UNDOING, now=now)
    _audit(session, actor, "imports:undo", item, now, reason=reason)
    return run


def cancel(session: Session, actor: Actor, item: PlanImport, *, now: datetime) -> None:
    """Give an import up, also while it is being checked. Raises: ConflictError once it is being written."""
    if item.state not in CHECKABLE and item.state is not ImportState.CHECKING:
        raise ConflictError(msg("this import stands elsewhere by now; open its page again"))
    item.state, item.run = ImportState.CANCELLED, None
    session.flush()
    _audit(session, actor, "imports:cancel", item, now)


def is_running(item: PlanImport, now: datetime) -> bool:
    """Tell whether a step of the import is at work now."""
    return item.state in RUNNING and not interrupted(item.state, item.heartbeat_at, now)


def _audit(session: Session, actor: Actor, action: str, item: PlanImport, now: datetime, **detail: object) -> None:
    audit.record(session, actor, action, f"imports/{item.id}", now=now, plan_id=item.plan_id, **detail)
