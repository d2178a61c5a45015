"""Reads of the regions that the calendar knows: those of the plans' places, and those with notices on record."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.regions import PROVINCES, own_region, regions_above
from app.models import CalendarNotice, Organization, Place
from app.queries.calendars import plan_codes


@dataclass(frozen=True, slots=True)
class Region:
    """A region by what division codes begin with there."""

    code: str
    name: str


def regions(session: Session) -> list[Region]:
    """Return the regions in which plans lie or for which notices were entered, the larger before those within."""
    codes = sorted({code for code in plan_codes(session).values() if code})
    wanted = {region for code in codes for region in regions_above(code)}
    found = {region: PROVINCES[region] for region in wanted if region in PROVINCES}
    full = {region.ljust(6, "0"): region for region in wanted - found.keys()}
    places = sa.select(col(Place.code), col(Place.name)).where(col(Place.code).in_(full)).order_by(col(Place.id).desc())
    found |= {full[code]: name for code, name in session.execute(places) if code}
    noted = sa.select(col(CalendarNotice.region_code), col(CalendarNotice.region_name)).distinct()
    for code, name in session.execute(noted.where(col(CalendarNotice.region_code).is_not(None))):
        found.setdefault(str(code), str(name))
    return [Region(code, found[code]) for code in sorted(found)]


def code_of(session: Session, scope: Scope) -> str | None:
    """Return the division code whose days hold for a person: of its plan's place, else of its unit's; None: none."""
    if scope.plan_id is not None:
        return plan_codes(session, scope.plan_id).get(scope.plan_id)
    if scope.organization_id is None:
        return None
    query = sa.select(col(Place.code)).join(Organization, col(Organization.place_id) == col(Place.id))
    return session.scalar(query.where(col(Organization.id) == scope.organization_id))


def kept_region(session: Session, scope: Scope) -> str | None:
    """Return the one region whose days an office keeps: that of its plan's place; None: it has no division code."""
    code = code_of(session, scope)
    return own_region(code) if code else None
