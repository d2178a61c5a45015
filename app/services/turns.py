"""The order of writers: who writes much at once waits for the audit chain before locking anything else."""

import sqlalchemy as sa
from sqlmodel import Session, col

from app.models import AuditHead


def take_turn(session: Session) -> None:
    """Lock the audit chain's head until the transaction ends.

    Every write ends up there. A writer that locked its rows first and came to the chain last could meet another
    on the opposite way, and each would wait for the other.
    """
    session.execute(sa.select(col(AuditHead.id)).where(col(AuditHead.id) == 1).with_for_update())
