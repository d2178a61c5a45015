"""The form of a rung: its choices, its words, and the rung that was typed."""

from typing import Any

from app.domain.vocabulary import Capacity, DayKind, Measure, RungTrigger
from app.services.errors import InputError, msg
from app.services.plan_files import LadderRungPart
from app.services.rung_consistency import LONGEST_REPLY
from app.web.forms import Form
from app.web.plan_keeping import Words

FIRST_DAY, LAST_DAY = -365, 3650  # around the date that a rung counts from
_UNSAVED_KEY = "new"
CHOICES: dict[str, Any] = {
    "triggers": list(RungTrigger),
    "day_kinds": list(DayKind),
    "measures": list(Measure),
    "capacities": list(Capacity),
    "days": (FIRST_DAY, LAST_DAY),
    "longest_reply": LONGEST_REPLY,
}


def words_of(part: LadderRungPart) -> Words:
    """Return a rung as its form is filled; whom it addresses is ticked also where that is usual for the measure."""
    urgent = {None: "", True: "yes", False: "no"}[part.urgent]
    return {
        "trigger": part.trigger.value,
        "offset_days": str(part.offset_days),
        "day_kind": part.day_kind.value,
        "measure": part.measure,
        "clause": part.clause or "",
        "reply_days": "" if part.reply_days is None else str(part.reply_days),
        "urgent": urgent,
        "opens_case": "1" if part.opens_case else "",
        **{f"to_{capacity.value}": "1" for capacity in part.addressed},
    }


def read_rung(form: Form, key: str | None) -> LadderRungPart:
    """Return the rung that a form gives; `key` None: a new one's is still to be chosen. Raises: InputError."""
    form.text("offset_days", required=True)
    days = _whole(form, "offset_days", FIRST_DAY, LAST_DAY)
    reply_days = _whole(form, "reply_days", 1, LONGEST_REPLY)
    trigger = form.code("trigger", RungTrigger) if form.text("trigger") else RungTrigger.DUE
    kind = form.code("day_kind", DayKind) if form.text("day_kind") else DayKind.CALENDAR
    measure = form.code("measure", Measure)
    clause = form.text("clause", limit=60) or None
    if form.problems or days is None or measure is None or trigger is None or kind is None:
        raise InputError(form.problems)
    return LadderRungPart(
        key=key or _UNSAVED_KEY,
        trigger=trigger,
        offset_days=days,
        day_kind=kind,
        measure=measure.value,
        clause=clause,
        addressees=tuple(capacity for capacity in Capacity if form.flag(f"to_{capacity.value}")) or None,
        reply_days=reply_days,
        urgent={"yes": True, "no": False}.get(form.text("urgent")),
        opens_case=form.flag("opens_case"),
    )


def proposed_key(part: LadderRungPart) -> str:
    """Return what a new rung is called: its measure, what it counts from, and its days."""
    if part.trigger is RungTrigger.DUE:
        counted = "before" if part.offset_days < 0 else "after"
    else:
        counted = part.trigger.value + ("-before" if part.offset_days < 0 else "")
    working = "-working" if part.day_kind is DayKind.WORKING else ""
    return f"{part.measure}-{counted}-{abs(part.offset_days)}{working}".replace("_", "-")


def _whole(form: Form, name: str, least: int, most: int) -> int | None:
    """Return a whole number; None with a problem when it is none, and when the field is empty."""
    number = form.number(name, least=least, most=most)
    if number is not None and number != number.to_integral_value():
        form.problems[name] = msg("write a whole number")
        return None
    return None if number is None else int(number)
