"""Completion of a plan at the ends of its last quarters, each by what was known then, from facts read once."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.access import Scope
from app.domain.charts import QuarterEnd, quarters_until
from app.domain.circulars import IN_TIME, NOT_RATED
from app.domain.known_facts import known_before
from app.domain.milestone_facts import MilestoneFacts
from app.domain.quarters import Quarter
from app.domain.standing import Policy, StandingFinding, judge
from app.domain.vocabulary import ChangeSubject, Standing
from app.models import DueDate, Milestone, MilestoneDecision, Plan, PlanChange, PlanRevision, Report, Target
from app.queries import facts
from app.queries.past_milestones import gone_since, milestones_on
from app.queries.past_plans import Record, record_of, recorded_since
from app.queries.unit_scope import readable_milestones

EVERYTHING = Scope()


@dataclass(slots=True)
class _Count:
    """Milestones counted at one quarter's end."""

    on: date
    due: int = 0
    closed: int = 0
    in_time: int = 0

    def add(self, finding: StandingFinding) -> None:
        """Count a milestone as the circular does (domain.circulars.on_time)."""
        closed = finding.standing is Standing.CLOSED
        self.closed += closed
        if finding.effective_due_on <= self.on and finding.standing not in NOT_RATED:
            self.due += 1
            self.in_time += closed and finding.timeliness in IN_TIME


def quarter_ends(
    session: Session, plan: Plan, on: date, known_until: datetime | None = None, *, scope: Scope = EVERYTHING
) -> tuple[QuarterEnd, ...]:
    """Return the last quarters since tracking began up to a day, in order; () before the plan was issued.

    What nobody decided on and no revision touched is counted by its dates; the rest is judged by what was known at
    each quarter's end. `known_until`: the last by what was recorded before this instant; None: all of the day.
    """
    assert plan.id is not None
    quarters = quarters_until(max(plan.tracked_from, plan.issued_on), on)
    records = _records(session, plan.id, quarters, scope, known_until)
    counts = [_Count(end) for _, end in quarters]
    if plan.id not in records[-1].in_force:
        return ()
    ids = _ids(session, plan.id, scope)
    revised = _revised(records[0], plan.id)
    _count_revised(records, counts, [one for one in ids if one in revised])
    policies = [record.plans[plan.id].policy for record in records]
    untils = [record.until for record in records]
    _count_others(session, counts, untils, policies, [one for one in ids if one not in revised])
    return tuple(
        QuarterEnd(quarter, one.on, one.due, one.closed, one.in_time)
        for (quarter, _), record, one in zip(quarters, records, counts, strict=True)
        if plan.id in record.in_force
    )


def _records(
    session: Session,
    plan_id: int,
    quarters: Sequence[tuple[Quarter, date]],
    scope: Scope,
    known_until: datetime | None,
) -> list[Record]:
    """Return the record at each quarter's end; those between two revisions of the plan read it once."""
    revised_at = list(
        session.scalars(
            sa.select(col(PlanRevision.recorded_at))
            .where(col(PlanRevision.plan_id) == plan_id, col(PlanRevision.number) > 1)
            .order_by(col(PlanRevision.recorded_at))
        )
    )
    read: dict[int, Record] = {}
    found: list[Record] = []
    untils = [*[None] * (len(quarters) - 1), known_until]
    for (_, end), until in zip(quarters, untils, strict=True):
        known = bisect_left(revised_at, until or day_end(end))
        if known not in read:
            read[known] = record_of(session, end, scope, plan_id, known_until=until)
        found.append(Record(session, end, read[known].plans, read[known].readers, until))
    return found


def _ids(session: Session, plan_id: int, scope: Scope) -> list[int]:
    query: Any = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == plan_id)
    if scope.organization_id is not None:
        query = query.where(col(Milestone.id).in_(readable_milestones(scope.organization_id)))
    return list(session.scalars(query))


def _revised(record: Record, plan_id: int) -> set[int]:
    """Return the milestones that a revision changed since the first quarter's end, or whose targets one retired."""
    if not record.plans[plan_id].revised:
        return set()
    same = sa.and_(col(Milestone.plan_id) == col(PlanChange.plan_id), col(Milestone.key) == col(PlanChange.key))
    changed: Any = (
        sa.select(col(Milestone.id))
        .join(PlanChange, sa.and_(same, col(PlanChange.subject) == ChangeSubject.MILESTONE))
        .join(PlanRevision, col(PlanRevision.id) == col(PlanChange.revision_id))
        .where(col(Milestone.plan_id) == plan_id, recorded_since(record.until))
    )
    retired: Any = (
        sa.select(col(Target.milestone_id))
        .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
        .join(PlanRevision, col(PlanRevision.id) == col(Target.retired_by_id))
        .where(col(Milestone.plan_id) == plan_id, recorded_since(record.until))
    )
    return {*record.session.scalars(changed), *record.session.scalars(retired)}


def _count_revised(records: Sequence[Record], counts: Sequence[_Count], ids: Sequence[int]) -> None:
    """Count what revisions touched as the ledger of each quarter's last day shows it."""
    deleted = records[0].readers is None and _any_deleted(records[0])
    for record, count in zip(records, counts, strict=True):
        for some in facts.chunks(ids):
            for row in milestones_on(record, some).values():
                if row.shown_to(record.readers):
                    count.add(row.finding)
        if deleted:
            for row in gone_since(record, record.in_force):
                count.add(row.finding)


def _any_deleted(record: Record) -> bool:
    """Tell whether a revision recorded since took a milestone out of a plan; others see none that is gone."""
    if not any(plan.revised for plan in record.plans.values()):
        return False
    query: Any = (
        sa.select(col(PlanChange.id))
        .join(PlanRevision, col(PlanRevision.id) == col(PlanChange.revision_id))
        .where(
            col(PlanChange.plan_id).in_(record.plans),
            col(PlanChange.subject) == ChangeSubject.MILESTONE,
            col(PlanChange.after).is_(None),
            recorded_since(record.until),
        )
    )
    return record.session.execute(query.limit(1)).first() is not None


def _count_others(
    session: Session,
    counts: Sequence[_Count],
    untils: Sequence[datetime],
    policies: Sequence[Policy],
    ids: Sequence[int],
) -> None:
    for some in facts.chunks(ids):
        dues_at = _dues_at(session, some)
        touched = {*dues_at, *_decided(session, some)}
        for item in facts.gather(session, sorted(touched)) if touched else ():
            for count, finding in zip(
                counts, _findings(item.facts, counts, untils, policies, dues_at[item.milestone_id]), strict=True
            ):
                count.add(finding)
        _count_untouched(session, counts, untils, policies, [one for one in some if one not in touched])


def _findings(
    known: MilestoneFacts,
    counts: Sequence[_Count],
    untils: Sequence[datetime],
    policies: Sequence[Policy],
    dues_at: dict[int, datetime],
) -> Iterator[StandingFinding]:
    """Yield the finding of each quarter's end, judging again only where something was recorded in between."""
    last: tuple[MilestoneFacts, Policy, StandingFinding] | None = None
    for count, until, policy in zip(counts, untils, policies, strict=True):
        then = known_before(known, until, dues_at)
        if last is None or last[0] != then or last[1] != policy:
            last = then, policy, judge(then, count.on, policy)
        yield last[2]


def _count_untouched(
    session: Session,
    counts: Sequence[_Count],
    untils: Sequence[datetime],
    policies: Sequence[Policy],
    ids: Sequence[int],
) -> None:
    """Count what is open and due by its original date; before tracking and never reported on, it is not rated."""
    first_reports = (
        sa.select(col(Report.milestone_id), sa.func.min(col(Report.recorded_at)).label("at"))
        .where(col(Report.milestone_id).in_(ids))
        .group_by(col(Report.milestone_id))
        .subquery()
    )
    query = (
        sa.select(col(Milestone.due_on), first_reports.c.at)
        .outerjoin(first_reports, first_reports.c.milestone_id == col(Milestone.id))
        .where(col(Milestone.id).in_(ids))
    )
    rows = session.execute(query).all() if ids else []
    for count, until, policy in zip(counts, untils, policies, strict=True):
        count.due += sum(
            due_on <= count.on and (due_on >= policy.tracked_from or (at is not None and at < until))
            for due_on, at in rows
        )


def _dues_at(session: Session, ids: Sequence[int]) -> dict[int, dict[int, datetime]]:
    """Return when each later due date of milestones was recorded, by milestone and version."""
    query = sa.select(col(DueDate.milestone_id), col(DueDate.version), col(DueDate.recorded_at)).where(
        col(DueDate.milestone_id).in_(ids)
    )
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for milestone_id, version, at in session.execute(query):
        found[milestone_id][version] = at
    return found


def _decided(session: Session, ids: Sequence[int]) -> Iterable[int]:
    decided = col(MilestoneDecision.milestone_id)
    return session.scalars(sa.select(decided).where(decided.in_(ids)).distinct())
