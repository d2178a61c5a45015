"""Print jobs from order to end: begun once, told alive while they print, cancelled without a trace."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from app.core.database import Engine, write_session
from app.domain.access import Actor
from app.domain.documents import FileFormat
from app.domain.print_jobs import UNDER_WAY, PrintJobKind, PrintJobState, is_given_up
from app.models import PrintJob
from app.services import audit
from app.services.errors import ConflictError, Message, NotFoundError, msg
from app.services.import_steps import message_text
from app.services.turns import take_turn

_JOBS = PrintJob.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


class JobGivenUpError(Exception):
    """The job that prints here was cancelled or begun again elsewhere: it must not write any more."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be printed: `wanted` are the values the job's kind needs, `title` names it on pages."""

    plan_id: int
    kind: PrintJobKind
    title: str
    total: int
    format: FileFormat = FileFormat.PDF
    document_id: int | None = None
    wanted: Mapping[str, Any] = field(default_factory=dict)


def order(session: Session, actor: Actor, given: Order, *, now: datetime) -> PrintJob:
    """Put a job on record; it waits to be begun. Raises: NotFoundError out of scope."""
    if not actor.scope.holds_plan(given.plan_id):
        raise NotFoundError(msg("no such plan"))
    job = PrintJob(
        plan_id=given.plan_id,
        kind=given.kind,
        format=given.format,
        wanted=json.dumps(given.wanted, ensure_ascii=False, default=str, sort_keys=True),
        title=given.title,
        total=given.total,
        document_id=given.document_id,
        author_id=actor.account_id,
        created_at=now,
    )
    session.add(job)
    session.flush()
    told = {"kind": given.kind, "title": given.title, "total": given.total, "document": given.document_id}
    audit.record(session, actor, "print_jobs:order", f"print-jobs/{job.id}", now=now, plan_id=given.plan_id, **told)
    return job


def begin(session: Session, actor: Actor, job_id: int, *, now: datetime) -> str:
    """Begin a job, or one again that failed or whose process ended, and return the name of its run.

    Raises: NotFoundError, ConflictError when it is under way, done or cancelled.
    """
    take_turn(session)  # before the job's row, as what keeps a finished job does
    job = find(session, actor, job_id)
    again = job.state is PrintJobState.FAILED or is_given_up(job.state, job.heartbeat_at, now)
    if not (again or (job.state is PrintJobState.QUEUED and job.run is None)):
        raise ConflictError(msg("this job stands elsewhere by now; open its page again"))
    run = secrets.token_hex(8)
    same = _JOBS.c.run.is_(None) if job.run is None else _JOBS.c.run == job.run
    values = {"state": PrintJobState.RUNNING, "run": run, "heartbeat_at": now, "message": "", "done": 0, "at": ""}
    begun = session.execute(
        sa.update(_JOBS)
        .where(_JOBS.c.id == job_id, _JOBS.c.state == job.state, same)
        .values(cancel_asked=False, ended_at=None, **values)
    )
    if begun.rowcount != 1:  # type: ignore[attr-defined]  # a cursor result, which execute's type does not say
        raise ConflictError(msg("this job stands elsewhere by now; open its page again"))
    if again:
        audit.record(session, actor, "print_jobs:repeat", f"print-jobs/{job_id}", now=now, plan_id=job.plan_id)
    session.refresh(job)
    return run


def alive(engine: Engine, job_id: int, run: str, *, done: int, total: int, at: str, now: datetime) -> None:
    """Tell how far a job is, in a short transaction of its own.

    Raises: JobGivenUpError when it was cancelled or begun again elsewhere.
    """
    with write_session(engine) as session:
        told = session.execute(
            sa.update(_JOBS)
            .where(_JOBS.c.id == job_id, _JOBS.c.run == run, _JOBS.c.cancel_asked.is_(False))
            .values(heartbeat_at=now, done=done, total=total, at=at[:200])
        )
        if told.rowcount != 1:  # type: ignore[attr-defined]
            raise JobGivenUpError


def end(
    session: Session,
    job_id: int,
    run: str,
    state: PrintJobState,
    *,
    now: datetime,
    message: Message | None = None,
    **values: object,
) -> None:
    """End a job in the caller's transaction. Raises: JobGivenUpError when it was cancelled or begun again meanwhile."""
    ended = session.execute(
        sa.update(_JOBS)
        .where(_JOBS.c.id == job_id, _JOBS.c.run == run, _JOBS.c.cancel_asked.is_(False))
        .values(state=state, run=None, ended_at=now, message=message_text(message) if message else "", **values)
    )
    if ended.rowcount != 1:  # type: ignore[attr-defined]
        raise JobGivenUpError


def cancel(session: Session, actor: Actor, job_id: int, *, now: datetime) -> None:
    """Cancel a job; what prints it stops at its next step and keeps nothing.

    Raises: NotFoundError, ConflictError when it has ended.
    """
    take_turn(session)
    job = find(session, actor, job_id)
    cancelled = session.execute(
        sa.update(_JOBS)
        .where(_JOBS.c.id == job_id, _JOBS.c.state.in_(list(UNDER_WAY)))
        .values(state=PrintJobState.CANCELLED, cancel_asked=True, run=None, ended_at=now)
    )
    if cancelled.rowcount != 1:  # type: ignore[attr-defined]
        raise ConflictError(msg("this job has ended already"))
    audit.record(session, actor, "print_jobs:cancel", f"print-jobs/{job_id}", now=now, plan_id=job.plan_id)


def find(session: Session, actor: Actor, job_id: int) -> PrintJob:
    """Return a job in the actor's scope. Raises: NotFoundError."""
    job = session.get(PrintJob, job_id, populate_existing=True)
    if job is None or not actor.scope.holds_plan(job.plan_id):
        raise NotFoundError(msg("There is no such print job in your scope."))
    return job
