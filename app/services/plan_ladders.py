"""The ladder that a plan begins with, and rungs in the order in which people read them."""

from collections.abc import Iterable

from app.domain.vocabulary import Capacity, DayKind, Measure, RungTrigger
from app.services.plan_files import LadderRungPart

REPLY_DAYS, RECTIFICATION_DAYS = 5, 10  # working days for answering a notice, and an order to put things right
_WITH_LEADERS = (Capacity.RESPONSIBLE, Capacity.LEADER)
_ALL_ABOVE = (Capacity.RESPONSIBLE, Capacity.SUPERVISOR, Capacity.OFFICE)


def _due(key: str, days: int, measure: Measure, *, leaders: bool = False, reply: int | None = None) -> LadderRungPart:
    to = _WITH_LEADERS if leaders else None
    return LadderRungPart(key=key, offset_days=days, measure=measure.value, addressees=to, reply_days=reply)


def _silence(
    key: str, trigger: RungTrigger, days: int, measure: Measure, to: tuple[Capacity, ...] = (Capacity.RESPONSIBLE,)
) -> LadderRungPart:
    return LadderRungPart(
        key=key, trigger=trigger, offset_days=days, day_kind=DayKind.WORKING, measure=measure.value, addressees=to
    )


# The office's own settings, as no document provides for them: no clause.
DEFAULT_LADDER = (
    _due("reminder", -30, Measure.REMINDER),
    _due("urging", 1, Measure.URGING),
    _due("supervision-notice", 15, Measure.SUPERVISION_NOTICE, reply=REPLY_DAYS),
    _due("circular", 30, Measure.CIRCULAR, leaders=True),
    _due("interview", 60, Measure.INTERVIEW, leaders=True),
    _due("accountability", 90, Measure.ACCOUNTABILITY, leaders=True),
    LadderRungPart(key="lagging-urging", trigger=RungTrigger.LAGGING, offset_days=1, measure=Measure.URGING.value),
    LadderRungPart(
        key="lagging-notice",
        trigger=RungTrigger.LAGGING,
        offset_days=2,
        measure=Measure.SUPERVISION_NOTICE.value,
        reply_days=REPLY_DAYS,
    ),
    _silence("missing-report-urging", RungTrigger.MISSING_REPORT, 1, Measure.URGING),
    _silence("missing-report-notice", RungTrigger.MISSING_REPORT, 5, Measure.SUPERVISION_NOTICE, _ALL_ABOVE),
    _silence("unanswered-urging", RungTrigger.UNANSWERED, 1, Measure.URGING),
    _silence(
        "unanswered-notice",
        RungTrigger.UNANSWERED,
        5,
        Measure.SUPERVISION_NOTICE,
        (Capacity.RESPONSIBLE, Capacity.SUPERVISOR, Capacity.LEADER),
    ),
    LadderRungPart(
        key="regression-notice",
        trigger=RungTrigger.REGRESSION,
        offset_days=0,
        measure=Measure.SUPERVISION_NOTICE.value,
        reply_days=REPLY_DAYS,
    ),
)


def in_order(ladder: Iterable[LadderRungPart]) -> list[LadderRungPart]:
    """Return rungs by trigger, those of the due date first, each from the earliest to the last."""
    triggers = list(RungTrigger)
    return sorted(ladder, key=lambda rung: (triggers.index(rung.trigger), rung.offset_days, rung.key))
