"""Find plans, units and accounts by the names people type on the command line."""

from collections.abc import Iterable

from sqlmodel import Session

from app.domain.access import Scope
from app.models import Account
from app.queries import choices, names
from app.services.errors import InputError, msg


def plan_id(session: Session, slug: str) -> int:
    """Return a plan's id by its slug. Raises: InputError naming the plans there are."""
    known = {choice.slug: choice.id for choice in choices.plans(session, Scope())}
    if slug not in known:
        raise InputError({"plan": msg("no plan %(slug)s; there are: %(known)s", slug=slug, known=_listed(known))})
    return known[slug]


def unit_id(session: Session, name: str, plan_id: int | None) -> int:
    """Return a unit's id by its full name, or by a short name or alias that only one unit (of the plan) has.

    Raises: InputError when no unit or several go by the name.
    """
    found = names.units_named(session, name, plan_id)
    if len(found) == 1:
        return found[0].id
    if found:
        several = _listed(unit.name for unit in found)
        problem = msg("%(name)s names several units: %(units)s; write one in full", name=name, units=several)
    else:
        problem = msg("no unit goes by %(name)s; write its full official name", name=name)
    raise InputError({"organization": problem})


def account(session: Session, name: str) -> Account:
    """Return the account of a name. Raises: InputError when nobody has it."""
    found = names.account_named(session, name)
    if found is None:
        raise InputError({"name": msg("no account %(name)s", name=name)})
    return found


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"
