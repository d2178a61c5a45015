"""Construction projects of plans as they read at the end of a past day: design, site, budget, as recorded then."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col

from app.domain.money import fen_of_wan
from app.domain.vocabulary import ChangeSubject, FundSource, ProjectNature, SchoolStage
from app.models import BudgetLine, Plan, PlanChange, Project, ProjectFloor, ProjectPhase
from app.queries.milestones import GONE
from app.queries.past_plans import Part, Record, first_changes, settings_of

_EXACT = frozenset({"area_m2", "land_m2", "floor_m2", "sports_m2"})


class ListedProject(NamedTuple):
    """A project with what its plan says of it; one deleted since has an id from GONE on."""

    project: Project
    slug: str
    drift_threshold_pp: int
    place: str


@dataclass(frozen=True, slots=True)
class Design:
    """The lists of a project as they were, as rows of their own that are never stored."""

    aliases: list[str]
    floors: list[ProjectFloor]
    phases: list[ProjectPhase]
    budget: list[BudgetLine]


def part_then(record: Record, plan_id: int, key: str) -> Part | None:
    """Return how a project read then; None: as now."""
    return record.plans[plan_id].part(ChangeSubject.PROJECT, key)[1]


def place_then(record: Record, plan_id: int, key: str) -> int | None:
    """Return the place at which a project was sited then; None: where it is now, 0: no such place any more."""
    part = part_then(record, plan_id, key)
    if part is None:
        return None
    place = record.place(plan_id, part["place"])
    return place.id if place else 0


def listed_then(record: Record, row: ListedProject) -> ListedProject:
    """Return a project as it read then."""
    plan = record.plans[row.project.plan_id]
    if plan.head is not None:
        row = row._replace(drift_threshold_pp=settings_of(plan.head)["drift_threshold_pp"])
    part = part_then(record, row.project.plan_id, row.project.key)
    if part is None:
        return row
    project = _project(record, row.project.plan_id, row.project.key, part)
    project.id = row.project.id
    return row._replace(project=project, place=_place_name(record, row.project.plan_id, part))


def design_then(part: Part) -> Design:
    """Return the lists of a project out of how it read."""
    return Design(
        aliases=sorted(set(part.get("aliases", ()))),
        floors=[ProjectFloor(**_values(item)) for item in part.get("floors", ())],
        phases=[ProjectPhase(**_values(item)) for item in part.get("phases", ())],
        budget=[_line(number, item) for number, item in enumerate(part.get("budget", ()))],
    )


def on_record(record: Record) -> sa.ColumnElement[bool]:
    """Return the condition that a project was in its plan already then."""
    if not any(part is None for part in _changed(record).values()):
        return sa.true()
    first = first_changes(
        record.until, col(PlanChange.subject) == ChangeSubject.PROJECT, col(PlanChange.plan_id).in_(_revised(record))
    )
    added = sa.exists().where(
        col(PlanChange.id).in_(first),
        col(PlanChange.before).is_(None),
        col(PlanChange.plan_id) == col(Project.plan_id),
        col(PlanChange.key) == col(Project.key),
    )
    return ~added


def gone_projects(record: Record) -> list[ListedProject]:
    """Return the projects that were in the plans then and have been deleted since: nobody had paid for them."""
    parts = {key: part for key, part in _changed(record).items() if part is not None}
    if not parts:
        return []
    first = first_changes(
        record.until, col(PlanChange.subject) == ChangeSubject.PROJECT, col(PlanChange.plan_id).in_(_revised(record))
    )
    there = sa.exists().where(col(Project.plan_id) == col(PlanChange.plan_id), col(Project.key) == col(PlanChange.key))
    query = (
        sa.select(
            col(PlanChange.id),
            col(PlanChange.plan_id),
            col(PlanChange.key),
            col(Plan.slug),
            col(Plan.drift_threshold_pp),
        )
        .join(Plan, col(Plan.id) == col(PlanChange.plan_id))
        .where(col(PlanChange.id).in_(first), col(PlanChange.before).is_not(None), ~there)
        .order_by(col(PlanChange.id))
    )
    found: list[ListedProject] = []
    for change_id, plan_id, key, slug, threshold_pp in record.session.execute(query):
        part = parts[plan_id, key]
        project = _project(record, plan_id, key, part)
        project.id = GONE + change_id
        found.append(listed_then(record, ListedProject(project, slug, threshold_pp, "")))
    return found


def _revised(record: Record) -> list[int]:
    return [plan_id for plan_id, plan in record.plans.items() if plan.revised]


def _changed(record: Record) -> Mapping[tuple[int, str], Part | None]:
    """Return how the projects that were changed since read then, by plan and key."""
    return {
        (plan_id, key): part
        for plan_id, plan in record.plans.items()
        for (subject, key), part in plan.changed.items()
        if subject is ChangeSubject.PROJECT
    }


def _project(record: Record, plan_id: int, key: str, part: Part) -> Project:
    """Return a project as a row of its own that is never stored."""
    names = [name for name in Project.model_fields if name not in ("id", "plan_id", "place_id", "key")]
    place, investment = record.place(plan_id, part["place"]), part.get("investment_wan")
    values = _values({name: part[name] for name in names if name in part})
    return Project(
        **values,
        plan_id=plan_id,
        key=key,
        place_id=place.id if place else 0,
        investment_fen=None if investment is None else fen_of_wan(Decimal(investment)),
    )


def _place_name(record: Record, plan_id: int, part: Part) -> str:
    place = record.place(plan_id, part["place"])
    return place.name if place else str(part["place"])


def _line(position: int, item: Part) -> BudgetLine:
    return BudgetLine(
        project_id=0,
        position=position,
        year=item.get("year"),
        source=FundSource(item["source"]),
        amount_fen=fen_of_wan(Decimal(item["amount_wan"])),
        clause=item.get("clause"),
    )


def _values(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a part in their own types."""
    found = dict(written)
    for name in _EXACT & found.keys():
        found[name] = Decimal(found[name])
    if "nature" in found:
        found["nature"] = ProjectNature(found["nature"])
    if found.get("stage"):
        found["stage"] = SchoolStage(found["stage"])
    return found
