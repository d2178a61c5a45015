"""Reads for the overdue scan: what has fallen due, who is involved, which cases take in more."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.alerts import Involved
from app.domain.cases import JOINABLE, Candidate, JoinableCase, MatterKey, matter_keys
from app.domain.vocabulary import MilestoneKind, Standing, UnitRole
from app.models import (
    Account,
    AccountabilityCase,
    CaseMilestone,
    Milestone,
    MilestoneStanding,
    MilestoneUnit,
    Obligation,
    Organization,
    Plan,
    Posting,
)
from app.queries import facts


@dataclass(frozen=True, slots=True)
class Wording:
    """What the sentence of an alert or a case says of a milestone."""

    title: str
    due_phrase: str
    original_due_on: date


@dataclass(frozen=True, slots=True)
class Numbering:
    """What the number of a new case is made of: the plan's slug, and how many cases of the year it has."""

    slug: str
    taken: int


def due_milestones(session: Session, on: date) -> list[int]:
    """Return the milestones whose next firing is due by `on`, never only on it."""
    # Sorted here: asked for the order, SQLite reads the whole table by its key rather than the few rows by the index.
    query = sa.select(col(Obligation.milestone_id)).where(col(Obligation.fire_on) <= on)
    return sorted(session.scalars(query))


def lock_due(session: Session, ids: Sequence[int], on: date) -> dict[int, int]:
    """Lock those obligations that are still due and return their due-date versions by milestone id."""
    query = (
        sa.select(col(Obligation.milestone_id), col(Obligation.due_version))
        .where(col(Obligation.milestone_id).in_(ids), col(Obligation.fire_on) <= on)
        .order_by(col(Obligation.milestone_id))
        .with_for_update()
    )
    return {milestone_id: version for milestone_id, version in session.execute(query)}


def wordings(session: Session, ids: Sequence[int]) -> dict[int, Wording]:
    """Return title, due phrase and original due date by milestone id."""
    query = sa.select(
        col(Milestone.id), col(Milestone.title), col(Milestone.due_phrase), facts.original_due_on()
    ).where(col(Milestone.id).in_(ids))
    return {key: Wording(title, phrase, due_on) for key, title, phrase, due_on in session.execute(query)}


def involved(session: Session, ids: Sequence[int], on: date) -> dict[int, Involved]:
    """Return each milestone's units in the document's order, its plan's office, and who can answer on a day."""
    bound: dict[tuple[int, UnitRole], list[int]] = defaultdict(list)
    units = sa.select(
        col(MilestoneUnit.milestone_id), col(MilestoneUnit.role), col(MilestoneUnit.organization_id)
    ).where(col(MilestoneUnit.milestone_id).in_(ids))
    for milestone_id, role, unit_id in session.execute(units.order_by(col(MilestoneUnit.position))):
        bound[milestone_id, role].append(unit_id)
    named = {unit_id for found in bound.values() for unit_id in found}
    supervisors = supervisors_of(session, named)
    unmanned = unmanned_of(session, named | set(supervisors.values()), on)
    offices = (
        sa.select(col(Milestone.id), col(Plan.office_id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .where(col(Milestone.id).in_(ids))
    )
    return {
        milestone_id: Involved(
            tuple(bound[milestone_id, UnitRole.RESPONSIBLE]),
            tuple(bound[milestone_id, UnitRole.SUPPORTING]),
            office_id,
            supervisors,
            unmanned,
        )
        for milestone_id, office_id in session.execute(offices)
    }


def supervisors_of(session: Session, unit_ids: Iterable[int]) -> dict[int, int]:
    """Return the supervising unit of those units that have one."""
    query = sa.select(col(Organization.id), col(Organization.supervisor_id)).where(
        col(Organization.id).in_(set(unit_ids)), col(Organization.supervisor_id).is_not(None)
    )
    return {unit_id: above for unit_id, above in session.execute(query)}


def unmanned_of(session: Session, unit_ids: Iterable[int], on: date) -> frozenset[int]:
    """Return the units in which nobody holds a post on a day and nobody has an account."""
    wanted = set(unit_ids)
    held = sa.select(col(Posting.organization_id)).where(
        col(Posting.organization_id).in_(wanted),
        col(Posting.from_on) <= on,
        sa.or_(col(Posting.to_on).is_(None), col(Posting.to_on) >= on),
    )
    signing_in = sa.select(col(Account.organization_id)).where(
        col(Account.organization_id).in_(wanted), col(Account.active)
    )
    manned = set(session.scalars(held)) | set(session.scalars(signing_in))
    return frozenset(wanted - manned)


def graces(session: Session) -> dict[int, int]:
    """Return each plan's days of grace before a case."""
    return {key: days for key, days in session.execute(sa.select(col(Plan.id), col(Plan.case_grace_days)))}


def count_projected(session: Session) -> tuple[int, int]:
    """Return how many milestones the projection holds, and how many of them are overdue."""
    query = sa.select(
        sa.func.count(), sa.func.count().filter(col(MilestoneStanding.standing) == Standing.OVERDUE)
    ).select_from(MilestoneStanding)
    examined, overdue = session.execute(query).one()
    return examined, overdue


def past_grace(session: Session, on: date) -> list[int]:
    """Return what the projection of `on` shows overdue beyond its plan's grace and in no case, plan by plan."""
    plans_of: dict[int, list[int]] = defaultdict(list)  # few graces, though there may be many plans
    for plan_id, days in graces(session).items():
        plans_of[days].append(plan_id)
    beyond = [
        sa.and_(
            col(MilestoneStanding.plan_id).in_(plan_ids),
            col(MilestoneStanding.effective_due_on) < on - timedelta(days=days),
        )
        for days, plan_ids in plans_of.items()
    ]
    if not beyond:
        return []
    query = _without_case().where(sa.or_(*beyond))
    return list(session.scalars(query))


def without_case(session: Session, versions: Mapping[int, int]) -> list[int]:
    """Return which of these (milestone id: due-date version) are overdue today as well, by this version, in no case."""
    rows = session.execute(_without_case().where(col(MilestoneStanding.milestone_id).in_(versions)))
    return [row.milestone_id for row in rows if row.due_version == versions[row.milestone_id]]


def _without_case() -> sa.Select[int, int]:
    held = sa.exists().where(
        col(CaseMilestone.milestone_id) == col(MilestoneStanding.milestone_id),
        col(CaseMilestone.due_version) == col(MilestoneStanding.due_version),
        col(CaseMilestone.occasion) == 0,
    )
    return (
        sa.select(col(MilestoneStanding.milestone_id), col(MilestoneStanding.due_version))
        .where(
            col(MilestoneStanding.standing) == Standing.OVERDUE,
            ~held,
            col(MilestoneStanding.milestone_id).not_in(facts.governed()),
        )
        .order_by(col(MilestoneStanding.plan_id), col(MilestoneStanding.milestone_id))
    )


def held_in_cases(session: Session, ids: Sequence[int]) -> set[tuple[int, int, int]]:
    """Return which (milestone id, due-date version, regression) a case holds already; 0: held for its due date."""
    query = sa.select(col(CaseMilestone.milestone_id), col(CaseMilestone.due_version), col(CaseMilestone.occasion))
    rows = session.execute(query.where(col(CaseMilestone.milestone_id).in_(ids)))
    return {(milestone_id, version, occasion) for milestone_id, version, occasion in rows}


def candidates(session: Session, ids: Sequence[int]) -> list[Candidate]:
    """Return the milestones with their matter and the unit that leads; the office's where none does."""
    lead, first = aliased(MilestoneUnit), aliased(MilestoneUnit)
    unit, office = aliased(Organization), aliased(Organization)
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *_MATTER,
            sa.func.coalesce(col(lead.organization_id), col(Plan.office_id)).label("unit_id"),
            sa.func.coalesce(col(unit.short_name), col(first.named_as), col(office.short_name)).label("held_as"),
        )
        .select_from(Milestone)
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .join(office, col(office.id) == col(Plan.office_id))
        .outerjoin(lead, sa.and_(col(lead.milestone_id) == col(Milestone.id), col(lead.leads)))
        .outerjoin(unit, col(unit.id) == col(lead.organization_id))
        .outerjoin(
            first,
            sa.and_(
                col(first.milestone_id) == col(Milestone.id),
                col(first.role) == UnitRole.RESPONSIBLE,
                col(first.position) == 0,
            ),
        )
        .where(col(Milestone.id).in_(ids))
        .order_by(col(Milestone.id))
    )
    return [Candidate(row.id, row.plan_id, row.unit_id, _keys(row), row.held_as) for row in session.execute(query)]


def joinable_cases(session: Session, members: Sequence[Candidate]) -> list[JoinableCase]:
    """Return the cases that still take in milestones and hold one of the same plan and matter as any of these."""
    values: dict[str, set[int | str]] = defaultdict(set)
    for matter, value in frozenset[MatterKey]().union(*(item.keys for item in members)):
        values[matter].add(value)
    same_matter = sa.or_(
        col(Milestone.id).in_(values["milestone"]),
        col(Milestone.series).in_(values["series"]),
        col(Milestone.project_id).in_(values["project"]),
        sa.and_(col(Milestone.kind) == MilestoneKind.RECOGNITION, col(Milestone.place_id).in_(values["recognition"])),
    )
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            *_MATTER,
            col(AccountabilityCase.id).label("case_id"),
            col(AccountabilityCase.organization_id).label("unit_id"),
        )
        .select_from(AccountabilityCase)
        .join(CaseMilestone, col(CaseMilestone.case_id) == col(AccountabilityCase.id))
        .join(Milestone, col(Milestone.id) == col(CaseMilestone.milestone_id))
        .where(
            col(AccountabilityCase.plan_id).in_({item.plan_id for item in members}),
            col(AccountabilityCase.stage).in_(JOINABLE),
            same_matter,
        )
    )
    keys: dict[tuple[int, int, int], frozenset[MatterKey]] = defaultdict(frozenset)
    for row in session.execute(query):
        keys[row.case_id, row.plan_id, row.unit_id] |= _keys(row)
    return [JoinableCase(*owner, found) for owner, found in keys.items()]


def numberings(session: Session, plan_ids: Iterable[int], year: int) -> dict[int, Numbering]:
    """Return by plan id what the next case number of a year is made of."""
    mine = sa.and_(
        col(AccountabilityCase.plan_id) == col(Plan.id),
        col(AccountabilityCase.number).startswith(col(Plan.slug) + f"-{year}-"),
    )
    query = (
        sa.select(col(Plan.id), col(Plan.slug), sa.func.count(col(AccountabilityCase.id)))
        .outerjoin(AccountabilityCase, mine)
        .where(col(Plan.id).in_(set(plan_ids)))
        .group_by(col(Plan.id), col(Plan.slug))
    )
    return {plan_id: Numbering(slug, taken) for plan_id, slug, taken in session.execute(query)}


_MATTER = (
    col(Milestone.id),
    col(Milestone.plan_id),
    col(Milestone.kind),
    col(Milestone.series),
    col(Milestone.project_id),
    col(Milestone.place_id),
)


def _keys(row: sa.Row[*tuple[Any, ...]]) -> frozenset[MatterKey]:
    return matter_keys(row.id, row.kind, series=row.series, project_id=row.project_id, place_id=row.place_id)
