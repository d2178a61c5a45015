"""What a plan's parts refer to by name, as ids: places, units and groups, indicators, stages, projects."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import (
    Indicator,
    Milestone,
    MilestoneUnit,
    Organization,
    OrganizationAlias,
    Place,
    Plan,
    Project,
    Stage,
    UnitGroup,
    UnitGroupMember,
)


@dataclass
class PlanContext:
    """Names that a plan's parts may use, and what they stand for.

    A place goes by its name where only one below the plan's area has it, else by its path; a unit by its full name,
    and by a short name or alias that only one unit of the area, or that the plan names, goes by.
    """

    plan: Plan
    places: dict[str, int]
    units: dict[str, int]
    groups: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)  # (unit id, name as written)
    indicators: dict[str, int] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)

    @property
    def plan_id(self) -> int:
        """Return the plan's id."""
        assert self.plan.id is not None
        return self.plan.id

    def place_names(self) -> dict[int, str]:
        """Return the name by which parts name each place."""
        return {place_id: name for name, place_id in reversed(self.places.items())}

    def members(self, name: str) -> tuple[tuple[int, str], ...]:
        """Return the units that a name in the text stands for, each with the name that is kept at the milestone."""
        if name in self.groups:
            return tuple((unit_id, name) for unit_id, _ in self.groups[name])
        return ((self.units[name], name),)


def plan_context(session: Session, plan: Plan) -> PlanContext:
    """Gather the names that a plan's parts may use: seven statements."""
    area = session.get_one(Place, plan.place_id)
    places = _places(session, area)
    around = set(places.values()) | set(_above(area.path, session))
    context = PlanContext(plan, places, _units(session, around, plan))
    context.groups = _groups(session, context.plan_id)
    context.indicators = indicator_ids(session, plan)
    context.stages = _keyed(session, sa.select(col(Stage.key), col(Stage.id)).where(col(Stage.plan_id) == plan.id))
    context.projects = _keyed(
        session, sa.select(col(Project.key), col(Project.id)).where(col(Project.plan_id) == plan.id)
    )
    return context


def indicator_ids(session: Session, plan: Plan) -> dict[str, int]:
    """Return the indicators of a plan's standard and its own, by code."""
    owner = sa.or_(col(Indicator.standard_id) == plan.standard_id, col(Indicator.plan_id) == plan.id)
    return _keyed(session, sa.select(col(Indicator.code), col(Indicator.id)).where(owner))


def _keyed(session: Session, query: sa.Select[str, int | None]) -> dict[str, int]:
    return {key: row_id for key, row_id in session.execute(query) if row_id is not None}


def _places(session: Session, area: Place) -> dict[str, int]:
    """Return the area and every place below it by name, by path where several go by the name."""
    below = col(Place.path).startswith(f"{area.path}/", autoescape=True)
    query = sa.select(col(Place.id), col(Place.name), col(Place.path)).where(sa.or_(col(Place.id) == area.id, below))
    rows = session.execute(query.order_by(col(Place.path))).all()
    times = Counter(row.name for row in rows)
    found = {row.name: row.id for row in rows if times[row.name] == 1} | {area.name: area.id}
    named = set(found.values())
    return found | {row.path: row.id for row in rows if row.id not in named}


def _above(path: str, session: Session) -> Iterable[int]:
    names = path.split("/")
    paths = ["/".join(names[: count + 1]) for count in range(len(names) - 1)]
    found = session.scalars(sa.select(col(Place.id)).where(col(Place.path).in_(paths)))
    return [place_id for place_id in found if place_id is not None]


def _units(session: Session, places: set[int], plan: Plan) -> dict[str, int]:
    """Return the units of the places, and those of elsewhere that the plan names, by every word for them alone."""
    bound = (
        sa.select(col(MilestoneUnit.organization_id))
        .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
        .where(col(Milestone.plan_id) == plan.id)
    )
    members = (
        sa.select(col(UnitGroupMember.organization_id))
        .join(UnitGroup, col(UnitGroup.id) == col(UnitGroupMember.group_id))
        .where(col(UnitGroup.plan_id) == plan.id)
    )
    meant = sa.or_(
        col(Organization.place_id).in_(places), col(Organization.id).in_(bound), col(Organization.id).in_(members)
    )
    rows = session.execute(
        sa.select(col(Organization.id), col(Organization.name), col(Organization.short_name))
        .where(meant)
        .order_by(col(Organization.id))
    ).all()
    aliases = session.execute(
        sa.select(col(OrganizationAlias.organization_id), col(OrganizationAlias.alias)).where(
            col(OrganizationAlias.organization_id).in_(sa.select(col(Organization.id)).where(meant))
        )
    ).all()
    words = {(row.short_name, row.id) for row in rows} | {(row.alias, row.organization_id) for row in aliases}
    times = Counter(word for word, _ in words)
    by_word = {word: unit_id for word, unit_id in words if times[word] == 1}
    return by_word | {row.name: row.id for row in rows}


def _groups(session: Session, plan_id: int) -> dict[str, tuple[tuple[int, str], ...]]:
    rows = session.execute(
        sa.select(col(UnitGroup.name), col(UnitGroupMember.organization_id), col(UnitGroupMember.named_as))
        .join(UnitGroupMember, col(UnitGroupMember.group_id) == col(UnitGroup.id))
        .where(col(UnitGroup.plan_id) == plan_id)
        .order_by(col(UnitGroup.name), col(UnitGroupMember.position))
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for name, unit_id, named_as in rows:
        found.setdefault(name, []).append((unit_id, named_as))
    return {name: tuple(members) for name, members in found.items()}
