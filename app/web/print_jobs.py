"""Print jobs: how far one is, cancel it, begin it again, fetch what it made."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from app.core.database import write_session
from app.domain.print_jobs import UNDER_WAY, PrintJobKind, PrintJobState, is_given_up
from app.models import Printout
from app.services import print_jobs
from app.services.errors import NotFoundError, msg
from app.services.import_steps import message_of
from app.web.deps import NowDep, RowId, SessionDep, SettingsDep
from app.web.document_downloads import stored_file
from app.web.documents import Printer, set_to_work
from app.web.render import render, wants_part

router = APIRouter(include_in_schema=False)
_AT = "/print-jobs/{job_id}"


@router.get(_AT)
def show_job(request: Request, visitor: Printer, session: SessionDep, now: NowDep, job_id: RowId) -> Response:
    """Show how far a job is; htmx gets the progress alone, and the whole page when it has ended."""
    job = print_jobs.find(session, visitor.actor, job_id)
    running = job.state in UNDER_WAY and not is_given_up(job.state, job.heartbeat_at, now)
    if wants_part(request):
        if running:
            return render(request, "print_jobs/_progress.html", job=job)
        return Response(status_code=204, headers={"HX-Redirect": f"/print-jobs/{job_id}"})
    if job.state is PrintJobState.DONE and job.document_id and job.kind in (PrintJobKind.ISSUE, PrintJobKind.PAPER):
        return RedirectResponse(f"/documents/{job.document_id}?done=printed", 303)
    made = session.get(Printout, job.printout_id) if job.printout_id else None
    return render(
        request, "print_jobs/show.html", job=job, running=running, message=message_of(job.message), made=made,
        given_up=is_given_up(job.state, job.heartbeat_at, now),
    )  # fmt: skip


@router.post(_AT + "/cancel")
def cancel_job(visitor: Printer, session: SessionDep, now: NowDep, job_id: RowId) -> Response:
    """Cancel a job that is under way."""
    print_jobs.cancel(session, visitor.actor, job_id, now=now)
    return RedirectResponse(f"/print-jobs/{job_id}", 303)


@router.post(_AT + "/repeat")
def repeat_job(request: Request, visitor: Printer, settings: SettingsDep, now: NowDep, job_id: RowId) -> Response:
    """Begin a job again that failed, or whose process ended."""
    with write_session(request.app.state.engine) as session:
        run = print_jobs.begin(session, visitor.actor, job_id, now=now)
    set_to_work(request, visitor, settings, job_id, run)
    return RedirectResponse(f"/print-jobs/{job_id}", 303)


@router.get(_AT + "/file")
def show_file(visitor: Printer, session: SessionDep, settings: SettingsDep, job_id: RowId) -> Response:
    """Send what a job made: the bound volume, or the archive."""
    job = print_jobs.find(session, visitor.actor, job_id)
    made = session.get(Printout, job.printout_id) if job.printout_id else None
    if made is None:
        raise NotFoundError(msg("This job has made no file."))
    return stored_file(settings, made.sha256, f"{job.title}（{made.cut_off_on}）", made.format)
