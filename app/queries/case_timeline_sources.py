"""What a case's timeline is read from: each source as a selection with the same columns, for one union."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.domain.case_tasks import TimelineKind
from app.domain.cases import CaseEventKind
from app.domain.vocabulary import UnitRole
from app.models import (
    AccountabilityCase,
    Alert,
    AlertStep,
    CaseEvent,
    DueDate,
    ExtensionRequest,
    ExtensionStep,
    Instruction,
    InstructionStep,
    MilestoneDecision,
    MilestoneUnit,
    Organization,
    Plan,
    Posting,
    Rectification,
    RectificationStep,
    Report,
)
from app.models.types import UtcDateTime

_TYPES: dict[str, Any] = {
    "id": sa.Integer(),
    "day": sa.Date(),
    "at": UtcDateTime(),
    "step": sa.String(),
    "author_id": sa.Integer(),
    "who": sa.String(),
    "document_number": sa.String(),
    "due_on": sa.Date(),
    "milestone_id": sa.Integer(),
    "page_id": sa.Integer(),
    "about": sa.String(),
    "text": sa.String(),
}


def _columns(kind: TimelineKind, **values: Any) -> list[Any]:
    """Return the columns of a branch in the order that all share; what a source lacks is empty."""
    columns: list[Any] = [sa.literal(kind.value).label("kind")]
    for name, column_type in _TYPES.items():
        value = values.get(name, sa.null())
        if name == "step" or name not in values:  # codes of several lists become text; nothing needs its type too
            value = sa.cast(value, column_type)
        columns.append(sa.type_coerce(value, column_type).label(name))
    return columns


def _of_case(_held: Any, case_id: int) -> sa.Select[Any]:
    event = CaseEvent
    columns = _columns(
        TimelineKind.CASE,
        id=col(event.id),
        at=col(event.recorded_at),
        step=col(event.kind),
        author_id=col(event.author_id),
        document_number=col(event.document_number),
        due_on=col(event.reply_due_on),
        text=col(event.text),
    )
    # That an item was assigned is told by the item itself, which has a page of its own.
    told = col(event.kind) != CaseEventKind.RECTIFICATION
    return sa.select(*columns).where(col(event.case_id) == case_id, told)


def _party(unit: Any, case_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that something about a unit, or about none, concerns the unit that the case is against.

    What the office itself did concerns every case; a case that the office holds for a group concerns all its units.
    """
    against = sa.select(col(AccountabilityCase.organization_id)).where(col(AccountabilityCase.id) == case_id)
    office = (
        sa.select(col(Plan.office_id))
        .join(AccountabilityCase, col(AccountabilityCase.plan_id) == col(Plan.id))
        .where(col(AccountabilityCase.id) == case_id)
    )
    held_for_group = against.scalar_subquery() == office.scalar_subquery()
    return sa.or_(unit.is_(None), unit == against.scalar_subquery(), unit == office.scalar_subquery(), held_for_group)


def _alerts(held: Any, case_id: int) -> sa.Select[Any]:
    columns = _columns(
        TimelineKind.ALERT,
        id=col(Alert.id),
        at=col(Alert.raised_at),
        step=col(Alert.measure),
        due_on=col(Alert.reply_due_on),
        milestone_id=col(Alert.milestone_id),
        page_id=col(Alert.id),
        text=col(Alert.reason),
    )
    return sa.select(*columns).where(col(Alert.milestone_id).in_(held), _party(col(Alert.organization_id), case_id))


def _alert_steps(held: Any, case_id: int) -> sa.Select[Any]:
    step = AlertStep
    columns = _columns(
        TimelineKind.ALERT,
        id=col(step.id),
        at=col(step.recorded_at),
        step=col(step.kind),
        author_id=col(step.author_id),
        milestone_id=col(Alert.milestone_id),
        page_id=col(Alert.id),
        text=col(step.text),
    )
    query = sa.select(*columns).join(Alert, col(Alert.id) == col(step.alert_id))
    about, taken = _party(col(Alert.organization_id), case_id), _party(col(step.organization_id), case_id)
    return query.where(col(Alert.milestone_id).in_(held), about, taken)


def _reports(held: Any, _case_id: int) -> sa.Select[Any]:
    columns = _columns(
        TimelineKind.REPORT,
        id=col(Report.id),
        at=col(Report.recorded_at),
        author_id=col(Report.author_id),
        milestone_id=col(Report.milestone_id),
        text=col(Report.summary),
    )
    return sa.select(*columns).where(col(Report.milestone_id).in_(held))


def _decisions(held: Any, _case_id: int) -> sa.Select[Any]:
    decision = MilestoneDecision
    columns = _columns(
        TimelineKind.DECISION,
        id=col(decision.id),
        at=col(decision.recorded_at),
        step=col(decision.kind),
        author_id=col(decision.author_id),
        document_number=col(decision.document_number),
        milestone_id=col(decision.milestone_id),
        text=col(decision.note),
    )
    return sa.select(*columns).where(col(decision.milestone_id).in_(held))


def _due_dates(held: Any, _case_id: int) -> sa.Select[Any]:
    columns = _columns(
        TimelineKind.DUE_DATE,
        id=col(DueDate.id),
        at=col(DueDate.recorded_at),
        step=col(DueDate.cause),
        author_id=col(DueDate.author_id),
        document_number=col(DueDate.document_number),
        due_on=col(DueDate.due_on),
        milestone_id=col(DueDate.milestone_id),
        text=col(DueDate.reason),
    )
    return sa.select(*columns).where(col(DueDate.milestone_id).in_(held))


def _extensions(held: Any, _case_id: int) -> sa.Select[Any]:
    request = ExtensionRequest
    columns = _columns(
        TimelineKind.EXTENSION,
        id=col(request.id),
        at=col(request.recorded_at),
        author_id=col(request.author_id),
        due_on=col(request.proposed_due_on),
        milestone_id=col(request.milestone_id),
        page_id=col(request.id),
        text=col(request.reason),
    )
    return sa.select(*columns).where(col(request.milestone_id).in_(held))


def _extension_steps(held: Any, _case_id: int) -> sa.Select[Any]:
    step = ExtensionStep
    columns = _columns(
        TimelineKind.EXTENSION,
        id=col(step.id),
        at=col(step.recorded_at),
        step=col(step.kind),
        author_id=col(step.author_id),
        document_number=col(step.document_number),
        due_on=col(step.due_on),
        milestone_id=col(ExtensionRequest.milestone_id),
        page_id=col(step.request_id),
        text=col(step.text),
    )
    query = sa.select(*columns).join(ExtensionRequest, col(ExtensionRequest.id) == col(step.request_id))
    return query.where(col(ExtensionRequest.milestone_id).in_(held))


def _instructions(held: Any, _case_id: int) -> sa.Select[Any]:
    columns = _columns(
        TimelineKind.INSTRUCTION,
        id=col(Instruction.id),
        at=col(Instruction.recorded_at),
        author_id=col(Instruction.author_id),
        due_on=col(Instruction.reply_due_on),
        milestone_id=col(Instruction.milestone_id),
        page_id=col(Instruction.id),
        text=col(Instruction.text),
    )
    return sa.select(*columns).where(col(Instruction.milestone_id).in_(held))


def _instruction_steps(held: Any, _case_id: int) -> sa.Select[Any]:
    step = InstructionStep
    columns = _columns(
        TimelineKind.INSTRUCTION,
        id=col(step.id),
        at=col(step.recorded_at),
        step=col(step.kind),
        author_id=col(step.author_id),
        due_on=col(step.reply_due_on),
        milestone_id=col(Instruction.milestone_id),
        page_id=col(step.instruction_id),
        text=col(step.text),
    )
    query = sa.select(*columns).join(Instruction, col(Instruction.id) == col(step.instruction_id))
    return query.where(col(Instruction.milestone_id).in_(held))


def _items(held: Any, case_id: int) -> sa.Select[Any]:
    item = Rectification
    columns = _columns(
        TimelineKind.RECTIFICATION,
        id=col(item.id),
        at=col(item.recorded_at),
        who=col(item.author),
        due_on=col(item.due_on),
        milestone_id=col(item.milestone_id),
        page_id=col(item.id),
        text=col(item.problem),
    )
    return sa.select(*columns).where(_item_concerns(held, case_id))


def _item_steps(held: Any, case_id: int) -> sa.Select[Any]:
    step = RectificationStep
    columns = _columns(
        TimelineKind.RECTIFICATION,
        id=col(step.id),
        at=col(step.recorded_at),
        step=col(step.kind),
        who=col(step.author),
        due_on=col(step.due_on),
        milestone_id=col(Rectification.milestone_id),
        page_id=col(step.rectification_id),
        text=col(step.text),
    )
    query = sa.select(*columns).join(Rectification, col(Rectification.id) == col(step.rectification_id))
    return query.where(_item_concerns(held, case_id))


def _item_concerns(held: Any, case_id: int) -> sa.ColumnElement[bool]:
    own = col(Rectification.case_id) == case_id
    return sa.or_(own, sa.and_(col(Rectification.milestone_id).in_(held), col(Rectification.case_id).is_(None)))


def _posts(held: Any, case_id: int) -> sa.Select[Any]:
    """Select the posts taken up in responsible units; the end of one is told by the beginning of the next."""
    units = sa.select(col(MilestoneUnit.organization_id)).where(
        col(MilestoneUnit.milestone_id).in_(held), col(MilestoneUnit.role) == UnitRole.RESPONSIBLE
    )
    columns = _columns(
        TimelineKind.POSTING,
        id=col(Posting.id),
        day=col(Posting.from_on),
        step=col(Posting.duty),
        who=col(Posting.person),
        due_on=col(Posting.to_on),
        page_id=col(Posting.organization_id),
        about=col(Organization.name),
        text=col(Posting.post),
    )
    query = sa.select(*columns).join(Organization, col(Organization.id) == col(Posting.organization_id))
    return query.where(col(Posting.organization_id).in_(units), _party(col(Posting.organization_id), case_id))


# By kind: what selects its entries, given the milestones of a case and its id.
SOURCES: Sequence[tuple[TimelineKind, Callable[[Any, int], sa.Select[Any]]]] = (
    (TimelineKind.CASE, _of_case),
    (TimelineKind.ALERT, _alerts),
    (TimelineKind.ALERT, _alert_steps),
    (TimelineKind.REPORT, _reports),
    (TimelineKind.DECISION, _decisions),
    (TimelineKind.DUE_DATE, _due_dates),
    (TimelineKind.EXTENSION, _extensions),
    (TimelineKind.EXTENSION, _extension_steps),
    (TimelineKind.INSTRUCTION, _instructions),
    (TimelineKind.INSTRUCTION, _instruction_steps),
    (TimelineKind.RECTIFICATION, _items),
    (TimelineKind.RECTIFICATION, _item_steps),
    (TimelineKind.POSTING, _posts),
)
