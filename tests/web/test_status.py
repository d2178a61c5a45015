"""Health checks, the timetable's page, a scan as it runs, the banner of every page and the page of components."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.database import make_engine, read_session, write_session
from app.domain.access import Actor
from app.domain.vocabulary import Role
from app.models import AuditEntry, JobRun
from app.queries.jobs import BY_HAND, DAY_ROLL, OVERDUE_SCAN, person
from app.services import heartbeats, job_problems, job_runs, leases
from app.services.job_problems import Problem
from tests.support.strict_html import faults
from tests.support.web import NOW, anonymous, flat, signed_in

SLOT = "2026-11-22"
RESULT = {"examined": 51, "overdue": 35, "failed": 0}


def run(app: FastAPI, job: str = OVERDUE_SCAN, *, failed: bool = False, slot: str = SLOT, lost: int = 0) -> int:
    """Put a run on the ledger that ended after 3.25 seconds."""
    with write_session(app.state.engine) as session:
        run_id = job_runs.claim(session, job, slot, holder="host-1", now=NOW) or 0
        result, later = RESULT | {"failed": lost}, NOW + timedelta(seconds=3.25)
        job_runs.finish(session, run_id, holder="host-1", failed=failed, result=result, now=later)
    return run_id


def going(app: FastAPI, slot: str = SLOT, holder: str = "host-1") -> int:
    """Put a run on the ledger that is half way through its alerts."""
    with write_session(app.state.engine) as session:
        run_id = job_runs.claim(session, OVERDUE_SCAN, slot, holder=holder, now=NOW) or 0
        job_runs.tell(session, run_id, holder=holder, phase="alert", done=400, total=800, now=NOW)
    return run_id


def lead(app: FastAPI, *, expired: bool = False) -> None:
    with write_session(app.state.engine) as session:
        leases.hold(session, "host-1:77")
        if expired:
            session.execute(sa.text("UPDATE scheduler_lease SET expires_at = '2026-11-22 01:00:00.000000'"))


def test_health_says_that_the_process_answers_even_without_its_database(app: FastAPI, tmp_path: Path) -> None:
    working, broken = app.state.engine, make_engine(f"sqlite:///{tmp_path}")  # a folder is no database
    app.state.engine = broken
    answer = anonymous(app).get("/healthz")
    app.state.engine = working
    broken.dispose()
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_asks_for_a_sweep_and_for_somebody_who_leads(app: FastAPI) -> None:
    answer = anonymous(app).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"
    never = {"status": "never_swept", "since": None, "last_finished_at": None, "leader": False, "problems": 0}
    assert answer.json()["scan"] == never
    run(app)
    lead(app, expired=True)
    answer = anonymous(app).get("/readyz")
    assert (answer.status_code, answer.json()["scan"]["status"]) == (503, "nobody_leads")
    assert answer.json()["scan"]["since"] == "2026-11-22T01:00:00+00:00"
    lead(app)
    answer = anonymous(app).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")
    app.state.clock.advance(timedelta(hours=2, seconds=4))
    answer = anonymous(app).get("/readyz")
    assert (answer.status_code, answer.json()["scan"]["status"]) == (503, "sweep_old")


def test_items_that_could_not_be_written_are_counted_and_leave_the_installation_ready(app: FastAPI) -> None:
    lead(app)
    run_id = run(app, lost=1)
    with write_session(app.state.engine) as session:
        job_problems.keep(session, run_id, [Problem("alert", "milestone/7", "no")], now=NOW)
    answer = anonymous(app).get("/readyz")
    assert (answer.status_code, answer.json()["scan"]["problems"]) == (200, 1)


def test_readiness_fails_on_a_schema_that_is_not_the_codes(app: FastAPI) -> None:
    run(app)
    with write_session(app.state.engine) as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num='0001'"))
    answer = anonymous(app).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["schema"]["found"] == "0001"


def test_readiness_says_that_the_database_does_not_answer(app: FastAPI, tmp_path: Path) -> None:
    working, broken = app.state.engine, make_engine(f"sqlite:///{tmp_path}")  # a folder is no database
    app.state.engine = broken
    answer = anonymous(app, raise_server_exceptions=False).get("/readyz")
    app.state.engine = working
    broken.dispose()
    assert answer.status_code == 503
    assert answer.json()["database"] == "no answer"


def test_the_timetable_shows_runs_with_their_duration_and_result(app: FastAPI) -> None:
    run(app, lost=2)
    run(app, DAY_ROLL, failed=True)
    page = signed_in(app, Role.ADMINISTRATOR, language="en").get("/jobs").text
    assert faults(page) == []
    page = flat(page)
    for words in ("Sweep for what is due", "host-1", "3.2", "<dt>examined</dt>", "<dd>51</dd>", "failed"):
        assert words in page
    for words in ("done but for some items", "nobody leads now", "Nothing runs at the moment."):
        assert words in page


def test_the_timetable_shows_who_lives_who_leads_and_who_fell_silent(app: FastAPI) -> None:
    run(app)
    lead(app)
    with write_session(app.state.engine) as session:
        for holder, within in (("host-1:77", 60), ("host-2:78", -1)):
            detail = {"leads": within > 0}
            heartbeats.beat(session, "lease_poll", holder, within=timedelta(seconds=within), detail=detail)
    page = signed_in(app, Role.ADMINISTRATOR, language="en").get("/jobs").text
    assert faults(page) == []
    page = flat(page)
    assert "host-1:77 <strong>leads</strong>" in page.replace("77<strong", "77 <strong")
    assert page.index("host-1:77") < page.index("host-2:78")
    assert page.count('<strong class="late">silent</strong>') == 1
    assert "leads: no" in page


def test_a_problem_is_named_with_its_milestone_and_what_was_said(app: FastAPI) -> None:
    lead(app)
    run_id = run(app, lost=2)
    found = [Problem("alert", "milestone/1", "ValueError: <b>"), Problem("missing report", "period/3/unit/15", "no")]
    with write_session(app.state.engine) as session:
        job_problems.keep(session, run_id, found, now=NOW)
    administrator = signed_in(app, Role.ADMINISTRATOR, language="en")
    page = administrator.get("/jobs").text
    assert faults(page) == []
    for words in ('href="/milestones/1"', 'href="/periods/3"', "ValueError: &lt;b&gt;"):
        assert words in page
    amber = "2 items could not be written by the last sweep"
    assert amber in administrator.get("/").text
    assert amber not in signed_in(app, Role.OFFICE, language="en").get("/").text


def test_what_runs_now_shows_how_far_it_is_and_replaces_itself(app: FastAPI) -> None:
    going(app)
    administrator = signed_in(app, Role.ADMINISTRATOR, language="en")
    part = administrator.get("/jobs", headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert "Alerts: 400 of 800" in part
    assert 'hx-trigger="load delay:2s"' in part
    app.state.clock.advance(timedelta(minutes=3))
    page = administrator.get("/jobs").text
    assert faults(page) == []
    assert "no sign of life for two minutes" in page
    assert "cut off" in page


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_everybody_says_that_nobody_looks_for_what_is_due(app: FastAPI, role: Role) -> None:
    browser = signed_in(app, role, language="en")
    assert "No full sweep has ended yet." in browser.get("/account/password").text
    run(app)
    lead(app, expired=True)
    page = browser.get("/plans").text
    assert faults(page) == []
    assert "No scheduler has been running since 2026-11-22 09:00." in page
    assert ("Tell the administrator" in page) is (role is not Role.ADMINISTRATOR)
    lead(app)
    assert "No scheduler" not in browser.get("/plans").text
    app.state.clock.advance(timedelta(hours=3))
    assert "The last full sweep ended 2026-11-22 12:00." in browser.get("/plans").text


def test_a_scan_that_takes_longer_than_a_second_has_a_page_that_shows_how_far_it_is(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE, language="en")
    mine: list[str] = []

    def slow_scan(*, actor: Actor, **_values: object) -> tuple[int, bool]:
        mine.append(person(actor.account_id, actor.name))
        return going(app, f"now{BY_HAND}1", mine[0]), False

    app.state.scan = slow_scan
    answer = office.post("/alerts/scan")
    address = answer.headers["Location"]
    page = office.get(address).text
    assert faults(page) == []
    assert "Alerts: 400 of 800" in page
    part = office.get(address, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert f'hx-get="{address}"' in part
    with write_session(app.state.engine) as session:
        run_id = int(address.rpartition("/")[2])
        job_runs.finish(session, run_id, holder=mine[0], failed=False, result=RESULT | {"failed": 3}, now=NOW)
    assert office.get(address, headers={"HX-Request": "true"}).headers["HX-Redirect"] == address
    page = office.get(address).text
    assert faults(page) == []
    assert "The scan is done." in page
    assert "Some items could not be written" in page
    assert signed_in(app, Role.OFFICE, "shizhu-2021").get(address).status_code == 404
    assert signed_in(app, Role.ADMINISTRATOR).get(address).status_code == 200
    other = run(app)
    assert office.get(f"/alerts/scans/{other}").status_code == 404  # the timetable's own is the administrator's


def test_a_scan_asked_for_is_on_the_ledger_and_on_the_trail(app: FastAPI) -> None:
    office = signed_in(app, Role.OFFICE, language="en")
    answer = office.post("/alerts/scan")
    assert answer.status_code == 303
    with read_session(app.state.engine) as session:
        started = session.scalars(sa.select(AuditEntry).where(col(AuditEntry.action) == "scans:start")).one()
        run_id = json.loads(started.detail)["run"]
        assert BY_HAND in session.get_one(JobRun, run_id).slot
    assert answer.headers["Location"] in ("/alerts?done=scan", f"/alerts/scans/{run_id}")
    page = office.get(f"/alerts/scans/{run_id}").text
    assert faults(page) == []


def test_every_component_is_on_the_page_of_components(app: FastAPI) -> None:
    page = signed_in(app, Role.UNIT).get("/styleguide").text
    assert faults(page) == []
    for part in ("standing-overdue", "verdict-not_assessed", "is-invalid", "pager", "alert-danger", "timeline"):
        assert part in page


def test_who_meets_a_long_write_is_asked_to_wait_and_nothing_is_written(app: FastAPI) -> None:
    office = signed_in(app, "office", language="en")
    with write_session(app.state.engine) as session:
        session.connection()  # begins to write
        answer = office.post("/plans/1/amendments", data={})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "The ledger is being written" in answer.text
