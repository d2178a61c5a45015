"""Keep a plan's frame by hand: its stages, groups of units, own indicators and thresholds, its ladder."""

import re
from collections import Counter
from datetime import date, datetime
from itertools import count

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.text import pinyin_slug
from app.domain.access import Actor
from app.domain.vocabulary import ChangeSubject, Comparator, ValueType
from app.models import Indicator, Milestone, Target, Threshold
from app.queries.plan_frame import county_governments
from app.services.entries import name_problem
from app.services.errors import ConflictError, InputError, Message, msg
from app.services.import_names import NameBook
from app.services.plan_context import PlanContext
from app.services.plan_edits import part_problems, save_part
from app.services.plan_files import GroupPart, IndicatorPart, LadderRungPart, OverridePart, StagePart, ThresholdPart
from app.services.revisions import RevisionFinding
from app.services.turns import take_turn

LONGEST_NAME = 120
LONGEST_CODE = 20
FramePart = StagePart | GroupPart | IndicatorPart | OverridePart | LadderRungPart
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def free_stage_key(context: PlanContext, name: str) -> str:
    """Return a key for a stage that the plan does not use: its name in pinyin."""
    wanted = pinyin_slug(name) or "stage"
    keys = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(key for key in keys if key not in context.stages)


def split_names(context: PlanContext, text: str) -> tuple[str, ...]:
    """Return the units named in a list as people write it: with 、 ， ； or line breaks between them.

    What the plan knows by a name that holds such a sign is one unit.
    """
    book = NameBook({name: name for name in context.units})
    return tuple(found or word for word, found in book.split(text))


def save_frame_part(
    session: Session,
    actor: Actor,
    context: PlanContext,
    subject: ChangeSubject,
    key: str,
    part: FramePart | None,
    *,
    reason: str,
    fingerprint: str | None,
    now: datetime,
) -> RevisionFinding:
    """Add (`fingerprint` None), correct or (part None) remove a part of the frame; everything wrong is named at once.

    An own indicator that values were measured by keeps its row when it is removed, without thresholds.
    Raises: InputError naming each field; as `save_part`.
    """
    take_turn(session)
    problems = frame_problems(session, context, part) if part is not None else {}
    if part is not None and problems:
        raise InputError(part_problems(session, context, subject, key, part) | problems)
    indicator_id = context.indicators.get(key) if subject is ChangeSubject.INDICATOR and part is None else None
    if indicator_id is not None:
        _refuse_if_measured_by(session, context, key, indicator_id)
    finding = save_part(session, actor, context, subject, key, part, reason=reason, fingerprint=fingerprint, now=now)
    if indicator_id is not None and session.scalar(_targets_on(indicator_id).limit(1)) is None:
        session.execute(sa.delete(Indicator).where(col(Indicator.id) == indicator_id))
    return finding


def frame_problems(session: Session, context: PlanContext, part: FramePart) -> dict[str, Message]:
    """Return what of a part cannot be beyond the checks of a whole plan, by field."""
    if isinstance(part, StagePart):
        return _outside_period(context, part)
    if isinstance(part, GroupPart):
        return _group_problems(context, part)
    if isinstance(part, IndicatorPart):
        return indicator_problems(part)
    if isinstance(part, LadderRungPart):
        return {}
    indicator = session.get(Indicator, context.indicators.get(part.indicator, 0))
    problem = threshold_problem(part, indicator.value_type) if indicator else None
    return {"value": problem} if problem else {}


def _group_problems(context: PlanContext, part: GroupPart) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if problem := name_problem(part.name, longest=LONGEST_NAME):
        problems["name"] = problem
    units = Counter(context.units[name] for name in part.members if name in context.units)
    if twice := [name for name in part.members if units[context.units.get(name, 0)] > 1]:
        problems["members"] = msg("these name one and the same unit: %(names)s", names="、".join(twice))
    return problems


def indicator_problems(part: IndicatorPart) -> dict[str, Message]:
    """Return what of an indicator cannot be, by field; of its thresholds as `thresholds-0-value`, …"""
    problems: dict[str, Message] = {}
    if len(part.code) > LONGEST_CODE or not _CODE.fullmatch(part.code):
        problems["code"] = msg("a code is of letters, digits, dots and hyphens, for example LY-QUALITY or G2.1")
    asked: set[tuple[str, Comparator]] = set()
    for index, item in enumerate(part.thresholds):
        if problem := threshold_problem(item, part.value_type):
            problems[f"thresholds-{index}-value"] = problem
        kind = (item.stage or "", item.comparator)
        if kind in asked:
            problems[f"thresholds-{index}-value"] = msg("this school stage has such a threshold already")
        asked.add(kind)
    return problems


def threshold_problem(part: ThresholdPart, value_type: ValueType) -> Message | None:
    """Return what is wrong with the value of a threshold, if anything."""
    if value_type is ValueType.BOOLEAN and (part.comparator is not Comparator.EQUAL or part.value not in (0, 1)):
        return msg("an indicator of yes or no is asked to be = 1 (yes) or = 0 (no)")
    return None


def names_of_county_governments(session: Session, context: PlanContext, today: date) -> list[str]:
    """Return how to write the governments in force of the places right below the plan's area."""
    rows = county_governments(session, context.plan.place_id, today)
    return [short if context.units.get(short) == unit_id else name for unit_id, name, short in rows]


def _refuse_if_measured_by(session: Session, context: PlanContext, code: str, indicator_id: int) -> None:
    """Raises: ConflictError while milestones write targets on it, or when only what was measured keeps it."""
    targets = _targets_on(indicator_id)
    if key := session.scalar(targets.where(~col(Target.copied), col(Target.retired_by_id).is_(None)).limit(1)):
        raise ConflictError(msg("milestone %(key)s still has a target on indicator %(code)s", key=key, code=code))
    asks = sa.select(col(Threshold.id)).where(col(Threshold.indicator_id) == indicator_id).limit(1)
    if not session.scalar(asks) and session.scalar(targets.limit(1)):
        raise ConflictError(msg("values were measured by indicator %(code)s, so it stays on record", code=code))


def _outside_period(context: PlanContext, part: StagePart) -> dict[str, Message]:
    first, last = context.plan.period_start, context.plan.period_end
    outside = msg("the plan's period is %(first)s to %(last)s", first=first, last=last)
    return {name: outside for name in ("start_on", "end_on") if not first <= getattr(part, name) <= last}


def _targets_on(indicator_id: int) -> sa.Select[str]:
    """Select the keys of the milestones with targets on an indicator, retired ones too."""
    return (
        sa.select(col(Milestone.key))
        .join(Target, col(Target.milestone_id) == col(Milestone.id))
        .where(col(Target.indicator_id) == indicator_id)
    )
