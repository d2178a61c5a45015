"""Plans as they stood at the end of a past day: their settings, and what of their parts was changed since."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.access import Scope
from app.domain.standing import Policy
from app.domain.vocabulary import ChangeSubject
from app.models import (
    Organization,
    OrganizationAlias,
    Place,
    Plan,
    PlanChange,
    PlanRevision,
    Project,
    Stage,
    UnitGroup,
    UnitGroupMember,
)
from app.queries.unit_scope import readable_units

# What the office's settings are where a recorded head does not write them out: those of the plan file.
DEFAULT_SETTINGS = {
    "tracked_from": "2025-01-01",
    "warning_days": 90,
    "behind_threshold_pp": 10,
    "case_grace_days": 30,
    "drift_threshold_pp": 20,
    "reporting_cycle": "quarter",
    "report_timely_days": 10,
    "report_closing_days": 25,
    "extension_limit": 2,
    "recheck_months": 12,
}
# Parts of which a plan has few: they are read whole.
_FEW = (ChangeSubject.PLAN, ChangeSubject.GROUP, ChangeSubject.STAGE, ChangeSubject.PROJECT)

Words = sa.Select[*tuple[Any, ...]]
Part = Mapping[str, Any]  # a part of a plan as the JSON of a change writes it, without what is as by default


class UnitName(NamedTuple):
    """A unit that a word of a plan stands for."""

    id: int
    name: str
    short_name: str


class PlaceName(NamedTuple):
    """A place that a word of a plan stands for."""

    id: int
    name: str
    sort_key: str


@dataclass(frozen=True)
class PastPlan:
    """A plan on a past day; `changed` holds parts changed since by subject and key, None: not in the plan then.

    `policy_differs`: it was judged by other settings than now.
    """

    plan: Plan
    area: str  # path of the place it is for
    policy: Policy
    policy_differs: bool
    issued_on: date
    short_title: str
    changed: Mapping[tuple[ChangeSubject, str], Part | None]
    revised: bool  # any revision was recorded since

    def part(self, subject: ChangeSubject, key: str) -> tuple[bool, Part | None]:
        """Return whether a part was changed since, and how it was then."""
        return (subject, key) in self.changed, self.changed.get((subject, key))

    @property
    def head(self) -> Part | None:
        """Return the head as it was; None: as now."""
        return self.changed.get((ChangeSubject.PLAN, self.plan.slug))

    @property
    def document_number(self) -> str | None:
        """Return the document number as it was recorded then."""
        return self.plan.document_number if self.head is None else self.head.get("document_number")

    @property
    def changed_groups(self) -> list[str]:
        """Return the names of the groups of units that were changed since."""
        return [key for subject, key in self.changed if subject is ChangeSubject.GROUP]


@dataclass
class Record:
    """The record at the end of a past day: the plans asked about, and the names looked up so far.

    `readers`: the unit that asks and those it supervises, one of which must have been named then; None: no unit asks.
    """

    session: Session
    on: date
    plans: Mapping[int, PastPlan]
    readers: frozenset[int] | None = None
    known_until: datetime | None = None  # None: all that was recorded on the day
    _units: dict[tuple[int, str], UnitName | None] = field(default_factory=dict)
    _places: dict[tuple[int, str], PlaceName | None] = field(default_factory=dict)

    @cached_property
    def until(self) -> datetime:
        """The first instant after the day: what was recorded from then on was not known."""
        return self.known_until or day_end(self.on)

    @property
    def in_force(self) -> list[int]:
        """The plans that had been issued by that day."""
        return [plan_id for plan_id, item in self.plans.items() if item.issued_on <= self.on]

    def units(self, plan_id: int, words: Collection[str]) -> dict[str, UnitName | None]:
        """Return the units that words of a plan stand for; None: nobody can tell any more."""
        if missing := [word for word in words if (plan_id, word) not in self._units]:
            found = _units_called(self.session, self.plans[plan_id].area, missing)
            self._units |= {(plan_id, word): found.get(word) for word in missing}
        return {word: self._units[plan_id, word] for word in words}

    def place(self, plan_id: int, word: str) -> PlaceName | None:
        """Return the place that a word of a plan stands for; None: nobody can tell any more."""
        if (plan_id, word) not in self._places:
            self._places[plan_id, word] = _place_called(self.session, self.plans[plan_id].area, word)
        return self._places[plan_id, word]

    def stage_name(self, plan_id: int, key: str | None) -> str | None:
        """Return the name that a stage of a plan had; None: no stage, or none any more."""
        if key is None:
            return None
        changed, part = self.plans[plan_id].part(ChangeSubject.STAGE, key)
        if changed and part is not None:
            return str(part["name"])
        return self._stages.get((plan_id, key))

    def project_columns(self, plan_id: int, key: str | None) -> dict[str, Any]:
        """Return the id of a project of a plan, and the name it had; None: no project, or none any more."""
        project_id, name = self._projects.get((plan_id, key), (None, None)) if key else (None, None)
        if key is not None:
            part = self.plans[plan_id].part(ChangeSubject.PROJECT, key)[1]
            name = name if part is None else part["name"]
        return {"project_id": project_id, "project_name": name}

    @cached_property
    def _stages(self) -> dict[tuple[int, str], str]:
        query = sa.select(col(Stage.plan_id), col(Stage.key), col(Stage.name))
        rows = self.session.execute(query.where(col(Stage.plan_id).in_(self.plans)))
        return {(plan_id, key): name for plan_id, key, name in rows}

    @cached_property
    def _projects(self) -> dict[tuple[int, str | None], tuple[int | None, str | None]]:
        query = sa.select(col(Project.plan_id), col(Project.key), col(Project.id), col(Project.name))
        rows = self.session.execute(query.where(col(Project.plan_id).in_(self.plans)))
        return {(plan_id, key): (project_id, name) for plan_id, key, project_id, name in rows}

    @cached_property
    def groups(self) -> dict[tuple[int, str], tuple[UnitName, ...]]:
        """The units of every group of the plans as it was, by plan and name."""
        found = _groups_now(self.session, list(self.plans))
        for plan_id, plan in self.plans.items():
            for name in plan.changed_groups:
                found.pop((plan_id, name), None)
                part = plan.changed[ChangeSubject.GROUP, name]
                if part is not None:
                    members = self.units(plan_id, part.get("members", ())).values()
                    found[plan_id, name] = tuple(item for item in members if item is not None)
        return found


def record_of(
    session: Session, on: date, scope: Scope, plan_id: int | None = None, *, known_until: datetime | None = None
) -> Record:
    """Return the record at the end of a day of the plans in scope (or of one), in at most three statements.

    `known_until`: only what was recorded before this moment of the day; None: all of the day.
    """
    query: sa.Select[*tuple[Any, ...]] = sa.select(Plan, col(Place.path)).join(
        Place, col(Place.id) == col(Plan.place_id)
    )
    for wanted in {scope.plan_id, plan_id} - {None}:
        query = query.where(col(Plan.id) == wanted)
    until = known_until or day_end(on)
    revised = sa.exists().where(col(PlanRevision.plan_id) == col(Plan.id), recorded_since(until)).label("revised")
    rows = session.execute(query.add_columns(revised).order_by(col(Plan.sort_key))).all()
    changed = _changed(session, [row[0].id for row in rows if row.revised], until)
    plans = {row[0].id: _past_plan(row[0], row.path, changed.get(row[0].id, {}), bool(row.revised)) for row in rows}
    unit = scope.organization_id
    readers = None if unit is None else frozenset(session.scalars(readable_units(unit)))
    return Record(session, on, plans, readers, known_until)


def first_changes(until: datetime, *conditions: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """Select the first change recorded since an instant of each part: its `before` is how the part was.

    What a plan's first revision wrote counts as known since the plan was issued.
    """
    return (
        sa.select(sa.func.min(col(PlanChange.id)))
        .join(PlanRevision, col(PlanRevision.id) == col(PlanChange.revision_id))
        .where(recorded_since(until), *conditions)
        .group_by(col(PlanChange.plan_id), col(PlanChange.subject), col(PlanChange.key))
    )


def recorded_since(until: datetime, revision: type[PlanRevision] = PlanRevision) -> sa.ColumnElement[bool]:
    """Return the condition that a revision was not known yet before an instant."""
    return sa.and_(col(revision.recorded_at) >= until, col(revision.number) > 1)


def recorded_before(until: datetime, revision: type[PlanRevision] = PlanRevision) -> sa.ColumnElement[bool]:
    """Return the condition that a revision was known before an instant."""
    return sa.not_(recorded_since(until, revision))


def _changed(
    session: Session, plan_ids: list[int], until: datetime
) -> dict[int, dict[tuple[ChangeSubject, str], Part | None]]:
    if not plan_ids:
        return {}
    first = first_changes(until, col(PlanChange.subject).in_(_FEW), col(PlanChange.plan_id).in_(plan_ids))
    query = sa.select(
        col(PlanChange.plan_id), col(PlanChange.subject), col(PlanChange.key), col(PlanChange.before)
    ).where(col(PlanChange.id).in_(first))
    found: dict[int, dict[tuple[ChangeSubject, str], Part | None]] = {}
    for plan_id, subject, key, before in session.execute(query):
        found.setdefault(plan_id, {})[subject, key] = read_part(before)
    return found


def read_part(text: str | None) -> Part | None:
    """Return a part as its change writes it; None stays None."""
    if text is None:
        return None
    part: dict[str, Any] = json.loads(text)
    return part


def _past_plan(
    plan: Plan, area: str, changed: Mapping[tuple[ChangeSubject, str], Part | None], revised: bool
) -> PastPlan:
    now = Policy(plan.tracked_from, plan.warning_days, plan.behind_threshold_pp)
    head = changed.get((ChangeSubject.PLAN, plan.slug))
    policy = now if head is None else _policy(settings_of(head))
    return PastPlan(
        plan=plan,
        area=area,
        policy=policy,
        policy_differs=policy != now,
        issued_on=plan.issued_on if head is None else date.fromisoformat(head["issued_on"]),
        short_title=plan.short_title if head is None else head["short_title"],
        changed=changed,
        revised=revised,
    )


def settings_of(head: Part) -> dict[str, Any]:
    """Return the office's settings that a recorded head holds."""
    return {**DEFAULT_SETTINGS, **head.get("settings", {})}


def _policy(settings: Mapping[str, Any]) -> Policy:
    return Policy(
        date.fromisoformat(settings["tracked_from"]), settings["warning_days"], settings["behind_threshold_pp"]
    )


def _groups_now(session: Session, plan_ids: list[int]) -> dict[tuple[int, str], tuple[UnitName, ...]]:
    query = (
        sa.select(
            col(UnitGroup.plan_id),
            col(UnitGroup.name),
            col(Organization.id),
            col(Organization.name),
            col(Organization.short_name),
        )
        .join(UnitGroupMember, col(UnitGroupMember.group_id) == col(UnitGroup.id))
        .join(Organization, col(Organization.id) == col(UnitGroupMember.organization_id))
        .where(col(UnitGroup.plan_id).in_(plan_ids))
        .order_by(col(UnitGroup.id), col(UnitGroupMember.position))
    )
    found: dict[tuple[int, str], tuple[UnitName, ...]] = {}
    for plan_id, group, *unit in session.execute(query):
        found[plan_id, group] = (*found.get((plan_id, group), ()), UnitName(*unit))
    return found


def _units_called(session: Session, area: str, words: list[str]) -> dict[str, UnitName]:
    """Return the one unit that goes by each word: a full name before a short one, the area's before others'."""
    alias: Words = sa.select(col(OrganizationAlias.organization_id), col(OrganizationAlias.alias).label("word"))
    short: Words = sa.select(col(Organization.id).label("organization_id"), col(Organization.short_name).label("word"))
    full: Words = sa.select(col(Organization.id).label("organization_id"), col(Organization.name).label("word"))
    called = sa.union(
        *(item.where(item.selected_columns.word.in_(words)) for item in (alias, short, full))  # each has its index
    ).subquery()
    rows = session.execute(
        sa.select(
            called.c.word, col(Place.path), col(Organization.id), col(Organization.name), col(Organization.short_name)
        )
        .join(Organization, col(Organization.id) == called.c.organization_id)
        .join(Place, col(Place.id) == col(Organization.place_id))
    ).all()
    found: dict[str, UnitName] = {}
    for word in words:
        meant = [(path, UnitName(*unit)) for written, path, *unit in rows if written == word]
        exact = [unit for _, unit in meant if unit.name == word]
        near = [unit for path, unit in meant if f"{area}/".startswith(f"{path}/") or path.startswith(f"{area}/")]
        chosen = exact or near or [unit for _, unit in meant]
        if len(chosen) == 1:
            found[word] = chosen[0]
    return found


def _place_called(session: Session, area: str, word: str) -> PlaceName | None:
    inside = sa.or_(col(Place.path) == area, col(Place.path).startswith(f"{area}/", autoescape=True))
    called = sa.or_(col(Place.name) == word, col(Place.path) == word)
    query = sa.select(col(Place.id), col(Place.name), col(Place.sort_key)).where(inside, called)
    row = session.execute(query.order_by(sa.func.length(col(Place.path))).limit(1)).first()
    return None if row is None else PlaceName(*row)
