"""Reads of leaders' instructions: those of a milestone, one whole, whom one may go to."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.access import Scope
from app.domain.instructions import InstructionFinding, StepFact, finding
from app.domain.vocabulary import InstructionStepKind
from app.models import (
    Account,
    Evidence,
    Instruction,
    InstructionStep,
    Milestone,
    MilestoneUnit,
    Organization,
    Place,
    Plan,
)
from app.queries.choices import Choice
from app.queries.unit_scope import readable_milestones


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file on record."""

    id: int
    filename: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step on record with its files; `reply_due_on` is the new limit of what was sent back."""

    files: tuple[FileRow, ...]
    id: int
    kind: InstructionStepKind
    text: str
    reply_due_on: date | None
    author: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class InstructionRow:
    """An instruction with its steps, the first first, its files and where it stands."""

    steps: tuple[StepRow, ...]
    files: tuple[FileRow, ...]
    finding: InstructionFinding
    id: int
    plan_id: int
    plan_slug: str
    plan: str
    office_id: int
    milestone_id: int
    milestone: str
    place: str
    organization_id: int
    organization: str
    leader: str
    issued_on: date
    text: str
    reply_due_on: date  # as first set
    author: str
    recorded_at: datetime


def of_milestone(
    session: Session, milestone_id: int, known_until: datetime | None = None
) -> tuple[InstructionRow, ...]:
    """Return a milestone's instructions, the latest first; `known_until` leaves out what was recorded from then on."""
    query = instruction_rows().where(col(Instruction.milestone_id) == milestone_id)
    if known_until is not None:
        query = query.where(col(Instruction.recorded_at) < known_until)
    rows = session.execute(query.order_by(col(Instruction.issued_on).desc(), col(Instruction.id).desc())).all()
    return with_steps(session, rows, known_until)


def find_instruction(session: Session, scope: Scope, instruction_id: int) -> InstructionRow | None:
    """Return one instruction whole; None: not there, or not in scope."""
    query = instruction_rows().where(col(Instruction.id) == instruction_id, *_in_sight(scope))
    return next(iter(with_steps(session, session.execute(query).all(), None)), None)


def plan_of(session: Session, scope: Scope, instruction_id: int) -> Plan | None:
    """Return the plan of an instruction, whose office may be the addressee; None: not there, or not in scope."""
    query = joined(sa.select(Plan).select_from(Instruction)).join(Plan, col(Plan.id) == col(Milestone.plan_id))
    return session.scalars(query.where(col(Instruction.id) == instruction_id, *_in_sight(scope))).first()


def possible_addressees(session: Session, milestone_id: int) -> list[Choice]:
    """Return the units that an instruction on a milestone may go to: those it names in their order, then the office."""
    unit: list[Any] = [col(Organization.id), col(Organization.name)]
    named = (
        sa.select(*unit, sa.literal(0), sa.cast(col(MilestoneUnit.role), sa.String), col(MilestoneUnit.position))
        .join(MilestoneUnit, col(MilestoneUnit.organization_id) == col(Organization.id))
        .where(col(MilestoneUnit.milestone_id) == milestone_id)
    )
    office = (
        sa.select(*unit, sa.literal(1), sa.literal(""), sa.literal(0))
        .join(Plan, col(Plan.office_id) == col(Organization.id))
        .join(Milestone, col(Milestone.plan_id) == col(Plan.id))
        .where(col(Milestone.id) == milestone_id)
    )
    rows = sorted(session.execute(sa.union_all(named, office)), key=lambda row: row[2:])
    names = {row[0]: row[1] for row in rows}
    return [Choice(unit_id, name) for unit_id, name in names.items()]


def _in_sight(scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of what a person may open: a unit those on milestones it reads, and its own in any case."""
    conditions: list[sa.ColumnElement[bool]] = []
    if scope.plan_id is not None:
        conditions.append(col(Milestone.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        bound = col(Instruction.milestone_id).in_(readable_milestones(scope.organization_id))
        conditions.append(sa.or_(col(Instruction.organization_id) == scope.organization_id, bound))
    return conditions


def joined(query: sa.Select[Any]) -> sa.Select[Any]:
    """Join the milestones to a select of instructions."""
    return query.join(Milestone, col(Milestone.id) == col(Instruction.milestone_id))


def instruction_rows() -> sa.Select[Any]:
    """Select instructions with their milestone, plan, place, addressee and author, as `with_steps` reads them."""
    columns: list[Any] = [
        col(Instruction.id),
        col(Plan.id).label("plan_id"),
        col(Plan.slug).label("plan_slug"),
        col(Plan.short_title).label("plan"),
        col(Plan.office_id),
        col(Milestone.id).label("milestone_id"),
        col(Milestone.title).label("milestone"),
        col(Place.name).label("place"),
        col(Instruction.organization_id),
        col(Organization.name).label("organization"),
        col(Instruction.leader),
        col(Instruction.issued_on),
        col(Instruction.text),
        col(Instruction.reply_due_on),
        col(Account.display_name).label("author"),
        col(Instruction.recorded_at),
    ]
    return (
        joined(sa.select(*columns).select_from(Instruction))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .join(Organization, col(Organization.id) == col(Instruction.organization_id))
        .join(Account, col(Account.id) == col(Instruction.author_id))
    )


def with_steps(session: Session, rows: Sequence[Any], known_until: datetime | None) -> tuple[InstructionRow, ...]:
    """Return selected instructions with their steps and files: two further statements, however many there are."""
    if not rows:
        return ()
    ids = [row.id for row in rows]
    own, of_steps = _files(session, ids)
    steps = _steps(session, ids, of_steps, known_until)
    return tuple(
        InstructionRow(
            tuple(steps[row.id]),
            tuple(own[row.id]),
            finding(
                row.reply_due_on,
                [StepFact(step.kind, local_day(step.recorded_at), step.reply_due_on) for step in steps[row.id]],
            ),
            *row,
        )
        for row in rows
    )


def _steps(
    session: Session, ids: Sequence[int], files: dict[int, list[FileRow]], known_until: datetime | None
) -> dict[int, list[StepRow]]:
    columns: list[Any] = [
        col(InstructionStep.instruction_id),
        col(InstructionStep.id),
        col(InstructionStep.kind),
        col(InstructionStep.text),
        col(InstructionStep.reply_due_on),
        col(Account.display_name),
        col(InstructionStep.recorded_at),
    ]
    query = (
        sa.select(*columns)
        .join(Account, col(Account.id) == col(InstructionStep.author_id))
        .where(col(InstructionStep.instruction_id).in_(ids))
        .order_by(col(InstructionStep.id))
    )
    if known_until is not None:
        query = query.where(col(InstructionStep.recorded_at) < known_until)
    found: dict[int, list[StepRow]] = defaultdict(list)
    for instruction_id, step_id, *values in session.execute(query):
        found[instruction_id].append(StepRow(tuple(files[step_id]), step_id, *values))
    return found


def _files(session: Session, ids: Sequence[int]) -> tuple[dict[int, list[FileRow]], dict[int, list[FileRow]]]:
    """Return the files of instructions by instruction id, and those of their steps by step id."""
    steps = sa.select(col(InstructionStep.id)).where(col(InstructionStep.instruction_id).in_(ids))
    columns: list[Any] = [
        col(Evidence.instruction_id),
        col(Evidence.instruction_step_id),
        col(Evidence.id),
        col(Evidence.filename),
        col(Evidence.size),
    ]
    milestones = sa.select(col(Instruction.milestone_id)).where(col(Instruction.id).in_(ids))
    query = sa.select(*columns).where(
        col(Evidence.milestone_id).in_(milestones),  # by the index
        sa.or_(col(Evidence.instruction_id).in_(ids), col(Evidence.instruction_step_id).in_(steps)),
    )
    own: dict[int, list[FileRow]] = defaultdict(list)
    of_steps: dict[int, list[FileRow]] = defaultdict(list)
    for instruction_id, step_id, *values in session.execute(query.order_by(col(Evidence.id))):
        (own[instruction_id] if instruction_id is not None else of_steps[step_id]).append(FileRow(*values))
    return own, of_steps
