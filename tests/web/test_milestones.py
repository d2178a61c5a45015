"""The ledger, a milestone's page, reports and evidence as people use them."""

import re

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session
from app.domain.vocabulary import Standing
from app.models import Milestone, MilestoneStanding, Plan, Target
from tests.support.busy import PDF, overdue_milestone
from tests.support.strict_html import faults
from tests.support.web import PLAN, flat, signed_in

FILE = {"evidence": ("证明.pdf", PDF, "application/pdf")}
REPORT = {"reported_on": "2026-11-20", "share_pct": "40", "summary": "主体完工"}


def standing_of(app: FastAPI, milestone: int) -> Standing:
    with read_session(app.state.engine) as session:
        query = sa.select(col(MilestoneStanding.standing)).where(col(MilestoneStanding.milestone_id) == milestone)
        return Standing(session.execute(query).scalar_one())


def listed(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'<td class="main-cell">\s*<a href="/milestones/(\d+)"', html)]


def test_the_ledger_is_paged_without_a_gap_and_within_scope(app: FastAPI) -> None:
    leader, seen, url = signed_in(app, "leader"), [], "/milestones"
    while url:
        page = leader.get(url).text
        seen += listed(page)
        links = [
            link.replace("&amp;", "&")
            for link in re.findall(r'<a class="btn" href="(/milestones\?[^"]*at=[^"]+)"', flat(page))
        ]
        forward = [link for link in links if "at=-" not in link]
        url = forward[0] if forward else ""
    with read_session(app.state.engine) as session:
        assert len(seen) == len(set(seen))
        assert set(seen) == set(session.scalars(sa.select(col(Milestone.id))))
        of_plan = session.scalars(sa.select(col(Milestone.id)).join(Plan).where(col(Plan.slug) == PLAN)).all()
    assert set(listed(signed_in(app, "office").get("/milestones").text)) <= set(of_plan)


def test_filters_lie_in_the_address_and_htmx_gets_the_table_alone(app: FastAPI) -> None:
    leader = signed_in(app, "leader")
    url = f"/milestones?plan={PLAN}&standing=overdue"
    whole, part = leader.get(url), leader.get(url, headers={"HX-Request": "true"})
    assert listed(whole.text) == listed(part.text) != []
    assert "<h1" not in part.text
    assert whole.headers["vary"] == part.headers["vary"] == "HX-Request"
    assert all(standing_of(app, number) is Standing.OVERDUE for number in listed(whole.text))


def test_going_back_in_history_gets_the_whole_page(app: FastAPI) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<h1" in signed_in(app, "leader").get("/milestones", headers=headers).text


def test_a_report_with_values_and_evidence_is_on_the_page_at_once(app: FastAPI) -> None:
    milestone, office = overdue_milestone(app), signed_in(app, "office")
    answer = office.post(f"/milestones/{milestone}/reports", data=REPORT, files=FILE)
    assert answer.headers["location"] == f"/milestones/{milestone}?done=report#history"
    page = office.get(f"/milestones/{milestone}?done=report").text
    assert faults(page) == []
    for words in ("主体完工", "证明.pdf", "40%", 'role="status"'):
        assert words in page
    address = re.search(r'href="(/evidence/\d+)"', page)
    assert address
    sent = office.get(address.group(1))
    assert (sent.content, sent.headers["content-type"]) == (PDF, "application/pdf")
    assert sent.headers["content-security-policy"].startswith("sandbox")


def test_measured_values_are_kept_per_target(app: FastAPI) -> None:
    with read_session(app.state.engine) as session:
        plan = sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN).scalar_subquery()
        target = session.execute(
            sa.select(col(Target.id), col(Target.milestone_id))
            .join(Milestone, col(Milestone.id) == col(Target.milestone_id))
            .where(col(Milestone.plan_id) == plan, col(Target.unit) == "%")
            .limit(1)
        ).one()
    office, url = signed_in(app, "office"), f"/milestones/{target.milestone_id}"
    assert office.post(f"{url}/reports", data={**REPORT, f"value-{target.id}": "87.65"}).status_code == 303
    assert "87.65%" in office.get(url).text
    wrong = office.post(f"{url}/reports", data={**REPORT, f"value-{target.id}": "viel", "value-999999": "1"})
    assert (wrong.status_code, faults(wrong.text)) == (422, [])
    assert 'value="viel"' in wrong.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reported_on": "2026-11-23"}, "reported_on"),
        ({"reported_on": "gestern"}, "reported_on"),
        ({"share_pct": "101"}, "share_pct"),
        ({"share_pct": "viel"}, "share_pct"),
        ({"summary": ""}, "summary"),
        ({"summary": "长" * 4001}, "summary"),
        ({"claims_completion": "1"}, "reached_on"),
        ({"claims_completion": "1", "reached_on": "2026-11-23"}, "reached_on"),
    ],
)
def test_a_report_that_cannot_be_taken_comes_back_as_it_was_typed(
    app: FastAPI, changes: dict[str, str], field: str
) -> None:
    milestone, office = overdue_milestone(app), signed_in(app, "office")
    answer = office.post(f"/milestones/{milestone}/reports", data={**REPORT, **changes})
    assert (answer.status_code, faults(answer.text)) == (422, [])
    assert f'id="{field}-problem"' in answer.text
    if "summary" not in changes:
        assert "主体完工</textarea>" in answer.text


def test_a_reason_that_is_too_long_is_not_cut_off_in_silence(app: FastAPI) -> None:
    with read_session(app.state.engine) as session:
        query = (
            sa.select(col(Milestone.id), col(Plan.slug))
            .join(Plan)
            .where(col(Milestone.alternative_due_on).is_not(None))
        )
        milestone, plan = session.execute(query.limit(1)).one()
    office, url = signed_in(app, "office", plan), f"/milestones/{milestone}"
    for reason in ("长" * 501, ""):
        answer = office.post(f"{url}/reading", data={"reason": reason})
        assert (answer.status_code, faults(answer.text)) == (422, [])
    assert office.post(f"{url}/reading", data={"reason": "领导小组会议纪要"}).status_code == 303
    assert "领导小组会议纪要" in office.get(url).text


def test_what_a_unit_is_not_named_for_it_neither_sees_nor_reports_on(app: FastAPI) -> None:
    unit = signed_in(app, "unit")
    own = set(listed(unit.get("/milestones").text))
    other = next(number for number in listed(signed_in(app, "office").get("/milestones").text) if number not in own)
    assert own
    assert unit.get(f"/milestones/{other}").status_code == 404
    assert unit.post(f"/milestones/{other}/reports", data=REPORT).status_code in (403, 404)


def test_a_goal_stated_twice_names_the_milestones_whose_date_governs_to_who_may_see_them(app: FastAPI) -> None:
    with read_session(app.state.engine) as session:
        goal = session.scalars(sa.select(col(Milestone.id)).where(col(Milestone.key) == "goal-2030")).one()
        area = session.scalars(sa.select(col(Milestone.id)).where(col(Milestone.key) == "2025-area")).one()
    leader = flat(signed_in(app, "leader", language="en").get(f"/milestones/{goal}").text)
    assert "The plan states this goal twice" in leader
    assert "麦盖提县通过义务教育优质均衡认定" in leader
    unit = signed_in(app, "unit", "kashgar-2022", "麦盖提县人民政府", language="en").get(f"/milestones/{goal}").text
    assert "麦盖提县通过义务教育优质均衡认定" in unit
    assert "巴楚县通过义务教育优质均衡认定" not in unit
    needed = flat(signed_in(app, "office", "shizhu-2021", language="en").get(f"/milestones/{area}").text)
    assert "which is completed only in 2026" in needed
