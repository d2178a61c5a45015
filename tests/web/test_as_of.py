"""Past days and comparisons as pages: what they say, what they hide, what they make of days that mean nothing."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import write_session
from app.domain.vocabulary import DecisionKind, Role
from app.models import Account, ExtensionRequest, Milestone, Plan
from app.services import standings
from tests.support.facts import Office, add_decision, add_due, add_report, day, noon
from tests.support.strict_html import faults
from tests.support.web import NOW, PLAN, flat, seeded_app, signed_in

TODAY = day("2026-11-22")
BROKEN = ["2026-13-45", "0001-01-01", "abc", "' OR 1=1", "２０２６-01-01", "20260101", "\x00"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application on the five plans, shared, as these tests only read."""
    application = seeded_app(tmp_path_factory.mktemp("as-of"))
    yield application
    application.state.engine.dispose()


@pytest.fixture(scope="module")
def keys(app: FastAPI) -> list[int]:
    """Luoyang's first milestones: one reported on, one closed and reopened, one extended twice since September."""
    signed_in(app, Role.OFFICE)
    with write_session(app.state.engine) as session:
        plan_id = session.scalar(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)) or 0
        account = session.scalar(sa.select(col(Account.id)).where(col(Account.plan_id) == plan_id)) or 0
        due_first = sa.select(Milestone).where(col(Milestone.plan_id) == plan_id).order_by(col(Milestone.due_on))
        found = [row.id or 0 for row in session.scalars(due_first.order_by(col(Milestone.id)).limit(3))]
        of = Office(plan_id, 0, 0, 0, account)
        add_report(session, of, found[0], noon("2026-08-01"), share_pct=41)
        add_report(session, of, found[0], noon("2026-10-20"), share_pct=73)
        for kind, at in ((DecisionKind.CLOSE_OUT, "2026-08-20"), (DecisionKind.REOPEN, "2026-11-12")):
            add_decision(session, of, found[1], kind, noon(at), note=f"决定{at}")
        for version, due_on in ((2, "2027-06-30"), (3, "2027-03-31")):
            add_due(session, of, found[2], version, due_on, noon("2026-10-05") + timedelta(days=version))
        asked: dict[str, Any] = {"due_version": 1, "proposed_due_on": day("2027-02-28"), "reason": "（虚构）征地未完成"}
        asked_at = noon("2026-08-15")
        session.add(ExtensionRequest(milestone_id=found[2], author_id=account, recorded_at=asked_at, **asked))
        standings.rebuild(session, TODAY)
    return found


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_past_day_is_said_on_every_page_and_lets_nobody_act(app: FastAPI, keys: list[int], language: str) -> None:
    office = signed_in(app, Role.OFFICE, language=language)
    back = "返回今天" if language == "zh-CN" else "Back to today"
    for path in ("/milestones", f"/milestones?plan={PLAN}&unit=1", f"/milestones/{keys[0]}", f"/plans/{PLAN}"):
        address = f"{path}{'&' if '?' in path else '?'}on=2026-09-30"
        answer = office.get(address)
        assert (answer.status_code, faults(answer.text)) == (200, []), address
        assert "2026-09-30" in answer.text
        assert back in answer.text
        main = answer.text.split("<main")[1].split("<footer")[0]
        assert 'method="post"' not in main, address
        assert "/edit" not in main
        assert "/new" not in main


def test_the_page_of_a_milestone_shows_what_was_on_file_then(app: FastAPI, keys: list[int]) -> None:
    office = signed_in(app, Role.OFFICE)
    then, now = (flat(office.get(f"/milestones/{keys[0]}{on}").text) for on in ("?on=2026-09-30", ""))
    assert ("<strong>填报</strong>41%" in then, "<strong>填报</strong>73%" in then) == (True, False)
    assert ("<strong>填报</strong>41%" in now, "<strong>填报</strong>73%" in now) == (True, True)
    closed = office.get(f"/milestones/{keys[1]}?on=2026-09-30").text
    assert ("决定2026-08-20" in closed, "决定2026-11-12" in closed) == (True, False)
    moved = office.get(f"/milestones/{keys[2]}?on=2026-09-30").text
    assert ("2027-02-28" in moved, "2027-03-31" in moved) == (True, False)  # asked for, and not moved yet


def test_links_from_a_past_day_stay_on_it(app: FastAPI, keys: list[int]) -> None:
    office = signed_in(app, Role.OFFICE)
    ledger = office.get("/milestones", params={"on": "2026-09-30", "standing": "closed"}).text
    assert f'href="/milestones/{keys[1]}?on=2026-09-30"' in ledger
    assert f'href="/milestones/{keys[0]}' not in ledger
    page = office.get(f"/plans/{PLAN}", params={"on": "2026-09-30"}).text
    assert f"/milestones?plan={PLAN}&amp;on=2026-09-30&amp;standing=closed" in page
    part = office.get("/milestones", params={"on": "2026-09-30"}, headers={"HX-Request": "true"}).text
    assert "2026-09-30" in part
    assert "<html" not in part


def test_a_day_that_is_none_or_still_to_come_shows_today_and_says_so(app: FastAPI, keys: list[int]) -> None:
    office = signed_in(app, Role.OFFICE)
    for path in ("/milestones", f"/milestones/{keys[0]}", f"/plans/{PLAN}"):
        for text in BROKEN:
            answer = office.get(path, params={"on": text})
            assert answer.status_code == 200
            assert ("alert-warning" in answer.text) == (text != "\x00"), (path, text)
        for text, said in (("2026-11-23", "尚未到来"), ("9999-12-31", "尚未到来"), ("2026-11-22", "")):
            answer = office.get(path, params={"on": text})
            assert (answer.status_code, "alert-warning" in answer.text) == (200, bool(said))
            assert said in answer.text
            assert 'as-of"' not in answer.text


def test_before_a_plan_was_issued_its_pages_say_so(app: FastAPI, keys: list[int]) -> None:
    office = signed_in(app, Role.OFFICE)
    for path in (f"/plans/{PLAN}?on=2025-05-10", f"/milestones?plan={PLAN}&on=2025-05-10"):
        answer = office.get(path)
        assert (answer.status_code, faults(answer.text)) == (200, [])
        assert "当日尚未生效：印发日期为 2025-05-11" in answer.text
    missing = office.get(f"/milestones/{keys[0]}?on=2025-05-10")
    assert missing.status_code == 404
    assert "2025-05-10该里程碑不在方案中" in missing.text
    with_rows = office.get(f"/milestones?plan={PLAN}&on=2025-05-11")
    assert f"/milestones/{keys[0]}?on=2025-05-11" in with_rows.text


def test_nobody_sees_more_of_the_past_than_of_today(app: FastAPI, keys: list[int]) -> None:
    shizhu = signed_in(app, Role.OFFICE, "shizhu-2021")
    for path in (f"/milestones/{keys[0]}?on=2026-09-30", f"/plans/{PLAN}?on=2026-09-30"):
        assert shizhu.get(path).status_code == 404
    assert f"/milestones/{keys[0]}?" not in shizhu.get("/milestones?on=2026-09-30").text
    assert f"/milestones/{keys[0]}" not in shizhu.get(f"/compare?plan={PLAN}&from=2026-06-30").text
    lone = signed_in(app, Role.UNIT, PLAN, "洛阳市老城区人民政府")
    own = lone.get("/api/v1/milestones", params={"on": "2026-09-30", "limit": 500}).json()["items"]
    assert own
    assert all(any("老城区" in name for name in item["responsible"] + item["supporting"]) for item in own)


def test_a_comparison_counts_names_and_links_what_changed(app: FastAPI, keys: list[int]) -> None:
    office = signed_in(app, Role.OFFICE)
    answer = office.get("/compare")
    assert (answer.status_code, faults(answer.text)) == (200, [])
    assert 'value="2026-09-30"' in answer.text  # the end of the last quarter
    assert f'value="{TODAY}"' in answer.text
    page = flat(answer.text)
    for kind, count in (("reopened", 1), ("moved", 1), ("closed", 0), ("appeared", 0)):
        assert re.search(rf'kind={kind}"[^>]*><strong>{count}</strong>', page), kind
    moved = flat(office.get("/compare?kind=moved").text)
    assert f'<a href="/milestones/{keys[2]}">' in moved
    assert "共变动2次" in moved
    assert f'<a href="/milestones/{keys[1]}">' not in moved
    earlier = flat(office.get("/compare?from=2026-06-30&to=2026-09-30&kind=closed").text)
    assert f'<a href="/milestones/{keys[1]}?on=2026-09-30">' in earlier


def test_a_comparison_is_taken_away_as_csv_and_as_a_workbook(app: FastAPI, keys: list[int]) -> None:
    office = signed_in(app, Role.OFFICE)
    address = {"plan": PLAN, "from": "2026-09-30", "to": "2026-11-22"}
    text = office.get("/compare/rows.csv", params=address).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    moved = [row for row in rows if "moved" in row["changes"]]
    assert [(row["due_after"], row["versions"]) for row in moved] == [("2027-03-31", "2")]
    content = office.get("/compare/rows.xlsx", params=address | {"kind": "reopened"}).content
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    titles, row = list(sheet.values)
    line = dict(zip(titles, row, strict=True))
    assert (line["前一日状态"], line["后一日状态"]) == ("已销号", "逾期")
    assert "期间恢复" in str(line["变化"])


def test_days_that_cannot_be_compared_fall_back_and_are_named(app: FastAPI, keys: list[int]) -> None:
    office = signed_in(app, Role.OFFICE)
    for text in BROKEN:
        answer = office.get("/compare", params={"from": text, "to": text, "plan": text, "unit": text, "kind": text})
        assert answer.status_code == 200
        assert ("不是有效日期" in answer.text) == (text != "\x00")
    late = office.get("/compare?to=2030-01-01")
    assert "2030-01-01尚未到来" in late.text
    turned = office.get("/compare?from=2026-11-01&to=2026-08-01").text
    assert "2026-08-01 24 时已知情况与 2026-11-01 24 时已知情况的对比" in turned
    assert office.get("/compare/rows.csv?from=x&to=9999-12-31").status_code == 200
    assert NOW.date() == TODAY
