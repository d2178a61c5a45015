"""The order of writers: who writes much at once waits for the audit chain before locking anything else."""

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core.database import upsert
from app.models import AuditHead
from app.queries.audit import GENESIS

_HEADS = AuditHead.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


def take_turn(session: Session) -> None:
    """Lock the audit chain's head until the transaction ends; the very first writers make it, and one of them waits.

    Every write ends up there. A writer that locked its rows first and came to the chain last could meet another
    on the opposite way, and each would wait for the other.
    """
    locked = sa.select(col(AuditHead.id)).where(col(AuditHead.id) == 1).with_for_update()
    if session.scalar(locked) is None:
        upsert(session, _HEADS, [{"id": 1, "entry_id": 0, "hash": GENESIS}], replace=False)
        session.execute(locked)
