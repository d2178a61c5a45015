"""Alerts in force at a cut-off: not withdrawn, answered or overtaken by then, judged by what was known then."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.core.clock import local_day
from app.domain.alert_words import MEASURE_NAMES
from app.domain.alerts import state_of, superseded
from app.domain.periods import label
from app.domain.sheets import OpenAlert
from app.domain.vocabulary import AlertState, AlertStepKind, Capacity, RungTrigger
from app.models import Alert, AlertRecipient, AlertStep, ExpectedAnswer, Organization, ReportingPeriod
from app.queries import facts
from app.queries.sheet_ledger import Ledger
from app.queries.sheet_reports import Owed, owed_reports

Asked = tuple[int, int]  # alert id, organization id


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was asked of a unit; `answered_on` None: it had not come, `settled`: nobody waited for it."""

    unit: str
    reply_due_on: date
    answered_on: date | None
    settled: bool


@dataclass(frozen=True, slots=True)
class AlertThen:
    """An alert in force; `recipients` are the units to which it went, leaders left out."""

    id: int
    milestone_id: int | None
    measure: str
    about: str
    raised_on: date
    recipients: frozenset[int]
    answers: Mapping[int, Answer]

    def line(self, unit_id: int | None = None) -> OpenAlert:
        """Return it as a line: of one unit, or of all that were asked."""
        asked = self.answers if unit_id is None else {key: self.answers[key] for key in self.answers if key == unit_id}
        waits = [item for item in asked.values() if item.answered_on is None and not item.settled]
        given = [item.answered_on for item in asked.values() if item.answered_on is not None]
        limits = [item.reply_due_on for item in waits or asked.values()]
        return OpenAlert(
            id=self.id,
            measure=self.measure,
            about=self.about,
            units=tuple(item.unit for item in asked.values()),
            raised_on=self.raised_on,
            reply_due_on=min(limits, default=None),
            answered_on=None if waits else max(given, default=None),
        )


def alerts_then(ledger: Ledger, *conditions: sa.ColumnElement[bool]) -> list[AlertThen]:
    """Return the alerts in force at the cut-off that meet a condition on Alert, in the order they went out."""
    rows = _rows(ledger, conditions)
    if not rows:
        return []
    ledger.judge({row.milestone_id for row in rows if row.milestone_id})
    followed = {row.follows_id for row in rows if row.follows_id}
    ids = [row.id for row in rows]
    answers = _answers(ledger, [*ids, *followed])
    recipients = _recipients(ledger, ids)
    silent = {(row.period_id, row.organization_id) for row in rows if row.trigger is RungTrigger.MISSING_REPORT}
    unreported = _unreported(ledger, {unit for _, unit in silent})
    return [
        AlertThen(
            row.id,
            row.milestone_id,
            MEASURE_NAMES[row.measure],
            _about(ledger, row),
            row.scanned_on,
            frozenset(recipients[row.id]),
            answers.get(row.id, {}),
        )
        for row in rows
        if _state(ledger, row, answers, unreported) is AlertState.OPEN
    ]


def addressed_to(unit_ids: Collection[int]) -> sa.ColumnElement[bool]:
    """Return the condition that an alert went to one of some units."""
    to = AlertRecipient
    return col(Alert.id).in_(
        sa.select(col(to.alert_id)).where(col(to.organization_id).in_(unit_ids), col(to.capacity) != Capacity.LEADER)
    )


def _rows(ledger: Ledger, conditions: Iterable[sa.ColumnElement[bool]]) -> Sequence[Any]:
    until = ledger.at.at
    withdrawn = sa.exists().where(
        col(AlertStep.alert_id) == col(Alert.id),
        col(AlertStep.kind) == AlertStepKind.WITHDRAW,
        col(AlertStep.recorded_at) < until,
    )
    query: Any = (
        sa.select(
            *Alert.__table__.columns,  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
            col(ReportingPeriod.first_on),
            col(ReportingPeriod.last_on),
        )
        .outerjoin(ReportingPeriod, col(ReportingPeriod.id) == col(Alert.period_id))
        .where(
            col(Alert.plan_id) == ledger.plan_id,
            col(Alert.scanned_on) <= ledger.at.on,
            col(Alert.raised_at) < until,
            ~withdrawn,
            *conditions,
        )
        .order_by(col(Alert.scanned_on), col(Alert.id))
    )
    return ledger.session.execute(query).all()


def _about(ledger: Ledger, row: Any) -> str:
    """Say what an alert is about: a milestone, a period's reports, or an answer that did not come."""
    if row.first_on is not None:
        return f"{label(row.first_on, row.last_on)}填报"
    milestone = ledger.judged.get(row.milestone_id)
    title = milestone.title if milestone else "—"
    return f"{title}（未按期回复）" if row.trigger is RungTrigger.UNANSWERED else title


def _state(
    ledger: Ledger, row: Any, answers: Mapping[int, Mapping[int, Answer]], unreported: Collection[tuple[int, int]]
) -> AlertState:
    if row.trigger is RungTrigger.MISSING_REPORT:
        over = (row.period_id, row.organization_id) not in unreported
    elif row.trigger is RungTrigger.UNANSWERED:
        owed = answers.get(row.follows_id, {}).get(row.organization_id)
        over = owed is None or owed.settled or owed.answered_on is not None
    else:
        milestone = ledger.judged.get(row.milestone_id)
        found = milestone.finding if milestone else None
        standing, version = (found.standing, found.due_version) if found else (None, None)
        over = superseded(row.trigger, row.due_version, standing, version)
    asked = answers.get(row.id, {}).values()
    answered = bool(asked) and all(item.answered_on is not None for item in asked)
    return state_of(withdrawn=False, superseded=over, answered=answered)


def _answers(ledger: Ledger, ids: Sequence[int]) -> dict[int, dict[int, Answer]]:
    """Return the answers asked for by alert and unit, as far as they had come by the cut-off."""
    asked = ExpectedAnswer
    given = _given(ledger, ids)
    found: dict[int, dict[int, Answer]] = defaultdict(dict)
    for some in facts.chunks(ids):
        query: Any = (
            sa.select(
                col(asked.alert_id),
                col(asked.organization_id),
                col(Organization.short_name),
                col(asked.reply_due_on),
                col(asked.settled_on),
                col(Alert.reply_due_on).label("first_due_on"),
            )
            .join(Organization, col(Organization.id) == col(asked.organization_id))
            .join(Alert, col(Alert.id) == col(asked.alert_id))
            .where(col(asked.alert_id).in_(some))
            .order_by(col(Organization.sort_key), col(Organization.id))
        )
        for row in ledger.session.execute(query):
            answered_on, moved = given.get((row.alert_id, row.organization_id), (None, False))
            limit = row.first_due_on if moved and row.first_due_on else row.reply_due_on
            settled = row.settled_on is not None and row.settled_on <= ledger.at.on
            found[row.alert_id][row.organization_id] = Answer(row.short_name, limit, answered_on, settled)
    return found


def _given(ledger: Ledger, ids: Sequence[int]) -> dict[Asked, tuple[date | None, bool]]:
    """Return by alert and unit when it answered (None: not, or sent back), and whether one was sent back since.

    An answer that was sent back after the cut-off had its first limit then.
    """
    step, until = AlertStep, ledger.at.at
    found: dict[Asked, tuple[date | None, bool]] = {}
    for some in facts.chunks(ids):
        query = (
            sa.select(col(step.alert_id), col(step.organization_id), col(step.kind), col(step.recorded_at))
            .where(
                col(step.alert_id).in_(some),
                col(step.organization_id).is_not(None),
                col(step.kind).in_((AlertStepKind.ANSWER, AlertStepKind.RETURN_ANSWER)),
            )
            .order_by(col(step.id))
        )
        for row in ledger.session.execute(query):
            answered_on, moved = found.get((row.alert_id, row.organization_id), (None, False))
            if row.recorded_at >= until:
                moved = moved or row.kind is AlertStepKind.RETURN_ANSWER
            else:
                answered_on = local_day(row.recorded_at) if row.kind is AlertStepKind.ANSWER else None
            found[row.alert_id, row.organization_id] = (answered_on, moved)
    return found


def _recipients(ledger: Ledger, ids: Sequence[int]) -> dict[int, set[int]]:
    to = AlertRecipient
    found: dict[int, set[int]] = defaultdict(set)
    for some in facts.chunks(ids):
        query = sa.select(col(to.alert_id), col(to.organization_id)).where(
            col(to.alert_id).in_(some), col(to.capacity) != Capacity.LEADER
        )
        for alert_id, unit_id in ledger.session.execute(query):
            found[alert_id].add(unit_id)
    return found


def _unreported(ledger: Ledger, unit_ids: Collection[int]) -> set[tuple[int, int]]:
    owed: list[Owed] = owed_reports(ledger, unit_ids) if unit_ids else []
    return {(item.period_id, item.organization_id) for item in owed}
