"""Write a plan on record as a plan file: what was loaded comes out so that it loads again to the same rows."""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import yaml
from sqlmodel import Session, col

from app.domain.vocabulary import ChangeSubject
from app.models import Milestone, MilestoneUnit, Organization, OrganizationAlias, Place, Plan
from app.services.plan_context import PlanContext, plan_context
from app.services.plan_files import (
    GroupPart,
    HeadPart,
    MilestonePart,
    OrganizationPart,
    Part,
    PlacePart,
    PlanFile,
)
from app.services.plan_milestone_parts import collapsed
from app.services.plan_parts import Parts, stored_parts
from app.services.plan_yaml import PlanLoader

SCHEMA_LINE = "# yaml-language-server: $schema=../plan.schema.json\n"
_SECTIONS = {
    ChangeSubject.GROUP: "groups",
    ChangeSubject.STAGE: "stages",
    ChangeSubject.INDICATOR: "indicators",
    ChangeSubject.OVERRIDE: "overrides",
    ChangeSubject.PROJECT: "projects",
    ChangeSubject.RUNG: "ladder",
}


class _PlanDumper(yaml.SafeDumper):
    """Writes what `PlanLoader` reads: quotes only where that reading would differ, every value in full."""

    yaml_implicit_resolvers = PlanLoader.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value again where it stands again."""
        return True


def plan_file(session: Session, plan: Plan, parts: Parts | None = None) -> PlanFile:
    """Return a plan as its file; `parts` of an earlier version, None: as it is on record now."""
    context = plan_context(session, plan)
    if parts is None:
        parts = stored_parts(session, context)
    head = parts[ChangeSubject.PLAN, plan.slug]
    assert isinstance(head, HeadPart)
    milestones = [part for part in parts.values() if isinstance(part, MilestonePart)]
    units = _units(session, context, parts.values())
    values: dict[str, Any] = {name: getattr(head, name) for name in HeadPart.model_fields}
    for subject, section in _SECTIONS.items():
        values[section] = tuple(part for (which, _), part in parts.items() if which is subject)
    return PlanFile.model_construct(
        **values,
        places=_places(session, context, units),
        organizations=_organizations(session, units),
        milestones=tuple(collapsed(milestones, head.issued_on)),
    )


def plan_yaml(file: PlanFile) -> str:
    """Return a plan file's text: keys in the order of the format, nothing that is left at its default."""
    return SCHEMA_LINE + yaml.dump(
        _plain(file.model_dump(exclude_defaults=True)),
        Dumper=_PlanDumper,
        allow_unicode=True,
        sort_keys=False,
        width=1000,
        default_flow_style=False,
    )


def _plain(value: Any) -> Any:
    """Return a value as YAML writes it; figures exactly as they are."""
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, (str, int, bool, date)) else str(value)


def _units(session: Session, context: PlanContext, parts: Iterable[Part]) -> list[Organization]:
    """Return the units of the plan's area, those it names elsewhere, who took over their work and who supervises."""
    area = sa.select(col(Organization.id)).where(col(Organization.place_id).in_(set(context.places.values())))
    ids = {context.plan.office_id, *(row.id for row in session.execute(area))}
    for part in parts:
        if isinstance(part, MilestonePart):
            ids |= {context.units[name] for name in (*part.responsible, *part.supporting) if name in context.units}
        elif isinstance(part, GroupPart):
            ids |= {context.units[name] for name in part.members if name in context.units}
    named = sa.select(col(MilestoneUnit.organization_id)).join(
        Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id)
    )
    ids |= set(session.scalars(named.where(col(Milestone.plan_id) == context.plan_id).distinct()))
    rows = _with_successors(session, Organization, ids)
    while above := {row.supervisor_id for row in rows if row.supervisor_id} - {row.id for row in rows}:
        rows = _with_successors(session, Organization, {row.id for row in rows} | above)
    return rows


def _with_successors(session: Session, model: Any, ids: Collection[int]) -> list[Any]:
    """Return rows and all that succeed them, in the order of their ids."""
    found: dict[int, Any] = {}
    wanted = set(ids)
    while wanted:
        for row in session.scalars(sa.select(model).where(model.id.in_(wanted))):
            found[row.id] = row
        wanted = {row.successor_id for row in found.values() if row.successor_id} - set(found)
    return [found[row_id] for row_id in sorted(found)]


def _organizations(session: Session, units: list[Organization]) -> tuple[OrganizationPart, ...]:
    ids = [unit.id for unit in units]
    aliases: dict[int, list[str]] = {}
    rows = sa.select(OrganizationAlias).where(col(OrganizationAlias.organization_id).in_(ids))
    for row in session.scalars(rows.order_by(col(OrganizationAlias.alias))):
        aliases.setdefault(row.organization_id, []).append(row.alias)
    names = {unit.id: unit.name for unit in units}
    places = session.execute(
        sa.select(col(Place.id), col(Place.name)).where(col(Place.id).in_({unit.place_id for unit in units}))
    )
    place_names = {row.id: row.name for row in places}
    return tuple(
        OrganizationPart(
            name=unit.name,
            short_name=unit.short_name,
            kind=unit.kind,
            place=place_names[unit.place_id],
            aliases=tuple(aliases.get(unit.id or 0, ())),
            valid_from=unit.valid_from,
            valid_to=unit.valid_to,
            successor=names[unit.successor_id] if unit.successor_id else None,
            supervisor=names[unit.supervisor_id] if unit.supervisor_id else None,
        )
        for unit in units
    )


def _places(session: Session, context: PlanContext, units: list[Organization]) -> tuple[PlacePart, ...]:
    """Return the plan's area with all below it, the units' places, all above and all that succeed them."""
    ids = set(context.places.values()) | {unit.place_id for unit in units}
    rows = _with_successors(session, Place, ids)
    while above := {row.parent_id for row in rows if row.parent_id} - {row.id for row in rows}:
        rows = _with_successors(session, Place, {row.id for row in rows} | above)
    names = {row.id: row.name for row in rows}
    return tuple(
        PlacePart(
            name=row.name,
            kind=row.kind,
            code=row.code,
            parent=names[row.parent_id] if row.parent_id else None,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            successor=names[row.successor_id] if row.successor_id else None,
        )
        for row in sorted(rows, key=lambda row: (row.path.count("/"), row.id))
    )
