"""Create a plan, and change its head: what it is called, for where, by which standard, how its office keeps it."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.text import pinyin_slug
from app.domain.access import Actor
from app.domain.vocabulary import ChangeSubject, RevisionCause
from app.models import Indicator, Milestone, Place, Plan, Project, Standard, Target, Threshold
from app.services.errors import InputError, Message, msg
from app.services.plan_context import PlanContext, indicator_ids, plan_context
from app.services.plan_edits import save_part
from app.services.plan_files import HeadPart, Part
from app.services.plan_findings import by_field, reversed_span
from app.services.plan_ladders import DEFAULT_LADDER
from app.services.plan_parts import PartKey
from app.services.plan_structure import new_plan
from app.services.revisions import RevisionFinding, RevisionInput, revise
from app.services.turns import take_turn

FIRST_YEAR, LAST_YEAR = 1949, 2100
BY_HAND = "by hand"  # in place of a file's sha256: this plan was never loaded from one
_RESERVED = frozenset({"new"})  # words that stand where an address has a plan's slug


def proposed_slug(session: Session, short_title: str, issued_on: date) -> str:
    """Return a slug that no plan has: the short title without 方案 in pinyin, and the year of issue."""
    name = short_title.strip()
    for word in ("方案", "规划", "计划"):
        name = name.removesuffix(word) or name
    wanted = f"{pinyin_slug(name, between='', longest=40) or 'plan'}-{issued_on.year}"
    taken = set(session.scalars(sa.select(col(Plan.slug)).where(col(Plan.slug).startswith(wanted, autoescape=True))))
    number = 2
    slug = wanted
    while slug in taken | _RESERVED:
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def create_plan(session: Session, actor: Actor, head: HeadPart, area: Place, *, now: datetime) -> int:
    """Put a plan on record with a ladder of the office's own settings, and return its id.

    Raises: InputError naming each field.
    """
    take_turn(session)
    problems = head_problems(head, local_day(now))
    if head.slug in _RESERVED or session.scalar(sa.select(col(Plan.id)).where(col(Plan.slug) == head.slug)):
        problems["slug"] = msg("this one is on record already; choose another one")
    if problems:
        raise InputError(problems)
    assert area.id is not None
    context = plan_context(session, new_plan(session, head, {head.area: area.id}, BY_HAND))
    context.places.setdefault(head.area, area.id)
    wanted: dict[PartKey, Part | None] = {(ChangeSubject.PLAN, head.slug): head}
    wanted |= {(ChangeSubject.RUNG, rung.key): rung for rung in DEFAULT_LADDER}
    revise(session, actor, context, wanted, RevisionInput(RevisionCause.EDIT, head.title), now=now, created=True)
    return context.plan_id


def save_head(
    session: Session,
    actor: Actor,
    context: PlanContext,
    head: HeadPart,
    area: Place,
    *,
    reason: str,
    fingerprint: str,
    now: datetime,
) -> RevisionFinding:
    """Correct a plan's head; every milestone is then judged again by its settings.

    Raises: InputError naming each field; OvertakenError.
    """
    take_turn(session)
    problems = head_problems(head, local_day(now))
    assert area.id is not None
    if area.id != context.plan.place_id and (outside := _places_outside(session, context.plan_id, area)):
        problems["area"] = msg("milestones or projects lie outside it: %(places)s", places="、".join(outside))
    standard = session.scalar(sa.select(Standard).where(col(Standard.slug) == head.standard))
    if standard is not None and standard.id is not None and standard.id != context.plan.standard_id and not problems:
        problems |= _move_to_standard(session, context, standard.id)
    if problems:
        raise InputError(problems)
    context.places.setdefault(head.area, area.id)
    context.units.setdefault(head.office, context.plan.office_id)  # an office may sit outside the area
    subject, key = ChangeSubject.PLAN, context.plan.slug
    return save_part(session, actor, context, subject, key, head, reason=reason, fingerprint=fingerprint, now=now)


def head_problems(head: HeadPart, today: date) -> dict[str, Message]:
    """Return what of a head cannot be, by field."""
    problems = by_field(reversed_span("period_end", head.period_start, head.period_end))
    for name in ("issued_on", "period_start", "period_end"):
        if not FIRST_YEAR <= getattr(head, name).year <= LAST_YEAR:
            problems[name] = msg("a year from %(first)d to %(last)d is meant", first=FIRST_YEAR, last=LAST_YEAR)
    if head.settings.tracked_from > today:  # what is due before would be nobody's until somebody confirms it
        problems["tracked_from"] = msg("tracking begins today at the latest: what was due before waits to be confirmed")
    return problems


def _places_outside(session: Session, plan_id: int, area: Place) -> list[str]:
    """Return the places of a plan's milestones and projects that do not lie in an area."""
    inside = sa.or_(col(Place.id) == area.id, col(Place.path).startswith(f"{area.path}/", autoescape=True))
    used = sa.union(
        sa.select(col(Milestone.place_id)).where(col(Milestone.plan_id) == plan_id),
        sa.select(col(Project.place_id)).where(col(Project.plan_id) == plan_id),
    )
    query = sa.select(col(Place.name)).where(col(Place.id).in_(used), ~inside).order_by(col(Place.sort_key))
    return list(session.scalars(query.limit(5)))


def _move_to_standard(session: Session, context: PlanContext, standard_id: int) -> dict[str, Message]:
    """Point the plan's own targets and thresholds to the indicators of the same codes in another standard.

    Return why that cannot be; the thresholds copied to milestones are written again when the head is.
    """
    new, old = _codes(session, standard_id), _codes(session, context.plan.standard_id)
    own = {code: key for code, key in indicator_ids(session, context.plan).items() if code not in old}
    if twice := sorted(set(own) & set(new)):
        return {"standard": msg("it has codes that indicators of this plan have: %(codes)s", codes="、".join(twice))}
    milestones = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == context.plan_id)
    in_force = (col(Target.milestone_id).in_(milestones), col(Target.retired_by_id).is_(None))
    overridden = col(Threshold.plan_id) == context.plan_id
    used = set(session.scalars(sa.select(col(Target.indicator_id)).where(*in_force, ~col(Target.copied))))
    used |= set(session.scalars(sa.select(col(Threshold.indicator_id)).where(overridden)))
    if lacking := sorted(code for code, key in old.items() if key in used and code not in new):
        return {"standard": msg("the plan uses indicators it lacks: %(codes)s", codes="、".join(lacking))}
    if moved := {key: new[code] for code, key in old.items() if code in new}:
        for model, conditions in ((Target, in_force), (Threshold, (overridden,))):
            at = col(model.indicator_id)
            values = {"indicator_id": sa.case(moved, value=at)}
            session.execute(sa.update(model).where(*conditions, at.in_(moved)).values(values))
        session.expire_all()
    context.indicators = own | new
    return {}


def _codes(session: Session, standard_id: int) -> dict[str, int]:
    query = sa.select(col(Indicator.code), col(Indicator.id)).where(col(Indicator.standard_id) == standard_id)
    return {code: key for code, key in session.execute(query) if key is not None}
