"""Reads for the administrator's page: which processes live, what runs, what failed, what ran before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import Heartbeat, JobProblem, JobRun, Milestone
from app.queries.jobs import BY_HAND, LEASE_POLL, OVERDUE_REPLAY, OVERDUE_SCAN, database_now

PAGE = 50
PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Beat:
    """A loop of a process: its last sign of life; `silent`: the next one is overdue."""

    job: str
    at: datetime
    silent: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Process:
    """A process that has shown signs of life within a day, and its loops."""

    holder: str
    leads: bool
    beats: tuple[Beat, ...]

    @property
    def silent(self) -> bool:
        """Tell whether it no longer asks for the lead: it was ended, or stands still."""
        return all(beat.silent for beat in self.beats if beat.job == LEASE_POLL)


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """An item that could not be written, with the milestone's title where it is one."""

    run_id: int
    phase: str
    matter: str
    title: str | None
    error: str
    first_at: datetime
    last_at: datetime
    times: int


def processes(session: Session, leader: str | None) -> list[Process]:
    """Return the processes that have shown signs of life, the leading one first."""
    clock = database_now(session)
    beats: dict[str, list[Beat]] = {}
    for row in session.scalars(sa.select(Heartbeat).order_by(col(Heartbeat.holder), col(Heartbeat.job))):
        beats.setdefault(row.holder, []).append(Beat(row.job, row.at, row.due_by < clock, row.detail))
    found = [Process(holder, holder == leader, tuple(items)) for holder, items in beats.items()]
    return sorted(found, key=lambda item: (not item.leads, item.silent, item.holder))


def open_problems(session: Session) -> list[OpenProblem]:
    """Return the newest items that could not be written."""
    query = sa.select(JobProblem).where(col(JobProblem.settled_at).is_(None))
    rows = session.scalars(query.order_by(col(JobProblem.last_at).desc(), col(JobProblem.id)).limit(PROBLEMS)).all()
    ids = {row.matter: int(row.matter.removeprefix("milestone/")) for row in rows if _is_milestone(row.matter)}
    named = sa.select(col(Milestone.id), col(Milestone.title)).where(col(Milestone.id).in_(set(ids.values())))
    titles = {key: title for key, title in session.execute(named)} if ids else {}
    return [
        OpenProblem(
            row.run_id,
            row.phase,
            row.matter,
            titles.get(ids.get(row.matter)),
            row.error,
            row.first_at,
            row.last_at,
            row.times,
        )
        for row in rows
    ]


def _is_milestone(matter: str) -> bool:
    noun, _, number = matter.partition("/")
    return noun == "milestone" and number.isascii() and number.isdigit()


def running(session: Session) -> Sequence[JobRun]:
    """Return the runs that have not ended, the oldest first."""
    query = sa.select(JobRun).where(col(JobRun.finished_at).is_(None))
    return session.scalars(query.order_by(col(JobRun.started_at), col(JobRun.id))).all()


def latest_runs(session: Session, *, limit: int = PAGE) -> Sequence[JobRun]:
    """Return the latest runs of all jobs, newest first."""
    newest = (col(JobRun.started_at).desc(), col(JobRun.id).desc())
    return session.scalars(sa.select(JobRun).order_by(*newest).limit(limit)).all()


def scan_by_hand(session: Session, run_id: int, holder: str | None) -> JobRun | None:
    """Return a scan that a person asked for (`holder` None: anybody); None: there is none of this id and person."""
    query = sa.select(JobRun).where(
        col(JobRun.id) == run_id,
        col(JobRun.job).in_((OVERDUE_SCAN, OVERDUE_REPLAY)),
        col(JobRun.slot).contains(BY_HAND),
    )
    return session.scalar(query if holder is None else query.where(col(JobRun.holder) == holder))
