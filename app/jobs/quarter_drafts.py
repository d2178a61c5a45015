"""Draft the quarterly circulars of all plans when their turn has come, one transaction for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.clock import local_day
from app.core.database import Engine, Session, read_session
from app.domain.access import Actor
from app.jobs import batches
from app.jobs.run_log import UNRECORDED, Unrecorded
from app.services import quarter_drafts
from app.services.official_documents import Drawn
from app.services.quarter_drafts import Wanted


@dataclass(frozen=True, slots=True)
class DraftFinding:
    """How many circulars were drafted, and how many could not be."""

    drafted: int
    failed: int


def draft(engine: Engine, *, now: datetime, actor: Actor, log: Unrecorded = UNRECORDED) -> DraftFinding:
    """Draft what is due by the day of `now`; each is drawn in a reading transaction, as that takes seconds."""
    with read_session(engine) as session:
        wanted = quarter_drafts.due(session, local_day(now))
    drawn = {item: _drawn(engine, actor, item, now) for item in wanted}

    def write(session: Session, some: Sequence[Wanted]) -> int:
        kept = 0
        for item in some:
            found = drawn[item]
            if isinstance(found, Exception):
                raise found
            kept += quarter_drafts.keep(session, actor, item, found, now=now)
        return kept

    tally = batches.apply(engine, wanted, "quarter_draft", write, log, size=1)
    return DraftFinding(tally.written, tally.failed)


def _drawn(engine: Engine, actor: Actor, item: Wanted, now: datetime) -> Drawn | Exception:
    """Return a drawn circular, or why it cannot be drawn; its own turn puts that on record."""
    try:
        with read_session(engine) as session:
            return quarter_drafts.draw(session, actor, item, now=now)
    except Exception as error:
        return error
