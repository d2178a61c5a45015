"""Whether this installation can serve: the database answers, its schema is the code's, the scan is not stale."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from app.core.database import Engine, read_session
from app.core.migrations import newest_revision, stored_revision
from app.queries import jobs


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found; `schema` None: the database says none, `last_scan_at` None: no scan has ever finished."""

    database: bool
    schema: str | None = None
    schema_of_code: str | None = None
    scan: bool = False
    last_scan_at: datetime | None = None
    leader: bool = False

    @property
    def ready(self) -> bool:
        """Whether every part is as it should be."""
        return self.database and self.schema == self.schema_of_code and self.scan


def probe(engine: Engine, now: datetime) -> Readiness:
    """Ask the database; one that does not answer is a finding, not an error."""
    try:
        with read_session(engine) as session:
            schema = stored_revision(session)
            if schema != newest_revision():
                return Readiness(True, schema, newest_revision())
            health = jobs.health(session, now)
    except SQLAlchemyError:
        return Readiness(False, None, newest_revision())
    return Readiness(
        True, schema, newest_revision(), not health.stale, health.last_scan_at, leader=health.leader is not None
    )
