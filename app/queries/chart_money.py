"""A plan's money against time: what its projects are provided with, and what was paid by day, as known on a day."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.charts import MoneyDay, ProjectPlan, money_days
from app.models import Payment, Project
from app.queries.project_money import provided


def plan_money(session: Session, plan_id: int, on: date, project_id: int | None = None) -> tuple[MoneyDay, ...]:
    """Return planned and paid money of a plan, or of one project of it, in three statements.

    Payments count that were made by the day and known on it; what is provided is as recorded now. Empty: no money.
    """
    query = sa.select(col(Project.id), col(Project.investment_fen), col(Project.end_year)).where(
        col(Project.plan_id) == plan_id
    )
    if project_id is not None:
        query = query.where(col(Project.id) == project_id)
    rows = session.execute(query.order_by(col(Project.id))).all()
    if not rows:
        return ()
    wanted = sa.select(col(Project.id)).where(
        col(Project.plan_id) == plan_id, *([] if project_id is None else [col(Project.id) == project_id])
    )
    lines = provided(session, wanted)
    plans = [ProjectPlan(tuple(lines.get(row.id, ())), row.investment_fen, row.end_year) for row in rows]
    return money_days(plans, _paid(session, wanted, on), on)


def _paid(session: Session, project_ids: sa.Select[int | None], on: date) -> dict[date, int]:
    """Return the fen paid by day."""
    query = (
        sa.select(col(Payment.paid_on), sa.func.sum(col(Payment.amount_fen)))
        .where(
            col(Payment.project_id).in_(project_ids),
            col(Payment.paid_on) <= on,
            col(Payment.recorded_at) < day_end(on),
        )
        .group_by(col(Payment.paid_on))
    )
    return {paid_on: int(fen) for paid_on, fen in session.execute(query)}
