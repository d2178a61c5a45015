"""The form of a milestone's own schedule: taken, sent back as typed, and not for a unit."""

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session
from app.domain.vocabulary import Role, Standing
from app.models import MilestoneStanding, Plan
from tests.support.web import PLAN, flat, signed_in


@pytest.fixture
def running(app: FastAPI) -> str:
    """Address of a milestone of PLAN that is under way and due in a later year."""
    query = (
        sa.select(col(MilestoneStanding.milestone_id))
        .join(Plan, col(Plan.id) == col(MilestoneStanding.plan_id))
        .where(col(Plan.slug) == PLAN, col(MilestoneStanding.standing) == Standing.ON_TRACK)
        .order_by(col(MilestoneStanding.effective_due_on).desc(), col(MilestoneStanding.milestone_id))
    )
    with read_session(app.state.engine) as session:
        return f"/milestones/{session.scalars(query.limit(1)).one()}"


def test_an_office_sets_shares_by_quarter_and_sees_them_in_force(app: FastAPI, running: str) -> None:
    office = signed_in(app, Role.OFFICE)
    assert "从起始日到现行时限均匀推进" in flat(office.get(running).text)
    taken = office.post(f"{running}/schedule", data={"share-2027Q1": "20", "share-2027Q4": "35", "reason": "按工期"})
    assert (taken.status_code, taken.headers["location"]) == (303, f"{running}?done=schedule#schedule")
    page = office.get(running).text
    assert "现行的是办公室按季度设定的序时进度" in flat(page)
    assert 'value="35"' in page


def test_shares_that_fall_come_back_as_typed_at_their_quarter(app: FastAPI, running: str) -> None:
    form = {"share-2027Q1": "40", "share-2027Q2": "30", "reason": "按工期"}
    again = signed_in(app, Role.OFFICE).post(f"{running}/schedule", data=form)
    assert again.status_code == 422
    assert 'id="share-2027Q2-problem"' in again.text
    assert 'value="40"' in again.text
    assert "按工期" in again.text


@pytest.mark.parametrize("role", [Role.UNIT, Role.LEADER, Role.INSPECTOR])
def test_nobody_else_sets_a_schedule(app: FastAPI, running: str, role: Role) -> None:
    refused = signed_in(app, role).post(f"{running}/schedule", data={"share-2027Q1": "20", "reason": "x"})
    assert refused.status_code == 403
