"""The lead among schedulers as one process has it: asked for again and again, checked before anything is written."""

from datetime import timedelta
from time import monotonic

from app.core.database import Engine, Session, write_session
from app.core.logging import get_logger
from app.queries.jobs import LEASE_POLL
from app.services import heartbeats, leases

_log = get_logger(__name__)


class LeadLostError(Exception):
    """This process no longer leads, or is being stopped; whoever leads next does what is left."""


class Lead:
    """The lease of one process.

    `held` is what the process believes, by its own clock, since it last asked; `check` asks the database. A process
    that stood still believes nothing when it wakes up, as its time has run out.
    """

    def __init__(self, engine: Engine, holder: str, ttl: timedelta) -> None:
        """Prepare to ask; nothing is asked yet."""
        self._engine = engine
        self.holder = holder
        self._ttl = ttl
        self._until = 0.0
        self._left = False
        self._stopping = False

    @property
    def held(self) -> bool:
        """Whether this process leads as far as it knows."""
        return monotonic() < self._until and not self._stopping

    def ask(self) -> bool:
        """Take or renew the lease and tell whether the lead was gained by it; a database that fails is asked again.

        A lease that ran out while this very question waited for the database is renewed by it, and a run may have left
        its work meanwhile: that counts as gained anew.
        """
        had, asked_at = self.held, monotonic()
        try:
            with write_session(self._engine) as session:
                holds = leases.hold(session, self.holder, self._ttl)
                heartbeats.beat(session, LEASE_POLL, self.holder, within=self._ttl, detail={"leads": holds})
                if self._until and not holds:
                    heartbeats.fall_silent(session, self.holder, polling=True)
        except Exception:
            _log.exception("lease poll failed")
            return False
        self._until = asked_at + self._ttl.total_seconds() if holds else 0.0
        left, self._left = self._left, False
        return self.held and (left or not had)

    def renew(self, session: Session) -> None:
        """Renew the lease beside other work, as a long sweep may keep `ask` from its turn. Raises: LeadLostError."""
        asked_at = monotonic()
        if not leases.hold(session, self.holder, self._ttl):
            raise LeadLostError
        self._until = asked_at + self._ttl.total_seconds()

    def check(self, session: Session) -> None:
        """Ask the database in the transaction that is about to write. Raises: LeadLostError."""
        if self._stopping or not leases.still_holds(session, self.holder):
            raise LeadLostError

    def leave(self) -> None:
        """Say that work was left as the lead was lost; whoever has it next, perhaps this process, takes it up."""
        self._left = True

    def stop(self) -> None:
        """Let whatever runs end at its next check."""
        self._stopping = True

    def release(self) -> None:
        """Give the lead up at once, if it is ours."""
        self._until = 0.0
        with write_session(self._engine) as session:
            leases.release(session, self.holder)
            heartbeats.fall_silent(session, self.holder, polling=False)
