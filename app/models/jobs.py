"""Who leads the timetable, which slots of which job have run and how far, what failed, which processes live."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from app.models.types import UtcDateTime


class SchedulerLease(SQLModel, table=True):
    """The one lease on the timetable; times are the database's clock."""

    __tablename__ = "scheduler_lease"

    id: int = Field(default=1, primary_key=True)
    holder: str = Field(max_length=80)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class JobRun(SQLModel, table=True):
    """A run of a job for one slot of its timetable; unique, so a double start is harmless."""

    __tablename__ = "job_run"
    __table_args__ = (UniqueConstraint("job", "slot"), Index("ix_job_run_finished_at", "job", "finished_at"))

    id: int | None = Field(default=None, primary_key=True)
    job: str = Field(max_length=40)
    slot: str = Field(max_length=40)
    holder: str = Field(max_length=80)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed: bool = False
    result: str = Field(default="")  # canonical JSON
    phase: str = Field(default="", max_length=20, sa_column_kwargs={"server_default": ""})  # what it is doing
    done: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # items of the phase
    total: int = Field(default=0, sa_column_kwargs={"server_default": "0"})  # items of the phase; 0: not counted
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # its last sign of life


class JobProblem(SQLModel, table=True):
    """An item that a run could not write, until a later sweep writes it or finds nothing more to write."""

    __tablename__ = "job_problem"
    __table_args__ = (
        UniqueConstraint("phase", "matter"),
        Index(
            "ix_job_problem_open",
            "last_at",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        ),
        Index("ix_job_problem_run_id", "run_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="job_run.id")  # the last run that failed at it
    phase: str = Field(max_length=20)
    matter: str = Field(max_length=80)  # what it is, such as milestone/7
    error: str = Field(max_length=500)
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    times: int = 1
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Heartbeat(SQLModel, table=True):
    """The last sign of life of a loop in a process; times are the database's clock."""

    job: str = Field(primary_key=True, max_length=40)
    holder: str = Field(primary_key=True, max_length=80)
    at: datetime = Field(sa_type=UtcDateTime)
    due_by: datetime = Field(sa_type=UtcDateTime)  # when its silence becomes a fault
    detail: str = Field(default="")  # canonical JSON
