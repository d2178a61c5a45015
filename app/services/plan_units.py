"""Load a plan file's places and units."""

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.text import pinyin_key
from app.models import Organization, OrganizationAlias, Place
from app.services.plan_files import OrganizationPart, PlacePart


def load_places(session: Session, parts: tuple[PlacePart, ...]) -> dict[str, int]:
    """Load places parents first and return their ids by name."""
    ids: dict[str, int] = {}
    paths: dict[str, str] = {}
    for part in parts:
        paths[part.name] = f"{paths[part.parent]}/{part.name}" if part.parent else part.name
        place = session.scalar(sa.select(Place).where(col(Place.path) == paths[part.name]))
        if place is None:
            place = Place(path=paths[part.name], name=part.name, kind=part.kind, sort_key="")
            session.add(place)
        place.kind, place.code = part.kind, part.code
        place.parent_id = ids[part.parent] if part.parent else None
        place.valid_from, place.valid_to = part.valid_from, part.valid_to
        place.sort_key = part.code or f"{'9' * 6}{pinyin_key(part.name)}"
        session.flush()
        assert place.id is not None
        ids[part.name] = place.id
    for part in parts:
        if part.successor:
            session.execute(
                sa.update(Place).where(col(Place.id) == ids[part.name]).values(successor_id=ids[part.successor])
            )
    return ids


def load_organizations(session: Session, parts: tuple[OrganizationPart, ...], places: dict[str, int]) -> dict[str, int]:
    """Load units and return their ids by full name, short name and alias."""
    ids: dict[str, int] = {}
    for part in parts:
        unit = session.scalar(sa.select(Organization).where(col(Organization.name) == part.name))
        if unit is None:
            unit = Organization(
                name=part.name,
                short_name=part.short_name,
                kind=part.kind,
                place_id=places[part.place],
                sort_key=pinyin_key(part.short_name),
            )
            session.add(unit)
        unit.short_name, unit.kind, unit.place_id = part.short_name, part.kind, places[part.place]
        unit.valid_from, unit.valid_to = part.valid_from, part.valid_to
        session.flush()
        assert unit.id is not None
        known = set(
            session.scalars(
                sa.select(col(OrganizationAlias.alias)).where(col(OrganizationAlias.organization_id) == unit.id)
            )
        )
        session.add_all(
            OrganizationAlias(organization_id=unit.id, alias=alias) for alias in part.aliases if alias not in known
        )
        for name in (part.name, part.short_name, *part.aliases):
            ids.setdefault(name, unit.id)
    for part in parts:
        if part.successor:
            successor_id = ids[part.successor]
            session.execute(
                sa.update(Organization).where(col(Organization.id) == ids[part.name]).values(successor_id=successor_id)
            )
        if part.supervisor:
            above = sa.update(Organization).where(col(Organization.id) == ids[part.name])
            session.execute(above.values(supervisor_id=ids[part.supervisor]))
    return ids
