"""Accountability cases and rectification items for printed documents, as known at a cut-off."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.cases import CaseEventKind, CaseStage, stage_after
from app.domain.circular_cases import CaseRow, RectificationRow
from app.domain.official_words import CASE_STAGES
from app.domain.rectifications import RectificationState, RectificationStepFact, rectification_finding
from app.models import (
    AccountabilityCase,
    CaseEvent,
    CaseMilestone,
    Milestone,
    Organization,
    Rectification,
    RectificationStep,
)


def case_rows(
    session: Session, plan_id: int, first_on: date, cut_off_on: date, until: datetime, titles: Mapping[int, str]
) -> tuple[CaseRow, ...]:
    """Return the cases opened by the cut-off that were open in the quarter, each as it stood before an instant.

    `titles` are those of milestones as they read then, by id.
    """
    query = (
        sa.select(AccountabilityCase)
        .where(col(AccountabilityCase.plan_id) == plan_id, col(AccountabilityCase.opened_on) <= cut_off_on)
        .order_by(col(AccountabilityCase.opened_on), col(AccountabilityCase.id))
    )
    cases = session.scalars(query).all()
    told, stages = _titles(session, plan_id, cut_off_on, titles), case_stages(session, plan_id, until)
    rows: list[CaseRow] = []
    for case in cases:
        stage, closed_on = stages.get(case.id or 0, (CaseStage.OPEN, None))
        if closed_on is None or closed_on >= first_on:
            rows.append(
                CaseRow(
                    number=case.number,
                    unit=case.held_as,
                    milestone_titles=tuple(told[case.id or 0]),
                    opened_on=case.opened_on,
                    stage_label=CASE_STAGES[stage],
                    closed_on=closed_on,
                )
            )
    return tuple(rows)


def _titles(session: Session, plan_id: int, on: date, titles: Mapping[int, str]) -> dict[int, list[str]]:
    query: Any = (
        sa.select(col(CaseMilestone.case_id), col(Milestone.id), col(Milestone.title))
        .join(Milestone, col(Milestone.id) == col(CaseMilestone.milestone_id))
        .where(col(Milestone.plan_id) == plan_id, col(CaseMilestone.joined_on) <= on)
        .order_by(col(CaseMilestone.joined_on), col(Milestone.position))
    )
    found: dict[int, list[str]] = defaultdict(list)
    for case_id, milestone_id, title_now in session.execute(query):
        title = titles.get(milestone_id, title_now)
        if title not in found[case_id]:
            found[case_id].append(title)
    return found


def case_stages(session: Session, plan_id: int, until: datetime) -> dict[int, tuple[CaseStage, date | None]]:
    """Return each case's stage by its events before an instant, and the day it was closed (None: it is not)."""
    query = (
        sa.select(col(CaseEvent.case_id), col(CaseEvent.kind), col(CaseEvent.recorded_at))
        .join(AccountabilityCase, col(AccountabilityCase.id) == col(CaseEvent.case_id))
        .where(
            col(AccountabilityCase.plan_id) == plan_id,
            col(CaseEvent.recorded_at) < until,
            col(CaseEvent.kind) != CaseEventKind.OPENED,
        )
        .order_by(col(CaseEvent.recorded_at), col(CaseEvent.id))
    )
    found: dict[int, tuple[CaseStage, date | None]] = {}
    for case_id, kind, recorded_at in session.execute(query):
        before, closed_on = found.get(case_id, (CaseStage.OPEN, None))
        stage = stage_after(before, kind)
        if stage is not before:  # a note or a check of the result does not close it another time
            closed_on = local_day(recorded_at) if stage is CaseStage.CLOSED else None
        found[case_id] = (stage, closed_on)
    return found


def rectification_rows(
    session: Session, plan_id: int, first_on: date, cut_off_on: date, until: datetime, titles: Mapping[int, str]
) -> tuple[RectificationRow, ...]:
    """Return the items assigned before an instant that were not settled before a day, each as it stood then.

    Items that were taken back are left out. `titles` are those of milestones as they read then, by id.
    """
    steps = _steps(session, plan_id, until)
    rows: list[RectificationRow] = []
    for item_id, due_on, *values in session.execute(_items(plan_id, until)):
        found = rectification_finding(due_on, steps[item_id])
        settled_before = found.settled_on is not None and found.settled_on < first_on
        if found.state is RectificationState.CANCELLED or settled_before:
            continue
        unit, milestone_id, title_now, case_number, problem, measure = values
        rows.append(
            RectificationRow(
                unit=unit,
                milestone_title=titles.get(milestone_id, title_now),
                case_number=case_number,
                problem=problem,
                measure=measure,
                first_due_on=found.first_due_on,
                due_on=found.due_on,
                state=found.state,
                settled_on=found.settled_on,
                days_late=found.days_late(cut_off_on),
                days_late_first=found.days_late_first(cut_off_on),
            )
        )
    return tuple(rows)


def _items(plan_id: int, until: datetime) -> sa.Select[Any]:
    columns: list[Any] = [
        col(Rectification.id),
        col(Rectification.due_on),
        col(Organization.name),
        col(Milestone.id),
        col(Milestone.title),
        col(AccountabilityCase.number),
        col(Rectification.problem),
        col(Rectification.measure),
    ]
    return (
        sa.select(*columns)
        .select_from(Rectification)
        .join(Milestone, col(Milestone.id) == col(Rectification.milestone_id))
        .join(Organization, col(Organization.id) == col(Rectification.organization_id))
        .outerjoin(AccountabilityCase, col(AccountabilityCase.id) == col(Rectification.case_id))
        .where(col(Milestone.plan_id) == plan_id, col(Rectification.recorded_at) < until)
        .order_by(col(Rectification.due_on), col(Rectification.id))
    )


def _steps(session: Session, plan_id: int, until: datetime) -> dict[int, list[RectificationStepFact]]:
    """Return the steps of a plan's items before an instant, by item id, in the order of recording."""
    step = RectificationStep
    query: Any = (
        sa.select(
            col(step.rectification_id), col(step.kind), col(step.recorded_at), col(step.author_id), col(step.due_on)
        )
        .join(Rectification, col(Rectification.id) == col(step.rectification_id))
        .join(Milestone, col(Milestone.id) == col(Rectification.milestone_id))
        .where(col(Milestone.plan_id) == plan_id, col(step.recorded_at) < until)
        .order_by(col(step.id))
    )
    found: dict[int, list[RectificationStepFact]] = defaultdict(list)
    for item_id, kind, recorded_at, author_id, due_on in session.execute(query):
        found[item_id].append(RectificationStepFact(kind, local_day(recorded_at), author_id, due_on))
    return found
