"""The timetable: APScheduler is the clock, the lease says who leads, the ledger says what has run (DESIGN.md law 7)."""

import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from threading import Lock

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from app.core.clock import SHANGHAI, Clock, SystemClock, local_day
from app.core.database import Engine, read_session, write_session
from app.core.logging import get_logger
from app.core.settings import Settings
from app.domain.access import Actor
from app.jobs import day_roll, overdue_scan, slots
from app.queries import jobs
from app.services import job_runs, leases

SCHEDULER = Actor(account_id=None, name="scheduler", role=None)
POLL_SECONDS = 5
RETRY = timedelta(minutes=10)
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _DailyJob:
    name: str
    at: time  # in Shanghai
    run: Callable[[datetime], Mapping[str, object]]


class Timetable:
    """One scheduler among any number: polls for the lease, and as the leader runs each daily slot once.

    1. Gaining the lead, at start-up or by take-over, runs what the ledger shows as missed; at start-up the scan
       runs even when nothing was missed, as plans may have been loaded meanwhile.
    2. Missed slots are one run, for today: obligations keep what fell due in between. They are recorded as covered.
    3. A run that failed is tried again after RETRY.
    """

    def __init__(self, engine: Engine, settings: Settings, clock: Clock) -> None:
        """Prepare the timetable; nothing runs before `start`."""
        self._engine = engine
        self._clock = clock
        self.holder = f"{socket.gethostname()[:40]}/{os.getpid()}/{secrets.token_hex(4)}"
        self._daily = (
            _DailyJob(jobs.DAY_ROLL, time(), self._roll),
            _DailyJob(jobs.OVERDUE_SCAN, settings.scan_at, self._scan),
        )
        self._leads = False
        self._swept = False
        self._one_at_a_time = Lock()
        self._scheduler = BackgroundScheduler(
            timezone=SHANGHAI,
            executors={"default": ThreadPoolExecutor(6)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Start polling and keeping time, in threads of its own."""
        self._scheduler.add_job(self.poll)
        self._scheduler.add_job(self.poll, IntervalTrigger(seconds=POLL_SECONDS, timezone=SHANGHAI))
        for job in self._daily:
            at = job.at
            trigger = CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=SHANGHAI)
            self._scheduler.add_job(self.run_due, trigger, id=job.name)
        self._scheduler.start()

    def stop(self) -> None:
        """Let running jobs end, then hand the lead to whoever asks first."""
        self._scheduler.shutdown(wait=True)
        self.stop_leading()

    def stop_leading(self) -> None:
        """Give up the lead, if it is ours."""
        self._leads = False
        with write_session(self._engine) as session:
            leases.release(session, self.holder)

    def poll(self) -> None:
        """Take or renew the lease; on gaining the lead run what is due, in another thread: the lease must not wait."""
        try:
            with write_session(self._engine) as session:
                leads = leases.hold(session, self.holder)
        except Exception:
            _log.exception("lease poll failed")
            leads = False
        gained, self._leads = leads and not self._leads, leads
        if gained:
            _log.info("leads the timetable", holder=self.holder)
            self._scheduler.add_job(self.run_due, id="catch-up", replace_existing=True)

    def run_due(self) -> None:
        """Run each daily job whose slot has come and is not in the ledger; without the lead do nothing."""
        if not self._leads:
            return
        with self._one_at_a_time:
            outcomes = [self._run_slot(job) for job in self._daily]
            self._swept = self._swept or all(outcomes)
        if not all(outcomes):
            retry_at = SystemClock().now() + RETRY
            self._scheduler.add_job(self.run_due, "date", run_date=retry_at, id="retry", replace_existing=True)

    def _run_slot(self, job: _DailyJob) -> bool:
        """Run a job for its newest missed slot, if there is one and it is ours; False: it failed."""
        now = self._clock.now()
        with read_session(self._engine) as session:
            done = jobs.last_day_done(session, job.name)
        days = [day.isoformat() for day in slots.missed(done, slots.last_due(now, job.at))]
        if not days and not self._swept and job.name == jobs.OVERDUE_SCAN:
            days = [f"{now:%Y-%m-%dT%H:%M:%S} start {secrets.token_hex(4)}"]
        if not days:
            return True
        *skipped, slot = days
        with write_session(self._engine) as session:
            if not job_runs.claim(session, job.name, slot, holder=self.holder, now=now):
                return True
        result, failed = self._attempt(job, now)
        with write_session(self._engine) as session:
            ended = self._clock.now()
            job_runs.finish(session, job.name, slot, holder=self.holder, failed=failed, result=result, now=ended)
            if not failed:
                job_runs.cover(session, job.name, skipped, by=slot, holder=self.holder, now=ended)
        return not failed

    def _attempt(self, job: _DailyJob, now: datetime) -> tuple[Mapping[str, object], bool]:
        try:
            result = job.run(now)
        except Exception as error:
            _log.exception("job failed", job=job.name)
            return {"error": repr(error)[:500]}, True
        _log.info("job done", job=job.name, **result)
        return result, False

    def _roll(self, now: datetime) -> Mapping[str, object]:
        return {"judged": day_roll.roll(self._engine, now=now)}

    def _scan(self, now: datetime) -> Mapping[str, object]:
        return asdict(overdue_scan.scan(self._engine, on=local_day(now), now=now, actor=SCHEDULER))
