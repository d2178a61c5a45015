"""Reads for personal calendars: whose feed an address is, and what falls due in a person's scope."""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_start
from app.domain.access import Scope
from app.domain.alert_words import MEASURE_NAMES, chinese_date
from app.domain.alerts import SETTLED
from app.domain.calendar_feed import AHEAD, MOST_EVENTS, DueDay
from app.domain.case_replies import ReplyState
from app.domain.official_words import STANDINGS
from app.domain.periods import label
from app.domain.vocabulary import DecisionKind, Standing
from app.models import (
    Account,
    AccountabilityCase,
    Alert,
    CalendarFeed,
    CaseEvent,
    CaseReply,
    DueDate,
    ExpectedAnswer,
    ExpectedReport,
    Milestone,
    MilestoneDecision,
    MilestoneStanding,
    Organization,
    Place,
    Plan,
    ReportingPeriod,
)
from app.queries import instruction_list
from app.queries.accounts import token_sha256
from app.queries.case_scope import in_scope
from app.queries.milestones import LedgerFilter, narrow


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar feed of an active account, and what part of the record it shows."""

    account_id: int
    scope: Scope
    person: str
    seed: str


@dataclass(frozen=True, slots=True)
class FeedState:
    """When an account's feed was made and last fetched (None: never)."""

    created_at: datetime
    fetched_at: datetime | None


def find_feed(session: Session, token: str) -> Feed | None:
    """Return the feed of an address; None: unknown, revoked, or the account is switched off."""
    stored = token_sha256(token)
    query = (
        sa.select(
            col(CalendarFeed.token_sha256),
            col(CalendarFeed.seed),
            col(Account.id),
            col(Account.display_name),
            col(Account.plan_id),
            col(Account.organization_id),
        )
        .join(Account, col(Account.id) == col(CalendarFeed.account_id))
        .where(col(CalendarFeed.token_sha256) == stored, col(Account.active).is_(True))
    )
    row = session.execute(query).first()
    if row is None or not hmac.compare_digest(row.token_sha256, stored):
        return None
    return Feed(row.id, Scope(row.plan_id, row.organization_id), row.display_name, row.seed)


def feed_of(session: Session, account_id: int) -> FeedState | None:
    """Return what an account's own page says of its feed; None: it has none."""
    query = sa.select(col(CalendarFeed.created_at), col(CalendarFeed.fetched_at))
    row = session.execute(query.where(col(CalendarFeed.account_id) == account_id)).first()
    return FeedState(*row) if row else None


def due_days(session: Session, scope: Scope, today: date) -> Iterator[DueDay]:
    """Yield what falls due in scope: what is overdue, and what comes within AHEAD; at most what a calendar takes."""
    yield from _milestones(session, scope, today)
    yield from _periods(session, scope, today)
    yield from _answers(session, scope, today)
    yield from _instructions(session, scope, today)
    yield from _notices(session, scope, today)
    yield from _case_replies(session, scope, today)


def _around(session: Session, query: sa.Select[Any], due_on: Any, today: date) -> list[Any]:
    """Return the rows nearest to today on either side, one more than a calendar takes."""
    ahead = query.where(due_on >= today, due_on <= today + AHEAD).order_by(due_on).limit(MOST_EVENTS + 1)
    past = query.where(due_on < today).order_by(due_on.desc()).limit(MOST_EVENTS + 1)
    return [*session.execute(past), *session.execute(ahead)]


def _milestones(session: Session, scope: Scope, today: date) -> Iterator[DueDay]:
    version = sa.and_(
        col(DueDate.milestone_id) == col(MilestoneStanding.milestone_id),
        col(DueDate.version) == col(MilestoneStanding.due_version),
    )
    query: Any = (
        sa.select(
            *MilestoneStanding.__table__.columns,  # type: ignore[attr-defined]  # SQLModel hides the Core table
            col(Milestone.title),
            col(Milestone.clause),
            col(Milestone.due_phrase),
            col(Place.name).label("place"),
            col(Plan.short_title).label("plan"),
            col(DueDate.recorded_at),
        )
        .select_from(MilestoneStanding)
        .join(Milestone, col(Milestone.id) == col(MilestoneStanding.milestone_id))
        .join(Place, col(Place.id) == col(MilestoneStanding.place_id))
        .join(Plan, col(Plan.id) == col(MilestoneStanding.plan_id))
        .outerjoin(DueDate, version)
        .where(col(MilestoneStanding.standing).in_(set(Standing) - SETTLED))
    )
    query = narrow(query, scope, LedgerFilter())
    for row in _around(session, query, col(MilestoneStanding.effective_due_on), today):
        since = day_start(row.since)
        moved = f"原定{chinese_date(row.original_due_on)}" if row.original_due_on != row.effective_due_on else ""
        yield DueDay(
            key=f"milestone/{row.milestone_id}",
            due_on=row.effective_due_on,
            title=f"【{STANDINGS[row.standing]}】{row.title}",
            kind="任务时限",
            path=f"/milestones/{row.milestone_id}",
            changed_at=max(since, row.recorded_at) if row.recorded_at else since,
            version=row.due_version - 1,
            lines=_said(f"{row.plan} {row.clause}", row.place, f"时限“{row.due_phrase}”", moved),
        )


def _periods(session: Session, scope: Scope, today: date) -> Iterator[DueDay]:
    period = ReportingPeriod
    query: Any = (
        sa.select(
            col(period.id),
            col(period.first_on),
            col(period.last_on),
            col(period.timely_until_on),
            col(period.closes_on),
            col(period.opened_at),
            col(Plan.short_title).label("plan"),
        )
        .join(Plan, col(Plan.id) == col(period.plan_id))
        .where(col(period.closes_on) >= today, col(period.timely_until_on) <= today + AHEAD)
        .order_by(col(period.id))
        .limit(MOST_EVENTS)
    )
    if scope.plan_id is not None:
        query = query.where(col(period.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        owed = sa.exists().where(
            col(ExpectedReport.period_id) == col(period.id),
            col(ExpectedReport.organization_id) == scope.organization_id,
        )
        query = query.where(owed)
    for row in session.execute(query):
        name = label(row.first_on, row.last_on)
        for part, due_on, words in (
            ("timely", row.timely_until_on, "按时报送截止"),
            ("closes", row.closes_on, "报送关闭"),
        ):
            yield DueDay(
                key=f"period/{row.id}/{part}",
                due_on=due_on,
                title=f"{name}进展{words}（{row.plan}）",
                kind="报送",
                path=f"/periods/{row.id}",
                changed_at=row.opened_at,
            )


def _answers(session: Session, scope: Scope, today: date) -> Iterator[DueDay]:
    answer = ExpectedAnswer
    query: Any = (
        sa.select(
            col(answer.alert_id),
            col(answer.organization_id),
            col(answer.reply_due_on),
            col(answer.asked_on),
            col(answer.calendar_version),
            col(answer.provisional),
            col(Alert.measure),
            col(Alert.scanned_on),
            col(Alert.reason),
            col(Organization.short_name).label("unit"),
            col(Milestone.title),
        )
        .join(Alert, col(Alert.id) == col(answer.alert_id))
        .join(Organization, col(Organization.id) == col(answer.organization_id))
        .outerjoin(Milestone, col(Milestone.id) == col(answer.milestone_id))
        .where(col(answer.answered_on).is_(None), col(answer.settled_on).is_(None))
    )
    if scope.plan_id is not None:
        query = query.where(col(answer.plan_id) == scope.plan_id)
    if scope.organization_id is not None:
        query = query.where(col(answer.organization_id) == scope.organization_id)
    for row in _around(session, query, col(answer.reply_due_on), today):
        provisional = "当年放假安排尚未公布，按周末推算" if row.provisional else ""
        yield DueDay(
            key=f"alert/{row.alert_id}/unit/{row.organization_id}",
            due_on=row.reply_due_on,
            title=f"回复{MEASURE_NAMES[row.measure]}：{row.title or '报送进展'}（{row.unit}）",
            kind="预警回复",
            path=f"/alerts/{row.alert_id}",
            changed_at=day_start(row.asked_on),
            version=max(0, (row.asked_on - row.scanned_on).days) + row.calendar_version,
            lines=_said(row.reason, provisional),
        )


def _instructions(session: Session, scope: Scope, today: date) -> Iterator[DueDay]:
    query, due_on = instruction_list.awaited(scope)
    for row in _around(session, query, due_on, today):
        yield DueDay(
            key=f"instruction/{row.id}",
            due_on=row.due_on,
            title=f"回复批示：{row.title}（{row.leader}）",
            kind="批示回复",
            path=f"/instructions/{row.id}",
            changed_at=row.recorded_at,
            version=row.steps,
        )


def _notices(session: Session, scope: Scope, today: date) -> Iterator[DueDay]:
    """Yield when public notices end that still run: there is nothing to do about one that is over but to close."""
    until = col(MilestoneDecision.notice_until_on)
    query: Any = (
        sa.select(
            col(MilestoneDecision.id),
            col(MilestoneDecision.milestone_id),
            until,
            col(MilestoneDecision.recorded_at),
            col(Milestone.title),
        )
        .join(Milestone, col(Milestone.id) == col(MilestoneDecision.milestone_id))
        .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneDecision.milestone_id))
        .where(
            col(MilestoneDecision.kind) == DecisionKind.PUBLIC_NOTICE,
            until.between(today, today + AHEAD),
            col(MilestoneStanding.standing) == Standing.AWAITING_VERIFICATION,
        )
        .limit(MOST_EVENTS)
    )
    for row in session.execute(narrow(query, scope, LedgerFilter())):
        yield DueDay(
            key=f"notice/{row.id}",
            due_on=row.notice_until_on,
            title=f"公示期满：{row.title}",
            kind="公示",
            path=f"/milestones/{row.milestone_id}",
            changed_at=row.recorded_at,
        )


def _case_replies(session: Session, scope: Scope, today: date) -> Iterator[DueDay]:
    query: Any = (
        sa.select(
            col(CaseReply.decision_id),
            col(CaseReply.case_id),
            col(CaseReply.due_on),
            col(CaseReply.first_due_on),
            col(CaseEvent.measure),
            col(CaseEvent.recorded_at),
            col(Organization.short_name).label("unit"),
        )
        .select_from(CaseReply)
        .join(AccountabilityCase, col(AccountabilityCase.id) == col(CaseReply.case_id))
        .join(CaseEvent, col(CaseEvent.id) == col(CaseReply.decision_id))
        .join(Organization, col(Organization.id) == col(CaseReply.organization_id))
        .where(col(CaseReply.state) == ReplyState.OWED, *in_scope(scope))
    )
    for row in _around(session, query, col(CaseReply.due_on), today):
        yield DueDay(
            key=f"case-reply/{row.decision_id}",
            due_on=row.due_on,
            title=f"回复{MEASURE_NAMES[row.measure]}决定（{row.unit}）"
            if row.measure
            else f"回复案件决定（{row.unit}）",
            kind="案件回复",
            path=f"/cases/{row.case_id}",
            changed_at=row.recorded_at,
            version=max(0, (row.due_on - row.first_due_on).days),
        )


def _said(*lines: str) -> tuple[str, ...]:
    return tuple(line for line in lines if line)
