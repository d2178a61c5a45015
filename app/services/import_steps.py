"""The steps of an import from state to state: begun once, told alive while they run, given up without a trace."""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.database import Engine, write_session
from app.domain.imports import CHECKABLE, ImportState, interrupted
from app.models import ImportPart, ImportProblem, PlanImport
from app.services.errors import ConflictError, Message, NotFoundError, msg
from app.services.import_cells import FoundProblem
from app.services.import_checking import CheckFinding
from app.services.revisions import as_text

_BATCH = 2_000  # rows written in one short transaction


class GivenUpError(Exception):
    """The step that runs here was cancelled or begun again elsewhere: it must not write any more."""


def begin(session: Session, item: PlanImport, state: ImportState, *, now: datetime) -> str:
    """Begin a step and return the name of its run. Raises: ConflictError when the state does not allow it."""
    allowed = set(_BEFORE[state])
    if interrupted(item.state, item.heartbeat_at, now):
        allowed.add(item.state) if item.state is state else None
        if state is ImportState.CHECKING and item.state is ImportState.WRITING:
            allowed.add(item.state)
    run = secrets.token_hex(8)
    begun = session.execute(
        sa.update(PlanImport)
        .where(col(PlanImport.id) == item.id, col(PlanImport.state).in_(allowed), _same_run(item.run))
        .values(state=state, run=run, heartbeat_at=now, message="")
    )
    if begun.rowcount != 1:  # type: ignore[attr-defined]  # a cursor result, which execute's type does not say
        raise ConflictError(msg("this import stands elsewhere by now; open its page again"))
    session.refresh(item)
    return run


_BEFORE = {
    ImportState.CHECKING: CHECKABLE,
    ImportState.WRITING: frozenset({ImportState.READY}),
    ImportState.UNDOING: frozenset({ImportState.DONE}),
}


def _same_run(run: str | None) -> sa.ColumnElement[bool]:
    return col(PlanImport.run).is_(None) if run is None else col(PlanImport.run) == run


def end(session: Session, import_id: int, run: str, state: ImportState, **values: object) -> None:
    """End a step in the caller's transaction. Raises: GivenUpError when it was cancelled or begun again meanwhile."""
    ended = session.execute(
        sa.update(PlanImport)
        .where(col(PlanImport.id) == import_id, col(PlanImport.run) == run)
        .values(state=state, run=None, **values)
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise GivenUpError


def alive(engine: Engine, import_id: int, run: str, *, done: int | None, now: datetime) -> None:
    """Tell that a step is running, in a short transaction of its own. Raises: GivenUpError."""
    values: dict[str, object] = {"heartbeat_at": now}
    if done is not None:
        values["rows_done"] = done
    with write_session(engine) as session:
        told = session.execute(
            sa.update(PlanImport).where(col(PlanImport.id) == import_id, col(PlanImport.run) == run).values(**values)
        )
        if told.rowcount != 1:  # type: ignore[attr-defined]
            raise GivenUpError


def drop_findings(engine: Engine, import_id: int) -> None:
    """Delete what an earlier check found, in a short transaction."""
    with write_session(engine) as session:
        for model in (ImportProblem, ImportPart):
            session.execute(sa.delete(model).where(model.import_id == import_id))  # type: ignore[arg-type]


def keep_findings(engine: Engine, import_id: int, run: str, found: CheckFinding, *, now: datetime) -> None:
    """Store problems and changes, errors first, in short transactions. Raises: GivenUpError."""
    drop_findings(engine, import_id)
    problems = sorted(found.findings.problems, key=_order)
    for rows in _batches([_problem_row(import_id, at, item) for at, item in enumerate(problems)]):
        with write_session(engine) as session:
            session.execute(sa.insert(ImportProblem), rows)
        alive(engine, import_id, run, done=None, now=now)
    for start in range(0, len(found.changes), _BATCH):
        rows = [_part_row(import_id, at, found) for at in range(start, min(start + _BATCH, len(found.changes)))]
        with write_session(engine) as session:
            session.execute(sa.insert(ImportPart), rows)
        alive(engine, import_id, run, done=None, now=now)


def _order(item: FoundProblem) -> tuple[str, str, int, int, str]:
    """Order problems as a reader goes through the file, errors before warnings."""
    letters = item.cell.rstrip("0123456789")
    return item.level.value, item.sheet, int(item.cell[len(letters) :]), len(letters), letters


def _batches(rows: list[dict[str, object]]) -> Iterable[list[dict[str, object]]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _problem_row(import_id: int, position: int, item: FoundProblem) -> dict[str, object]:
    return {
        "import_id": import_id,
        "position": position,
        "level": item.level,
        "sheet": item.sheet[:31],
        "cell": item.cell,
        "heading": item.heading[:80],
        "value": item.value[:200],
        "msgid": item.message.msgid,
        "message_values": json.dumps(item.message.values, ensure_ascii=False, default=str),
    }


def _part_row(import_id: int, position: int, found: CheckFinding) -> dict[str, object]:
    change = found.changes[position]
    sheet, row = found.origins.get((change.subject, change.key), ("", None))
    return {
        "import_id": import_id,
        "position": position,
        "subject": change.subject,
        "key": change.key,
        "sheet": sheet[:31],
        "row": row,
        "before": as_text(change.before),
        "after": as_text(change.after),
    }


def message_text(message: Message) -> str:
    """Return a sentence as JSON."""
    return json.dumps({"msgid": message.msgid, "values": message.values}, ensure_ascii=False, default=str)


def message_of(text: str) -> Message | None:
    """Read a sentence back; None for none."""
    if not text:
        return None
    found = json.loads(text)
    msgid, values = found["msgid"], found["values"]
    return msg(msgid, **values)


def the_import(session: Session, import_id: int) -> PlanImport:
    """Return an import. Raises: NotFoundError."""
    item = session.get(PlanImport, import_id)
    if item is None:
        raise NotFoundError(msg("There is no such import in your scope."))
    return item
