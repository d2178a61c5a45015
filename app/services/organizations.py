"""Keep organizations: create, change and delete units, with names that stay unambiguous and a line of successors."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.text import pinyin_key
from app.domain.access import Actor
from app.domain.succession import Span, closes_circle
from app.domain.vocabulary import OrganizationKind
from app.models import Organization, OrganizationAlias, Place, Plan
from app.queries import organizations, places
from app.queries.references import named_in_revisions, tables_naming
from app.services import audit
from app.services.entries import readable, refuse_if_changed, validity_problems
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.organization_names import UnitNames, name_problems, words_still_written
from app.services.turns import take_turn

_OWN_TABLES = frozenset({"organization_alias"})


@dataclass(frozen=True, slots=True)
class OrganizationInput:
    """A unit's values as a form gives them and as they are stored; aliases in the order of their characters."""

    name: str
    short_name: str
    kind: OrganizationKind
    place_id: int
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: int | None = None
    supervisor_id: int | None = None  # 主管单位: reviews the unit's reports before the office does

    @property
    def names(self) -> UnitNames:
        """All its names."""
        return UnitNames(self.name, self.short_name, self.aliases)


def create_organization(session: Session, actor: Actor, given: OrganizationInput, *, now: datetime) -> int:
    """Add a unit and return its id. Raises: InputError naming each field that cannot be taken."""
    take_turn(session)
    given = _tidy(given)
    _refuse(organization_problems(session, given, None))
    unit = Organization(**_columns(given))
    session.add(unit)
    session.flush()
    assert unit.id is not None
    session.add_all(OrganizationAlias(organization_id=unit.id, alias=alias) for alias in given.aliases)
    after = _record(session, given)
    audit.record(session, actor, "organizations:create", f"organizations/{unit.id}", now=now, after=after)
    return unit.id


def update_organization(
    session: Session, actor: Actor, organization_id: int, given: OrganizationInput, *, fingerprint: str, now: datetime
) -> bool:
    """Change a unit as a form asks that showed it with this fingerprint; return whether anything differs.

    Raises: InputError naming each field that cannot be taken; NotFoundError.
    """
    take_turn(session)
    stored, given = organization_values(session, organization_id), _tidy(given)
    refuse_if_changed(stored, fingerprint)
    if stored == given:
        return False
    _refuse(organization_problems(session, given, organization_id))
    if words := words_still_written(session, stored.names, given.names, organization_id):
        kept = msg("plans write this unit as %(words)s: keep it as short name or alias", words="、".join(words))
        raise InputError({"aliases": kept})
    before = _record(session, stored)
    session.execute(sa.update(Organization).where(col(Organization.id) == organization_id).values(**_columns(given)))
    session.execute(sa.delete(OrganizationAlias).where(col(OrganizationAlias.organization_id) == organization_id))
    session.add_all(OrganizationAlias(organization_id=organization_id, alias=alias) for alias in given.aliases)
    session.flush()
    after, subject = _record(session, given), f"organizations/{organization_id}"
    audit.record(session, actor, "organizations:update", subject, now=now, before=before, after=after)
    return True


def delete_organization(session: Session, actor: Actor, organization_id: int, *, now: datetime) -> None:
    """Delete a unit that nothing names. Raises: ConflictError when something does; NotFoundError."""
    take_turn(session)
    stored = organization_values(session, organization_id)
    if is_named(session, organization_id, stored):
        raise ConflictError(msg("The record names this unit, so it stays. Give it a last day in force instead."))
    before = _record(session, stored)
    session.execute(sa.delete(OrganizationAlias).where(col(OrganizationAlias.organization_id) == organization_id))
    session.execute(sa.delete(Organization).where(col(Organization.id) == organization_id))
    audit.record(session, actor, "organizations:delete", f"organizations/{organization_id}", now=now, before=before)


def is_named(session: Session, organization_id: int, stored: OrganizationInput) -> bool:
    """Tell whether anything on record names a unit with these values, a version of a plan included."""
    if tables_naming(session, "organization", organization_id, but=_OWN_TABLES):
        return True
    around = places.plans_around(session, _path(session, stored.place_id))
    return bool(named_in_revisions(session, stored.names.every, around))


def organization_values(session: Session, organization_id: int) -> OrganizationInput:
    """Return a unit's values as they are stored. Raises: NotFoundError."""
    unit = session.get(Organization, organization_id)
    if unit is None:
        raise NotFoundError(msg("There is no such unit."))
    return OrganizationInput(
        unit.name,
        unit.short_name,
        unit.kind,
        unit.place_id,
        tuple(sorted(organizations.aliases_of(session, [organization_id]).get(organization_id, ()))),
        unit.valid_from,
        unit.valid_to,
        unit.successor_id,
        unit.supervisor_id,
    )


def _tidy(given: OrganizationInput) -> OrganizationInput:
    """Return the values with each alias once, and none that repeats the full or short name."""
    aliases = tuple(sorted({alias for alias in given.aliases if alias not in ("", given.name, given.short_name)}))
    return replace(given, aliases=aliases)


def organization_problems(session: Session, given: OrganizationInput, own_id: int | None) -> dict[str, Message]:
    """Return what keeps a unit from having these values, by field; `own_id` None: it is a new one."""
    problems: dict[str, Message] = {}
    place = session.get(Place, given.place_id)
    if place is None:
        problems["place"] = msg("choose one of the list")
    if given.successor_id is not None and session.get(Organization, given.successor_id) is None:
        problems["successor"] = msg("choose one of the list")
    if problem := _supervisor_problem(session, given.supervisor_id, own_id):
        problems["supervisor"] = problem
    if problems or place is None:
        return problems
    span = Span(given.valid_from, given.valid_to)
    problems |= validity_problems(span, given.successor_id, own_id, organizations.succession(session))
    if own_id is not None and (plans := _plans_left(session, own_id, place)):
        problems["place"] = msg(
            "plans name this unit, and it must stay in their area: %(plans)s", plans="、".join(plans)
        )
    return problems | name_problems(session, given.names, place.path, own_id)


def _supervisor_problem(session: Session, supervisor_id: int | None, own_id: int | None) -> Message | None:
    if supervisor_id is None:
        return None
    if session.get(Organization, supervisor_id) is None:
        return msg("choose one of the list")
    if supervisor_id == own_id:
        return msg("nobody supervises itself; choose another unit")
    if own_id is not None and closes_circle(own_id, supervisor_id, organizations.supervision(session)):
        return msg("that unit is itself supervised by this one; choose another unit")
    return None


def _plans_left(session: Session, own_id: int, place: Place) -> list[str]:
    """Return the plans that name a unit and could not read its name back when it moved to a place."""
    if session.get_one(Organization, own_id).place_id == place.id:
        return []
    named = col(Plan.id).in_(organizations.plans_naming(session, own_id))
    areas = sa.select(col(Plan.short_title)).join(Place, col(Place.id) == col(Plan.place_id))
    return list(session.scalars(areas.where(named, ~places.in_line(place.path)).order_by(col(Plan.sort_key))))


def _refuse(problems: dict[str, Message]) -> None:
    if problems:
        raise InputError(problems)


def _columns(given: OrganizationInput) -> dict[str, Any]:
    return {
        "name": given.name,
        "short_name": given.short_name,
        "kind": given.kind,
        "place_id": given.place_id,
        "valid_from": given.valid_from,
        "valid_to": given.valid_to,
        "successor_id": given.successor_id,
        "supervisor_id": given.supervisor_id,
        "sort_key": pinyin_key(given.short_name),
    }


def _record(session: Session, values: OrganizationInput) -> dict[str, Any]:
    following = values.successor_id and session.get(Organization, values.successor_id)
    above = values.supervisor_id and session.get(Organization, values.supervisor_id)
    return readable(
        values,
        place=_path(session, values.place_id),
        successor=following.name if following else None,
        supervisor=above.name if above else None,
    )


def _path(session: Session, place_id: int) -> str:
    place = session.get(Place, place_id)
    return place.path if place else ""
