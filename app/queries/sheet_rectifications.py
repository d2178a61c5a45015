"""The rectification ledger (整改台账) at a cut-off: each item with its last step and the check that followed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.cases import CaseEventKind
from app.domain.dossier_words import word
from app.domain.rectifications import (
    RectificationStepFact,
    RectificationStepKind,
    rectification_finding,
)
from app.domain.sheets import RectificationLedgerFacts, RectificationLine
from app.domain.vocabulary import DecisionKind
from app.models import (
    AccountabilityCase,
    CaseEvent,
    Milestone,
    MilestoneDecision,
    Organization,
    Place,
    Plan,
    Rectification,
    RectificationStep,
)
from app.queries.circulars import CutOff
from app.queries.sheet_ledger import Ledger, open_ledger

_CHECKS = (CaseEventKind.FOLLOW_UP, CaseEventKind.FOLLOW_UP_HELD, CaseEventKind.FOLLOW_UP_FAILED)
_RECHECKS = (DecisionKind.RECHECK_PASSED, DecisionKind.RECHECK_FAILED)
Checked = tuple[date, str]  # when, and what was found


def ledger_of_rectifications(session: Session, plan: Plan, at: CutOff) -> RectificationLedgerFacts:
    """Return every item of a plan that was assigned by the cut-off, in the order assigned, in a few statements."""
    ledger = open_ledger(session, plan, at)
    return RectificationLedgerFacts(head=ledger.head(), items=tuple(rectification_lines(ledger)))


def rectification_lines(ledger: Ledger) -> list[RectificationLine]:
    """Return a plan's items as they stood at the cut-off, in the order assigned, in at most four statements."""
    rows = _rows(ledger)
    if not rows:
        return []
    steps, checks, rechecks = _steps(ledger), _checks(ledger), _rechecks(ledger)
    return [_line(ledger, row, steps.get(row.id, []), _follow_up(row, checks, rechecks)) for row in rows]


def _rows(ledger: Ledger) -> Sequence[Any]:
    item = Rectification
    columns: list[Any] = [
        *Rectification.__table__.columns,  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
        col(Place.name).label("place"),
        col(Organization.name).label("unit"),
        col(AccountabilityCase.number).label("case_number"),
    ]
    query = (
        sa.select(*columns)
        .select_from(item)
        .join(Milestone, col(Milestone.id) == col(item.milestone_id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .join(Organization, col(Organization.id) == col(item.organization_id))
        .outerjoin(AccountabilityCase, col(AccountabilityCase.id) == col(item.case_id))
        .where(col(Milestone.plan_id) == ledger.plan_id, col(item.recorded_at) < ledger.at.at)
        .order_by(col(item.id))
    )
    return ledger.session.execute(query).all()


def _steps(ledger: Ledger) -> dict[int, list[RectificationStep]]:
    step = RectificationStep
    query = (
        sa.select(step)
        .join(Rectification, col(Rectification.id) == col(step.rectification_id))
        .join(Milestone, col(Milestone.id) == col(Rectification.milestone_id))
        .where(col(Milestone.plan_id) == ledger.plan_id, col(step.recorded_at) < ledger.at.at)
        .order_by(col(step.id))
    )
    found: dict[int, list[RectificationStep]] = defaultdict(list)
    for row in ledger.session.scalars(query):
        found[row.rectification_id].append(row)
    return found


def _checks(ledger: Ledger) -> dict[int, list[Checked]]:
    """Return the checks of the result (回头看) planned or held, by case."""
    event = CaseEvent
    query = (
        sa.select(col(event.case_id), col(event.kind), col(event.dated_on), col(event.recorded_at))
        .join(AccountabilityCase, col(AccountabilityCase.id) == col(event.case_id))
        .where(
            col(AccountabilityCase.plan_id) == ledger.plan_id,
            col(event.kind).in_(_CHECKS),
            col(event.recorded_at) < ledger.at.at,
        )
        .order_by(col(event.id))
    )
    found: dict[int, list[Checked]] = defaultdict(list)
    for case_id, kind, dated_on, recorded_at in ledger.session.execute(query):
        found[case_id].append((dated_on or local_day(recorded_at), word(kind)))
    return found


def _rechecks(ledger: Ledger) -> dict[int, list[Checked]]:
    """Return the rechecks of milestones with items that belong to no case, by milestone."""
    made = MilestoneDecision
    alone = sa.select(col(Rectification.milestone_id)).where(col(Rectification.case_id).is_(None))
    query = (
        sa.select(col(made.milestone_id), col(made.kind), col(made.recorded_at))
        .join(Milestone, col(Milestone.id) == col(made.milestone_id))
        .where(
            col(Milestone.plan_id) == ledger.plan_id,
            col(made.milestone_id).in_(alone),
            col(made.kind).in_(_RECHECKS),
            col(made.recorded_at) < ledger.at.at,
        )
        .order_by(col(made.id))
    )
    found: dict[int, list[Checked]] = defaultdict(list)
    for milestone_id, kind, recorded_at in ledger.session.execute(query):
        found[milestone_id].append((local_day(recorded_at), word(kind)))
    return found


def _follow_up(row: Any, checks: Mapping[int, list[Checked]], rechecks: Mapping[int, list[Checked]]) -> Checked | None:
    found = checks.get(row.case_id, []) if row.case_id else rechecks.get(row.milestone_id, [])
    return found[-1] if found else None


def _line(ledger: Ledger, row: Any, steps: Sequence[RectificationStep], follow_up: Checked | None) -> RectificationLine:
    told = [
        RectificationStepFact(step.kind, local_day(step.recorded_at), step.author_id, step.due_on) for step in steps
    ]
    finding = rectification_finding(row.due_on, told)
    accepted = next((step for step in reversed(steps) if step.kind is RectificationStepKind.ACCEPT), None)
    last = steps[-1] if steps else None
    settled_on = finding.settled_on
    after = follow_up if follow_up and settled_on and follow_up[0] >= settled_on else None
    return RectificationLine(
        id=row.id,
        milestone_id=row.milestone_id,
        organization_id=row.organization_id,
        place=row.place,
        unit=row.unit,
        person=row.person,
        source=row.source,
        case_number=row.case_number,
        problem=row.problem,
        measure=row.measure,
        first_due_on=row.due_on,
        due_on=finding.due_on,
        state=finding.state,
        progress=f"{word(last.kind)}：{last.text}" if last and last.text else word(last.kind) if last else "",
        done_on=finding.done_on,
        settled_on=settled_on,
        verified_by=accepted.author if accepted else None,
        follow_up=after[1].removeprefix("回头看：") if after else "",
        follow_up_on=after[0] if after else None,
        days_late=finding.days_late(ledger.at.on),
    )
