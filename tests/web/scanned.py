"""What the tests of alerts, cases and printouts share: today's scan, the case it opened, the statements sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import col

from app.core.clock import local_day
from app.core.database import read_session
from app.jobs.overdue_scan import scan
from app.models import AccountabilityCase, Organization
from tests.support.web import SYSTEM, UNIT


def scanned(app: FastAPI) -> FastAPI:
    """Run today's scan on the application's ledger."""
    now = app.state.clock.now()
    scan(app.state.engine, on=local_day(now), now=now, actor=SYSTEM)
    return app


def noticed(app: FastAPI) -> FastAPI:
    """Run the scans of sixteen days, after which supervision notices ask for answers; sign in after it."""
    for _ in range(2):
        scanned(app)
        app.state.clock.advance(timedelta(days=16))
    return scanned(app)


def case_of(app: FastAPI, organization: str = UNIT) -> int:
    """Return the id of a unit's first case."""
    query = (
        sa.select(col(AccountabilityCase.id))
        .join(Organization, col(Organization.id) == col(AccountabilityCase.organization_id))
        .where(col(Organization.name) == organization)
        .order_by(col(AccountabilityCase.id))
    )
    with read_session(app.state.engine) as session:
        found = session.scalar(query)
    assert found is not None, f"{organization} has no case"
    return found


@contextmanager
def counted(app: FastAPI) -> Iterator[list[str]]:
    """Collect the statements that the application sends."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    engine = app.state.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
