"""What a run could not write: kept for the administrator until a later sweep meets it no more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from app.models import JobProblem

_PROBLEMS = JobProblem.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy
_ERROR = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """An item that a phase of a run could not write: `matter` such as milestone/7, and what was said."""

    phase: str
    matter: str
    error: str


def keep(session: Session, run_id: int, problems: Sequence[Problem], *, now: datetime) -> None:
    """Put items on record that a run failed at; one that failed before is counted again, and open again."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(_PROBLEMS)
    statement = statement.on_conflict_do_update(
        index_elements=["phase", "matter"],
        set_={
            "run_id": run_id,
            "error": statement.excluded.error,
            "first_at": sa.case((_PROBLEMS.c.settled_at.is_(None), _PROBLEMS.c.first_at), else_=now),
            "last_at": now,
            "times": sa.case((_PROBLEMS.c.settled_at.is_(None), _PROBLEMS.c.times + 1), else_=1),
            "settled_at": None,
        },
    )
    rows = [
        {
            "run_id": run_id,
            "phase": item.phase,
            "matter": item.matter[:80],
            "error": item.error.replace("\x00", "")[:_ERROR],
            "first_at": now,
            "last_at": now,
            "times": 1,
        }
        for item in problems
    ]
    if rows:
        session.connection().execute(statement, rows)


def settle(session: Session, run_id: int, *, now: datetime) -> int:
    """Close every open problem that a full sweep, which has tried everything, did not meet; return how many."""
    settled = session.connection().execute(
        sa.update(_PROBLEMS)
        .where(col(JobProblem.settled_at).is_(None), col(JobProblem.run_id) != run_id)
        .values(settled_at=now)
    )
    return settled.rowcount
