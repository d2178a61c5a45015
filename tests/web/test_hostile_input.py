"""Input that nobody types by mistake: the answer is a refusal that explains itself, never a fault."""

import os
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.domain.access import may
from app.domain.vocabulary import Role
from tests.support.busy import PDF, overdue_milestone, sample_values
from tests.support.web import anonymous, routes_of, signed_in

SOAK = "SOAK" in os.environ
HUGE = "99999999999999999999"
ADDRESSES = [HUGE, "-1", "0", "2147483648", "9223372036854775807", "1e3", "abc", "%00", "..%2f..%2fetc", "１２", "1;--"]
WORDS = [
    "\x00",
    "a" * 5000,
    HUGE,
    "-1",
    "NaN",
    "1e999999",
    "2026-13-45",
    "0000-00-00",
    "9999-12-31",
    "' OR 1=1 --",
    "%",
    "_%\\",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\ud7ff\U0001f600‮",
]
PARAMETERS = [
    "plan",
    "place",
    "unit",
    "standing",
    "year",
    "kind",
    "q",
    "sort",
    "at",
    "before",
    "actor",
    "action",
    "subject",
    "role",
    "next",
    "done",
    "stage",
    "quarter",
    "page",
    "state",
    "nothing",
    "after",
    "limit",
    "on",
    "key",
    "version",
    "period",
    "back",
    "count",
    "from",
    "to",
    "file",
    "region",
    "shown",
    "channel",
    "below",
    "notice",
    "party",
    "late",
    "order",
    "trigger",
    "words",
    "series",
    "signed_on",
]
FIELDS = [
    "names",
    "capacity",
    "remove",
    "name",
    "display_name",
    "role",
    "plan",
    "organization",
    "active",
    "reported_on",
    "share_pct",
    "summary",
    "reached_on",
    "kind",
    "note",
    "report",
    "reason",
    "milestone",
    "when",
    "quarter",
    "format",
    "measure",
    "text",
    "statement",
    "file_format",
    "value-1",
    "short_name",
    "aliases",
    "place",
    "code",
    "parent",
    "valid_from",
    "valid_to",
    "successor",
    "fingerprint",
    "slug",
    "title",
    "short_title",
    "document_number",
    "issuer",
    "issued_on",
    "period_start",
    "period_end",
    "area",
    "leading_group",
    "office",
    "standard",
    "tracked_from",
    "warning_days",
    "members",
    "clause",
    "start_on",
    "end_on",
    "indicator",
    "stage",
    "comparator",
    "value",
    "unit",
    "source",
    "group",
    "value_type",
    "offset_days",
    "thresholds-0-value",
    "thresholds-0-stage",
    "thresholds-0-comparator",
    "claims_completion",
    "next",
    "language",
    "document_on",
    "seen",
    "due_phrase",
    "responsible",
    "proposed_due_on",
    "late_reason",
    "supports",
    "due_on",
    "person",
    "post",
    "duty",
    "from_on",
    "to_on",
    "person-1",
    "post-1",
    "duty-1",
    "from_on-1",
    "leader",
    "addressee",
    "reply_due_on",
    "supervisor",
    "confirmed",
    "batch",
    "all",
    "back",
    "result",
    "facts_clear",
    "until_on",
    "mark",
    "then",
    "which",
    "expected",
    "drop",
    "doubted",
    "statement-text",
    "decision-text",
    "decision-measure",
    "decision-decided_on",
    "decision-reply_days",
    "closing-follow_up_on",
    "problem",
    "file",
    "take",
    "region",
    "days",
    "channel",
    "address",
    "secret",
    "digest_at",
    "received_by",
    "received_on",
    "carried_by",
    "top",
    "alert",
    "version",
    "step",
    "series",
    "signed_by",
    "signed_on",
    "opening",
    "closing",
    "bundle",
    "ids",
    "key",
    "year",
    "up_to",
]
SCRIPT = '<script>alert("x")</script>\'"&'


def browsers(app: FastAPI) -> dict[Role, TestClient]:
    return {role: signed_in(app, role, raise_server_exceptions=False) for role in Role}


def words_for(turn: int, words: list[str]) -> list[str]:
    """Return a fifth of the words, another one on each turn; all of them in a soak."""
    return words if SOAK else words[turn % 5 :: 5]


def fillings(turn: int, names: list[str]) -> list[dict[str, str]]:
    """Return what a turn sends: some words in every field at once, and twice another word in each field."""
    alike = [dict.fromkeys(names, word) for word in words_for(turn, WORDS)]
    mixed = [{name: WORDS[(at + first) % len(WORDS)] for at, name in enumerate(names)} for first in (turn, turn + 7)]
    return [*alike, *mixed]


def test_an_address_with_an_impossible_id_does_not_exist(busy: FastAPI) -> None:
    values, people, wrong = sample_values(busy), browsers(busy), []
    places = [(route, name) for route in routes_of(busy) for name in route.parameters]
    for turn, (route, name) in enumerate(places):
        reader = next(people[role] for role in Role if may(role, route.action))
        for word in {HUGE, *words_for(turn, ADDRESSES)}:
            url = route.path.format(**{**values, name: word})
            for method in route.methods:
                status = reader.request(method, url).status_code
                if status not in (404, 405, 422) and not (status == 200 and word == "１２"):
                    wrong.append((method, url, status))
    assert wrong == []


def test_any_words_in_the_address_of_a_list_are_read_or_ignored(busy: FastAPI) -> None:
    people, wrong = browsers(busy), []
    lists = [route for route in routes_of(busy) if "GET" in route.methods and not route.parameters]
    for turn, route in enumerate(lists):
        reader = next(people[role] for role in (Role.OFFICE, *Role) if may(role, route.action))
        for words in fillings(turn, PARAMETERS):
            status = reader.get(route.path, params={name: word[:1000] for name, word in words.items()}).status_code
            if status >= 500 and route.path != "/readyz":
                wrong.append((route.path, turn, status))
    assert wrong == []


def test_a_very_long_address_is_answered(busy: FastAPI) -> None:
    office = signed_in(busy, Role.OFFICE, raise_server_exceptions=False)
    assert office.get("/milestones", params={"q": "长" * 7_000}).status_code == 404
    assert office.get("/milestones?" + "&".join(f"x{no}=1" for no in range(5_000))).status_code == 200


def test_every_form_refuses_any_words_without_a_fault(app: FastAPI) -> None:
    milestone, wrong = overdue_milestone(app), []
    values = {"milestone_id": str(milestone), "account_id": "1", "case_id": "1", "printout_id": "1", "slug": "x"}
    values |= {"project_id": "1", "plan_slug": "x", "alert_id": "1", "organization_id": "1", "place_id": "1"}
    values |= {"plan_id": "1", "stage_id": "1", "group_id": "1", "indicator_id": "1", "override": "Q1", "rung_id": "1"}
    values |= {"draft_id": "1", "number": "1", "import_id": "1", "extension_id": "1", "run_id": "1"}
    values |= {"standard_id": "1", "standard_indicator_id": "1", "posting_id": "1", "instruction_id": "1"}
    values |= {"report_id": "1", "calendar_version": "1", "token": "x"}
    values |= {"rectification_id": "1", "decision_id": "1"}
    values |= {"document_id": "1", "scan_id": "1", "job_id": "1", "file_format": "pdf", "code": "x"}
    values |= {"address_id": "1", "message_id": "1", "hand_id": "1"}
    values |= {name: sample_values(app)[name] for name in ("expected_id", "period_id", "unit_id")}
    people = browsers(app)
    forms = [route for route in routes_of(app) if "POST" in route.methods and route.path != "/sign-out"]
    for turn, route in enumerate(forms):
        role = next(role for role in Role if may(role, route.action))
        url = route.path.format(**values)
        for number, words in enumerate(fillings(turn, FIELDS)):
            files = {} if number % 5 else {"evidence": (words["name"][:50], b"MZ\x90\x00", "application/pdf")}
            answer = people[role].post(url, data=words, files=files)
            if answer.status_code >= 500:
                wrong.append((route.path, turn, number, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xfe\x80=\x80&summary=%ff%fe&reported_on=%80", "application/x-www-form-urlencoded"),
        (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"{}", "application/json"),
        (b"a=" + b"b" * 2_000_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % no for no in range(3_000)), "application/x-www-form-urlencoded"),
    ],
)
def test_a_malformed_body_is_refused(app: FastAPI, body: bytes, kind: str) -> None:
    milestone = overdue_milestone(app)
    office = signed_in(app, Role.OFFICE, raise_server_exceptions=False)
    for browser, url in ((office, f"/milestones/{milestone}/reports"), (anonymous(app), "/sign-in")):
        status = browser.post(url, content=body, headers={"Content-Type": kind}).status_code
        assert 400 <= status < 500


def test_what_people_type_is_shown_as_they_typed_it_and_never_run(app: FastAPI) -> None:
    milestone = overdue_milestone(app)
    office = signed_in(app, Role.OFFICE)
    url = f"/milestones/{milestone}"
    again = office.post(f"{url}/reports", data={"reported_on": SCRIPT, "share_pct": SCRIPT, "summary": SCRIPT})
    assert again.status_code == 422
    report = {"reported_on": "2026-11-20", "summary": SCRIPT}
    files = {"evidence": (f"{SCRIPT}.pdf", PDF, "application/pdf")}
    assert office.post(f"{url}/reports", data=report, files=files).status_code == 303
    root = signed_in(app, Role.ADMINISTRATOR)
    pages = [
        again,
        office.get(url),
        office.get("/milestones", params={"q": SCRIPT}),
        root.get("/accounts", params={"q": SCRIPT}),
        root.get("/audit", params={"actor": SCRIPT}),
        anonymous(app).get("/sign-in", params={"next": f"/{SCRIPT}"}),
        root.post("/accounts", data={"name": SCRIPT, "display_name": SCRIPT, "role": SCRIPT}),
    ]
    for page in pages:
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text


def office_file(*names: str) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"",
        b"PK\x03\x04 broken",
        office_file("word/document.xml", "word/vbaProject.bin"),
        office_file("evil.exe"),
        b"\x7fELF",
        b"#!/bin/sh\n",
    ],
)
def test_a_file_that_only_calls_itself_a_pdf_is_refused(app: FastAPI, content: bytes) -> None:
    milestone = overdue_milestone(app)
    answer = signed_in(app, Role.OFFICE).post(
        f"/milestones/{milestone}/reports",
        data={"reported_on": "2026-11-20", "summary": "ein Bericht"},
        files={"evidence": ("证明.pdf", content, "application/pdf")},
    )
    assert answer.status_code == 422
    assert "证明.pdf" in answer.text
    assert "ein Bericht" in answer.text


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "C:\\temp\\..\\a.pdf", "a\r\nSet-Cookie: x=1.pdf", "長" * 400 + ".pdf"]
)
def test_a_files_name_leads_nowhere_and_adds_no_header(app: FastAPI, tmp_path: Path, name: str) -> None:
    milestone = overdue_milestone(app)
    office = signed_in(app, Role.OFFICE, raise_server_exceptions=False)
    answer = office.post(
        f"/milestones/{milestone}/reports",
        data={"reported_on": "2026-11-20", "summary": "x"},
        files={"evidence": (name, PDF, "application/pdf")},
    )
    assert answer.status_code == 303
    stored = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert [len(path.name) for path in stored] == [64]
    sent = office.get(f"/evidence/{sample_values(app)['evidence_id']}")
    assert sent.content == PDF
    assert "set-cookie" not in sent.headers
    assert "/" not in sent.headers["content-disposition"].replace("filename*=utf-8''", "")
    assert "sandbox" in sent.headers["content-security-policy"]
