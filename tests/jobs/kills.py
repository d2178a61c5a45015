"""A process that scans and delivers, and kills itself on the way: at a chosen step, or at a moment of its own."""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from app.core.clock import local_day
from app.core.database import Session, make_engine
from app.core.settings import Settings
from app.jobs import batches
from app.jobs.deliver import deliver
from app.jobs.overdue_scan import scan
from app.jobs.run_log import Unrecorded
from tests.jobs.ledger import SCHEDULER

BATCH = 5  # alerts in one transaction: more commits to die between


class Doomed(Unrecorded):
    """A run's log that tells each step to whoever kills."""

    def __init__(self, step: Callable[[str], None]) -> None:
        self._step = step

    def begin(self, phase: str, total: int) -> None:
        self._step(f"found {phase}")

    def check(self, session: Session) -> None:
        super().check(session)
        self._step("in the transaction")

    def advance(self, done: int) -> None:
        self._step("committed")


def die() -> None:
    """End this process as the machine's power would."""
    os.kill(os.getpid(), signal.SIGKILL)


def work(url: str, settings: Mapping[str, Any], now: datetime, holder: str, last_step: int, last_ms: float) -> None:
    """Scan for the day and deliver what is due; die at the nth step, or after so many milliseconds (0: neither)."""
    batches.BATCH = BATCH
    taken = [0]

    def step(_name: str) -> None:
        taken[0] += 1
        if taken[0] == last_step:
            die()

    if last_ms:
        timer = threading.Timer(last_ms / 1000, die)
        timer.daemon = True  # a process that is done is not kept for its death
        timer.start()
    engine = make_engine(url)
    scan(engine, on=local_day(now), now=now, actor=SCHEDULER, log=Doomed(step))
    deliver(engine, Settings.model_validate(settings), now=now, holder=holder, on_step=step)
    engine.dispose()
