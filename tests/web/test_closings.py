"""Closing with two keys as people do it on the milestone's page."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col
from starlette.testclient import TestClient

from app.core.clock import FixedClock
from app.core.database import read_session, write_session
from app.domain.access import Actor
from app.domain.vocabulary import Role, Standing, UnitRole
from app.models import Account, Milestone, MilestoneStanding, MilestoneUnit, Organization, Plan, Target
from app.services import accounts
from app.web.deps import COOKIE
from tests.support.busy import PDF
from tests.support.strict_html import faults
from tests.support.web import NOW, PASSWORD, PLAN, anonymous, flat, signed_in
from tests.web.test_milestones import standing_of

FILE = {"evidence": ("证明.pdf", PDF, "application/pdf")}
CLAIM = {
    "reported_on": "2026-11-20",
    "share_pct": "100",
    "summary": "全部建成",
    "claims_completion": "1",
    "reached_on": "2026-11-19",
}
VERIFIED = {"note": "现场核验通过", "facts_clear": "1", "evidence_complete": "1", "form_right": "1"}


def plain_milestone(app: FastAPI) -> tuple[int, TestClient]:
    """Return an open milestone of the plan without a target, and a browser of the unit that leads it."""
    with read_session(app.state.engine) as session:
        query = (
            sa.select(col(MilestoneUnit.milestone_id), col(Organization.name))
            .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
            .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id))
            .join(Plan, col(Plan.id) == col(MilestoneStanding.plan_id))
            .where(
                col(Plan.slug) == PLAN,
                col(MilestoneUnit.role) == UnitRole.RESPONSIBLE,
                col(MilestoneUnit.leads),
                col(MilestoneStanding.standing).in_((Standing.ON_TRACK, Standing.DUE_SOON)),
                ~sa.exists().where(col(Target.milestone_id) == col(MilestoneUnit.milestone_id)),
            )
            .order_by(col(MilestoneUnit.milestone_id))
        )
        milestone, name = session.execute(query.limit(1)).one()
    return milestone, signed_in(app, "unit", PLAN, name)


@pytest.fixture
def second(app: FastAPI) -> TestClient:
    """A second person of the plan's office."""
    browser = anonymous(app)
    with write_session(app.state.engine) as session:
        plan_id = session.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)).scalar_one()
        account = accounts.create_account(
            session,
            Actor(None, "tests", None),
            name="office-second",
            display_name="王芳",
            role=Role.OFFICE,
            password=PASSWORD,
            plan_id=plan_id,
            organization_id=None,
            must_change_password=False,
            now=NOW,
        )
        assert isinstance(account, Account)
        browser.cookies.set(COOKIE, accounts.sign_in(session, account, hours=12, now=NOW))
    return browser


def test_a_unit_claims_the_office_verifies_and_the_ledger_shows_the_number(app: FastAPI) -> None:
    (milestone, unit), office = plain_milestone(app), signed_in(app, "office")
    url = f"/milestones/{milestone}"
    before = flat(office.get(url).text)
    assert 'action="' + url + '/closing"' not in before
    assert unit.post(f"{url}/reports", data=CLAIM, files=FILE).status_code == 303
    page = office.get(url).text
    assert faults(page) == []
    assert f'action="{url}/closing"' in flat(page)
    assert f'action="{url}/closing"' not in flat(unit.get(url).text)
    assert unit.post(f"{url}/closing", data=VERIFIED).status_code == 403
    assert signed_in(app, "leader").post(f"{url}/closing", data=VERIFIED).status_code == 403
    again = office.post(f"{url}/closing", data={"note": "现场核验通过", "facts_clear": "1"})
    assert (again.status_code, faults(again.text)) == (422, [])
    assert "现场核验通过</textarea>" in again.text
    for field in ("evidence_complete", "form_right"):
        assert f'id="closing-{field}-problem"' in again.text
    assert office.post(f"{url}/closing", data=VERIFIED).status_code == 303
    assert standing_of(app, milestone) is Standing.CLOSED
    for path in (url, f"/milestones?standing=closed&plan={PLAN}"):
        page = office.get(path).text
        assert faults(page) == []
        assert "销号〔2026〕1号" in page
    told = office.post(f"{url}/closing", data=VERIFIED)
    assert told.status_code == 409
    assert "销号〔2026〕1号" in told.text


def test_reopening_keeps_the_number_and_says_so_in_the_ledger(app: FastAPI) -> None:
    (milestone, unit), office = plain_milestone(app), signed_in(app, "office", language="en")
    url = f"/milestones/{milestone}"
    unit.post(f"{url}/reports", data=CLAIM, files=FILE)
    assert office.post(f"{url}/reopening", data={"note": "还没有"}).status_code == 409
    assert office.post(f"{url}/closing", data=VERIFIED).status_code == 303
    wrong = office.post(f"{url}/recheck", data={"note": "已复查"})
    assert (wrong.status_code, 'id="recheck-result-problem"' in wrong.text, faults(wrong.text)) == (422, True, [])
    assert office.post(f"{url}/recheck", data={"note": "已复查", "result": "failed"}).status_code == 303
    assert standing_of(app, milestone) is Standing.REGRESSED
    assert office.post(f"{url}/reopening", data={"note": ""}).status_code == 422
    assert office.post(f"{url}/reopening", data={"note": "复核发现差错"}).status_code == 303
    page = flat(office.get(url).text)
    assert "first closed on 2026-11-22" in page
    assert "销号〔2026〕1号" in page
    assert '<span class="standing standing-reopened">reopened</span>' in page
    assert "standing-reopened" in office.get(f"/milestones?plan={PLAN}&standing={standing_of(app, milestone)}").text
    assert office.post(f"{url}/withdrawal", data={"note": "并入另一项"}).status_code == 303
    assert standing_of(app, milestone) is Standing.WITHDRAWN
    assert office.post(f"{url}/reading", data={"reason": "领导小组会议纪要"}).status_code == 409


def test_the_offices_own_claim_needs_a_second_person_of_the_office(app: FastAPI, second: TestClient) -> None:
    milestone, office = plain_milestone(app)[0], signed_in(app, "office", language="en")
    url = f"/milestones/{milestone}"
    assert office.post(f"{url}/closing", data=VERIFIED, files=FILE).status_code == 409  # nobody claims
    assert office.post(f"{url}/reports", data=CLAIM, files=FILE).status_code == 303
    page = flat(office.get(url).text)
    assert "You reported this completion yourself" in page
    assert f'action="{url}/closing"' not in page
    assert office.post(f"{url}/closing", data=VERIFIED).status_code == 403
    assert second.post(f"{url}/closing", data=VERIFIED).status_code == 303
    assert standing_of(app, milestone) is Standing.CLOSED


def test_a_notice_is_shown_with_its_last_day_and_closing_waits_for_the_day_after(app: FastAPI) -> None:
    milestone, unit = plain_milestone(app)
    url = f"/milestones/{milestone}"
    unit.post(f"{url}/reports", data=CLAIM, files=FILE)
    office = signed_in(app, "office", language="en")
    assert office.post(f"{url}/notice", data=VERIFIED).status_code == 303
    page = office.get(url).text
    assert faults(page) == []
    assert "on public notice until 2026-11-27" in page
    assert "the calendar as it came with the program" in page
    assert f'action="{url}/closing"' not in flat(page)
    assert office.post(f"{url}/closing", data=VERIFIED).status_code == 409
    app.state.clock = FixedClock(datetime(2026, 11, 27, 17, tzinfo=UTC))  # one o'clock of the 28th
    office = signed_in(app, "office", language="en")
    assert office.post(f"{url}/closing", data=VERIFIED).status_code == 303


@pytest.fixture
def measured(app: FastAPI) -> tuple[int, list[int]]:
    """An overdue milestone of the plan with two targets, and their ids."""
    with read_session(app.state.engine) as session:
        query = (
            sa.select(col(Target.milestone_id), col(Target.id))
            .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
            .join(Plan, col(Plan.id) == col(Milestone.plan_id))
            .where(col(Plan.slug) == PLAN, ~col(Milestone.all_indicators), col(Milestone.due_on) > NOW.date())
            .order_by(col(Target.milestone_id), col(Target.id))
        )
        rows = session.execute(query).all()
    milestone = rows[0][0]
    return milestone, [target for of, target in rows if of == milestone]


def test_targets_without_accepted_values_stand_in_the_way_until_a_leader_lets_them_go(
    app: FastAPI, second: TestClient, measured: tuple[int, list[int]]
) -> None:
    milestone, targets = measured
    url, office = f"/milestones/{milestone}", signed_in(app, "office", language="en")
    leader = signed_in(app, "leader", language="en")
    assert office.post(f"{url}/reports", data=CLAIM, files=FILE).status_code == 303
    refused = second.post(f"{url}/closing", data=VERIFIED)
    assert (refused.status_code, faults(refused.text)) == (422, [])
    assert 'id="closing-targets_assessed-problem"' in refused.text
    assert f'action="{url}/waiver"' not in flat(office.get(url).text)
    assert office.post(f"{url}/waiver", data={"reason": "不再适用"}).status_code == 403
    page = leader.get(url).text
    assert faults(page) == []
    assert f'action="{url}/waiver"' in flat(page)
    assert leader.post(f"{url}/waiver", data={"reason": ""}).status_code == 422
    given = {"reason": "指标口径已取消", "document_number": "洛政办〔2026〕9号"}
    assert leader.post(f"{url}/waiver", data=given).status_code == 303
    page = office.get(url).text
    assert faults(page) == []
    for words in ("closing without them is allowed by leader", "指标口径已取消", "洛政办〔2026〕9号"):
        assert words in flat(page)
    assert second.post(f"{url}/closing", data=VERIFIED).status_code == 303
    assert len(targets) > 0
