"""Scans that a person asks for: on the ledger of runs like the timetable's own, at the terminal or beside a request."""

import secrets
from dataclasses import asdict
from datetime import date, datetime, timedelta
from threading import Thread
from time import perf_counter

from app.core.clock import local_day
from app.core.database import Engine, write_session
from app.core.logging import get_logger
from app.core.outages import said
from app.domain.access import Actor
from app.jobs.overdue_scan import ScanFinding, scan
from app.jobs.run_log import RunLog
from app.queries import jobs
from app.services import audit, job_runs

QUICK = 1.0  # seconds that whoever asks by a page waits for the end
_log = get_logger(__name__)


class _Running:
    """A clock that started at an instant and goes on from there."""

    def __init__(self, now: datetime) -> None:
        self._began, self._ticks = now, perf_counter()

    def now(self) -> datetime:
        return self._began + timedelta(seconds=perf_counter() - self._ticks)


def scan_by_hand(engine: Engine, *, on: date, now: datetime, actor: Actor) -> ScanFinding:
    """Scan to the end; a scan of today counts for the health of the timetable like its own."""
    return _run(engine, _begin(engine, on=on, now=now, actor=actor), on=on, now=now, actor=actor)


def start_scan(engine: Engine, *, on: date, now: datetime, actor: Actor, wait: float = QUICK) -> tuple[int, bool]:
    """Scan in a thread of its own, which ends with the process; return the run's id, and whether it ended in `wait`."""
    log = _begin(engine, on=on, now=now, actor=actor)

    def run() -> None:
        try:
            _run(engine, log, on=on, now=now, actor=actor)
        except Exception:
            _log.exception("scan by hand failed", run=log.run_id)

    thread = Thread(target=run, daemon=True, name=f"scan {log.run_id}")
    thread.start()
    thread.join(wait)
    return log.run_id, not thread.is_alive()


def _begin(engine: Engine, *, on: date, now: datetime, actor: Actor) -> RunLog:
    job = jobs.OVERDUE_SCAN if on == local_day(now) else jobs.OVERDUE_REPLAY
    holder = jobs.person(actor.account_id, actor.name)
    slot = f"{now:%Y-%m-%dT%H:%M:%S}{jobs.BY_HAND}{secrets.token_hex(4)}"
    with write_session(engine) as session:
        run_id = job_runs.claim(session, job, slot, holder=holder, now=now)
        assert run_id is not None  # nobody else draws this slot
        audit.record(session, actor, "scans:start", f"scans/{on}", now=now, run=run_id)
    return RunLog(engine, _Running(now), run_id, job, holder, lead=None, within=timedelta())


def _run(engine: Engine, log: RunLog, *, on: date, now: datetime, actor: Actor) -> ScanFinding:
    try:
        finding = scan(engine, on=on, now=now, actor=actor, log=log)
    except Exception as error:
        log.finish({"error": said(error)[:500]}, failed=True)
        raise
    log.finish(asdict(finding), failed=False)
    return finding
