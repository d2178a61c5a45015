"""Narrow the register of alerts to where they stand: the rule of `domain.alerts` is asked for every case there is."""

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.domain.access import Scope
from app.domain.vocabulary import RungTrigger
from app.models import Alert, ExpectedAnswer
from app.queries.alert_states import over_by_standing, still_owed, withdrawn
from app.queries.missing_reports import silences


class Wanted(StrEnum):
    """Where the alerts of the register stand that a reader looks for."""

    OPEN = "open"
    TO_ANSWER = "to_answer"  # an answer is waited for: of one's own unit, where one acts for a unit
    OVERDUE = "overdue"  # the same, and its limit is past
    ANSWERED = "answered"
    LAPSED = "superseded"
    WITHDRAWN = "withdrawn"


def standing_as(wanted: Wanted, scope: Scope, today: date) -> sa.ColumnElement[bool]:
    """Return the condition on Alert (beside its MilestoneStanding) that it stands as wanted."""
    match wanted:
        case Wanted.WITHDRAWN:
            return withdrawn()
        case Wanted.LAPSED:
            return sa.and_(~withdrawn(), _lapsed())
        case Wanted.OPEN:
            return sa.and_(~withdrawn(), ~_lapsed(), ~_answered())
        case Wanted.ANSWERED:
            return sa.and_(~withdrawn(), ~_lapsed(), _answered())
        case Wanted.TO_ANSWER:
            return _waited_for(scope)
        case Wanted.OVERDUE:
            return _waited_for(scope, before=today)


def _waited_for(scope: Scope, before: date | None = None) -> sa.ColumnElement[bool]:
    # IN, not EXISTS: few answers are owed, where walking the register for them may read all of it.
    owed = sa.select(col(ExpectedAnswer.alert_id)).where(
        col(ExpectedAnswer.answered_on).is_(None), col(ExpectedAnswer.settled_on).is_(None)
    )
    if scope.organization_id is not None:
        owed = owed.where(col(ExpectedAnswer.organization_id) == scope.organization_id)
    if before is not None:
        owed = owed.where(col(ExpectedAnswer.reply_due_on) < before)
    return col(Alert.id).in_(owed)


def _answered() -> sa.ColumnElement[bool]:
    """Return the condition that answers were asked for, and all came."""
    asked, missing = aliased(ExpectedAnswer), aliased(ExpectedAnswer)
    lacks_one = sa.exists().where(col(missing.alert_id) == col(Alert.id), col(missing.answered_on).is_(None))
    return sa.and_(sa.exists().where(col(asked.alert_id) == col(Alert.id)), ~lacks_one)


def _lapsed() -> sa.ColumnElement[bool]:
    """Return the condition that what an alert was about is over."""
    reported = sa.tuple_(col(Alert.period_id), col(Alert.organization_id)).not_in(silences().correlate(None))
    return sa.case(
        (col(Alert.trigger) == RungTrigger.MISSING_REPORT, reported),
        (col(Alert.trigger) == RungTrigger.UNANSWERED, ~still_owed()),
        else_=over_by_standing(),
    )
