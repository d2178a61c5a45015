"""Whether a rung of a ladder can be: what its trigger can count, whom it asks to answer, and no two on one day."""

from collections.abc import Iterable, Iterator

from app.domain.vocabulary import Capacity, DayKind, Measure, RungTrigger
from app.services.errors import Message, msg
from app.services.plan_files import LadderRungPart
from app.services.plan_findings import ErrorKind, PartProblem, repeated, unknown_one

MOST_PERIODS = 40  # reporting periods behind in a row
LONGEST_REPLY = 60  # working days
_MEASURES = frozenset(measure.value for measure in Measure)
_OF = {
    RungTrigger.DUE: "",
    RungTrigger.LAGGING: " behind",
    RungTrigger.MISSING_REPORT: " of missing reports",
    RungTrigger.UNANSWERED: " without an answer",
    RungTrigger.REGRESSION: " of a regression",
}


def rung_findings(part: LadderRungPart) -> Iterator[PartProblem]:
    """Yield what of a rung cannot be, each at its field."""
    yield from unknown_one("measure", "measure", part.measure, _MEASURES)
    for field, problem in (
        ("offset_days", _offset_problem(part)),
        ("day_kind", _day_kind_problem(part)),
        ("addressees", _addressees_problem(part)),
        ("reply_days", _reply_problem(part)),
        ("opens_case", _case_problem(part)),
    ):
        if problem is not None:
            yield PartProblem(ErrorKind.CONTRADICTION, (field,), field, problem)


def same_days(ladder: Iterable[LadderRungPart]) -> Iterator[PartProblem]:
    """Yield the rungs of a trigger that are due on the day of another one, at the later one."""
    return repeated(((at, "offset_days"), _day(rung)) for at, rung in enumerate(ladder))


def _day(rung: LadderRungPart) -> str:
    if rung.trigger is RungTrigger.LAGGING:
        unit = "reporting periods"
    else:
        unit = "working days" if rung.day_kind is DayKind.WORKING and rung.offset_days else "days"
    return f"{rung.offset_days} {unit}{_OF[rung.trigger]}"


def _offset_problem(part: LadderRungPart) -> Message | None:
    if part.trigger is RungTrigger.LAGGING and not 1 <= part.offset_days <= MOST_PERIODS:
        return msg("write a whole number of reporting periods behind in a row, 1 to %(most)d", most=MOST_PERIODS)
    if part.trigger is RungTrigger.REGRESSION and part.offset_days < 0:
        return msg("write a whole number of days after the regression, 0 or more: nobody knows it before")
    return None


def _day_kind_problem(part: LadderRungPart) -> Message | None:
    if part.trigger is RungTrigger.LAGGING and part.day_kind is not DayKind.CALENDAR:
        return msg("lagging is counted in reporting periods, not in working days")
    return None


def _addressees_problem(part: LadderRungPart) -> Message | None:
    if part.addressees == ():
        return msg("name at least one who is addressed")
    if part.reply_days is not None and not {Capacity.RESPONSIBLE, Capacity.OFFICE} & set(part.addressed):
        return msg("an answer is asked for, so the responsible unit must be addressed")
    return None


def _reply_problem(part: LadderRungPart) -> Message | None:
    if part.reply_days is None:
        return None
    if part.trigger is RungTrigger.UNANSWERED:
        return msg("the first notice still waits for its answer; this one asks for none of its own")
    if not 1 <= part.reply_days <= LONGEST_REPLY:
        return msg("write a whole number of working days, 1 to %(most)d", most=LONGEST_REPLY)
    return None


def _case_problem(part: LadderRungPart) -> Message | None:
    missed = part.trigger is RungTrigger.DUE and part.offset_days > 0
    if part.opens_case and not missed and part.trigger is not RungTrigger.REGRESSION:
        return msg("only a missed due date or a regression opens a case")
    return None
