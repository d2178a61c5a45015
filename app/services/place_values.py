"""A place's values, and what keeps them from being taken: name and path, division code (GB/T 2260), days, successor."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.divisions import is_code, lies_below, prefix_below
from app.domain.succession import Span
from app.domain.vocabulary import PlaceKind
from app.models import Organization, OrganizationAlias, Place, Plan
from app.queries import organizations, places
from app.services.entries import name_problem, validity_problems
from app.services.errors import Message, msg

LONGEST_NAME = 60
LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class PlaceInput:
    """A place's values as a form gives them and as they are stored; `code` None: a zone, or none published yet."""

    name: str
    kind: PlaceKind
    code: str | None = None
    parent_id: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: int | None = None

    @property
    def span(self) -> Span:
        """The days on which it is in force."""
        return Span(self.valid_from, self.valid_to)


def place_problems(
    session: Session, given: PlaceInput, path: str, parent: Place | None, own: Place | None
) -> dict[str, Message]:
    """Return what keeps a place from having these values at this path, by field; `own` None: it is a new one."""
    own_id = own.id if own else None
    if own and parent and (parent.id == own_id or parent.path.startswith(f"{own.path}/")):
        return {"parent": msg("a place lies neither in itself nor below itself")}
    problems = validity_problems(given.span, given.successor_id, own_id, places.succession(session))
    if problem := _name_problem(session, given.name, path, own):
        problems["name"] = problem
    if problem := _code_problem(session, given, path, own):
        problems["code"] = problem
    if own and parent and parent.id != own.parent_id and (words := _names_that_meet(session, own.path, parent.path)):
        problems["parent"] = msg("units here and there have the same names: %(words)s", words="、".join(sorted(words)))
    if own and path != own.path and (plans := _plans_left(session, own.path, path)):
        problems["parent"] = msg(
            "plans have milestones, projects or units here, and it must stay in their area: %(plans)s",
            plans="、".join(plans),
        )
    return problems


def _name_problem(session: Session, name: str, path: str, own: Place | None) -> Message | None:
    if problem := name_problem(name, longest=LONGEST_NAME):
        return problem
    if "/" in name:
        return msg("a name holds no /, which stands between a place and its parent")
    taken = session.scalar(sa.select(col(Place.id)).where(col(Place.path) == path))
    if taken is not None and taken != (own.id if own else None):
        return msg("there is a place of this name here already; a later one carries its year, as 崇川区（2020年新设）")
    longest = sa.select(sa.func.max(sa.func.length(col(Place.path)))).where(
        places.below(own.path) if own else sa.false()
    )
    added = (session.scalar(longest) or len(own.path)) - len(own.path) if own else 0
    if len(path) + added > LONGEST_PATH:
        return msg("the path %(path)s or one below it is too long; shorten a name", path=path)
    return None


def _code_problem(session: Session, given: PlaceInput, path: str, own: Place | None) -> Message | None:
    if given.kind is PlaceKind.ZONE and given.code is not None:
        return msg("a zone has no division code: leave this empty, or choose another kind")
    if given.code is not None and not is_code(given.code):
        return msg("six digits as in GB/T 2260, for example 410307; empty where there is none")
    above = _nearest_coded(session, path, own)
    if given.code is not None and above is not None:
        place, code = above
        if not lies_below(given.code, code):
            return _out_of_prefix(place, code)
    return _problem_below(session, given.code or (above[1] if above else None), own) or _code_in_use(
        session, given, own
    )


def _nearest_coded(session: Session, path: str, own: Place | None) -> tuple[str, str] | None:
    """Return (name, code) of the nearest place above that has a code."""
    above = col(Place.path).in_(_line_above(path))
    query = sa.select(col(Place.name), col(Place.code)).where(above, col(Place.code).is_not(None))
    if own is not None:
        query = query.where(col(Place.id) != own.id)
    row = session.execute(query.order_by(sa.func.length(col(Place.path)).desc()).limit(1)).first()
    return (row[0], str(row[1])) if row else None


def _out_of_prefix(place: str, code: str) -> Message:
    prefix = prefix_below(code)
    if prefix is None:
        return msg("%(place)s is of county level (%(code)s); no code lies below it", place=place, code=code)
    return msg("codes below %(place)s (%(code)s) begin with %(prefix)s", place=place, code=code, prefix=prefix)


def _problem_below(session: Session, code: str | None, own: Place | None) -> Message | None:
    """Return which place below would have a code that does not begin as it must."""
    if own is None or code is None:
        return None
    query = sa.select(col(Place.name), col(Place.code)).where(places.below(own.path), col(Place.code).is_not(None))
    for name, lower in session.execute(query.order_by(col(Place.sort_key))):
        if not lies_below(str(lower), code):
            return msg("%(place)s below it has the code %(code)s, which does not fit", place=name, code=lower)
    return None


def _code_in_use(session: Session, given: PlaceInput, own: Place | None) -> Message | None:
    """Return who has the code on a day on which this place would have it."""
    if given.code is None:
        return None
    for other in session.scalars(sa.select(Place).where(col(Place.code) == given.code)):
        if (own is None or other.id != own.id) and Span(other.valid_from, other.valid_to).overlaps(given.span):
            return msg("%(place)s has this code at the same time; check the code and the days", place=other.path)
    return None


def _plans_left(session: Session, old: str, new: str) -> list[str]:
    """Return the plans that name this place, one below it or a unit there, and whose area would not hold it at `new`.

    What a plan names outside its area could not be read back.
    """
    here = sa.or_(col(Place.path) == old, places.below(old))
    left = sorted(set(_line_above(old)) - set(_line_above(new)))
    areas = sa.select(col(Plan.id), col(Plan.short_title)).join(Place, col(Place.id) == col(Plan.place_id))
    found = []
    for plan_id, title in session.execute(areas.where(col(Place.path).in_(left)).order_by(col(Plan.sort_key))).all():
        units = sa.select(col(Organization.place_id)).where(organizations.named_by(plan_id))
        named = sa.or_(places.of_plan(plan_id), col(Place.id).in_(units))
        if session.scalar(sa.select(col(Place.id)).where(here, named).limit(1)) is not None:
            found.append(title)
    return found


def _line_above(path: str) -> list[str]:
    """Return the paths of what a place lies in, from the top."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts))]


def _names_that_meet(session: Session, moved: str, parent: str) -> set[str]:
    """Return short names and aliases that units of a moved place share with units of what would lie above it."""
    above = col(Place.path).in_([*_line_above(parent), parent])
    here = sa.or_(col(Place.path) == moved, places.below(moved))
    return _words(session, here) & _words(session, above)


def _words(session: Session, where: sa.ColumnElement[bool]) -> set[str]:
    at_place = col(Place.id) == col(Organization.place_id)
    of_unit = col(OrganizationAlias.organization_id) == col(Organization.id)
    short: Any = sa.select(col(Organization.short_name)).join(Place, at_place).where(where)
    alias: Any = sa.select(col(OrganizationAlias.alias)).join(Organization, of_unit).join(Place, at_place).where(where)
    return set(session.scalars(sa.union(short, alias)))
