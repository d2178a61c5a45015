"""The audit trail's pages: filters, paging, the check of the chain, the CSV file."""

import csv
import io
import re
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from openpyxl import load_workbook

from app.core.database import write_session
from app.domain.access import Actor
from app.domain.vocabulary import Role
from app.services import audit
from tests.support.strict_html import faults
from tests.support.web import NOW, PLAN, flat, signed_in

SOMEBODY = Actor(None, "某人", None)


def add_entries(app: FastAPI, count: int, **detail: Any) -> None:
    with write_session(app.state.engine) as session:
        for no in range(count):
            audit.record(session, SOMEBODY, "milestones:test", f"milestones/{no + 1}", now=NOW, no=no, **detail)


def shown(html: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="entry-(\d+)"', html)]


def test_pages_go_back_from_the_newest_entry_without_a_gap(app: FastAPI) -> None:
    add_entries(app, 210)
    auditor = signed_in(app, Role.AUDITOR)
    seen, url = [], "/audit?actor=某人"
    for _ in range(3):
        page = auditor.get(url).text
        seen += shown(page)
        older = re.search(r'href="(/audit\?[^"]*before=\d+)"', page)
        url = older.group(1).replace("&amp;", "&") if older else ""
    assert url == ""
    assert len(seen) == 210
    assert seen == list(range(seen[0], seen[0] - 210, -1))


def test_filters_narrow_by_person_action_subject_and_plan(app: FastAPI) -> None:
    add_entries(app, 3)
    auditor = signed_in(app, Role.AUDITOR)
    assert len(shown(auditor.get("/audit", params={"actor": "某人"}).text)) == 3
    assert len(shown(auditor.get("/audit", params={"action": "plans:"}).text)) == 5
    assert len(shown(auditor.get("/audit", params={"subject": "milestones/2"}).text)) == 1
    assert len(shown(auditor.get("/audit", params={"plan": PLAN, "action": "plans"}).text)) == 1
    assert shown(auditor.get("/audit", params={"actor": "nobody"}).text) == []


def test_an_auditor_of_one_plan_sees_that_plans_entries_alone(app: FastAPI) -> None:
    page = signed_in(app, Role.AUDITOR, PLAN).get("/audit", params={"action": "plans", "plan": "kashgar-2022"}).text
    assert len(shown(page)) == 1


def test_what_stood_before_and_after_is_shown_side_by_side_in_words(app: FastAPI) -> None:
    before = {"standing": "overdue", "effective_due_on": "2026-06-30", "progress_pct": "40"}
    after = {"standing": "on_track", "effective_due_on": "2026-12-31", "progress_pct": "40"}
    add_entries(app, 1, before=before, after=after, values={"3": "95"}, accepted=True)
    html = signed_in(app, Role.AUDITOR, language="en").get("/audit").text
    page = flat(html)
    assert (
        '<th scope="row">Standing</th><td data-label="Before">Overdue</td><td data-label="After">On track</td>' in page
    )
    first, then = '<td data-label="Before">2026-06-30</td>', '<td data-label="After">2026-12-31</td>'
    assert f'<th scope="row">Effective due date</th>{first}{then}' in page
    assert page.index("2026-12-31") < page.index('<td data-label="Before">40</td>')  # what differs comes first
    assert "<dd>3: 95</dd>" in page
    assert "<dd>✓</dd>" in page
    assert faults(html) == []


def test_days_words_and_requests_narrow_and_a_day_that_is_none_is_named(app: FastAPI) -> None:
    with write_session(app.state.engine) as session:
        person = Actor(None, "某人", None, request_id="r-77")
        audit.record(session, person, "milestones:test", "milestones/1", now=NOW, note="校舍封顶")
    auditor = signed_in(app, Role.AUDITOR, language="en")

    def found(**asked: str) -> int:
        return len(shown(auditor.get("/audit", params=asked).text))

    assert found(text="封顶") == found(request="r-77") == 1
    assert found(text="封顶", to="2026-11-21") == 0
    assert found(text="封顶", **{"from": "2026-11-22", "to": "2026-11-22"}) == 1
    refused = auditor.get("/audit", params={"from": "22.11.2026"}).text
    assert "a day is written YYYY-MM-DD" in refused
    assert faults(refused) == []


def test_a_subject_leads_to_its_page_and_the_list_of_actions_is_what_there_is(app: FastAPI) -> None:
    add_entries(app, 1)
    auditor = signed_in(app, Role.AUDITOR)
    page = auditor.get("/audit").text
    assert '<a href="/milestones/1">milestones/1</a>' in page
    assert '<option value="milestones:test"' in page
    assert auditor.get("/milestones/1").status_code == 200
    plan = re.search(r'<a href="(/plans/[a-z0-9-]+)">plans/\d+</a>', page)
    assert plan
    assert auditor.get(plan.group(1)).status_code == 200


def test_the_way_back_leads_to_the_newer_entries(app: FastAPI) -> None:
    add_entries(app, 150)
    auditor = signed_in(app, Role.AUDITOR)
    asked = {"actor": "某人"}
    older = re.search(r"before=(\d+)", auditor.get("/audit", params=asked).text)
    assert older
    second = auditor.get("/audit", params={**asked, "before": older.group(1)}).text
    newer = re.search(r"after=(\d+)", second)
    assert newer
    first = shown(auditor.get("/audit", params={**asked, "after": newer.group(1)}).text)
    assert (len(first), first[-1]) == (100, int(newer.group(1)) + 1)


def test_the_check_says_that_the_chain_holds(app: FastAPI) -> None:
    page = signed_in(app, Role.AUDITOR, language="en").get("/audit/check").text
    assert "The chain holds" in page
    assert faults(page) == []


def test_the_check_names_the_first_entry_that_was_changed(app: FastAPI) -> None:
    add_entries(app, 3)
    with write_session(app.state.engine) as session:
        names = session.execute(sa.text("SELECT name FROM sqlite_master WHERE type='trigger'")).scalars().all()
        for name in names:
            session.execute(sa.text(f'DROP TRIGGER "{name}"'))
        session.execute(sa.text("UPDATE audit_entry SET detail='{}' WHERE id=4"))
    page = signed_in(app, Role.AUDITOR, language="en").get("/audit/check").text
    assert "The chain breaks at entry 4." in page
    assert "Its content was changed" in page
    assert faults(page) == []


def test_the_csv_file_has_every_entry_of_the_filter_and_no_formula(app: FastAPI) -> None:
    add_entries(app, 150)
    with write_session(app.state.engine) as session:
        audit.record(session, Actor(None, "=1+1", None), "milestones:test", "milestones/1", now=NOW)
    answer = signed_in(app, Role.AUDITOR).get("/audit/entries.csv", params={"action": "milestones:"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 151
    assert rows[0]["actor"] == "'=1+1"
    assert rows[-1]["subject"] == "milestones/1"
    assert len(rows[0]["hash"]) == 64


def test_the_workbook_has_typed_cells(app: FastAPI) -> None:
    add_entries(app, 2, note="=1+1")
    answer = signed_in(app, Role.AUDITOR).get("/audit/entries.xlsx", params={"actor": "某人"})
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:4] == ("id", "at", "actor", "action")
    assert len(rows) == 3
    assert isinstance(rows[1][0], int)
    assert rows[1][1] == datetime(2026, 11, 22, 12)
    assert rows[1][6] == '{"no": 1, "note": "=1+1"}'


def test_the_check_tells_whether_a_hash_noted_before_is_still_in_the_chain(app: FastAPI) -> None:
    add_entries(app, 3)
    auditor = signed_in(app, Role.AUDITOR, language="en")
    last = re.search(r"Last hash</dt>\s*<dd>\s*<code>([0-9a-f]{64})<", auditor.get("/audit/check").text)
    assert last
    assert "The hash that you noted is in it." in auditor.get("/audit/check", params={"noted": last.group(1)}).text
    page = auditor.get("/audit/check", params={"noted": "0123" * 16}).text
    assert "the hash that you noted is not in it" in page
    assert faults(page) == []
