"""Write an import, all or nothing, and take one back: prepared before the transaction, which is as short as can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.core.database import Engine, read_session, write_session
from app.domain.access import Actor
from app.domain.imports import ImportState
from app.domain.vocabulary import ChangeSubject, RevisionCause
from app.models import ImportPart, Milestone, Plan, PlanChange, PlanImport
from app.queries.revisions import last_number
from app.services import import_steps
from app.services.errors import ConflictError, Message, msg
from app.services.milestone_consistency import milestone_findings
from app.services.plan_context import PlanContext, plan_context
from app.services.plan_files import MilestonePart, ProjectPart, StagePart
from app.services.plan_findings import ErrorKind
from app.services.plan_names import PlanNames
from app.services.plan_versions import read_part
from app.services.project_consistency import project_findings
from app.services.revisions import Change, RevisionInput, Wanted, differences, revise
from app.services.turns import take_turn

MOST_NAMED = 20  # milestones named in a refusal


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is to be written, read before the transaction that writes it; `number`: the revision it is held against."""

    plan_id: int
    changes: list[Change]
    given: RevisionInput
    number: int


def write(engine: Engine, actor: Actor, import_id: int, run: str, *, now: datetime) -> None:
    """Write what the check found. Raises: ConflictError when the plan changed since, GivenUpError."""
    with read_session(engine) as session:
        item = import_steps.the_import(session, import_id)
        prepared = _prepared(session, item)
        if prepared.number != item.checked_number:
            raise ConflictError(_overtaken())
    with write_session(engine) as session:
        _refuse_if_changed(session, prepared)
        revision_id = _revise(session, actor, prepared, now)
        import_steps.end(session, import_id, run, ImportState.DONE, revision_id=revision_id)
    with write_session(engine) as session:  # the revision keeps the changes from here on
        session.execute(sa.delete(ImportPart).where(col(ImportPart.import_id) == import_id))


def _overtaken() -> Message:
    return msg("the plan was changed since the file was checked; check it again")


def _refuse_if_changed(session: Session, prepared: Prepared) -> None:
    """Raises: ConflictError when a revision was added since the changes were worked out."""
    take_turn(session)
    if last_number(session, prepared.plan_id) != prepared.number:
        raise ConflictError(_overtaken())


def _prepared(session: Session, item: PlanImport) -> Prepared:
    rows = session.execute(
        sa.select(col(ImportPart.subject), col(ImportPart.key), col(ImportPart.after))
        .where(col(ImportPart.import_id) == item.id)
        .order_by(col(ImportPart.position))
    )
    wanted = {(subject, key): read_part(subject, after) for subject, key, after in rows}
    amends = item.document_number is not None and item.document_on is not None
    given = RevisionInput(
        RevisionCause.AMENDMENT if amends else RevisionCause.IMPORT,
        item.title,
        document_number=item.document_number if amends else None,
        document_on=item.document_on if amends else None,
    )
    return _worked_out(session, item.plan_id, wanted, given)


def _worked_out(session: Session, plan_id: int, wanted: Wanted, given: RevisionInput) -> Prepared:
    """Work the differences out before the transaction that writes them: it is the shorter for it."""
    context = plan_context(session, session.get_one(Plan, plan_id))
    _refuse_if_unknown(session, context, wanted)
    return Prepared(plan_id, differences(session, context, wanted), given, last_number(session, plan_id))


def _refuse_if_unknown(session: Session, context: PlanContext, wanted: Wanted) -> None:
    """Raises: ConflictError naming what the parts refer to although it has been renamed or removed since."""
    parts = [part for part in wanted.values() if part is not None]
    keys = session.scalars(sa.select(col(Milestone.key)).where(col(Milestone.plan_id) == context.plan_id))
    names = PlanNames(
        places=frozenset(context.places),
        units=frozenset(context.units) | frozenset(context.groups),
        stages=frozenset(context.stages) | {part.key for part in parts if isinstance(part, StagePart)},
        projects=frozenset(context.projects) | {part.key for part in parts if isinstance(part, ProjectPart)},
        indicators=frozenset(context.indicators),
        milestones=frozenset(keys) | {part.key for part in parts if isinstance(part, MilestonePart)},
    )
    findings = chain(
        *(milestone_findings(part, names) for part in parts if isinstance(part, MilestonePart)),
        *(project_findings(part, names) for part in parts if isinstance(part, ProjectPart)),
    )
    unknown = dict.fromkeys(item.name.split(" ", 1)[1] for item in findings if item.code is ErrorKind.UNKNOWN_NAME)
    if unknown:
        named = _named(list(unknown))
        raise ConflictError(msg("not in the plan any more, so nothing was written: %(names)s", names=named))


def _revise(session: Session, actor: Actor, prepared: Prepared, now: datetime) -> int | None:
    context = plan_context(session, session.get_one(Plan, prepared.plan_id))
    return revise(session, actor, context, {}, prepared.given, now=now, changes=prepared.changes).revision_id


def refuse_if_built_on(session: Session, item: PlanImport) -> None:
    """Raises: ConflictError naming what a later revision changed again, so that the import cannot be taken back."""
    later, own = aliased(PlanChange), aliased(PlanChange)
    same = sa.and_(
        col(later.plan_id) == col(own.plan_id), col(later.subject) == col(own.subject), col(later.key) == col(own.key)
    )
    keys = session.scalars(
        sa.select(col(later.key))
        .join(own, same)
        .where(col(own.revision_id) == item.revision_id, col(later.revision_id) > col(own.revision_id))
        .distinct()
        .order_by(col(later.key))
        .limit(MOST_NAMED + 1)
    ).all()
    if keys:
        named = _named(keys)
        raise ConflictError(msg("changed again since this import, so it cannot be undone: %(keys)s", keys=named))


def _named(names: Sequence[str]) -> str:
    """Return the first names in a line, with a sign that there are more."""
    return "、".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")


def undo(engine: Engine, actor: Actor, import_id: int, run: str, *, reason: str, now: datetime) -> None:
    """Bring every part that an import changed back to what it was. Raises: ConflictError, GivenUpError."""
    with read_session(engine) as session:
        item = import_steps.the_import(session, import_id)
        refuse_if_built_on(session, item)
        prepared = _inverse(session, item, reason)
    with write_session(engine) as session:
        _refuse_if_changed(session, prepared)
        revision_id = _revise(session, actor, prepared, now)
        import_steps.end(session, import_id, run, ImportState.UNDONE, undo_revision_id=revision_id)


def _inverse(session: Session, item: PlanImport, reason: str) -> Prepared:
    rows = session.execute(
        sa.select(col(PlanChange.subject), col(PlanChange.key), col(PlanChange.before))
        .where(col(PlanChange.revision_id) == item.revision_id)
        .order_by(col(PlanChange.id))
    )
    wanted = {(subject, key): read_part(subject, before) for subject, key, before in rows}
    given = RevisionInput(RevisionCause.UNDO, item.title, reason=reason, undoes_id=item.revision_id)
    return _worked_out(session, item.plan_id, wanted, given)


def kept_by_records(session: Session, item: PlanImport) -> list[tuple[int, str, str]]:
    """Return (id, key, title) of milestones that the import added and its undoing only withdrew: people recorded."""
    added = sa.and_(
        col(PlanChange.revision_id) == item.revision_id,
        col(PlanChange.subject) == ChangeSubject.MILESTONE,
        col(PlanChange.before).is_(None),
    )
    same = sa.and_(col(PlanChange.plan_id) == col(Milestone.plan_id), col(PlanChange.key) == col(Milestone.key))
    query: Any = (
        sa.select(col(Milestone.id), col(Milestone.key), col(Milestone.title))
        .join(PlanChange, same)
        .where(added, col(Milestone.plan_id) == item.plan_id)
        .order_by(col(Milestone.position))
    )
    return [(row.id, row.key, row.title) for row in session.execute(query)]
