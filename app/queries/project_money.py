"""Reads of the money of projects: what is provided by year and source of funds, what was paid."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.clock import day_end
from app.domain.project_money import Paid, Provided
from app.models import BudgetLine, Payment


def provided(session: Session, project_ids: Any) -> dict[int, list[Provided]]:
    """Return the budget lines of projects by project id; a project without lines is left out."""
    query = (
        sa.select(col(BudgetLine.project_id), col(BudgetLine.year), col(BudgetLine.source), col(BudgetLine.amount_fen))
        .where(col(BudgetLine.project_id).in_(project_ids))
        .order_by(col(BudgetLine.project_id), col(BudgetLine.position))
    )
    found: dict[int, list[Provided]] = defaultdict(list)
    for project_id, year, source, fen in session.execute(query):
        found[project_id].append(Provided(year, source, fen))
    return found


def paid(
    session: Session, project_ids: Any, on: date | None = None, until: datetime | None = None
) -> dict[int, list[Paid]]:
    """Return payments by project id, summed by year and source; a project without payments is left out.

    With a day: payments made by it, of those known on it (before a moment of it, where that is given); None: all.
    """
    year = sa.extract("year", col(Payment.paid_on))
    query = (
        sa.select(
            col(Payment.project_id),
            year,
            col(Payment.fund_source),
            sa.func.sum(col(Payment.amount_fen)),
        )
        .where(col(Payment.project_id).in_(project_ids))
        .group_by(col(Payment.project_id), year, col(Payment.fund_source))
        .order_by(col(Payment.project_id), year, col(Payment.fund_source))
    )
    if on is not None:
        query = query.where(col(Payment.paid_on) <= on, col(Payment.recorded_at) < (until or day_end(on)))
    found: dict[int, list[Paid]] = defaultdict(list)
    for project_id, in_year, source, fen in session.execute(query):
        found[project_id].append(Paid(int(in_year), source, int(fen)))
    return found
