"""Reports that units owed and had not handed in by a cut-off, whatever came later."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.domain.dossier_words import word
from app.domain.periods import OWING, RECHECKED, label
from app.domain.sheets import MissingReports
from app.domain.vocabulary import ExpectedKind, UnitRole
from app.models import ExpectedReport, Report, ReportingPeriod
from app.queries.measurements import counting
from app.queries.sheet_ledger import Ledger


@dataclass(frozen=True, slots=True)
class Owed:
    """A report that a unit still owed; `period` in words."""

    period_id: int
    organization_id: int
    milestone_id: int
    kind: ExpectedKind
    first_on: date
    period: str
    timely_until_on: date


def owed_reports(ledger: Ledger, unit_ids: Collection[int]) -> list[Owed]:
    """Return the reports that units owed and that were not in, by period, in one statement and what judging takes.

    One that was sent back is owed again. What a milestone in its standing then asked of nobody is left out.
    """
    rows = ledger.session.execute(_unanswered(ledger, unit_ids)).all()
    ledger.judge({row.milestone_id for row in rows})
    return [
        Owed(
            row.period_id,
            row.organization_id,
            row.milestone_id,
            row.kind,
            row.first_on,
            label(row.first_on, row.last_on),
            row.timely_until_on,
        )
        for row in rows
        if _needed(ledger, row.milestone_id, row.organization_id, row.kind)
    ]


def _unanswered(ledger: Ledger, unit_ids: Collection[int]) -> sa.Select[Any]:
    expected, period, until = ExpectedReport, ReportingPeriod, ledger.at.at
    answered = sa.exists().where(col(Report.expected_id) == col(expected.id), *counting(until))
    columns: list[Any] = [
        col(expected.period_id),
        col(expected.organization_id),
        col(expected.milestone_id),
        col(expected.kind),
        col(period.first_on),
        col(period.last_on),
        col(period.timely_until_on),
    ]
    return (
        sa.select(*columns)
        .join(period, col(period.id) == col(expected.period_id))
        .where(
            col(period.plan_id) == ledger.plan_id,
            col(expected.organization_id).in_(unit_ids),
            col(expected.expected_at) < until,
            ~answered,
        )
        .order_by(col(period.first_on), col(expected.milestone_id), col(expected.id))
    )


def _needed(ledger: Ledger, milestone_id: int, unit_id: int, kind: ExpectedKind) -> bool:
    """Tell whether a report was still owed: its milestone ran (or was closed), and the unit answered for it."""
    row = ledger.judged.get(milestone_id)
    if row is None or row.finding.standing not in (OWING if kind is ExpectedKind.PROGRESS else RECHECKED):
        return False
    responsible = {unit.organization_id for unit in row.units if unit.role is UnitRole.RESPONSIBLE}
    return unit_id in responsible or (not responsible and unit_id == ledger.plan.office_id)


def by_period(ledger: Ledger, rows: Iterable[Owed]) -> tuple[MissingReports, ...]:
    """Return what one unit owes, summed by period and kind of report, the oldest period first."""
    found: dict[tuple[date, str, ExpectedKind], list[Owed]] = defaultdict(list)
    for row in rows:
        found[row.first_on, row.period, row.kind].append(row)
    return tuple(
        MissingReports(
            period=period,
            kind=word(kind),
            timely_until_on=items[0].timely_until_on,
            count=len(items),
            items=tuple(dict.fromkeys(ledger.judged[item.milestone_id].clause for item in items)),
        )
        for (_, period, kind), items in sorted(found.items(), key=lambda pair: pair[0])
    )
