"""Health checks, the timetable's page and the page of components."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI

from app.core.database import make_engine, write_session
from app.domain.vocabulary import Role
from app.queries.jobs import DAY_ROLL, OVERDUE_SCAN
from app.services import job_runs, leases
from tests.support.strict_html import faults
from tests.support.web import NOW, anonymous, flat, signed_in


def run(app: FastAPI, job: str, *, failed: bool = False, slot: str = "2026-11-22") -> None:
    with write_session(app.state.engine) as session:
        job_runs.claim(session, job, slot, holder="host-1", now=NOW)
        result = {"examined": 51, "overdue": 35}
        later = NOW + timedelta(seconds=3.25)
        job_runs.finish(session, job, slot, holder="host-1", failed=failed, result=result, now=later)


def test_health_says_that_the_process_answers_even_without_its_database(app: FastAPI, tmp_path: Path) -> None:
    working, broken = app.state.engine, make_engine(f"sqlite:///{tmp_path}")  # a folder is no database
    app.state.engine = broken
    answer = anonymous(app).get("/healthz")
    app.state.engine = working
    broken.dispose()
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_readiness_fails_until_a_scan_has_finished(app: FastAPI) -> None:
    answer = anonymous(app).get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "ok"
    assert answer.json()["scan"] == {"status": "stale", "last_finished_at": None, "leader": False}
    run(app, OVERDUE_SCAN)
    answer = anonymous(app).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


def test_readiness_fails_again_when_the_scan_is_stale(app: FastAPI) -> None:
    run(app, OVERDUE_SCAN)
    app.state.clock.advance(timedelta(hours=27))
    assert anonymous(app).get("/readyz").status_code == 503


def test_readiness_fails_on_a_schema_that_is_not_the_codes(app: FastAPI) -> None:
    run(app, OVERDUE_SCAN)
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
    run(app, OVERDUE_SCAN)
    run(app, DAY_ROLL, failed=True)
    page = signed_in(app, Role.ADMINISTRATOR, language="en").get("/jobs").text
    assert faults(page) == []
    page = flat(page)
    for words in ("overdue_scan", "host-1", "3.2", "<dt>examined</dt>", "<dd>51</dd>", "failed", "nobody leads now"):
        assert words in page


def test_the_timetable_names_the_leader_and_warns_of_a_stale_scan(app: FastAPI) -> None:
    administrator = signed_in(app, Role.ADMINISTRATOR, language="en")
    assert "The overdue scan is stale" in administrator.get("/jobs").text
    run(app, OVERDUE_SCAN)
    with write_session(app.state.engine) as session:
        leases.hold(session, "host-1:77")
    page = administrator.get("/jobs").text
    assert "The overdue scan is stale" not in page
    assert "host-1:77" in page


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
