"""Charts as pages: the pictures of the plan, of the indicators and of a project's money, each with its table."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import write_session
from app.domain.vocabulary import DecisionKind, Role, ValueType
from app.models import Account, Indicator, Milestone, Payment, Plan, Project, Target
from app.services import standings
from tests.support.facts import Office, add_decision, add_report, counted, day, noon
from tests.support.strict_html import faults
from tests.support.web import PLAN, flat, seeded_app, signed_in
from tests.web.test_hostile_input import WORDS

BUILDERS = "shizhu-2021"
TODAY = day("2026-11-22")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application on the five plans with a closing, two measured values and a payment; these tests only read."""
    application = seeded_app(tmp_path_factory.mktemp("charts"))
    signed_in(application, Role.OFFICE)
    with write_session(application.state.engine) as session:
        plan_id = session.scalar(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)) or 0
        account = session.scalar(sa.select(col(Account.id)).where(col(Account.plan_id) == plan_id)) or 0
        of = Office(plan_id, 0, 0, 0, account)
        first = session.scalars(
            sa.select(Milestone).where(col(Milestone.plan_id) == plan_id).order_by(col(Milestone.due_on)).limit(1)
        ).one()
        add_decision(session, of, first.id or 0, DecisionKind.CLOSE_OUT, noon("2026-08-20"), reached_on=first.due_on)
        target_id, milestone_id = session.execute(
            sa.select(col(Target.id), col(Target.milestone_id))
            .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
            .join(Indicator, col(Indicator.id) == col(Target.indicator_id))
            .where(col(Milestone.plan_id) == plan_id, col(Indicator.value_type) != ValueType.BOOLEAN)
            .order_by(col(Target.id))
            .limit(1)
        ).one()
        for on, value in (("2026-06-30", "3.25"), ("2026-10-30", "4.5")):
            add_report(session, of, milestone_id, noon(on), values={target_id: value})
        project = session.scalars(sa.select(Project).where(col(Project.name).contains("民族中学")).limit(1)).one()
        session.add(
            Payment(
                project_id=project.id or 0,
                paid_on=day("2026-08-01"),
                amount_fen=123_450_000,
                source="县级财政（虚构）",
                author_id=account,
                recorded_at=noon("2026-08-02"),
            )
        )
        standings.rebuild(session, TODAY)
    yield application
    application.state.engine.dispose()


def test_the_plans_page_loads_its_charts_and_leads_there_without_scripts(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    page = office.get(f"/plans/{PLAN}").text
    assert f'hx-get="/plans/{PLAN}/charts"' in page
    assert f'href="/plans/{PLAN}/charts"' in page
    assert f'hx-get="/plans/{PLAN}/charts?on=2026-06-30"' in office.get(f"/plans/{PLAN}?on=2026-06-30").text
    with counted(app.state.engine) as statements:
        whole = office.get(f"/plans/{PLAN}/charts").text
    assert len(statements) <= 30
    assert faults(whole) == []
    part = office.get(f"/plans/{PLAN}/charts", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    for text in (whole, part):
        assert [flat(found) for found in re.findall(r"<figcaption>(.*?)</figcaption>", text)] == [
            "各季度末任务完成情况（截至2026年11月22日）",
            "各季度到期任务完成情况（截至2026年11月22日）",
            "各地区任务状态（截至2026年11月22日）",
        ]
        assert text.count("<svg") >= 6  # each drawn for a wide and a narrow screen
        assert text.count("<summary>") == 3


def test_charts_of_a_past_day_show_what_was_known_then(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    closed = {}
    for on in ("2026-06-30", "2026-09-30"):
        text = flat(office.get(f"/plans/{PLAN}/charts?on={on}").text)
        assert f"截至2026年{day(on).month}月30日" in text
        found = re.search(r"累计销号2026年第.季度为(\d+)", text)
        assert found is not None
        closed[on] = int(found[1])
    assert closed == {"2026-06-30": 0, "2026-09-30": 1}
    assert signed_in(app, Role.OFFICE).get(f"/plans/{PLAN}/charts?on=1990-01-01").status_code == 200


def test_a_unit_sees_the_charts_of_its_own_milestones_and_of_no_other_plan(app: FastAPI) -> None:
    unit, office = signed_in(app, Role.UNIT), signed_in(app, Role.OFFICE)
    whole, own = (flat(browser.get(f"/plans/{PLAN}/charts").text) for browser in (office, unit))
    assert whole != own
    assert faults(unit.get(f"/plans/{PLAN}/charts?on=2026-09-30").text) == []
    for name in ("charts", "trajectories"):
        assert unit.get(f"/plans/{BUILDERS}/{name}").status_code == 404


def test_a_trajectory_is_drawn_for_the_indicator_and_place_asked_for(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE)
    indicators = office.get(f"/plans/{PLAN}/indicators").text
    assert f'href="/plans/{PLAN}/trajectories"' in indicators
    page = office.get(f"/plans/{PLAN}/trajectories").text
    assert faults(page) == []
    assert "监测值 4.5" in page
    assert "<td>2026年6月30日</td>" in page
    (place,) = set(re.findall(r"<figcaption>(.+?(?:县|市|区))", page))
    assert "监测值 4.5" in office.get(f"/plans/{PLAN}/trajectories?place={place}").text
    for word in WORDS:
        asked = {"indicator": word[:40], "place": word[:40], "on": word}
        assert office.get(f"/plans/{PLAN}/trajectories", params=asked).status_code in (200, 404)
    assert "监测值 4.5" not in office.get(f"/plans/{PLAN}/trajectories?on=2026-07-01").text
    builders = signed_in(app, Role.OFFICE, BUILDERS)
    assert "<svg" in builders.get(f"/plans/{BUILDERS}/charts").text
    assert "figure" not in builders.get(f"/plans/{BUILDERS}/trajectories").text  # nothing measured: it says so


def test_a_projects_page_shows_its_money_against_time(app: FastAPI) -> None:
    builders = signed_in(app, Role.OFFICE, BUILDERS)
    projects = builders.get("/projects").text
    found = re.search(r'href="(/projects/\d+)"[^>]*>[^<]*民族中学', projects)
    assert found is not None
    page = builders.get(found[1]).text
    assert faults(page) == []
    assert "累计支付 123.45" in page
    assert "资金计划与支付（截至2026年11月22日）" in page
    assert "累计支付2026年11月22日为123.45" in page
