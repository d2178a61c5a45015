"""The report that tells a project's visible progress: its day and who said so."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Account, Organization, Report
from app.queries.measurements import counting


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """What was last reported for the whole of a milestone; `organization` None: the office itself said so."""

    share_pct: Decimal
    reported_on: date
    author: str
    organization: str | None
    summary: str


def last_progress(session: Session, milestone_id: int) -> ProgressReport | None:
    """Return the last report with a share for the whole milestone that still counts; None: there is none."""
    row = session.execute(
        sa.select(
            col(Report.share_pct),
            col(Report.reported_on),
            col(Account.display_name),
            col(Organization.short_name),
            col(Report.summary),
        )
        .join(Account, col(Account.id) == col(Report.author_id))
        .join(Organization, col(Organization.id) == col(Report.organization_id), isouter=True)
        .where(
            col(Report.milestone_id) == milestone_id,
            col(Report.speaks_for_whole),
            col(Report.share_pct).is_not(None),
            *counting(None),
        )
        .order_by(col(Report.recorded_at).desc(), col(Report.id).desc())
        .limit(1)
    ).first()
    return None if row is None else ProgressReport(*row)
