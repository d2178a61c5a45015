"""Schedulers as processes of their own, some of which stand still on purpose."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from multiprocessing.process import BaseProcess

from sqlalchemy import Engine, event
from sqlalchemy.pool import QueuePool

from app.core.clock import FixedClock
from app.core.database import make_engine
from app.core.settings import Settings
from app.jobs import batches
from app.jobs.timetable import Timetable
from app.services import leases
from tests.jobs.ledger import TODAY, noon
from tests.support.processes import process_context

TTL, POLL = timedelta(seconds=1.5), timedelta(seconds=0.25)
_BATCH = 4


def run_scheduler(url: str, trouble: str, start) -> None:
    """Run a timetable at noon until the process is ended; it writes in small batches.

    `trouble`: "frozen between" stops itself between two batches, "frozen inside" with a batch half written.
    """
    batches.BATCH = _BATCH
    leases.FROZEN = timedelta(seconds=1)
    engine = make_engine(url)
    if trouble:
        _TROUBLES[trouble](engine)
    table = Timetable(engine, Settings(log_level="ERROR"), FixedClock(noon(TODAY)), ttl=TTL, poll=POLL)
    if start is not None:
        start.wait()
    table.start()
    time.sleep(600)


def _stand_still() -> None:
    """Stop this process, every thread of it, before the next step of the thread that asks.

    A signal to the process as a whole goes to its main thread: on a busy machine that one is slow to wake up, and
    until then the others, the one that asks among them, go on.
    """
    signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)


def _freeze_inside(engine: Engine) -> None:
    """Stop this process with the second batch of alerts written and not committed."""
    seen: list[str] = []

    def note(_connection, _cursor, statement: str, *_rest) -> None:
        if statement.startswith("INSERT INTO alert "):
            seen.append(statement)
            if len(seen) == 2:
                _stand_still()

    event.listen(engine, "after_cursor_execute", note)


def _freeze_between(engine: Engine) -> None:
    """Stop this process when the first batch of alerts has been committed and no thread of it holds a connection.

    Another thread may be writing its word of life just then: on SQLite it would take the lock with it into its sleep.
    """
    wrote: list[object] = []
    pool, gate, waiting = engine.pool, threading.Lock(), set[int]()
    assert isinstance(pool, QueuePool)

    def note(connection, _cursor, statement: str, *_rest) -> None:
        if statement.startswith("INSERT INTO alert "):
            wrote.append(connection.connection.dbapi_connection)

    def stop(dbapi_connection, _record) -> None:
        if dbapi_connection in wrote:
            wrote.clear()
            event.remove(engine, "after_cursor_execute", note)
            with gate:
                while pool.checkedout() - len(waiting) > 1:  # the one that comes back here still counts
                    time.sleep(0.01)
                _stand_still()

    def wait(*_given) -> None:
        waiting.add(threading.get_ident())
        with gate:
            waiting.discard(threading.get_ident())

    event.listen(engine, "after_cursor_execute", note)
    event.listen(pool, "checkin", stop)
    event.listen(pool, "checkout", wait)


_TROUBLES = {"frozen inside": _freeze_inside, "frozen between": _freeze_between}


@contextmanager
def schedulers(url: str, *troubles: str, at_once: bool = False) -> Iterator[list[BaseProcess]]:
    """Run a scheduler for each trouble ("": none) and end them all with kill -9."""
    context = process_context()
    start = context.Barrier(len(troubles)) if at_once else None
    processes: list[ForkServerProcess] = [
        context.Process(target=run_scheduler, args=(url, trouble, start), daemon=True) for trouble in troubles
    ]
    for process in processes:
        process.start()
    try:
        yield list(processes)
    finally:
        for process in processes:
            process.kill()
            process.join(timeout=30)


def until(engine: Engine, reached: Callable[[Engine], bool], *, seconds: float = 60) -> float:
    """Wait until the database says so and return how long it took, in seconds."""
    began = time.monotonic()
    while not reached(engine):
        assert time.monotonic() - began < seconds, "it did not come to pass"
        time.sleep(0.02)
    return time.monotonic() - began
