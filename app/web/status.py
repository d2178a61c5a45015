"""Health checks for whoever watches the installation, and the page that shows every component once."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.domain.access import Action
from app.domain.targets import Verdict
from app.domain.vocabulary import Standing, Timeliness
from app.queries import readiness
from app.queries.jobs import JobsFault, JobsHealth
from app.services.errors import msg
from app.web.deps import NowDep, TodayDep, View, allow
from app.web.render import render

router = APIRouter(include_in_schema=False)
Anybody = Annotated[None, allow(Action.SERVE_STATUS)]


@router.get("/healthz")
def show_health(_visitor: Anybody) -> Response:
    """Say that the process answers; asks nothing else."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@router.get("/readyz")
def show_readiness(request: Request, _visitor: Anybody, now: NowDep) -> Response:
    """Say whether the database answers, its schema is the code's, and somebody looks for what is due; 503 when not."""
    found = readiness.probe(request.app.state.engine, now)
    parts = {
        "status": "ready" if found.ready else "not ready",
        "database": "ok" if found.database else "no answer",
        "schema": {"found": found.schema, "expected": found.schema_of_code},
        "scan": _scan(found.health or JobsHealth(None, None, JobsFault.NEVER_SWEPT)),
    }
    return JSONResponse(parts, 200 if found.ready else 503, headers={"Cache-Control": "no-store"})


def _scan(health: JobsHealth) -> dict[str, object]:
    """Return what the timetable says of itself; `problems` are items that could not be written."""
    return {
        "status": health.fault.value if health.fault else "ok",
        "since": health.since.isoformat() if health.since else None,
        "last_finished_at": health.last_scan_at.isoformat() if health.last_scan_at else None,
        "leader": health.leader is not None,
        "problems": health.problems,
    }


@router.get("/styleguide")
def show_styleguide(request: Request, _visitor: View, today: TodayDep) -> Response:
    """Show every component once, for whoever writes the next page."""
    return render(
        request,
        "styleguide/page.html",
        standings=list(Standing),
        timeliness=list(Timeliness),
        verdicts=list(Verdict),
        problems={name: msg("fill in this field") for name in ("wrong", "wrong-area", "wrong-choice", "wrong-files")},
        today=today,
        day=date(2026, 12, 31),
    )
