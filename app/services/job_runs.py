"""The ledger of job runs: a slot is claimed once, by a unique row; what was missed is seen from it."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.core.database import upsert
from app.models import JobRun, SchedulerLease
from app.queries.jobs import database_now

_RUNS = JobRun.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


def claim(session: Session, job: str, slot: str, *, holder: str, now: datetime) -> bool:
    """Claim a slot and tell whether it is `holder`'s to run.

    A slot is free when nobody has claimed it, when its run failed, or when another claimed it, has not finished
    and `holder` leads now: that one has lost the lead or died, and a job may be run again without harm.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"job": job, "slot": slot, "holder": holder, "started_at": now, "failed": False, "result": ""}
    new = insert(_RUNS).values(row).on_conflict_do_nothing().returning(_RUNS.c.id)
    if session.connection().execute(new).first() is not None:
        return True
    leads = sa.exists().where(
        col(SchedulerLease.holder) == holder, col(SchedulerLease.expires_at) > database_now(session)
    )
    abandoned = sa.and_(col(JobRun.finished_at).is_(None), col(JobRun.holder) != holder, leads)
    failed = sa.and_(col(JobRun.finished_at).is_not(None), col(JobRun.failed))
    taken = session.connection().execute(
        sa.update(_RUNS)
        .where(col(JobRun.job) == job, col(JobRun.slot) == slot, sa.or_(abandoned, failed))
        .values(holder=holder, started_at=now, finished_at=None, failed=False, result="")
    )
    return taken.rowcount == 1


def finish(
    session: Session,
    job: str,
    slot: str,
    *,
    holder: str,
    failed: bool,
    result: Mapping[str, object],
    now: datetime,
) -> None:
    """Store how a run ended, unless another took it over meanwhile."""
    session.execute(
        sa.update(JobRun)
        .where(col(JobRun.job) == job, col(JobRun.slot) == slot, col(JobRun.holder) == holder)
        .values(finished_at=now, failed=failed, result=_canonical(result))
    )


def cover(session: Session, job: str, slots: Iterable[str], *, by: str, holder: str, now: datetime) -> None:
    """Record missed slots as done by the run of a later slot."""
    rows = [
        {
            "job": job,
            "slot": slot,
            "holder": holder,
            "started_at": now,
            "finished_at": now,
            "failed": False,
            "result": _canonical({"covered_by": by}),
        }
        for slot in slots
    ]
    upsert(session, _RUNS, rows, replace=False)


def _canonical(result: Mapping[str, object]) -> str:
    return json.dumps(result, ensure_ascii=False, sort_keys=True, default=str)
