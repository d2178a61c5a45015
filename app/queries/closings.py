"""Closings: what is known of a milestone that is to be closed, and under which numbers milestones were closed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.domain.closings import Closable, TargetFact, ValueFact, claims_behind, closing_number
from app.domain.milestone_facts import MilestoneFacts
from app.domain.vocabulary import DecisionKind, Timeliness
from app.models import ClosingNumber, Evidence, MilestoneDecision, MilestoneStanding, Report, ReportValue, Target

_MARKING = (DecisionKind.CLOSE_OUT, DecisionKind.CONFIRM_HISTORY, DecisionKind.REOPEN, DecisionKind.TAKE_BACK)


@dataclass(frozen=True, slots=True)
class ClosingMark:
    """What a line of the ledger tells of a milestone's closings; `number` None: history confirmed, without a number.

    `first_closed_on` is the day of the first closing, `reached_on` belongs to the last one, `original_timeliness` is
    today's and None while the milestone is open.
    """

    number: str | None
    first_closed_on: date
    reached_on: date | None
    reopened: bool
    original_timeliness: Timeliness | None


@dataclass(frozen=True, slots=True)
class DecisionMark:
    """What a decision says beside its note: its closing's number, the last day of a notice, the document behind it.

    `calendar_version` is what that last day was counted by; None: there is no notice, or it is from before versions.
    """

    number: str | None
    notice_until_on: date | None
    document_number: str | None
    batch_id: str | None
    calendar_version: int | None


def closable(session: Session, milestone_id: int, facts: MilestoneFacts) -> Closable:
    """Return what is known of a milestone that is to be closed, in at most three statements."""
    targets = session.execute(
        sa.select(col(Target.id), col(Target.comparator), col(Target.value)).where(
            col(Target.milestone_id) == milestone_id, col(Target.retired_by_id).is_(None)
        )
    )
    wanted = tuple(TargetFact(*row) for row in targets)
    values = _values(session, [item.id for item in wanted]) if wanted and facts.reports else ()
    claims = [item.id for item in claims_behind(facts)]
    authors = session.scalars(sa.select(col(Report.author_id)).where(col(Report.id).in_(claims))) if claims else ()
    return Closable(facts, wanted, values, frozenset(authors), bool(claims) and has_evidence(session, milestone_id))


def has_evidence(session: Session, milestone_id: int) -> bool:
    """Tell whether a milestone's result is proven by a file."""
    return milestone_id in proven(session, [milestone_id])


def proven(session: Session, milestone_ids: Collection[int]) -> set[int]:
    """Return those milestones whose result is proven by a file since they were last reopened.

    A file proves that backs a report, or the finding of who verified it; those on other facts prove nothing.
    """
    found = sa.select(col(MilestoneDecision.id)).where(
        col(MilestoneDecision.milestone_id).in_(milestone_ids),
        col(MilestoneDecision.kind) == DecisionKind.PUBLIC_NOTICE,
    )
    reopened = sa.exists().where(
        col(MilestoneDecision.milestone_id) == col(Evidence.milestone_id),
        col(MilestoneDecision.kind) == DecisionKind.REOPEN,
        col(MilestoneDecision.recorded_at) > col(Evidence.recorded_at),
    )
    query = sa.select(col(Evidence.milestone_id)).where(
        col(Evidence.milestone_id).in_(milestone_ids),
        sa.or_(col(Evidence.report_id).is_not(None), col(Evidence.decision_id).in_(found)),
        ~reopened,
    )
    return set(session.scalars(query.distinct()))


def _values(session: Session, target_ids: Sequence[int]) -> tuple[ValueFact, ...]:
    query = sa.select(col(ReportValue.report_id), col(ReportValue.target_id), col(ReportValue.value))
    return tuple(ValueFact(*row) for row in session.execute(query.where(col(ReportValue.target_id).in_(target_ids))))


def last_number(session: Session, plan_id: int, year: int) -> int:
    """Return the last number that a plan gave in a year, 0 before the first; under the turn to write."""
    query = sa.select(sa.func.max(col(ClosingNumber.number))).where(
        col(ClosingNumber.plan_id) == plan_id, col(ClosingNumber.year) == year
    )
    return session.scalar(query) or 0


def marks(session: Session, milestone_ids: Sequence[int], until: datetime | None = None) -> dict[int, ClosingMark]:
    """Return by milestone what was closed, as recorded before an instant (None: now), in one statement.

    Whether a milestone that was closed is open again is for its standing to say.
    """
    decision, number = MilestoneDecision, ClosingNumber
    query: Any = (
        sa.select(
            col(decision.milestone_id),
            col(decision.kind),
            col(decision.recorded_at),
            col(decision.reached_on),
            col(number.year),
            col(number.number),
            col(MilestoneStanding.original_timeliness),
        )
        .outerjoin(number, col(number.decision_id) == col(decision.id))
        .outerjoin(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(decision.milestone_id))
        .where(col(decision.milestone_id).in_(milestone_ids), col(decision.kind).in_(_MARKING))
        .order_by(col(decision.recorded_at), col(decision.id))
    )
    if until is not None:
        query = query.where(col(decision.recorded_at) < until)
    found: dict[int, ClosingMark] = {}
    for row in session.execute(query):
        before = found.get(row.milestone_id)
        if after := _marked(before, row, with_today=until is None):
            found[row.milestone_id] = after
        else:
            found.pop(row.milestone_id, None)
    return found


def _marked(before: ClosingMark | None, row: Any, *, with_today: bool) -> ClosingMark | None:
    """Return the mark after one more decision; what was said of history and taken back leaves none."""
    if row.kind is DecisionKind.TAKE_BACK:
        return before if before and before.number else None
    if row.kind is DecisionKind.REOPEN:
        if before is None:
            return None
        return ClosingMark(before.number, before.first_closed_on, before.reached_on, True, None)
    number = closing_number(row.year, row.number) if row.number else (before.number if before else None)
    first = before.first_closed_on if before else local_day(row.recorded_at)
    return ClosingMark(number, first, row.reached_on, False, row.original_timeliness if with_today else None)


def decision_marks(session: Session, milestone_id: int) -> dict[int, DecisionMark]:
    """Return by decision what it says beside its note."""
    decision, number = MilestoneDecision, ClosingNumber
    query = (
        sa.select(
            col(decision.id),
            col(number.year),
            col(number.number),
            col(decision.notice_until_on),
            col(decision.document_number),
            col(decision.batch_id),
            col(decision.calendar_version),
        )
        .outerjoin(number, col(number.decision_id) == col(decision.id))
        .where(col(decision.milestone_id) == milestone_id)
    )
    return {
        decision_id: DecisionMark(closing_number(year, no) if no else None, *more)
        for decision_id, year, no, *more in session.execute(query)
    }
