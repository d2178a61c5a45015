"""An office at work: the five plans after a scan, with a report, its evidence, a case and a printout on record."""

from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import read_session, write_session
from app.domain.vocabulary import Standing
from app.jobs.overdue_scan import scan
from app.models import AccountabilityCase, Evidence, MilestoneStanding, Plan, Printout, Project
from app.services import printouts
from tests.support.circulars import make_circular
from tests.support.web import NOW, PLAN, SYSTEM, seeded_app, signed_in

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def busy_app(folder: Path) -> FastAPI:
    """Return the application after a day's work; whoever makes it disposes of its engine."""
    app = seeded_app(folder)
    scan(app.state.engine, on=local_day(NOW), now=NOW, actor=SYSTEM)
    milestone = overdue_milestone(app)
    answer = signed_in(app, "office").post(
        f"/milestones/{milestone}/reports",
        data={"reported_on": "2026-11-20", "share_pct": "40", "summary": "进展"},
        files={"evidence": ("证明.pdf", PDF, "application/pdf")},
    )
    assert answer.status_code == 303, answer.text
    with write_session(app.state.engine) as session:
        plan_id = session.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)).scalar_one()
        make_circular(
            session,
            SYSTEM,
            plan_id=plan_id or 0,
            quarter="2026Q3",
            file_format=printouts.PrintFormat.XLSX,
            settings=app.state.settings,
            now=NOW,
        )
    return app


def overdue_milestone(app: FastAPI, plan: str = PLAN) -> int:
    """Return the id of an overdue milestone of a plan."""
    query = (
        sa.select(col(MilestoneStanding.milestone_id))
        .join(Plan, col(Plan.id) == col(MilestoneStanding.plan_id))
        .where(col(Plan.slug) == plan, col(MilestoneStanding.standing) == Standing.OVERDUE)
        .order_by(col(MilestoneStanding.milestone_id))
    )
    with read_session(app.state.engine) as session:
        found: int = session.execute(query.limit(1)).scalar_one()
        return found


def sample_values(app: FastAPI) -> dict[str, str]:
    """Return a value that exists for each name of a path's parameter."""
    with read_session(app.state.engine) as session:

        def first(column: object, *conditions: sa.ColumnElement[bool]) -> str:
            return str(session.scalar(sa.select(col(column)).where(*conditions).limit(1)))

        plan_id = int(first(Plan.id, col(Plan.slug) == PLAN))
        return {
            "slug": PLAN,
            "plan_slug": PLAN,
            "milestone_id": str(overdue_milestone(app)),
            "evidence_id": first(Evidence.id),
            "case_id": first(AccountabilityCase.id, col(AccountabilityCase.plan_id) == plan_id),
            "printout_id": first(Printout.id),
            "project_id": first(Project.id),
            "account_id": "1",
        }
