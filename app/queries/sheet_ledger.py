"""The ledger that sheets are made from: milestones and targets as they read and stood at a cut-off, read once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.circulars import TargetRow
from app.domain.official_words import KINDS, STANDINGS
from app.domain.sheets import SheetHead, SheetMilestone
from app.domain.vocabulary import Standing, UnitRole
from app.models import Milestone, Organization, Place, Plan
from app.queries import closings, facts
from app.queries.circular_parts import target_rows
from app.queries.circulars import CutOff
from app.queries.closings import ClosingMark
from app.queries.past_milestones import PastMilestone, gone_since, milestones_on
from app.queries.past_plan_page import plan_then
from app.queries.past_plans import Record, record_of

_CLOSED = (Standing.CLOSED, Standing.REGRESSED)


@dataclass
class Ledger:
    """A plan's record at a cut-off, with the milestones judged so far by id."""

    session: Session
    plan: Plan
    at: CutOff
    record: Record
    judged: dict[int, PastMilestone] = field(default_factory=dict)

    @property
    def plan_id(self) -> int:
        """The plan's id."""
        assert self.plan.id is not None
        return self.plan.id

    @property
    def revised(self) -> bool:
        """Tell whether the plan was revised since, so that milestones may have had other places and units."""
        return self.record.plans[self.plan_id].revised

    def judge(self, ids: Collection[int]) -> None:
        """Read and judge milestones that are not yet; those that were not on record then stay out."""
        for some in facts.chunks([item for item in ids if item not in self.judged]):
            self.judged |= milestones_on(self.record, some)

    def judge_where(self, *conditions: sa.ColumnElement[bool]) -> None:
        """Judge the plan's milestones that meet conditions now, and all where they may have met them otherwise then."""
        query: Any = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == self.plan_id)
        if self.revised:
            self.judged |= {row.id: row for row in gone_since(self.record, [self.plan_id])}
        else:
            query = query.where(*conditions)
        self.judge(list(self.session.scalars(query.order_by(col(Milestone.position), col(Milestone.id)))))

    def head(self) -> SheetHead:
        """Return the plan as it was called then, its office and its area."""
        then = plan_then(self.record, self.plan)
        return SheetHead(
            plan_title=then.title,
            plan_short_title=then.short_title,
            plan_document_number=then.document_number,
            office=self.session.get_one(Organization, self.plan.office_id).name,
            area=self.session.get_one(Place, self.plan.place_id).name,
            on=self.at.on,
            at=self.at.at,
        )


def open_ledger(session: Session, plan: Plan, at: CutOff) -> Ledger:
    """Return the ledger of a plan at a cut-off, with nothing judged yet."""
    assert plan.id is not None
    record = record_of(session, at.on, Scope(), plan.id, known_until=at.at)
    return Ledger(session, plan, at, record)


def sheet_milestones(ledger: Ledger, rows: Iterable[PastMilestone]) -> dict[int, SheetMilestone]:
    """Return milestones as lines of sheets, by id, in their order."""
    rows = list(rows)
    closed = [row.id for row in rows if row.finding.standing in _CLOSED and not row.gone]
    marks: dict[int, ClosingMark] = {}
    for some in facts.chunks(closed):
        marks |= closings.marks(ledger.session, some, ledger.at.at)
    return {row.id: _milestone(ledger, row, marks.get(row.id)) for row in rows}


def _milestone(ledger: Ledger, row: PastMilestone, mark: ClosingMark | None) -> SheetMilestone:
    finding, on = row.finding, ledger.at.on
    return SheetMilestone(
        id=row.id,
        clause=row.clause,
        kind=row.kind,
        kind_label=KINDS[row.kind],
        title=row.title,
        place=row.place_name,
        group=row.place_name if row.place_id != ledger.plan.place_id else None,
        responsible=named(row, UnitRole.RESPONSIBLE),
        supporting=named(row, UnitRole.SUPPORTING),
        original_due_on=finding.original_due_on,
        effective_due_on=finding.effective_due_on,
        due_phrase=row.due_phrase,
        standing=finding.standing,
        standing_label=STANDINGS[finding.standing],
        timeliness=finding.timeliness,
        original_timeliness=finding.original_timeliness,
        days_late=finding.days_late(on),
        days_late_original=finding.days_late_originally(on),
        progress_pct=finding.progress_pct,
        last_report_on=finding.reported_on,
        closing_number=mark.number if mark else None,
    )


def named(row: PastMilestone, role: UnitRole) -> tuple[str, ...]:
    """Return the units in a role as sheets name them: by the group's name where the text names a group."""
    units = [unit for unit in row.units if unit.role is role]
    of_word = [unit.named_as for unit in units]
    return tuple(
        dict.fromkeys(unit.named_as if of_word.count(unit.named_as) > 1 else unit.short_name for unit in units)
    )


def sheet_targets(
    ledger: Ledger, rows: Sequence[PastMilestone], lines: Mapping[int, SheetMilestone]
) -> dict[int, list[TargetRow]]:
    """Return the targets in force then of milestones, each with the value known then, by milestone."""
    found: dict[int, list[TargetRow]] = defaultdict(list)
    for start in range(0, len(rows), facts.CHUNK):
        for target in target_rows(ledger.record, rows[start : start + facts.CHUNK], lines):
            found[target.milestone_id].append(target)
    return found


def in_order(rows: Iterable[PastMilestone]) -> list[PastMilestone]:
    """Return milestones by the date in force, then as the document has them."""
    return sorted(rows, key=lambda row: (row.finding.effective_due_on, row.position, row.id))
