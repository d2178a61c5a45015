"""Whether this installation can serve: the database answers, its schema is the code's, what is due is looked for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from app.core.database import Engine, read_session
from app.core.migrations import newest_revision, stored_revision
from app.queries import jobs
from app.queries.jobs import JobsHealth


@dataclass(frozen=True, slots=True)
class Readiness:
    """What was found; `schema` None: the database says none, `health` None: the schema is not the code's."""

    database: bool
    schema: str | None = None
    schema_of_code: str | None = None
    health: JobsHealth | None = None

    @property
    def ready(self) -> bool:
        """Whether every part is as it should be; items that could not be written leave it ready."""
        return self.database and self.health is not None and not self.health.stale


def probe(engine: Engine, now: datetime) -> Readiness:
    """Ask the database; one that does not answer is a finding, not an error."""
    try:
        with read_session(engine) as session:
            schema = stored_revision(session)
            health = jobs.health(session, now) if schema == newest_revision() else None
    except SQLAlchemyError:
        return Readiness(False, None, newest_revision())
    return Readiness(True, schema, newest_revision(), health)
