"""Since when a milestone has trailed its schedule without a break, as its reports came in (DOMAIN.md section 3)."""

from dataclasses import replace
from datetime import date

from app.domain.deadlines import falls_behind_on
from app.domain.history import reported_progress
from app.domain.milestone_facts import MilestoneFacts
from app.domain.vocabulary import DecisionKind


def lagging_since(facts: MilestoneFacts, threshold_pp: int) -> date | None:
    """Return the first day of the present spell of lagging by more than `threshold_pp` points.

    A report that is better but still not good enough does not begin a new spell. Before the first report nothing is
    known, and nothing lags. None: what was reported last falls behind on no day before the due date.
    """
    since: date | None = None
    moments = _moments(facts)
    for day, until in zip(moments, [*moments[1:], None], strict=True):
        progress = reported_progress(_known_on(facts, day) if until else facts)
        behind_on = (
            None
            if progress is None
            else falls_behind_on(facts.start_on, facts.effective_due.due_on, progress, threshold_pp, facts.schedule)
        )
        if behind_on is None or (until and behind_on >= until):
            since = None
        elif since is None or behind_on > day:
            since = max(behind_on, day)
    return since


def _moments(facts: MilestoneFacts) -> list[date]:
    """Return the days on which what is reported may have changed."""
    returned = {item.recorded_on for item in facts.decisions if item.kind is DecisionKind.RETURN}
    return sorted(returned | {item.recorded_on for item in facts.reports})


def _known_on(facts: MilestoneFacts, day: date) -> MilestoneFacts:
    return replace(
        facts,
        reports=tuple(item for item in facts.reports if item.recorded_on <= day),
        decisions=tuple(item for item in facts.decisions if item.recorded_on <= day),
    )
