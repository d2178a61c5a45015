"""What a run says of itself while it goes: how far it is, what it could not write; and whether it may go on."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic

from app.core.clock import Clock
from app.core.database import BusyError, Engine, Session, write_session
from app.jobs.lead import Lead
from app.jobs.patience import patiently
from app.services import heartbeats, job_problems, job_runs, leases
from app.services.job_problems import Problem

TELL_EVERY = 1.0  # seconds
BEAT_EVERY = 3.0


class Unrecorded:
    """A run that no row of the ledger stands for: it goes on, and its faults are only in the log."""

    def begin(self, phase: str, total: int) -> None:
        """Begin a phase of `total` items; 0: they are not counted."""

    def advance(self, done: int) -> None:
        """Say how many items of the phase are done."""

    def check(self, session: Session) -> None:
        """Ask in a transaction that is about to write whether this run may. Raises: LeadLostError."""
        leases.give_way_when_frozen(session)

    def fail(self, problems: Sequence[Problem]) -> None:
        """Put on record what could not be written."""

    def settle(self) -> None:
        """Close what was on record before and was not met again, at the end of a full sweep."""


class RunLog(Unrecorded):
    """A run on the ledger; `lead` is None for what a person asked for."""

    def __init__(
        self, engine: Engine, clock: Clock, run_id: int, job: str, holder: str, *, lead: Lead | None, within: timedelta
    ) -> None:
        """Stand for a run that was claimed; `within`: the next heartbeat of its job comes by then."""
        self._engine = engine
        self._clock = clock
        self.run_id = run_id
        self._job = job
        self._holder = holder
        self._lead = lead
        self._within = within
        self._phase, self._done, self._total = "", 0, 0
        self._told_at = self._beaten_at = monotonic()

    def begin(self, phase: str, total: int) -> None:
        """Begin a phase; it is told when a second has passed since the last word."""
        self._phase, self._done, self._total = phase, 0, total
        self._tell()

    def advance(self, done: int) -> None:
        """Say how many items of the phase are done; told at most once a second."""
        self._done = done
        self._tell()

    def check(self, session: Session) -> None:
        """Ask whether this process still leads."""
        super().check(session)
        if self._lead is not None:
            self._lead.check(session)

    def fail(self, problems: Sequence[Problem]) -> None:
        """Put on record what could not be written."""

        def keep() -> None:
            with write_session(self._engine) as session:
                self.check(session)
                job_problems.keep(session, self.run_id, problems, now=self._clock.now())

        patiently(keep)

    def settle(self) -> None:
        """Close what was not met again."""

        def settle() -> None:
            with write_session(self._engine) as session:
                self.check(session)
                job_problems.settle(session, self.run_id, now=self._clock.now())

        patiently(settle)

    def finish(self, result: Mapping[str, object], *, failed: bool) -> bool:
        """Store how the run ended; False: its word no longer counts."""

        def finish() -> bool:
            with write_session(self._engine) as session:
                counts = job_runs.finish(
                    session,
                    self.run_id,
                    holder=self._holder,
                    failed=failed,
                    result=result,
                    now=self._clock.now(),
                    leading=self._lead is not None,
                )
                if counts and self._lead is not None:
                    detail = {"failed": failed}
                    heartbeats.beat(session, self._job, self._holder, within=self._within, detail=detail)
                return counts

        return patiently(finish)

    def _tell(self) -> None:
        now = monotonic()
        if now - self._told_at < TELL_EVERY:
            return
        try:
            with write_session(self._engine) as session:
                self._write(session, beats=now - self._beaten_at >= BEAT_EVERY)
        except BusyError:  # the next word will do
            return
        self._told_at = now

    def _write(self, session: Session, *, beats: bool) -> None:
        word = {"phase": self._phase, "done": self._done, "total": self._total}
        job_runs.tell(
            session,
            self.run_id,
            holder=self._holder,
            phase=self._phase,
            done=self._done,
            total=self._total,
            now=self._clock.now(),
        )
        if self._lead is not None:
            self._lead.renew(session)
            if beats:
                heartbeats.beat(session, self._job, self._holder, within=self._within, detail=word)
                self._beaten_at = monotonic()


UNRECORDED = Unrecorded()
