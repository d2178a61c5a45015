"""The two ledgers of targets met and not met (Kashgar plan, clause 五(一)), from the facts of the circular."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.circulars import CircularFacts, TargetRow
from app.domain.official_words import SCHOOL_STAGES
from app.domain.quarters import quarter_of
from app.domain.sheets import LedgerItem, SheetHead, TwoLedgerFacts
from app.domain.targets import Verdict
from app.models import Evidence, Indicator, Plan, Report, ReportValue, Target
from app.queries import circulars, facts
from app.queries.circulars import CutOff
from app.queries.measurements import counting

# What tells a target from the others of its milestone, as a row of the circular names it.
Key = tuple[int, str, str | None, Any, Any]


def gather_two_ledgers(session: Session, plan: Plan, at: CutOff) -> TwoLedgerFacts:
    """Return every target of a plan as its circular judges it at the same cut-off, each exactly once."""
    told = circulars.gather(session, plan, quarter_of(at.on), at)
    files = _files(session, {row.milestone_id for row in told.targets}, at)
    reported = {row.id for row in told.milestones if row.last_report_on is not None}
    items = (
        LedgerItem(target=row, files=files.get(_key(row), 0), reason=_reason(row, told, row.milestone_id in reported))
        for row in told.targets
    )
    return TwoLedgerFacts(head=_head(plan, told), items=tuple(items))


def _head(plan: Plan, told: CircularFacts) -> SheetHead:
    return SheetHead(
        plan_title=told.plan_title,
        plan_short_title=told.plan_short_title,
        plan_document_number=told.plan_document_number,
        office=told.issuer_office,
        area=told.area,
        on=told.cut_off_on,
        at=told.cut_off_at,
    )


def _reason(row: TargetRow, told: CircularFacts, reported: bool) -> str:
    """Say why a target was not assessed; "" when it was."""
    if row.verdict is not Verdict.NOT_ASSESSED:
        return ""
    due = "时限已到" if row.effective_due_on <= told.cut_off_on else "时限未到"
    return f"{due}，{'填报中没有该项监测值' if reported else '尚无填报'}"


def _key(row: TargetRow) -> Key:
    return row.milestone_id, row.indicator_code, row.stage_label, row.comparator, row.target


def _files(session: Session, milestone_ids: Collection[int], at: CutOff) -> Mapping[Key, int]:
    """Return how many files backed the report that gave each target's value; a target without any is missing."""
    found: dict[Key, int] = {}
    for some in facts.chunks(sorted(milestone_ids)):
        of_target = _last_reports(session, some, at)
        counts = _counts(session, set(of_target.values()), at)
        columns: list[Any] = [col(Target.id), col(Target.milestone_id), col(Indicator.code), col(Target.stage)]
        query = (
            sa.select(*columns, col(Target.comparator), col(Target.value))
            .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
            .where(col(Target.milestone_id).in_(some))
        )
        for target_id, milestone_id, code, stage, comparator, value in session.execute(query) if counts else ():
            if number := counts.get(of_target.get(target_id, 0), 0):
                found[milestone_id, code, SCHOOL_STAGES[stage] if stage else None, comparator, value] = number
    return found


def _last_reports(session: Session, milestone_ids: Collection[int], at: CutOff) -> dict[int, int]:
    """Return the report that gave each target's value at the cut-off, by target."""
    query = (
        sa.select(col(ReportValue.target_id), col(Report.id))
        .join(Report, col(Report.id) == col(ReportValue.report_id))
        .where(col(Report.milestone_id).in_(milestone_ids), *counting(at.at))
        .order_by(col(Report.recorded_at), col(Report.id))
    )
    return {target_id: report_id for target_id, report_id in session.execute(query)}


def _counts(session: Session, report_ids: Collection[int], at: CutOff) -> dict[int, int]:
    query = (
        sa.select(col(Evidence.report_id), sa.func.count())
        .where(col(Evidence.report_id).in_(report_ids), col(Evidence.recorded_at) < at.at)
        .group_by(col(Evidence.report_id))
    )
    return {report_id: count for report_id, count in session.execute(query)} if report_ids else {}
