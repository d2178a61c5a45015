"""Show how a due phrase is read, as the office types it and before anything is saved."""

import re
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request, Response

from app.domain.due_phrases import DueReading, read_phrase
from app.services.due_phrases import explanation, problem_of
from app.services.errors import Message, msg
from app.web.deps import TodayDep, View
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)

_FIELD_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")
_MOST_SIGNS = 200  # of an address; more than any phrase has


@dataclass(frozen=True, slots=True)
class ShownReading:
    """What a page shows of a phrase: how it is read, or why it cannot be kept.

    `field` is the form field of the phrase; the choice between two readings is sent as `{field}_other`, 1 for the
    other one. `other` tells that it is chosen.
    """

    field: str
    reading: DueReading | None
    problem: Message | None
    explanation: Message | None
    other: bool


def shown_reading(
    phrase: str,
    *,
    issued_on: date,
    period_start: date | None,
    period_end: date | None,
    field: str = "due_phrase",
    other: bool = False,
) -> ShownReading | None:
    """Return what a form shows of a typed phrase; None while nothing is typed."""
    if not phrase.strip():
        return None
    found = read_phrase(phrase, issued_on=issued_on, period_start=period_start, period_end=period_end)
    problem = problem_of(found, period_start, period_end)
    if problem or not isinstance(found, DueReading):
        return ShownReading(field, None, problem, None, other=False)
    return ShownReading(field, found, None, explanation(found), other and found.ambiguity is not None)


@router.get("/due-phrases")
def show_due_phrase(
    request: Request,
    visitor: View,
    today: TodayDep,
    field: str = "phrase",
    issued_on: str = "",
    period_start: str = "",
    period_end: str = "",
) -> Response:
    """Show how a phrase is read: the part under a form's field, or a page on which to try phrases."""
    field = field if _FIELD_NAME.fullmatch(field) else "phrase"
    asked = {"issued_on": issued_on, "period_start": period_start, "period_end": period_end}
    days, problems = _days(asked)
    phrase = request.query_params.get(field, "")[:_MOST_SIGNS]
    shown = None
    if not problems:
        shown = shown_reading(
            phrase,
            issued_on=days["issued_on"] or today,
            period_start=days["period_start"],
            period_end=days["period_end"],
            field=field,
            other=request.query_params.get(f"{field}_other") == "1",
        )
    elif phrase.strip():
        shown = ShownReading(field, None, next(iter(problems.values())), None, other=False)
    if wants_part(request):
        return render(request, "due_phrases/_reading.html", shown=shown)
    asked["issued_on"] = issued_on or today.isoformat()
    return render(request, "due_phrases/page.html", phrase=phrase, asked=asked, shown=shown, problems=problems)


def _days(asked: dict[str, str]) -> tuple[dict[str, date | None], dict[str, Message]]:
    """Read the days of an address; what is none is a problem by its name."""
    days: dict[str, date | None] = {}
    problems: dict[str, Message] = {}
    for name, text in asked.items():
        try:
            days[name] = date.fromisoformat(text) if text else None
        except ValueError:
            problems[name] = msg("a day is written YYYY-MM-DD, for example 2026-11-22")
    return days, problems
