"""Reads of what was done about alerts: steps by recipient, answers owed, files."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.alert_steps import AnswerState, answer_state
from app.domain.vocabulary import AlertStepKind, Capacity, Role
from app.models import Account, Alert, AlertRecipient, AlertStep, Evidence, ExpectedAnswer, Organization, Plan
from app.queries.instructions import FileRow


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step on record with who took it; `author` is a display name."""

    id: int
    organization_id: int | None
    capacity: Capacity | None
    kind: AlertStepKind
    text: str
    author: str
    author_id: int | None
    recorded_at: datetime
    files: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """Somebody an alert went to; `reply_due_on` None: no answer is asked of it."""

    organization_id: int
    organization: str
    capacity: Capacity
    person: str | None
    reply_due_on: date | None
    provisional: bool
    calendar_version: int | None
    answered_on: date | None
    settled_on: date | None
    state: AnswerState
    steps: tuple[StepRow, ...]

    @property
    def owes_answer(self) -> bool:
        """Tell whether an answer is asked for and has not come."""
        return self.reply_due_on is not None and self.answered_on is None and self.settled_on is None

    def days_late(self, today: date) -> int:
        """Return days past the limit while an answer is awaited; 0: in time, answered, or none is asked for."""
        return max(0, (today - self.reply_due_on).days) if self.reply_due_on and self.owes_answer else 0


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """An alert's recipients with their steps, and what was done for the whole of it."""

    office_id: int
    recipients: tuple[RecipientRow, ...]
    steps: tuple[StepRow, ...]

    @property
    def withdrawn(self) -> StepRow | None:
        """Return the withdrawal; None: it stands."""
        return next((item for item in self.steps if item.kind is AlertStepKind.WITHDRAW), None)


def history(session: Session, alert_id: int) -> AlertHistory:
    """Return everything that was done about an alert."""
    steps = _steps(session, alert_id)
    office_id = session.scalar(
        sa.select(col(Plan.office_id)).join(Alert, col(Alert.plan_id) == col(Plan.id)).where(col(Alert.id) == alert_id)
    )
    assert office_id is not None
    return AlertHistory(office_id, _recipients(session, alert_id, steps), tuple(steps))


def shown_to(rows: Iterable[RecipientRow], scope: Scope, mine: RecipientRow | None) -> tuple[RecipientRow, ...]:
    """Return recipients as somebody may see them: what a unit answered is its own affair, its supervisor's and the
    office's; other units see who was told, and no more.
    """
    if scope.organization_id is None or (mine is not None and mine.capacity is Capacity.SUPERVISOR):
        return tuple(rows)
    return tuple(item if item is mine else replace(item, steps=()) for item in rows)


def own_recipient(scope: Scope, role: Role | None, office_id: int) -> tuple[int | None, frozenset[Capacity]]:
    """Return under which unit, and in which capacities, somebody is a recipient; None: as nobody."""
    if role is Role.OFFICE:
        return office_id, frozenset({Capacity.OFFICE})
    if role is Role.LEADER:
        return office_id, frozenset({Capacity.LEADER})
    units = frozenset({Capacity.RESPONSIBLE, Capacity.SUPPORTING, Capacity.SUPERVISOR, Capacity.OFFICE})
    return scope.organization_id, units


def _recipients(session: Session, alert_id: int, steps: Sequence[StepRow]) -> tuple[RecipientRow, ...]:
    query = (
        sa.select(
            col(AlertRecipient.organization_id),
            col(Organization.short_name),
            col(AlertRecipient.capacity),
            col(AlertRecipient.person),
            col(ExpectedAnswer.reply_due_on),
            col(ExpectedAnswer.provisional),
            col(ExpectedAnswer.calendar_version),
            col(ExpectedAnswer.answered_on),
            col(ExpectedAnswer.settled_on),
        )
        .join(Organization, col(Organization.id) == col(AlertRecipient.organization_id))
        .outerjoin(
            ExpectedAnswer,
            sa.and_(
                col(ExpectedAnswer.alert_id) == col(AlertRecipient.alert_id),
                col(ExpectedAnswer.organization_id) == col(AlertRecipient.organization_id),
                col(AlertRecipient.capacity) != Capacity.LEADER,
            ),
        )
        .where(col(AlertRecipient.alert_id) == alert_id)
        .order_by(col(ExpectedAnswer.reply_due_on).is_(None), col(AlertRecipient.capacity), col(Organization.sort_key))
    )
    by_party: dict[tuple[int | None, Capacity | None], list[StepRow]] = defaultdict(list)
    for step in steps:
        by_party[step.organization_id, step.capacity].append(step)
    return tuple(
        RecipientRow(
            organization_id=row.organization_id,
            organization=row.short_name,
            capacity=row.capacity,
            person=row.person,
            reply_due_on=row.reply_due_on,
            provisional=bool(row.provisional),
            calendar_version=row.calendar_version,
            answered_on=row.answered_on,
            settled_on=row.settled_on,
            state=answer_state(item.kind for item in by_party[row.organization_id, row.capacity]),
            steps=tuple(by_party[row.organization_id, row.capacity]),
        )
        for row in session.execute(query)
    )


def _steps(session: Session, alert_id: int) -> list[StepRow]:
    query = (
        sa.select(AlertStep, col(Account.display_name), col(Account.name))
        .outerjoin(Account, col(Account.id) == col(AlertStep.author_id))
        .where(col(AlertStep.alert_id) == alert_id)
        .order_by(col(AlertStep.id))
    )
    rows = session.execute(query).all()
    files = _files(session, [step.id for step, _, _ in rows])
    return [
        StepRow(
            id=step.id,
            organization_id=step.organization_id,
            capacity=step.capacity,
            kind=step.kind,
            text=step.text,
            author=display or name or "",
            author_id=step.author_id,
            recorded_at=step.recorded_at,
            files=tuple(files[step.id]),
        )
        for step, display, name in rows
    ]


def _files(session: Session, step_ids: Sequence[int]) -> dict[int, list[FileRow]]:
    found: dict[int, list[FileRow]] = defaultdict(list)
    if step_ids:
        query = sa.select(Evidence).where(col(Evidence.alert_step_id).in_(step_ids)).order_by(col(Evidence.id))
        for item in session.scalars(query):
            assert item.id is not None and item.alert_step_id is not None  # noqa: PT018
            found[item.alert_step_id].append(FileRow(item.id, item.filename, item.size))
    return found
