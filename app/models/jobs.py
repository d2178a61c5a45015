"""Who leads the timetable, and which slots of which job have run."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

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
    __table_args__ = (UniqueConstraint("job", "slot"),)

    id: int | None = Field(default=None, primary_key=True)
    job: str = Field(max_length=40)
    slot: str = Field(max_length=40)
    holder: str = Field(max_length=80)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failed: bool = False
    result: str = Field(default="")  # canonical JSON
