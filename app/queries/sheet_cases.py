"""Open accountability cases at a cut-off with whom and what they are about, for sheets."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.domain.circular_cases import CaseRow
from app.models import AccountabilityCase, CaseMilestone
from app.queries.circular_cases import case_rows
from app.queries.sheet_ledger import Ledger


@dataclass(frozen=True, slots=True)
class CaseThen:
    """A case that was open, the unit that it is held against and its milestones by then."""

    row: CaseRow
    organization_id: int
    milestones: frozenset[int]


def open_cases(ledger: Ledger) -> list[CaseThen]:
    """Return a plan's cases that were open at the cut-off, in the order opened, in a fixed number of statements."""
    at, case = ledger.at, AccountabilityCase
    columns: list[Any] = [col(case.number), col(case.organization_id), col(CaseMilestone.milestone_id)]
    query = (
        sa.select(*columns)
        .outerjoin(
            CaseMilestone,
            sa.and_(col(CaseMilestone.case_id) == col(case.id), col(CaseMilestone.joined_on) <= at.on),
        )
        .where(col(case.plan_id) == ledger.plan_id, col(case.opened_on) <= at.on, col(case.opened_at) < at.at)
    )
    units: dict[str, int] = {}
    held: dict[str, set[int]] = defaultdict(set)
    for number, unit_id, milestone_id in ledger.session.execute(query):
        units[number] = unit_id
        held[number] |= {milestone_id} - {None}
    if not units:
        return []
    ledger.judge(set().union(*held.values()))
    titles = {key: row.title for key, row in ledger.judged.items()}
    # none that was closed by then
    rows = case_rows(ledger.session, ledger.plan_id, date.max, at.on, at.at, titles)
    return [CaseThen(row, units[row.number], frozenset(held[row.number])) for row in rows if row.number in units]
