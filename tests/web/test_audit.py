"""The audit trail's pages: filters, paging, the check of the chain, the CSV file."""

import csv
import io
import re
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI

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


def test_what_was_recorded_is_readable_before_and_after(app: FastAPI) -> None:
    add_entries(app, 1, before="2026-06-30", after="2026-12-31", values={"3": "95"}, accepted=True)
    page = flat(signed_in(app, Role.AUDITOR).get("/audit").text)
    for words in ("2026-06-30", "2026-12-31", "3: 95", "✓"):
        assert f"<dd>{words}</dd>" in page


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
