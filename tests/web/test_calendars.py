"""The calendar's pages: a year in twelve months, versions, the form of a year's notice, working days counted."""

import re

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import read_session
from app.domain.vocabulary import Role
from app.models import AuditEntry
from app.queries import calendars
from tests.support.strict_html import faults
from tests.support.web import flat, signed_in

NOTICE = {
    "year": "2027",
    "region": "",
    "document_number": "国办发明电〔2026〕7号",
    "note": "（虚构）",
    "days": "2027-01-01 至 2027-01-03 放假 元旦\r\n2027-02-06 至 2027-02-12 放假 春节\r\n2027-02-14 上班",
    "seen": "0",
}


def test_a_year_shows_its_twelve_months_with_words_for_every_colour(app: FastAPI) -> None:
    answer = signed_in(app, Role.UNIT).get("/calendar?year=2026")
    assert (answer.status_code, faults(answer.text)) == (200, [])
    page = flat(answer.text)
    assert page.count("<caption>") == 12
    assert page.count('class="calendar-sign"') > 20
    assert '10<span class="calendar-sign" aria-hidden="true">班</span>' in page  # 10 October
    assert "国庆节" in page
    assert "尚未公布" not in page
    assert "/calendar/notices/new" not in page
    assert page.count('aria-current="date"') == 1
    later = signed_in(app, Role.UNIT).get("/calendar?year=2027").text
    assert "本年度节假日安排尚未公布，按周一至周五推算" in later


def test_the_reader_of_kashgar_sees_the_days_of_xinjiang_and_may_look_elsewhere(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE, "kashgar-2022")
    own = office.get("/calendar?year=2025").text
    assert "肉孜节" in own
    assert "新疆维吾尔自治区" in own
    assert "肉孜节" not in office.get("/calendar?year=2025&region=national").text
    assert "肉孜节" in signed_in(app, Role.OFFICE).get("/calendar?year=2025&region=65").text
    assert "肉孜节" not in signed_in(app, Role.OFFICE).get("/calendar?year=2025").text
    version = signed_in(app, Role.AUDITOR).get("/calendar/versions/1")
    assert (version.status_code, faults(version.text)) == (200, [])
    assert "随系统提供" in version.text
    assert office.get("/calendar/versions/99").status_code == 404


def test_working_days_are_counted_with_the_version_and_what_is_provisional(app: FastAPI) -> None:
    leader = signed_in(app, Role.LEADER)
    for asked, end, note in (
        ({"from": "2026-09-18", "count": "5"}, "2026-09-24", "随系统提供的日历"),
        ({"from": "2026-12-30", "count": "5"}, "2027-01-06", "按周末推算"),
        ({"from": "2025-06-05", "count": "1", "region": "65"}, "2025-06-11", "第1版日历"),
    ):
        page = leader.get("/calendar", params=asked)
        assert faults(page.text) == []
        answer = re.search(r'<p role="status" class="calendar-answer">(.*?)</p>', flat(page.text))
        assert answer
        assert f"<strong>{end}</strong>" in answer[1]
        assert note in answer[1]


def test_what_cannot_be_counted_is_explained(app: FastAPI) -> None:
    leader = signed_in(app, Role.LEADER)
    for asked in (
        {"from": "9999-12-31", "count": "5"},
        {"from": "0001-01-01", "count": "5"},
        {"from": "2026-02-30", "count": "5"},
        {"from": "2026-01-01", "count": "999999999"},
        {"from": "2026-01-01", "count": "-1"},
        {"from": "", "count": "0"},
        {"from": "\x00", "count": "五"},
        {"year": "9999999", "region": "%"},
        {"year": "-1", "region": "65' OR 1=1"},
    ):
        page = leader.get("/calendar", params=asked)
        assert (page.status_code, faults(page.text)) == (200, [])
        assert "calendar-answer" not in page.text
        assert ('class="problem"' in page.text) is ("from" in asked)


def test_an_administrator_enters_a_year_after_a_preview(app: FastAPI) -> None:
    root = signed_in(app, Role.ADMINISTRATOR)
    form = root.get("/calendar/notices/new?year=2026")
    assert faults(form.text) == []
    assert "2026-10-01 至 2026-10-07 放假 国庆节" in form.text
    preview = root.post("/calendar/notices", data=NOTICE)
    assert (preview.status_code, faults(preview.text)) == (200, [])
    assert "2027-02-14" in preview.text
    with read_session(app.state.engine) as session:
        assert calendars.in_force(session, 2027, None) is None
    done = root.post("/calendar/notices", data={**NOTICE, "confirmed": "1"})
    assert done.headers["location"] == "/calendar?year=2027&region=national&done=entered-2"
    page = root.get(done.headers["location"])
    assert faults(page.text) == []
    assert "第2版日历" in page.text
    assert "尚未公布" not in page.text
    again = root.post("/calendar/notices", data={**NOTICE, "confirmed": "1"})
    assert (again.status_code, faults(again.text)) == (422, [])
    assert "/calendar/versions/2" in again.text  # somebody was faster
    with read_session(app.state.engine) as session:
        entry = session.scalars(sa.select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(1)).one()
        assert (entry.action, entry.subject) == ("calendar:enter", "calendar/2")
    audit = root.get("/audit")
    assert faults(audit.text) == []
    assert "2027-02-06 至 2027-02-12 放假 春节" in audit.text


def test_an_office_enters_the_days_of_its_own_region_only(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE, "kashgar-2022")
    form = office.get("/calendar/notices/new?year=2027&region=65").text
    assert faults(form) == []
    assert re.findall(r'<option value="(\d*)"', form) == ["6531"]
    assert office.post("/calendar/notices", data=NOTICE).status_code == 403
    assert office.post("/calendar/notices", data={**NOTICE, "region": "65"}).status_code == 403
    own = {**NOTICE, "region": "6531", "days": "2027-05-17 放假 古尔邦节", "confirmed": "1"}
    assert office.post("/calendar/notices", data=own).status_code == 303
    assert "古尔邦节" in office.get("/calendar?year=2027").text
    assert "古尔邦节" not in signed_in(app, Role.OFFICE).get("/calendar?year=2027").text


def test_what_cannot_be_taken_is_explained_and_nothing_typed_is_lost(app: FastAPI) -> None:
    root = signed_in(app, Role.ADMINISTRATOR)
    refused: list[tuple[dict[str, str], list[str]]] = [
        ({"days": "2027-02-30 放假\n2027-05-01"}, ["第1行", "第2行"]),
        ({"days": "2028-01-01 放假"}, ["第1行"]),
        ({"days": ""}, ["days-problem"]),
        ({"year": "1999"}, ["year-problem"]),
        ({"year": "二〇二七"}, ["year-problem"]),
        ({"region": "99"}, ["region-problem"]),
        ({"document_number": "", "note": ""}, ["document_number-problem"]),
        ({"document_number": "长" * 100}, ["document_number-problem"]),
        ({"year": "2025", "region": "65", "days": "2025-03-31 放假", "seen": "99999999999"}, ["/calendar/versions/1"]),
        ({"days": "\x00<script>alert(1)</script>"}, ["第1行", "&lt;script&gt;"]),
    ]
    for changes, words in refused:
        answer = root.post("/calendar/notices", data={**NOTICE, **changes, "confirmed": "1"})
        assert (answer.status_code, faults(answer.text)) == (422, [])
        for word in words:
            assert word in answer.text
        assert "（虚构）" in answer.text or "note" in changes
    with read_session(app.state.engine) as session:
        assert calendars.in_force(session, 2027, None) is None


def test_those_who_only_read_reach_no_form(app: FastAPI) -> None:
    for role in (Role.LEADER, Role.UNIT, Role.INSPECTOR, Role.AUDITOR):
        reader = signed_in(app, role)
        assert reader.get("/calendar/notices/new").status_code == 403
        assert reader.post("/calendar/notices", data=NOTICE).status_code == 403
