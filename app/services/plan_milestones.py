"""Write milestones: add, change, withdraw; what people recorded on is never deleted, and its date changes by facts."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.access import Actor
from app.domain.vocabulary import DecisionKind, DueCause, RevisionCause, Standing, UnitRole
from app.models import (
    Alert,
    CaseMilestone,
    DueDate,
    ExpectedReport,
    ExtensionRequest,
    Instruction,
    Milestone,
    MilestoneDecision,
    MilestoneGovernor,
    MilestoneNeed,
    MilestoneSchedule,
    MilestoneStanding,
    MilestoneUnit,
    Obligation,
    Report,
    Target,
)
from app.queries.facts import CHUNK
from app.services.due_dates import append_due_dates
from app.services.errors import ConflictError, msg
from app.services.plan_context import PlanContext
from app.services.plan_files import DuePart, MilestonePart
from app.services.plan_milestone_parts import parts_of
from app.services.plan_targets import write_targets
from app.services.reports import author_of

# What somebody has recorded on a milestone, or what was raised of it.
_RECORDED: tuple[Any, ...] = (
    *(DueDate, Report, MilestoneDecision, MilestoneSchedule),
    *(Alert, CaseMilestone, ExtensionRequest, Instruction),
)
# Inserts go to the tables themselves: through the mapped classes tens of thousands of rows take twice the time.
_MILESTONES = Milestone.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_UNITS = MilestoneUnit.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class MilestoneChange:
    """One milestone before and after; None: not in the plan (not yet, or withdrawn)."""

    key: str
    before: MilestonePart | None
    after: MilestonePart | None


@dataclass(frozen=True, slots=True)
class Writing:
    """In what revision and by whom milestones are written."""

    actor: Actor
    cause: RevisionCause
    revision_id: int
    document_number: str | None
    reason: str
    now: datetime


def write_milestones(
    session: Session, context: PlanContext, changes: Sequence[MilestoneChange], writing: Writing
) -> list[int]:
    """Apply the changes and return the ids of all milestones that are there afterwards and were touched.

    Raises: ForbiddenError where a fact is needed and nobody is signed in; ConflictError where the date of one that
    goes governs one that stays.
    """
    known = _ids_by_key(session, context.plan_id, [change.key for change in changes])
    handled = _named_by(session, list(known.values()), _RECORDED)
    gone = [known[change.key] for change in changes if change.after is None]
    handled |= _named_by(session, gone, (ExpectedReport,))  # a report that was expected is a fact: it stays
    if writing.cause is RevisionCause.AMENDMENT:  # what a document held for a time stays on record
        handled |= set(gone)
    _withdraw(session, [item for item in gone if item in handled], writing)
    parts: dict[str, MilestonePart] = {change.key: change.after for change in changes if change.after is not None}
    back = [known[item.key] for item in changes if item.after and not item.before and item.key in known]
    last: dict[str, MilestonePart] = {}
    for start in range(0, len(back), CHUNK):
        last |= parts_of(session, context, back[start : start + CHUNK])
    changes = [replace(item, before=item.before or last.get(item.key)) for item in changes]
    _update(session, context, changes, known, handled, writing)
    _reopen(session, back, writing)
    known |= _insert(session, context, [part for key, part in parts.items() if key not in known])
    by_id = {known[key]: part for key, part in parts.items()}
    before = {known[change.key]: change.before for change in changes if change.before and change.after}
    _write_units(session, context, by_id, before)
    same = {item for item, part in before.items() if part.targets == by_id[item].targets}
    same &= {item for item, part in before.items() if part.all_indicators == by_id[item].all_indicators}
    same &= {item for item, part in before.items() if part.clause == by_id[item].clause}
    write_targets(session, context, {key: part for key, part in by_id.items() if key not in same}, writing.revision_id)
    _write_links(session, context, by_id, before)
    _refuse_if_governing(session, gone)
    _delete(session, [item for item in gone if item not in handled])
    return [*by_id, *(item for item in gone if item in handled)]


def rewrite_units(session: Session, context: PlanContext, groups: Collection[str]) -> list[int]:
    """Bind the members of changed groups to every milestone that names them; return those milestones."""
    named = (
        sa.select(col(Milestone.id))
        .join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(Milestone.id))
        .where(col(Milestone.plan_id) == context.plan_id, col(MilestoneUnit.named_as).in_(groups))
        .distinct()
    )
    ids = [row.id for row in session.execute(named)]
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        parts = parts_of(session, context, some)
        by_key = _ids_by_key(session, context.plan_id, list(parts))
        _write_units(session, context, {by_key[key]: part for key, part in parts.items()}, {})
    return ids


def _ids_by_key(session: Session, plan_id: int, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), CHUNK):
        rows = session.execute(
            sa.select(col(Milestone.key), col(Milestone.id)).where(
                col(Milestone.plan_id) == plan_id, col(Milestone.key).in_(keys[start : start + CHUNK])
            )
        )
        found |= {row.key: row.id for row in rows}
    return found


def _named_by(session: Session, ids: Sequence[int], models: Sequence[Any]) -> set[int]:
    """Return the milestones that rows of these facts name: they are never deleted."""
    found: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        parts = [sa.select(model.milestone_id).where(model.milestone_id.in_(some)) for model in models]
        found |= set(session.scalars(sa.union(*parts)))
    return found


def _decide(session: Session, ids: Sequence[int], kind: DecisionKind, writing: Writing) -> None:
    if ids:
        note = "，".join(filter(None, (writing.document_number, writing.reason)))
        values = {"kind": kind, "note": note, "author_id": author_of(writing.actor), "recorded_at": writing.now}
        session.execute(sa.insert(MilestoneDecision), [{"milestone_id": item, **values} for item in ids])


def _withdraw(session: Session, ids: Sequence[int], writing: Writing) -> None:
    _decide(session, ids, DecisionKind.WITHDRAW, writing)


def _reopen(session: Session, ids: Sequence[int], writing: Writing) -> None:
    _decide(session, ids, DecisionKind.REOPEN, writing)


def _refuse_if_governing(session: Session, gone: Sequence[int]) -> None:
    """Refuse to take out the date that governs what stays: nothing would urge the latter any more."""
    governor = aliased(Milestone)
    for start in range(0, len(gone), CHUNK):
        query = (
            sa.select(col(governor.title), col(Milestone.title), col(Milestone.id))
            .join(MilestoneGovernor, col(MilestoneGovernor.milestone_id) == col(Milestone.id))
            .join(governor, col(governor.id) == col(MilestoneGovernor.governor_id))
            .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id), isouter=True)
            .where(
                col(governor.id).in_(gone[start : start + CHUNK]),
                sa.func.coalesce(col(MilestoneStanding.standing), Standing.PLANNED) != Standing.WITHDRAWN,
            )
            .order_by(col(Milestone.position))
        )
        left = next((row for row in session.execute(query) if row.id not in set(gone)), None)
        if left is not None:
            raise ConflictError(
                msg("%(one)s: its date governs %(other)s; change that one first", one=left[0], other=left[1])
            )


def _delete(session: Session, ids: Sequence[int]) -> None:
    """Delete milestones that carry no fact."""
    models: tuple[Any, ...] = (MilestoneStanding, Obligation, MilestoneUnit, Target, MilestoneNeed, MilestoneGovernor)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        for model in models:
            session.execute(sa.delete(model).where(model.milestone_id.in_(some)))
        session.execute(sa.delete(MilestoneGovernor).where(col(MilestoneGovernor.governor_id).in_(some)))
        session.execute(sa.delete(Milestone).where(col(Milestone.id).in_(some)))


def _values(context: PlanContext, part: MilestonePart) -> dict[str, Any]:
    """Return a milestone's columns but for its place in the document and its original date."""
    assert part.due is not None
    return {
        **part.model_dump(
            include={"key", "series", "kind", "title", "detail", "note", "clause", "units_clause", "all_indicators"}
        ),
        "place_id": context.places[part.place],
        "stage_id": context.stages[part.stage] if part.stage else None,
        "project_id": context.projects[part.project] if part.project else None,
        "start_on": part.start_on,
    }


def _due_values(part: MilestonePart) -> dict[str, Any]:
    due = part.due
    assert due is not None
    return {
        "due_on": due.on,
        "due_phrase": due.phrase,
        "due_precision": due.precision,
        "alternative_due_on": due.alternative_on,
        "recurrence": due.phrase if part.series else None,
    }


def _insert(session: Session, context: PlanContext, parts: Sequence[MilestonePart]) -> dict[str, int]:
    if not parts:
        return {}
    last = session.scalar(
        sa.select(sa.func.max(col(Milestone.position))).where(col(Milestone.plan_id) == context.plan_id)
    )
    first = 0 if last is None else last + 1
    rows = [
        {"plan_id": context.plan_id, "position": position, **_values(context, part), **_due_values(part)}
        for position, part in enumerate(parts, first)
    ]
    session.execute(sa.insert(_MILESTONES), rows)
    return _ids_by_key(session, context.plan_id, [part.key for part in parts])


def _update(
    session: Session,
    context: PlanContext,
    changes: Sequence[MilestoneChange],
    known: Mapping[str, int],
    handled: set[int],
    writing: Writing,
) -> None:
    # An amendment and a reading leave the original date where it is; a correction moves it while nobody built on it.
    by_fact = writing.cause in (RevisionCause.AMENDMENT, RevisionCause.READING)
    rows: list[dict[str, Any]] = []
    dues: list[tuple[int, DuePart]] = []
    for change in changes:
        if change.after is None or change.key not in known:
            continue
        milestone_id = known[change.key]
        values = _values(context, change.after)
        assert change.after.due is not None
        if change.before is None or change.before.due != change.after.due:
            if by_fact or milestone_id in handled:
                dues.append((milestone_id, change.after.due))
            else:
                values |= _due_values(change.after)
        rows.append({"id": milestone_id, **values})
    # Rows must have the same columns to be written together.
    for columns in {frozenset(row) for row in rows}:
        session.execute(sa.update(Milestone), [row for row in rows if frozenset(row) == columns])
    _write_dues(session, dues, writing)


def _write_dues(session: Session, dues: Sequence[tuple[int, DuePart]], writing: Writing) -> None:
    if not dues:
        return
    cause = _DUE_CAUSES.get(writing.cause, DueCause.ORIGINAL)
    values = {"reason": writing.reason, "document_number": writing.document_number, "revision_id": writing.revision_id}
    rows = [
        {
            "milestone_id": milestone_id,
            "due_on": due.on,
            "due_phrase": due.phrase,
            "due_precision": due.precision,
            "alternative_due_on": due.alternative_on,
            "cause": cause,
            **values,
        }
        for milestone_id, due in dues
    ]
    append_due_dates(session, rows, author_id=author_of(writing.actor), now=writing.now)


_DUE_CAUSES = {RevisionCause.AMENDMENT: DueCause.AMENDMENT, RevisionCause.READING: DueCause.READING}


def _write_units(
    session: Session,
    context: PlanContext,
    parts: Mapping[int, MilestonePart],
    before: Mapping[int, MilestonePart],
) -> None:
    changed = [
        milestone_id
        for milestone_id, part in parts.items()
        if milestone_id not in before
        or (before[milestone_id].responsible, before[milestone_id].supporting) != (part.responsible, part.supporting)
    ]
    for start in range(0, len(changed), CHUNK):
        some = changed[start : start + CHUNK]
        session.execute(sa.delete(MilestoneUnit).where(col(MilestoneUnit.milestone_id).in_(some)))
        rows = [row for milestone_id in some for row in _unit_rows(context, milestone_id, parts[milestone_id])]
        if rows:
            session.execute(sa.insert(_UNITS), rows)


def _unit_rows(context: PlanContext, milestone_id: int, part: MilestonePart) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for role, names in ((UnitRole.RESPONSIBLE, part.responsible), (UnitRole.SUPPORTING, part.supporting)):
        bound: dict[int, str] = {}
        for name in names:
            for unit_id, named_as in context.members(name):
                bound.setdefault(unit_id, named_as)
        alone = Counter(bound.values())
        rows.extend(
            {
                "milestone_id": milestone_id,
                "role": role,
                "organization_id": unit_id,
                "named_as": named_as,
                "position": position,
                "leads": role is UnitRole.RESPONSIBLE and position == 0 and alone[named_as] == 1,
            }
            for position, (unit_id, named_as) in enumerate(bound.items())
        )
    return rows


def _write_links(
    session: Session,
    context: PlanContext,
    parts: Mapping[int, MilestonePart],
    before: Mapping[int, MilestonePart],
) -> None:
    """Write which projects milestones need and which milestones' dates govern them."""
    stale = [item for item, part in before.items() if part.needs or part.governed_by]
    for start in range(0, len(stale), CHUNK):
        some = stale[start : start + CHUNK]
        session.execute(sa.delete(MilestoneNeed).where(col(MilestoneNeed.milestone_id).in_(some)))
        session.execute(sa.delete(MilestoneGovernor).where(col(MilestoneGovernor.milestone_id).in_(some)))
    needs = [
        {"milestone_id": milestone_id, "project_id": context.projects[key]}
        for milestone_id, part in parts.items()
        for key in dict.fromkeys(part.needs)
    ]
    if needs:
        session.execute(sa.insert(MilestoneNeed), needs)
    keys = list(dict.fromkeys(key for part in parts.values() for key in part.governed_by))
    if keys:
        governors = _ids_by_key(session, context.plan_id, keys)
        session.execute(
            sa.insert(MilestoneGovernor),
            [
                {"milestone_id": milestone_id, "governor_id": governors[key]}
                for milestone_id, part in parts.items()
                for key in dict.fromkeys(part.governed_by)
            ],
        )
