"""A plan's milestones for the charts of its page: as the projection has them today, or as they stood on a past day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.access import Scope
from app.domain.circulars import LedgerFacts, MilestoneRow
from app.domain.deadlines import days_late
from app.domain.official_words import KINDS, STANDINGS
from app.domain.vocabulary import UnitRole
from app.models import Milestone, MilestoneStanding, MilestoneUnit, Organization, Place, Plan
from app.queries.as_of import every_milestone
from app.queries.circulars import CutOff, gather_ledger
from app.queries.past_plans import record_of
from app.queries.plans import in_scope

Named = dict[tuple[int, UnitRole], tuple[str, ...]]


def ledger_now(session: Session, plan: Plan, scope: Scope, today: date) -> LedgerFacts:
    """Return the milestones of a plan that a person sees, in the order of its document, in five statements."""
    units = _units(session, plan, scope)
    query: Any = (
        sa.select(Milestone, MilestoneStanding, col(Place.name).label("place"))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(Milestone.id))
        .join(Place, col(Place.id) == col(Milestone.place_id))
        .where(col(Milestone.plan_id) == plan.id, *in_scope(scope))
        .order_by(col(Milestone.position), col(Milestone.id))
    )
    rows = session.execute(query).all()
    return LedgerFacts(
        plan_title=plan.title,
        plan_short_title=plan.short_title,
        plan_document_number=plan.document_number,
        issuer_office=session.get_one(Organization, plan.office_id).name,
        area=session.get_one(Place, plan.place_id).name,
        cut_off_on=today,
        cut_off_at=day_end(today),
        milestones=tuple(_row(plan, units, today, *row) for row in rows),
    )


def ledger_then(session: Session, plan: Plan, scope: Scope, on: date) -> LedgerFacts:
    """Return the milestones of a plan as they stood at the end of a past day; none before it was issued.

    A unit sees what names it and named it then.
    """
    assert plan.id is not None
    known = gather_ledger(session, plan, CutOff(on, day_end(on), None))
    record = record_of(session, on, scope, plan.id)
    if plan.id not in record.in_force:
        return replace(known, milestones=())
    if scope.organization_id is None:
        return known
    seen = {item.id for item in every_milestone(record, scope, plan.id)}
    return replace(known, milestones=tuple(row for row in known.milestones if row.id in seen))


def _units(session: Session, plan: Plan, scope: Scope) -> Named:
    """Return the units by milestone and role, lead first; where the text names a group, the group's own name."""
    query = (
        sa.select(
            col(MilestoneUnit.milestone_id),
            col(MilestoneUnit.role),
            col(MilestoneUnit.named_as),
            col(Organization.short_name),
        )
        .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id))
        .where(col(MilestoneStanding.plan_id) == plan.id, *in_scope(scope))
        .order_by(col(MilestoneUnit.milestone_id), col(MilestoneUnit.position))
    )
    found: dict[tuple[int, UnitRole], list[tuple[str, str]]] = {}
    for milestone_id, role, named_as, short_name in session.execute(query):
        found.setdefault((milestone_id, role), []).append((named_as, short_name))
    return {key: _named(pairs) for key, pairs in found.items()}


def _named(pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    members = Counter(named_as for named_as, _ in pairs)
    return tuple(dict.fromkeys(named_as if members[named_as] > 1 else short for named_as, short in pairs))


def _row(
    plan: Plan, units: Named, today: date, milestone: Milestone, standing: MilestoneStanding, place: str
) -> MilestoneRow:
    stopped_on = standing.clock_stopped_on or today
    return MilestoneRow(
        id=standing.milestone_id,
        clause=milestone.clause,
        kind_label=KINDS[milestone.kind],
        title=milestone.title,
        place=place,
        group=place if milestone.place_id != plan.place_id else None,
        responsible=units.get((standing.milestone_id, UnitRole.RESPONSIBLE), ()),
        supporting=units.get((standing.milestone_id, UnitRole.SUPPORTING), ()),
        original_due_on=standing.original_due_on,
        effective_due_on=standing.effective_due_on,
        due_phrase=milestone.due_phrase,
        standing=standing.standing,
        standing_label=STANDINGS[standing.standing],
        timeliness=standing.timeliness,
        days_late=days_late(standing.effective_due_on, stopped_on),
        days_late_original=days_late(standing.original_due_on, stopped_on),
        progress_pct=standing.progress_pct,
        last_report_on=standing.reported_on,
    )
