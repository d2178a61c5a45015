"""Signs of life of the loops of each process, on the database's clock."""

import json
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.database import upsert
from app.models import Heartbeat
from app.queries.jobs import LEASE_POLL, database_now

KEPT = timedelta(days=1)  # after its last beat a process is no longer shown
_BEATS = Heartbeat.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


def beat(session: Session, job: str, holder: str, *, within: timedelta, detail: Mapping[str, object]) -> None:
    """Say that a loop lives; its silence becomes a fault when the next beat does not come `within`."""
    now = database_now(session)
    text = json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str)
    row = {"job": job, "holder": holder, "at": now, "due_by": now + within, "detail": text}
    upsert(session, _BEATS, [row], replace=True)


def fall_silent(session: Session, holder: str, *, polling: bool) -> None:
    """Take back the beats of a process that lost the lead (`polling`: it goes on asking for it) or ends."""
    gone = sa.delete(Heartbeat).where(col(Heartbeat.holder) == holder)
    session.execute(gone.where(col(Heartbeat.job) != LEASE_POLL) if polling else gone)


def prune(session: Session) -> None:
    """Forget the processes that have been silent for KEPT."""
    silent = (
        sa.select(col(Heartbeat.holder))
        .group_by(col(Heartbeat.holder))
        .having(sa.func.max(col(Heartbeat.at)) < database_now(session) - KEPT)
    )
    session.execute(sa.delete(Heartbeat).where(col(Heartbeat.holder).in_(silent)))
