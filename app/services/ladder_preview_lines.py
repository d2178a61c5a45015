"""Say of alerts to come what the register will say: about what, to whom, and why; for the few that are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session

from app.domain.alert_words import milestone_reason, missing_reports_reason, unanswered_reason
from app.domain.alerts import Involved, recipients
from app.domain.deadlines import scheduled_pct
from app.domain.ladder import Rung
from app.domain.milestone_facts import MilestoneFacts
from app.domain.standing import StandingFinding
from app.domain.vocabulary import Capacity, Measure, RungTrigger
from app.queries import expected_answers, ladder_previews, scans
from app.queries.expected_answers import Owed, OwedAnswer
from app.queries.facts import CHUNK
from app.queries.missing_reports import PeriodFacts, Silence

MOST_SHOWN = 50  # of each list
_SilentUnit = tuple[Silence, PeriodFacts, tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """An alert to come, about a milestone as `finding` judges it, a unit that does not report, or an answer owed."""

    on: date
    rung: Rung
    matter: str
    occasion: int
    finding: StandingFinding | None = None
    milestone_id: int | None = None
    facts: MilestoneFacts | None = None  # of a milestone where its rung counts from lagging
    silence: _SilentUnit | None = None
    owed: Owed | None = None

    @property
    def key(self) -> tuple[str, int, int, Measure]:
        """What makes it the same alert by two ladders, whatever its day."""
        return self.matter, self.rung.id, self.occasion, self.rung.measure


@dataclass(frozen=True, slots=True)
class Recipient:
    """A unit as it is addressed; leaders stand by their capacity alone."""

    name: str
    capacity: Capacity


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """An alert to come as a page shows it; `was_on`: its day by the ladder in force, where that is another one."""

    on: date
    measure: Measure
    milestone_id: int | None
    about: str
    recipients: tuple[Recipient, ...]
    why: str
    was_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    wordings: dict[int, scans.Wording]
    involved: dict[int, Involved]
    answers: dict[Owed, OwedAnswer]
    supervisors: dict[int, int]
    unmanned: frozenset[int]


def lines_of(session: Session, plan_id: int, items: Sequence[Coming], today: date) -> dict[Coming, PreviewLine]:
    """Return the lines of alerts to come, which are few, in a handful of statements."""
    known = _known(session, items[:CHUNK], today)
    told = {item: recipients(item.rung, _involved(item, known)) for item in items}
    names = ladder_previews.unit_names(session, {unit for addressed in told.values() for unit, _ in addressed})
    return {
        item: PreviewLine(
            item.on,
            item.rung.measure,
            _milestone_id(item, known),
            _about(item, known),
            tuple(Recipient(names[unit], capacity) for unit, capacity in told[item]),
            _why(item, known),
        )
        for item in items
    }


def _known(session: Session, items: Sequence[Coming], today: date) -> _Known:
    ids = sorted({item.milestone_id for item in items if item.milestone_id})
    owed = sorted({item.owed for item in items if item.owed})
    units = {item.silence[0][1] for item in items if item.silence} | {unit_id for _, unit_id in owed}
    supervisors = scans.supervisors_of(session, units) if units else {}
    return _Known(
        wordings=scans.wordings(session, ids) if ids else {},
        involved=scans.involved(session, ids, today) if ids else {},
        answers=expected_answers.describe(session, owed) if owed else {},
        supervisors=supervisors,
        unmanned=scans.unmanned_of(session, units | set(supervisors.values()), today) if units else frozenset(),
    )


def _involved(item: Coming, known: _Known) -> Involved:
    if item.milestone_id:
        return known.involved[item.milestone_id]
    if item.silence:
        unit_id, office_id = item.silence[0][1], item.silence[1].office_id
    else:
        assert item.owed
        unit_id, office_id = item.owed[1], known.answers[item.owed].office_id
    return Involved((unit_id,), (), office_id, known.supervisors, known.unmanned)


def _milestone_id(item: Coming, known: _Known) -> int | None:
    return known.answers[item.owed].milestone_id if item.owed else item.milestone_id


def _about(item: Coming, known: _Known) -> str:
    if item.milestone_id:
        return known.wordings[item.milestone_id].title
    if item.silence:
        return item.silence[1].name
    assert item.owed
    return known.answers[item.owed].about


def _why(item: Coming, known: _Known) -> str:
    if item.silence:
        _, period, titles = item.silence
        timely = period.timely_until_on
        return missing_reports_reason(item.rung, period=period.name, titles=titles, timely_until_on=timely, on=item.on)
    if item.owed:
        answer = known.answers[item.owed]
        return unanswered_reason(
            item.rung,
            measure=answer.measure,
            raised_on=answer.raised_on,
            unit=answer.unit,
            about=answer.about,
            limit_on=answer.reply_due_on,
            on=item.on,
        )
    assert item.milestone_id
    assert item.finding
    lagging = item.facts if item.rung.trigger is RungTrigger.LAGGING else None
    return milestone_reason(
        item.finding,
        item.rung,
        due_phrase=known.wordings[item.milestone_id].due_phrase,
        on=item.on,
        scheduled_pct=_scheduled(lagging, item.on) if lagging else None,
    )


def _scheduled(known: MilestoneFacts, on: date) -> Decimal | None:
    return scheduled_pct(known.start_on, known.effective_due.due_on, on, known.schedule)
