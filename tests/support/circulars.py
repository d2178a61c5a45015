"""Make a circular in one transaction (the product reads, then writes), and invented facts for one to tell of."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.vocabulary import DecisionKind, FundSource
from app.models import BudgetLine, Milestone, Payment, Printout, Project, Target
from app.services.printouts import PrintFormat, draw_circular, keep_circular
from tests.support.facts import Office, add_decision, add_due, add_report, noon


def make_circular(
    session: Session,
    actor: Actor,
    *,
    plan_id: int,
    quarter: str,
    file_format: PrintFormat,
    settings: Settings,
    now: datetime,
) -> Printout:
    """Draw a circular and keep it. Raises: InputError, NotFoundError, and what setting raises."""
    drawn = draw_circular(
        session, actor, plan_id=plan_id, quarter=quarter, file_format=file_format, settings=settings, now=now
    )
    return keep_circular(session, actor, drawn, folder=settings.printouts_dir, now=now)


def enliven(session: Session, of: Office, year: int = 2026) -> None:
    """Record invented facts on a plan until the end of September: reports with values, closings, extensions, money.

    Of every seven milestones two are closed where they are due early enough, three report, two say nothing.
    """
    query = sa.select(Milestone).where(col(Milestone.plan_id) == of.plan_id).order_by(col(Milestone.position))
    targets: dict[int, list[Target]] = defaultdict(list)
    for target in session.scalars(sa.select(Target).order_by(col(Target.id))):
        targets[target.milestone_id].append(target)
    for number, milestone in enumerate(session.scalars(query).all()):
        own = targets[milestone.id or 0]
        values = {target.id or 0: value for target in own if (value := _value(target, number)) is not None}
        _report(session, of, milestone, number % 7, values, year)
    projects = sa.select(Project).where(col(Project.plan_id) == of.plan_id).order_by(col(Project.id)).limit(3)
    for project in session.scalars(projects).all():
        _pay(session, of, project.id or 0, year)


def _report(session: Session, of: Office, milestone: Milestone, turn: int, values: dict[int, str], year: int) -> None:
    key = milestone.id or 0
    if turn in (0, 1) and milestone.due_on <= date(year + 1, 6, 30):
        claim = {"share_pct": Decimal(100), "claims_completion": True, "reached_on": date(year, 8, 15)}
        report_id = add_report(session, of, key, noon(date(year, 8, 20)), values=values, **claim)
        reached = milestone.due_on if turn == 0 else date(year, 8, 15)
        closing = {"report_id": report_id, "reached_on": reached}
        add_decision(session, of, key, DecisionKind.CLOSE_OUT, noon(date(year, 9, 1)), **closing)
    elif turn in (2, 3, 4):
        add_report(session, of, key, noon(date(year, 6, 10)), share_pct=Decimal(10 + turn))
        add_report(session, of, key, noon(date(year, 9, 10)), share_pct=Decimal(20 + turn), values=values)
        if turn == 4 and milestone.due_on < date(year, 9, 1):
            add_due(session, of, key, 2, date(year, 8, 31), noon(date(year, 3, 1)))


def _value(target: Target, number: int) -> str | None:
    """Return a value above or below the target's in turn; every third target has none."""
    turn = ((target.id or 0) + number) % 3
    return None if turn == 2 else str(target.value * (Decimal("1.1") if turn else Decimal("0.9")))


def _pay(session: Session, of: Office, project_id: int, year: int) -> None:
    session.add(BudgetLine(project_id=project_id, position=90, year=year, source=FundSource.COUNTY, amount_fen=10**11))
    for month, fen in ((3, 25_000_000_000), (9, 1_234_500_000)):
        day = date(year, month, 15)
        payment = Payment(
            project_id=project_id,
            paid_on=day,
            amount_fen=fen,
            fund_source=FundSource.COUNTY,
            source="县级资金（虚构）",
            author_id=of.account_id,
            recorded_at=noon(day),
        )
        session.add(payment)
    session.flush()
