"""The overview: what needs attention first, for whom, and with how many statements."""

import re
from datetime import date

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import write_session
from app.domain.vocabulary import Role
from app.models import Milestone, MilestoneUnit, Organization, Report
from app.services import standings
from tests.support.facts import counted
from tests.support.web import NOW, UNIT, flat, signed_in

MOST_STATEMENTS = 15  # besides BEGIN


def _reported(app: FastAPI, title: str, **changes: object) -> int:
    """Record a report of the office on a milestone and return the milestone's id."""
    with write_session(app.state.engine) as session:
        milestone_id = session.scalars(sa.select(col(Milestone.id)).where(col(Milestone.title) == title)).one()
        assert milestone_id is not None
        author = session.execute(sa.text("SELECT id FROM account WHERE role = 'leader'")).scalar_one()
        values = {"author_id": author, "reported_on": local_day(NOW), "summary": "进展", "recorded_at": NOW} | changes
        session.add(Report(milestone_id=milestone_id, **values))
        session.flush()
        standings.refresh(session, [milestone_id], local_day(NOW))
        return milestone_id


def _tile(page: str, standing: str) -> int:
    found = re.search(rf'class="tile[^"]*" href="/milestones\?standing={standing}"><strong>(\d+)', flat(page))
    assert found, f"no tile for {standing}"
    return int(found[1])


def test_the_leader_sees_the_counts_of_all_five_plans_as_tiles_that_lead_to_the_ledger(app: FastAPI) -> None:
    browser = signed_in(app, Role.LEADER, language="en")
    page = browser.get("/").text
    assert (_tile(page, "overdue"), _tile(page, "unconfirmed")) == (33, 136)
    assert "33 milestones" in browser.get("/milestones?standing=overdue").text
    for slug in ("jiyuan-2022", "kashgar-2022", "luoyang-2025", "nantong-2017", "shizhu-2021"):
        assert f'href="/plans/{slug}"' in page


def test_the_office_sees_its_own_plan_alone(app: FastAPI) -> None:
    page = signed_in(app, Role.OFFICE, "shizhu-2021", language="en").get("/").text
    assert _tile(page, "overdue") == 3
    assert "/plans/shizhu-2021" in page
    assert "/plans/luoyang-2025" not in page
    assert '<a href="/history">' in page


def test_overdue_milestones_are_named_with_days_late_and_the_unit(app: FastAPI) -> None:
    page = signed_in(app, Role.OFFICE, language="en").get("/").text
    row = page.split("西工区通过优质均衡国家评估验收")[1].split("</li>")[0]
    assert "西工区人民政府" in row
    assert f"{(local_day(NOW) - date(2025, 12, 31)).days} days late" in row
    assert "nothing reported" in row


def test_a_claim_waits_in_the_offices_list_even_when_it_came_late(app: FastAPI) -> None:
    _reported(app, "新安县通过优质均衡国家评估验收", claims_completion=True, reached_on=date(2026, 11, 1))
    page = signed_in(app, Role.OFFICE, language="en").get("/").text
    waiting = page.split("Claims waiting for verification")[1].split("</ul>")[0]
    assert "新安县通过优质均衡国家评估验收" in waiting


def test_only_what_trails_by_more_than_thirty_points_is_severely_behind(app: FastAPI) -> None:
    _reported(app, "栾川县通过优质均衡国家评估验收", share_pct=20)
    _reported(app, "集团化办学全覆盖", share_pct=70)
    page = signed_in(app, Role.OFFICE, language="en").get("/").text
    severe = page.split("Severely behind schedule")[1].split("</ul>")[0]
    assert _tile(page, "behind") == 2
    assert "栾川县通过优质均衡国家评估验收" in severe
    assert "集团化办学全覆盖" not in severe


def test_what_falls_due_in_ninety_days_stands_under_its_month(app: FastAPI) -> None:
    page = signed_in(app, Role.OFFICE, language="en").get("/").text
    due = page.split('id="months-title"')[1]
    assert "2026-12" in due
    assert "4 milestones" in due
    assert "栾川县通过优质均衡国家评估验收" in due


def test_a_unit_sees_only_its_own_milestones_under_its_own_title(app: FastAPI) -> None:
    page = signed_in(app, Role.UNIT, language="en").get("/").text
    assert "Milestones of my unit" in page
    assert "西工区通过优质均衡国家评估验收" not in page
    with app.state.engine.connect() as connection:
        own = connection.execute(
            sa.select(sa.func.count(sa.distinct(col(MilestoneUnit.milestone_id))))
            .join(Organization, col(Organization.id) == col(MilestoneUnit.organization_id))
            .where(col(Organization.name).endswith(UNIT))
        ).scalar_one()
    shown = sum(
        _tile(page, name) for name in re.findall(r'class="tile[^"]*" href="/milestones\?standing=(\w+)"', flat(page))
    )
    assert shown == own


def test_the_administrator_of_a_fresh_installation_is_led_to_the_accounts(app: FastAPI) -> None:
    guide = 'href="/accounts/new"'
    with write_session(app.state.engine) as session:
        session.execute(sa.text("DELETE FROM inbox_read_to"))
        session.execute(sa.text("DELETE FROM account WHERE role = 'office'"))
    administrator = signed_in(app, Role.ADMINISTRATOR, language="en")
    assert guide in administrator.get("/").text
    signed_in(app, Role.OFFICE)
    assert guide not in administrator.get("/").text


@pytest.mark.parametrize("role", list(Role))
def test_the_overview_takes_a_bounded_number_of_statements(app: FastAPI, role: Role) -> None:
    browser = signed_in(app, role)
    browser.get("/")
    with counted(app.state.engine) as statements:
        assert browser.get("/").status_code == 200
    asked = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(asked) <= MOST_STATEMENTS, asked
