"""What the preview of a workbook of reports holds its rows against: reports on record, evidence, who wrote drafts."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Report, ReportDraft, ReportValue


def handed_in(session: Session, report_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Return reports as the texts of their fields, by report id."""
    found: dict[int, dict[str, str]] = {}
    if not report_ids:
        return found
    for report in session.scalars(sa.select(Report).where(col(Report.id).in_(report_ids))):
        found[report.id or 0] = {
            "reported_on": report.reported_on.isoformat(),
            "share_pct": "" if report.share_pct is None else f"{report.share_pct:f}",
            "summary": report.summary,
            "no_change": "1" if report.no_change else "",
            "claims_completion": "1" if report.claims_completion else "",
            "reached_on": report.reached_on.isoformat() if report.reached_on else "",
        }
    for value in session.scalars(sa.select(ReportValue).where(col(ReportValue.report_id).in_(found))):
        found[value.report_id] |= {
            f"value-{value.target_id}": f"{value.value:f}",
            f"why-{value.target_id}": value.explanation or "",
        }
    return found


def own_drafts(session: Session, expected_ids: Collection[int], account_id: int | None) -> set[int]:
    """Return those expected reports whose draft was last saved by the account."""
    query: sa.Select[Any] = sa.select(col(ReportDraft.expected_id)).where(
        col(ReportDraft.expected_id).in_(expected_ids), col(ReportDraft.author_id) == account_id
    )
    return set(session.scalars(query))
