"""The ledger of job runs: a slot is claimed once, by a unique row; what was missed is seen from it."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.models import JobProblem, JobRun, SchedulerLease
from app.queries.jobs import BY_HAND, DAY_ROLL, DAY_SLOT, OVERDUE_SCAN, database_now

KEPT = timedelta(days=90)  # runs of other slots than those of days
_RUNS = JobRun.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_NEW = {"finished_at": None, "failed": False, "result": "", "phase": "", "done": 0, "total": 0, "seen_at": None}


def claim(session: Session, job: str, slot: str, *, holder: str, now: datetime) -> int | None:
    """Claim a slot and return the id of its run; None: it is not `holder`'s to run.

    A slot is free when nobody has claimed it, when its run failed, or when another claimed it, has not finished
    and `holder` leads now: that one has lost the lead or died, and a job may be run again without harm.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"job": job, "slot": slot, "holder": holder, "started_at": now, **_NEW}
    new = insert(_RUNS).values(row).on_conflict_do_nothing().returning(_RUNS.c.id)
    run_id: int | None = session.connection().execute(new).scalar()
    if run_id is not None:
        return run_id
    abandoned = sa.and_(col(JobRun.finished_at).is_(None), col(JobRun.holder) != holder, _leads(session, holder))
    failed = sa.and_(col(JobRun.finished_at).is_not(None), col(JobRun.failed))
    taken = (
        sa.update(_RUNS)
        .where(_RUNS.c.job == job, _RUNS.c.slot == slot, sa.or_(abandoned, failed))
        .values(holder=holder, started_at=now, **_NEW)
        .returning(_RUNS.c.id)
    )
    run_id = session.connection().execute(taken).scalar()
    return run_id


def finish(
    session: Session,
    run_id: int,
    *,
    holder: str,
    failed: bool,
    result: Mapping[str, object],
    now: datetime,
    leading: bool = False,
) -> bool:
    """Store how a run ended and tell whether its word counts: not when another took it over or closed it meanwhile.

    `leading`: nor when `holder` has lost the lead.
    """
    mine = [col(JobRun.id) == run_id, col(JobRun.holder) == holder, col(JobRun.finished_at).is_(None)]
    stored = session.connection().execute(
        sa.update(_RUNS)
        .where(*mine, *([_leads(session, holder)] if leading else []))
        .values(finished_at=now, failed=failed, result=_canonical(result), seen_at=now)
    )
    return stored.rowcount == 1


def tell(session: Session, run_id: int, *, holder: str, phase: str, done: int, total: int, now: datetime) -> None:
    """Store how far a run is; nothing when it is no longer `holder`'s."""
    session.execute(
        sa.update(JobRun)
        .where(col(JobRun.id) == run_id, col(JobRun.holder) == holder, col(JobRun.finished_at).is_(None))
        .values(phase=phase, done=done, total=total, seen_at=now)
    )


def close_interrupted(session: Session, *, holder: str, now: datetime) -> int:
    """Close as failed what the timetable began and nobody will finish, and return how many.

    For whoever leads and is not running anything itself: what is unfinished then was left by a process that died,
    was stopped or lost the lead.
    """
    closed = session.connection().execute(
        sa.update(_RUNS)
        .where(
            _RUNS.c.finished_at.is_(None),
            _RUNS.c.job.in_((DAY_ROLL, OVERDUE_SCAN)),
            ~_RUNS.c.slot.contains(BY_HAND),
            _leads(session, holder),
        )
        .values(finished_at=now, failed=True, result=_canonical({"error": "interrupted", "found_by": holder}))
    )
    return closed.rowcount


def prune(session: Session, *, now: datetime) -> int:
    """Delete the runs of more than KEPT ago but those of days, and those that an open problem names."""
    old = sa.select(col(JobRun.id)).where(
        col(JobRun.started_at) < now - KEPT,
        sa.or_(col(JobRun.finished_at).is_(None), col(JobRun.finished_at) < now - KEPT),
        sa.func.length(col(JobRun.slot)) != DAY_SLOT,
        ~sa.exists().where(col(JobProblem.run_id) == col(JobRun.id), col(JobProblem.settled_at).is_(None)),
    )
    session.execute(sa.delete(JobProblem).where(col(JobProblem.run_id).in_(old)))
    return session.connection().execute(sa.delete(_RUNS).where(_RUNS.c.id.in_(old))).rowcount


def _leads(session: Session, holder: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(SchedulerLease.holder) == holder, col(SchedulerLease.expires_at) > database_now(session)
    )


def _canonical(result: Mapping[str, object]) -> str:
    return json.dumps(result, ensure_ascii=False, sort_keys=True, default=str)
