"""The timetable for the administrator: who leads, what ran, what failed."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.domain.access import Action
from app.models import JobRun
from app.queries.jobs import health, latest_runs
from app.web.deps import NowDep, SessionDep, SettingsDep, Visitor, allow
from app.web.render import render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as the page shows it; `seconds` None: it has not finished."""

    job: str
    slot: str
    holder: str
    started_at: datetime
    seconds: float | None
    failed: bool
    result: list[tuple[str, str]]


@router.get("/jobs")
def list_(
    request: Request,
    _visitor: Annotated[Visitor, allow(Action.VIEW_JOBS)],
    session: SessionDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Show the state of the timetable and its latest runs."""
    return render(
        request,
        "jobs/page.html",
        health=health(session, now),
        runs=[_line(run) for run in latest_runs(session)],
        scan_at=settings.scan_at.strftime("%H:%M"),
    )


def _line(run: JobRun) -> RunLine:
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at else None
    result = json.loads(run.result) if run.result else {}
    pairs = [(str(key), str(value)) for key, value in result.items() if value is not None]
    return RunLine(run.job, run.slot, run.holder, run.started_at, seconds, run.failed, pairs)
