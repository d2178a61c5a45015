"""The timetable for the administrator: which processes live, what runs, what failed; a person's own scan as it runs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.domain.access import Action, may
from app.models import JobRun
from app.queries import deliveries, timetables
from app.queries.jobs import health, person
from app.services.errors import NotFoundError, msg
from app.web import job_words
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep, Visitor, allow
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
SILENT_AFTER = timedelta(minutes=2)  # a run tells how far it is every second or after each batch
_PAGES = {"milestone": "/milestones/", "period": "/periods/", "alert": "/alerts/", "case": "/cases/"}


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as pages show it; `seconds`: until its end, or so far."""

    id: int
    job: str
    slot: str
    cause: str  # a msgid
    holder: str
    started_at: datetime
    ended: bool
    seconds: float
    failed: bool
    incomplete: bool  # it ended, but some items could not be written
    silent: bool  # it has not ended and says nothing any more
    phase: str
    done: int
    total: int
    result: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """An item that could not be written, with the page that shows it; None: there is none."""

    problem: timetables.OpenProblem
    address: str | None


@router.get("/jobs")
def list_(
    request: Request,
    _visitor: Annotated[Visitor, allow(Action.VIEW_JOBS)],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Show the state of the timetable and its latest runs; htmx gets what runs now alone."""
    running = _lines(timetables.running(session), now)
    if wants_part(request):
        return render(request, "jobs/_running.html", running=running)
    found = health(session, now)
    processes = timetables.processes(session, found.leader)
    return render(
        request,
        "jobs/page.html",
        health=found,
        delivery=deliveries.health(session, now),
        now=now,
        processes=processes,
        details={(item.holder, beat.job): _pairs(beat.detail) for item in processes for beat in item.beats},
        problems=[ProblemLine(item, _address(item.matter)) for item in timetables.open_problems(session)],
        running=running,
        runs=_lines(timetables.latest_runs(session), now),
        scan_at=settings.scan_at.strftime("%H:%M"),
    )


@router.get("/alerts/scans/{run_id}")
def show_scan(
    request: Request,
    visitor: Annotated[Visitor, allow(Action.SCAN)],
    session: SessionDep,
    now: NowDep,
    run_id: RowId,
) -> Response:
    """Show a scan to whoever asked for it: how far it is, then how it ended; htmx gets the progress alone."""
    whose = None if may(visitor.role, Action.VIEW_JOBS) else person(visitor.actor.account_id, visitor.actor.name)
    run = timetables.scan_by_hand(session, run_id, whose)
    if run is None:
        raise NotFoundError(msg("there is no such scan"))
    line = _line(run, now)
    if wants_part(request) and (line.ended or line.silent):
        return Response(status_code=204, headers={"HX-Redirect": f"/alerts/scans/{run_id}"})
    return render(request, "jobs/_scan.html" if wants_part(request) else "jobs/scan.html", run=line)


def _lines(runs: Sequence[JobRun], now: datetime) -> list[RunLine]:
    return [_line(run, now) for run in runs]


def _line(run: JobRun, now: datetime) -> RunLine:
    assert run.id is not None
    ended = run.finished_at is not None
    result = _pairs(run.result)
    return RunLine(
        id=run.id,
        job=run.job,
        slot=run.slot,
        cause=job_words.cause(run.slot),
        holder=run.holder,
        started_at=run.started_at,
        ended=ended,
        seconds=((run.finished_at or now) - run.started_at).total_seconds(),
        failed=run.failed,
        incomplete=dict(result).get(job_words.named("failed"), "0") not in ("0", "no"),
        silent=not ended and now - (run.seen_at or run.started_at) > SILENT_AFTER,
        phase=run.phase,
        done=run.done,
        total=run.total,
        result=result,
    )


def _pairs(text: str) -> list[tuple[str, str]]:
    values = json.loads(text) if text else {}
    return [
        (job_words.named(str(key)), job_words.valued(str(value))) for key, value in values.items() if value is not None
    ]


def _address(matter: str) -> str | None:
    """Return the page of what failed; None: it has none."""
    noun, _, rest = matter.partition("/")
    number = rest.partition("/")[0]
    return f"{_PAGES[noun]}{number}" if noun in _PAGES and number.isascii() and number.isdigit() else None
