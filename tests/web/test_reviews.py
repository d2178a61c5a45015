"""Review of reports on the pages: the queue, side by side, pass on, return, accept singly and together."""

from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import Session, col
from starlette.testclient import TestClient

from app.core.database import read_session, write_session
from app.domain.vocabulary import ReportState, Role, Standing
from app.models import MilestoneStanding, MilestoneUnit, Organization, ReportReview, Target
from tests.support.strict_html import faults
from tests.support.web import UNIT, flat, signed_in

CITY, OTHER = "洛阳市教育局", "宜阳县人民政府"


@dataclass(frozen=True)
class Scene:
    """UNIT under the city's supervision; a milestone that only UNIT answers for, one that binds the city, too."""

    app: FastAPI
    milestone: int
    target: int

    def browser(self, role: Role | str, unit: str | None = None) -> TestClient:
        return signed_in(self.app, role, organization=unit)

    def report(self, **given: str) -> int:
        """Hand in a report of UNIT and return its id."""
        data = {"reported_on": "2026-11-20", "share_pct": "40", "summary": "（虚构）完成两项"} | given
        answer = self.browser("unit").post(f"/milestones/{self.milestone}/reports", data=data)
        assert answer.status_code == 303, answer.text
        with read_session(self.app.state.engine) as session:
            return session.scalars(sa.select(col(ReportReview.report_id)).order_by(col(ReportReview.report_id))).all()[
                -1
            ]

    def state(self, report: int) -> ReportState:
        with read_session(self.app.state.engine) as session:
            return session.get_one(ReportReview, report).state


def unit_id(session: Session, name: str) -> int:
    return session.execute(sa.select(col(Organization.id)).where(col(Organization.name) == name)).scalar_one() or 0


@pytest.fixture
def scene(app: FastAPI) -> Scene:
    with write_session(app.state.engine) as session:
        unit, city = unit_id(session, UNIT), unit_id(session, CITY)
        session.execute(sa.update(Organization).where(col(Organization.id) == unit).values(supervisor_id=city))
        others = sa.select(col(MilestoneUnit.milestone_id)).where(col(MilestoneUnit.organization_id) != unit)
        found = session.execute(
            sa.select(col(MilestoneUnit.milestone_id), col(Target.id))
            .join(Target, col(Target.milestone_id) == col(MilestoneUnit.milestone_id))
            .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id))
            .where(
                col(MilestoneUnit.organization_id) == unit,
                col(MilestoneUnit.milestone_id).not_in(others),
                col(MilestoneStanding.standing).not_in((Standing.UNCONFIRMED, Standing.WITHDRAWN)),
            )
            .order_by(col(Target.position))
        ).first()
        assert found, "the seeds name a milestone of this unit alone"
    return Scene(app, *found)


def test_a_report_is_passed_on_returned_sent_again_and_accepted(scene: Scene) -> None:
    city, office = scene.browser("unit", CITY), scene.browser("office")
    report = scene.report(**{f"value-{scene.target}": "3"})
    for path in ("/reviews", f"/reviews/{report}"):
        seen = city.get(path)
        assert (seen.status_code, faults(seen.text)) == (200, []), path
    assert f"/reviews/{report}/endorse" in seen.text
    assert f"/reviews/{report}/accept" not in seen.text
    answer = city.post(f"/reviews/{report}/endorse?kind=values", data={"note": "（虚构）已核"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/reviews?kind=values&done=endorse")
    assert scene.state(report) is ReportState.ENDORSED

    milestone = office.get(f"/milestones/{scene.milestone}").text
    assert f"/reviews/{report}/accept?back=milestone" in milestone
    assert 'value="accept"' not in milestone
    refused = office.post(f"/reviews/{report}/return", data={"note": " "})
    assert refused.status_code == 422
    answer = office.post(f"/reviews/{report}/return?back=milestone", data={"note": "（虚构）附验收单"})
    assert answer.headers["location"] == f"/milestones/{scene.milestone}?done=decision#history"
    unit = scene.browser("unit")
    assert "（虚构）附验收单" in unit.get(f"/milestones/{scene.milestone}").text
    assert "（虚构）附验收单" in unit.get(f"/reviews/{report}").text

    again = scene.report(summary="（虚构）补充验收单")
    page = flat(office.get(f"/reviews/{again}").text)
    assert "（虚构）附验收单" in page
    assert f'href="/reviews/{report}"' in page
    assert office.post(f"/reviews/{again}/accept", data={"note": ""}).headers["location"] == "/reviews?done=accept"
    assert (scene.state(report), scene.state(again)) == (ReportState.REPLACED, ReportState.ACCEPTED)


def test_the_second_reviewer_is_told_and_keeps_his_words_and_the_next_one_follows(scene: Scene) -> None:
    first = scene.report(summary="（虚构）一")
    later = scene.browser("office")
    page = later.get(f"/reviews/{first}")
    assert page.status_code == 200
    inspector = scene.browser("inspector")
    assert inspector.post(f"/reviews/{first}/accept", data={"note": ""}).status_code == 303
    told = later.post(f"/reviews/{first}/return", data={"note": "（虚构）我的意见"})
    assert told.status_code == 409
    assert "（虚构）我的意见" in told.text
    assert faults(told.text) == []
    second = scene.report(summary="（虚构）二")
    with write_session(scene.app.state.engine) as session:  # another unit's, so that both wait
        other = (
            session.execute(
                sa.select(col(MilestoneUnit.milestone_id))
                .join(MilestoneStanding, col(MilestoneStanding.milestone_id) == col(MilestoneUnit.milestone_id))
                .where(
                    col(MilestoneUnit.organization_id) == unit_id(session, OTHER),
                    col(MilestoneStanding.standing) != Standing.UNCONFIRMED,
                )
            )
            .scalars()
            .first()
        )
    data = {"reported_on": "2026-11-20", "summary": "（虚构）三"}
    assert scene.browser("unit", OTHER).post(f"/milestones/{other}/reports", data=data).status_code == 303
    answer = later.post(f"/reviews/{second}/accept", data={"note": ""})
    following = answer.headers["location"]
    assert following.startswith(f"/reviews/{second + 1}?done=accept")
    assert "（虚构）三" in later.get(following).text


def test_reports_are_accepted_together_after_a_confirmation_or_not_at_all(scene: Scene) -> None:
    office = scene.browser("office")
    report = scene.report(claims_completion="")
    assert office.post("/reviews/accept", data={}).status_code == 422
    asked = office.post("/reviews/accept", data={"report": [str(report)]})
    assert (asked.status_code, faults(asked.text)) == (200, [])
    assert scene.state(report) is ReportState.SUBMITTED
    assert 'name="confirmed"' in asked.text
    assert office.post("/reviews/accept", data={"report": ["999999"], "confirmed": "1"}).status_code == 404
    scene.browser("inspector").post(f"/reviews/{report}/return", data={"note": "（虚构）重报"})
    again = scene.report(summary="（虚构）重报")
    late = office.post(
        "/reviews/accept", data={"report": [str(report), str(again)], "confirmed": "1", "note": "（虚构）批量"}
    )
    assert late.status_code == 409
    assert "（虚构）批量" in late.text
    assert flat(late.text).count('name="report"') == 1  # the one that still waits
    assert scene.state(again) is ReportState.SUBMITTED
    done = office.post("/reviews/accept?kind=claim", data={"report": [str(again)], "confirmed": "1"})
    assert done.headers["location"] == "/reviews?kind=claim&done=accepted-1"
    assert scene.state(again) is ReportState.ACCEPTED


def test_who_may_see_and_answer_what(scene: Scene) -> None:
    report = scene.report(summary="（虚构）甲")
    url = f"/reviews/{report}"
    strangers = [scene.browser("unit", OTHER), signed_in(scene.app, "office", "shizhu-2021")]
    for browser in strangers:
        assert "（虚构）甲" not in browser.get("/reviews").text
        assert browser.get(url).status_code == 404
        steps = ("accept", "return", "endorse", "send-back")
        assert {browser.post(f"{url}/{step}", data={"note": "x"}).status_code for step in steps} <= {403, 404}
    for role in (Role.LEADER, Role.AUDITOR, Role.INSPECTOR, Role.ADMINISTRATOR):
        browser = scene.browser(role)
        assert "（虚构）甲" in browser.get("/reviews").text, role
        assert (f"{url}/accept" in browser.get(url).text) is (role is Role.INSPECTOR), role
    for role in (Role.LEADER, Role.AUDITOR, Role.ADMINISTRATOR):
        assert scene.browser(role).post(f"{url}/accept", data={"note": ""}).status_code == 403
    own = scene.browser("unit")
    assert own.get(url).status_code == 200  # its own, to read
    assert own.post(f"{url}/endorse", data={"note": ""}).status_code == 404
    assert scene.browser("unit", CITY).post(f"{url}/accept", data={"note": ""}).status_code == 403
    assert scene.state(report) is ReportState.SUBMITTED
    assert 'href="/reviews"' not in own.get("/").text
    for browser in (scene.browser("office"), scene.browser("leader"), scene.browser("unit", CITY)):
        assert 'href="/reviews"' in flat(browser.get("/").text).split('class="note"', 1)[1]


def test_a_supervisor_reads_the_milestones_of_its_units_and_reports_on_none_of_them(scene: Scene) -> None:
    city, other = scene.browser("unit", CITY), scene.browser("unit", OTHER)
    url = f"/milestones/{scene.milestone}"
    page = city.get(url)
    assert page.status_code == 200
    assert f'action="{url}/reports"' not in page.text
    assert other.get(url).status_code == 404
    words = {"q": page.text.split("<h1>")[1].split("</h1>")[0]}
    assert f'href="{url}"' in city.get("/milestones", params=words).text
    assert f'href="{url}"' not in other.get("/milestones", params=words).text
    report = {"reported_on": "2026-11-20", "share_pct": "10", "summary": "（虚构）代报"}
    assert city.post(f"{url}/reports", data=report).status_code == 403


def test_the_supervisor_is_kept_on_the_units_page_and_never_in_a_circle(scene: Scene) -> None:
    root = scene.browser("administrator")
    with read_session(scene.app.state.engine) as session:
        unit, city = unit_id(session, UNIT), unit_id(session, CITY)

    def saved(own: int, supervisor: str) -> tuple[int, str]:
        form = root.get(f"/organizations/{own}/edit").text
        typed = {"supervisor": supervisor}
        for name in ("name", "short_name", "place", "fingerprint", "valid_from", "valid_to", "successor"):
            typed[name] = form.split(f'name="{name}"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
        typed["kind"] = "government" if own == unit else "department"
        typed["aliases"] = form.split("</textarea>")[0].rsplit(">", 1)[1]
        answer = root.post(f"/organizations/{own}", data=typed)
        return answer.status_code, answer.text

    assert saved(city, CITY)[0] == 422
    status, text = saved(city, UNIT)
    assert status == 422
    assert 'id="supervisor-problem"' in text
    assert saved(unit, "没有这个单位")[0] == 422
    assert saved(unit, "")[0] == 303
    assert CITY not in root.get(f"/organizations/{unit}").text.split("delete")[0].split("<h2")[1]
    assert saved(unit, CITY)[0] == 303
    page = root.get(f"/organizations/{unit}").text
    assert f'href="/organizations/{city}"' in page
