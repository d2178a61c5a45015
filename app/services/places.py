"""Keep places: create, change and delete them; a change of name or parent moves everything below along."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.text import pinyin_key
from app.domain.access import Actor
from app.models import Place
from app.queries import places
from app.queries.references import named_in_revisions, tables_naming
from app.services import audit
from app.services.entries import readable, refuse_if_changed
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.place_values import PlaceInput, place_problems
from app.services.turns import take_turn

# The projection follows the milestones; a place without milestones has no row there.
_OWN_TABLES = frozenset({"milestone_standing"})


def create_place(session: Session, actor: Actor, given: PlaceInput, *, now: datetime) -> int:
    """Add a place and return its id. Raises: InputError naming each field that cannot be taken."""
    take_turn(session)
    path = _checked_path(session, given, None)
    place = Place(**_columns(given), path=path)
    session.add(place)
    session.flush()
    assert place.id is not None
    after = _record(session, given, path)
    audit.record(session, actor, "places:create", f"places/{place.id}", now=now, after=after)
    return place.id


def update_place(
    session: Session, actor: Actor, place_id: int, given: PlaceInput, *, fingerprint: str, now: datetime
) -> bool:
    """Change a place as a form asks that showed it with this fingerprint; return whether anything differs.

    Where its name or parent changes, the paths of everything below change in the same transaction. Sort keys
    below stay: they are a place's own code, or its own pinyin.
    Raises: InputError naming each field that cannot be taken; NotFoundError.
    """
    take_turn(session)
    place = stored_place(session, place_id)
    stored, old_path = place_values(place), place.path
    refuse_if_changed(stored, fingerprint)
    if stored == given:
        return False
    path = _checked_path(session, given, place)
    before, after = _record(session, stored, old_path), _record(session, given, path)
    session.execute(sa.update(Place).where(col(Place.id) == place_id).values(path=path, **_columns(given)))
    moved = _move_below(session, old_path, path) if path != old_path else 0
    subject = f"places/{place_id}"
    audit.record(session, actor, "places:update", subject, now=now, before=before, after=after, moved=moved)
    return True


def delete_place(session: Session, actor: Actor, place_id: int, *, now: datetime) -> None:
    """Delete a place that nothing names. Raises: ConflictError when something does; NotFoundError."""
    take_turn(session)
    place = stored_place(session, place_id)
    if is_named(session, place):
        raise ConflictError(msg("The record names this place, so it stays. Give it a last day in force instead."))
    before = _record(session, place_values(place), place.path)
    session.execute(sa.delete(Place).where(col(Place.id) == place_id))
    audit.record(session, actor, "places:delete", f"places/{place_id}", now=now, before=before)


def is_named(session: Session, place: Place) -> bool:
    """Tell whether anything on record names a place, a version of a plan included."""
    assert place.id is not None
    if tables_naming(session, "place", place.id, but=_OWN_TABLES):
        return True
    return bool(named_in_revisions(session, [place.name], places.plans_around(session, place.path)))


def stored_place(session: Session, place_id: int) -> Place:
    """Return a place. Raises: NotFoundError."""
    place = session.get(Place, place_id)
    if place is None:
        raise NotFoundError(msg("There is no such place."))
    return place


def place_values(place: Place) -> PlaceInput:
    """Return a place's values as they are stored."""
    return PlaceInput(
        place.name, place.kind, place.code, place.parent_id, place.valid_from, place.valid_to, place.successor_id
    )


def place_id_of(session: Session, typed: str) -> int | Message:
    """Return the id of the place that a path or a name means, or what to write instead.

    Where several places have the name, none is meant but one at the top by its path.
    """
    exact = session.scalar(sa.select(col(Place.id)).where(col(Place.path) == typed))
    if exact is not None:
        return exact
    named = session.execute(sa.select(col(Place.id), col(Place.path)).where(col(Place.name) == typed)).all()
    if len(named) == 1:
        return int(named[0][0])
    if named:
        return msg(
            "several places are called so: %(paths)s; write the whole path", paths="、".join(row[1] for row in named)
        )
    return msg("there is no such place; choose one of the list")


def _checked_path(session: Session, given: PlaceInput, own: Place | None) -> str:
    """Return the path a place would have. Raises: InputError."""
    parent = session.get(Place, given.parent_id) if given.parent_id is not None else None
    if given.parent_id is not None and parent is None:
        raise InputError({"parent": msg("choose one of the list")})
    if given.successor_id is not None and session.get(Place, given.successor_id) is None:
        raise InputError({"successor": msg("choose one of the list")})
    path = f"{parent.path}/{given.name}" if parent else given.name
    if problems := place_problems(session, given, path, parent, own):
        raise InputError(problems)
    return path


def _move_below(session: Session, old: str, new: str) -> int:
    """Rewrite the paths of everything below a place; return how many."""
    moved = sa.literal(new).concat(sa.func.substr(col(Place.path), len(old) + 1))
    found: Any = session.execute(
        sa.update(Place).where(places.below(old)).values(path=moved).execution_options(synchronize_session=False)
    )
    session.expire_all()
    return int(found.rowcount)


def _columns(given: PlaceInput) -> dict[str, Any]:
    return {
        "name": given.name,
        "kind": given.kind,
        "code": given.code,
        "parent_id": given.parent_id,
        "valid_from": given.valid_from,
        "valid_to": given.valid_to,
        "successor_id": given.successor_id,
        # As a plan's loading writes it: by division code, places without one behind them by pinyin.
        "sort_key": given.code or f"{'9' * 6}{pinyin_key(given.name)}"[:200],
    }


def _record(session: Session, values: PlaceInput, path: str) -> dict[str, Any]:
    parent, successor = (
        row.path if (row := session.get(Place, key) if key else None) else None
        for key in (values.parent_id, values.successor_id)
    )
    return readable(values, path=path, parent=parent, successor=successor)
