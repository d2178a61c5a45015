"""Requests for extensions as rows: what was asked, every step since, the files, and where it stands."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.extensions import ENDINGS, STATE_AFTER, WAITING, ExtensionState
from app.domain.vocabulary import ExtensionStepKind, Standing
from app.models import (
    Account,
    DueDate,
    Evidence,
    ExtensionRequest,
    ExtensionStep,
    Milestone,
    MilestoneDecision,
    MilestoneStanding,
    Organization,
    Plan,
)

_GRANTS = (ExtensionStepKind.GRANT, ExtensionStepKind.CORRECT)


@dataclass(frozen=True, slots=True)
class ExtensionFile:
    """A file with a request or a step."""

    id: int
    filename: str
    size: int


@dataclass(frozen=True, slots=True)
class ExtensionStepRow:
    """One step; `date_moved`: the due date had been changed otherwise between the request and the step."""

    files: tuple[ExtensionFile, ...]
    id: int
    kind: ExtensionStepKind
    supports: bool | None
    due_on: date | None
    document_number: str | None
    text: str
    author: str
    recorded_at: datetime
    date_moved: bool


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """A request with its steps, the oldest first; `organization` None: the office asked.

    `asked_from_on` is the date that was in force when it was asked for, `effective_due_on` the one in force now.
    """

    steps: tuple[ExtensionStepRow, ...]
    files: tuple[ExtensionFile, ...]
    state: ExtensionState
    id: int
    milestone_id: int
    milestone: str
    clause: str
    plan_id: int
    plan: str
    standing: Standing
    original_due_on: date
    effective_due_on: date
    current_version: int
    organization_id: int | None
    organization: str | None
    due_version: int
    asked_from_on: date
    proposed_due_on: date
    reason: str
    late_reason: str | None
    author: str
    recorded_at: datetime

    @property
    def waits(self) -> bool:
        """Tell whether a decision is still to come."""
        return self.state in WAITING

    @property
    def stale(self) -> bool:
        """Tell whether the due date has been changed otherwise since it was asked for."""
        return self.waits and self.current_version != self.due_version

    @property
    def granted_due_on(self) -> date | None:
        """The date granted, as it was put right last; None: not granted."""
        return next((step.due_on for step in reversed(self.steps) if step.kind in _GRANTS), None)

    @property
    def correctable(self) -> bool:
        """Tell whether the date it brought is the one in force, so that a correction puts that right."""
        return self.granted_due_on == self.effective_due_on and self.standing is not Standing.WITHDRAWN

    def days_waiting(self, today: date) -> int:
        """Return the days from the request to today, or to the step that settled it."""
        until = today if self.waits or not self.steps else local_day(self.steps[-1].recorded_at)
        return max((until - local_day(self.recorded_at)).days, 0)


def state_column(until: datetime | None = None) -> sa.ColumnElement[str]:
    """Return a request's state as a column: after its last step, or lapsed where its milestone ended before."""
    request, step, decision = ExtensionRequest, ExtensionStep, MilestoneDecision
    steps = sa.select(col(step.kind)).where(col(step.request_id) == col(request.id))
    ending = sa.select(col(decision.id)).where(
        col(decision.milestone_id) == col(request.milestone_id),
        col(decision.kind).in_(sorted(ENDINGS)),
        col(decision.recorded_at) >= col(request.recorded_at),
    )
    if until is not None:
        steps = steps.where(col(step.recorded_at) < until)
        ending = ending.where(col(decision.recorded_at) < until)
    last = steps.order_by(col(step.id).desc()).limit(1).correlate(request).scalar_subquery()
    settled = [(last == kind, sa.literal(state.value)) for kind, state in STATE_AFTER.items() if state not in WAITING]
    return sa.case(
        *settled,
        (ending.correlate(request).exists(), sa.literal(ExtensionState.LAPSED.value)),
        (last.is_not(None), sa.literal(ExtensionState.ADVISED.value)),
        else_=sa.literal(ExtensionState.REQUESTED.value),
    )


def requests(until: datetime | None = None) -> sa.Select[Any]:
    """Return the select of requests as `whole` reads it, known before a moment (None: all)."""
    request, standing = ExtensionRequest, MilestoneStanding
    version = sa.select(col(DueDate.due_on)).where(
        col(DueDate.milestone_id) == col(request.milestone_id), col(DueDate.version) == col(request.due_version)
    )
    query: Any = (
        sa.select(
            col(request.id),
            col(request.milestone_id),
            col(Milestone.title),
            col(Milestone.clause),
            col(Milestone.plan_id),
            col(Plan.short_title),
            col(standing.standing),
            col(standing.original_due_on),
            col(standing.effective_due_on),
            col(standing.due_version),
            col(request.organization_id),
            col(Organization.name),
            col(request.due_version),
            sa.func.coalesce(version.correlate(request).scalar_subquery(), col(Milestone.due_on), type_=sa.Date()),
            col(request.proposed_due_on),
            col(request.reason),
            col(request.late_reason),
            col(Account.display_name),
            col(request.recorded_at),
            state_column(until),
        )
        .join(Milestone, col(Milestone.id) == col(request.milestone_id))
        .join(standing, col(standing.milestone_id) == col(request.milestone_id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(Account, col(Account.id) == col(request.author_id))
        .outerjoin(Organization, col(Organization.id) == col(request.organization_id))
    )
    known: sa.Select[Any] = query if until is None else query.where(col(request.recorded_at) < until)
    return known


def whole(session: Session, query: sa.Select[Any], until: datetime | None = None) -> tuple[ExtensionRow, ...]:
    """Return the requests that a query finds, with their steps and files."""
    found = session.execute(query).all()
    ids = [row[0] for row in found]
    if not ids:
        return ()
    of_requests, of_steps = _files(session, ids)
    steps = _steps(session, ids, of_steps, until)
    return tuple(_row(tuple(row), steps, of_requests) for row in found)


def _row(
    values: tuple[Any, ...], steps: dict[int, list[ExtensionStepRow]], files: dict[int, list[ExtensionFile]]
) -> ExtensionRow:
    key, state = values[0], ExtensionState(values[-1])
    return ExtensionRow(tuple(steps.get(key, ())), tuple(files.get(key, ())), state, *values[:-1])


def _steps(
    session: Session, ids: Sequence[int], files: dict[int, list[ExtensionFile]], until: datetime | None
) -> dict[int, list[ExtensionStepRow]]:
    step, request = ExtensionStep, ExtensionRequest
    moved = sa.select(col(DueDate.id)).where(
        col(DueDate.milestone_id) == col(request.milestone_id),
        col(DueDate.version) > col(request.due_version),
        col(DueDate.recorded_at) < col(step.recorded_at),
        col(step.kind).not_in((ExtensionStepKind.WITHDRAW, ExtensionStepKind.CORRECT)),
    )
    query = (
        sa.select(
            col(step.request_id),
            col(step.id),
            col(step.kind),
            col(step.supports),
            col(step.due_on),
            col(step.document_number),
            col(step.text),
            col(Account.display_name),
            col(step.recorded_at),
            moved.correlate(request, step).exists(),
        )
        .join(request, col(request.id) == col(step.request_id))
        .join(Account, col(Account.id) == col(step.author_id))
        .where(col(step.request_id).in_(ids))
        .order_by(col(step.id))
    )
    if until is not None:
        query = query.where(col(step.recorded_at) < until)
    found: dict[int, list[ExtensionStepRow]] = defaultdict(list)
    for request_id, *values in session.execute(query):
        found[request_id].append(ExtensionStepRow(tuple(files.get(values[0], ())), *values))
    return found


def _files(
    session: Session, ids: Sequence[int]
) -> tuple[dict[int, list[ExtensionFile]], dict[int, list[ExtensionFile]]]:
    """Return the files of requests by request, and those of their steps by step."""
    of_steps = sa.select(col(ExtensionStep.id)).where(col(ExtensionStep.request_id).in_(ids))
    query = (
        sa.select(
            col(Evidence.extension_id),
            col(Evidence.extension_step_id),
            col(Evidence.id),
            col(Evidence.filename),
            col(Evidence.size),
        )
        .where(sa.or_(col(Evidence.extension_id).in_(ids), col(Evidence.extension_step_id).in_(of_steps)))
        .order_by(col(Evidence.id))
    )
    requests: dict[int, list[ExtensionFile]] = defaultdict(list)
    steps: dict[int, list[ExtensionFile]] = defaultdict(list)
    for request_id, step_id, *values in session.execute(query):
        (requests[request_id] if step_id is None else steps[step_id]).append(ExtensionFile(*values))
    return requests, steps
