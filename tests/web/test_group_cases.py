"""A duty of a group of governments: none of them leads, and no case names one of them alone."""

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session
from app.domain.vocabulary import Role
from app.models import AccountabilityCase, Milestone, MilestoneUnit, Report
from tests.support.web import signed_in
from tests.web.scanned import scanned

KASHGAR = "kashgar-2022"
GROUP = "各县市人民政府"
SHACHE = "莎车县人民政府"


def group_case(app: FastAPI) -> int:
    with read_session(app.state.engine) as session:
        query = sa.select(col(AccountabilityCase.id)).where(col(AccountabilityCase.held_as) == GROUP)
        found: int = session.execute(query.limit(1)).scalar_one()
        return found


def test_a_case_on_a_groups_duty_names_the_group_and_is_kept_by_the_office(app):
    case_id = group_case(scanned(app))
    page = signed_in(app, Role.OFFICE, KASHGAR).get(f"/cases/{case_id}").text
    assert GROUP in page
    assert "喀什市人民政府</h1>" not in page


def test_every_unit_of_the_group_may_state_its_case(app):
    case_id = group_case(scanned(app))
    unit = signed_in(app, Role.UNIT, KASHGAR, SHACHE)
    assert unit.get(f"/cases/{case_id}").status_code == 200
    sent = unit.post(f"/cases/{case_id}/statement", data={"statement-text": "本县已列入年度预算（虚构）。"})
    assert sent.status_code == 303
    assert "本县已列入年度预算" in unit.get(f"/cases/{case_id}").text


def test_a_unit_of_another_plan_does_not_see_it(app):
    case_id = group_case(scanned(app))
    assert signed_in(app, Role.UNIT).get(f"/cases/{case_id}").status_code == 404


def test_the_first_of_a_group_does_not_speak_for_all(app):
    with read_session(app.state.engine) as session:
        query = (
            sa.select(col(MilestoneUnit.milestone_id))
            .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
            .where(col(MilestoneUnit.named_as) == GROUP, col(MilestoneUnit.position) == 0)
            .order_by(col(Milestone.due_on).desc())
        )
        milestone_id, lead = session.execute(query.limit(1)).scalar_one(), col(MilestoneUnit.leads)
        assert session.scalar(sa.select(lead).where(col(MilestoneUnit.milestone_id) == milestone_id, lead)) is None
    unit = signed_in(app, Role.UNIT, KASHGAR, "喀什市人民政府")
    data = {"reported_on": "2026-11-22", "share_pct": "100", "summary": "本市完成（虚构）"}
    assert unit.post(f"/milestones/{milestone_id}/reports", data=data).status_code == 303
    with read_session(app.state.engine) as session:
        report = session.scalars(sa.select(Report).where(col(Report.milestone_id) == milestone_id)).one()
    assert report.speaks_for_whole is False


def test_the_same_report_sent_twice_is_recorded_once(app):
    office = signed_in(app, Role.OFFICE)
    with read_session(app.state.engine) as session:
        title = col(Milestone.title) == "集团化办学全覆盖"
        milestone_id = session.execute(sa.select(col(Milestone.id)).where(title)).scalar_one()
    data = {"reported_on": "2026-11-22", "share_pct": "10", "summary": "进展（虚构）"}
    assert office.post(f"/milestones/{milestone_id}/reports", data=data).status_code == 303
    assert office.post(f"/milestones/{milestone_id}/reports", data=data).status_code == 409
