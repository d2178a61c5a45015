"""Early warning on pages: the list and its files, the milestone's own line, the tile, each role's scope."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import Session, col

from app.core.clock import local_day
from app.core.database import write_session
from app.domain.forecasts import forecast
from app.domain.vocabulary import UnitRole
from app.models import Account, Milestone, MilestoneForecast, MilestoneUnit, Organization, Plan, Report
from app.services import standings
from app.web.sparklines import HEIGHT, WIDTH, sparkline
from tests.support.facts import milestone, report
from tests.support.strict_html import faults
from tests.support.web import NOW, PLAN, UNIT, flat, signed_in

TODAY = local_day(NOW)
SLOW = ((date(2026, 3, 31), 10), (date(2026, 6, 30), 14), (date(2026, 9, 30), 18))


def slow_down(app: FastAPI) -> tuple[int, int]:
    """Let a milestone of UNIT and another unit's one of the plan go slowly; return their ids."""
    with write_session(app.state.engine) as session:
        unit = session.scalar(sa.select(col(Organization.id)).where(col(Organization.name) == UNIT))
        named = sa.select(col(MilestoneUnit.milestone_id)).where(col(MilestoneUnit.organization_id) == unit)
        own = _milestone(session, col(Milestone.id).in_(named))
        other = _milestone(session, col(Milestone.id).not_in(named))
        for milestone_id in (own, other):
            _report(session, milestone_id)
        standings.refresh(session, [own, other], TODAY)
    return own, other


def _milestone(session: Session, condition: sa.ColumnElement[bool]) -> int:
    """Return the first milestone of PLAN that meets a condition, runs and is due after the year's end."""
    led = sa.select(col(MilestoneUnit.milestone_id)).where(col(MilestoneUnit.role) == UnitRole.RESPONSIBLE)
    query = (
        sa.select(col(Milestone.id))
        .join(Plan, col(Plan.id) == col(Milestone.plan_id))
        .where(col(Plan.slug) == PLAN, condition, col(Milestone.id).in_(led))
        .where(col(Milestone.start_on) < date(2026, 1, 1), col(Milestone.due_on) >= date(2026, 12, 31))
    )
    return int(session.execute(query.order_by(col(Milestone.id)).limit(1)).scalar_one())


def _report(session: Session, milestone_id: int) -> None:
    author = session.execute(sa.select(col(Account.id)).limit(1)).scalar_one()
    for on, share in SLOW:
        recorded_at = datetime(on.year, on.month, on.day, 4, tzinfo=UTC)
        row = {"milestone_id": milestone_id, "author_id": author, "reported_on": on, "recorded_at": recorded_at}
        session.execute(
            sa.insert(Report).values(
                **row,
                share_pct=share,
                summary="（虚构）进展",
                claims_completion=False,
                speaks_for_whole=True,
                accepted=False,
            )
        )


def links(html: str) -> list[int]:
    return [int(found) for found in re.findall(r'<td class="main-cell">\s*<a href="/milestones/(\d+)"', html)]


def test_everybody_sees_what_will_miss_its_date_within_his_scope(app: FastAPI):
    own, other = slow_down(app)
    office, unit, stranger = signed_in(app, "office"), signed_in(app, "unit"), signed_in(app, "office", "shizhu-2021")
    page = office.get("/early-warning").text
    assert faults(page) == []
    assert set(links(page)) == {own, other}
    assert "依据3次填报" in page
    assert 'role="img"' in page
    assert "2026-09-30 18%" in page
    assert set(links(signed_in(app, "leader").get("/early-warning").text)) == {own, other}
    assert links(unit.get("/early-warning").text) == [own]
    assert links(stranger.get("/early-warning").text) == []
    assert "没有任务按现速度将超期" in stranger.get("/early-warning").text
    part = office.get("/early-warning", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert set(links(part)) == {own, other}
    assert '<a class="tile" href="/early-warning"><strong>2</strong>' in flat(office.get("/").text)
    assert '<a class="tile" href="/early-warning"><strong>1</strong>' in flat(unit.get("/").text)


def test_the_list_is_narrowed_paged_and_survives_any_address(app: FastAPI):
    own, other = slow_down(app)
    office = signed_in(app, "office")
    with write_session(app.state.engine) as session:
        levels = dict(
            session.execute(sa.select(col(MilestoneForecast.milestone_id), col(MilestoneForecast.confidence))).all()
        )
    for level in ("high", "medium", "low"):
        shown = links(office.get(f"/early-warning?confidence={level}").text)
        assert set(shown) == {key for key, value in levels.items() if value == level}
    assert "没有按现速度将超期的" in office.get("/early-warning?confidence=low&unit=1").text
    rest = office.get("/early-warning?at=1.1")
    assert (rest.status_code, links(rest.text)) == (200, [])
    for hostile in ("at=.", "at=x.y", "at=99999999999999999999.1", "plan=%00", "unit=-1", "confidence=%27"):
        for path in ("/early-warning", "/early-warning/silent", "/early-warning/list.csv"):
            assert office.get(f"{path}?{hostile}").status_code == 200, (path, hostile)
    assert office.get("/early-warning/silent?at=2026-13-40.1").status_code == 200
    assert own != other


def test_what_nothing_is_reported_of_is_listed_apart(app: FastAPI):
    own, _ = slow_down(app)
    office = signed_in(app, "office")
    assert "没有填报不等于没有进展" in office.get("/early-warning").text
    page = office.get("/early-warning/silent").text
    assert faults(page) == []
    silent = links(page)
    assert silent
    assert own not in silent
    assert "没有填报。" in page
    assert set(links(signed_in(app, "unit").get("/early-warning/silent").text)) < set(silent)


def test_the_list_goes_out_as_files_and_as_json(app: FastAPI):
    own, other = slow_down(app)
    office, unit = signed_in(app, "office"), signed_in(app, "unit")
    assert len(office.get("/early-warning/list.csv").content.decode("utf-8-sig").splitlines()) == 3
    assert len(unit.get("/early-warning/list.csv").content.decode("utf-8-sig").splitlines()) == 2
    assert office.get("/early-warning/list.xlsx").content.startswith(b"PK")
    found = office.get("/api/v1/forecasts").json()
    assert ([item["milestone"] for item in found["items"]], found["next"]) == (sorted((own, other)), None)
    assert found["items"][0]["misses_by_days"] > 0
    first = office.get("/api/v1/forecasts?limit=1").json()
    assert office.get(f"/api/v1/forecasts?after={first['next']}").json()["items"] == found["items"][1:]
    assert [item["milestone"] for item in unit.get("/api/v1/forecasts").json()["items"]] == [own]


def test_the_milestones_page_says_when_it_will_be_done(app: FastAPI):
    own, _ = slow_down(app)
    office = signed_in(app, "office")
    page = office.get(f"/milestones/{own}").text
    assert faults(page) == []
    assert "将超现行时限" in page
    assert "依据3次填报" in page
    then = office.get(f"/milestones/{own}?on=2026-07-01").text
    assert "依据2次填报" in then
    silent = links(office.get("/early-warning/silent").text)[0]
    assert "没有填报完成比例，无法预判" in office.get(f"/milestones/{silent}").text


@pytest.mark.parametrize(
    "shares",
    [
        (("2026-03-31", 10), ("2026-09-30", 30)),  # after the due date
        (("2026-03-31", 60), ("2026-04-30", 50), ("2026-05-31", 40), ("2026-06-30", 30), ("2026-07-31", 20)),  # never
        (("2026-12-30", "0.5"),),  # far away
        (("2026-06-30", 100),),  # done
        (("2025-11-30", 5), ("2025-12-15", 9), ("2026-02-28", 40)),  # begun before its start
        (("2026-06-30", 40), ("2027-03-31", 60)),  # reported after the due date
    ],
)
@pytest.mark.parametrize("own", [False, True], ids=["line", "own"])
def test_a_drawing_stays_inside_its_frame(shares: tuple[tuple[str, float | str], ...], own: bool) -> None:
    schedule = ((date(2026, 6, 30), Decimal(20)), (date(2026, 9, 30), Decimal(20))) if own else ()
    facts = milestone(reports=tuple(report(on, share) for on, share in shares), schedule=schedule)
    finding = forecast(facts)
    assert finding is not None
    drawing = sparkline(facts.start_on, facts.due_on, schedule, finding)
    lines = (drawing.schedule, drawing.trend, drawing.reported)
    places = [tuple(map(float, place.split(","))) for line in lines for place in line.split()]
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in places)
    assert 0 <= drawing.due_x <= WIDTH
    assert len(drawing.schedule.split()) == 2 + len(schedule)
