"""The timetable: APScheduler is the clock, the lease says who leads, the ledger says what has run (DESIGN.md law 7)."""

import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from functools import partial
from threading import Lock

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from app.core.clock import SHANGHAI, Clock, SystemClock, local_day
from app.core.database import Engine, Session, read_session, write_session
from app.core.logging import get_logger
from app.core.outages import said
from app.core.settings import Settings
from app.domain.access import Actor
from app.jobs import day_roll, deliver, overdue_scan, quarter_drafts, slots
from app.jobs.lead import Lead, LeadLostError
from app.jobs.patience import patiently
from app.jobs.run_log import RunLog
from app.queries import jobs
from app.services import heartbeats, job_runs, leases

SCHEDULER = Actor(account_id=None, name="scheduler", role=None)
POLL = timedelta(seconds=5)
RETRY = timedelta(minutes=10)
DELIVER_EVERY = timedelta(seconds=20)
ROLL_WITHIN = timedelta(hours=25)  # the next roll comes within a day, and has an hour to end
_THREADS = 6  # the poll and the slots; each interval job has one of its own
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IntervalJob:
    """A job that the leader runs again and again, `every` so often and never twice at once; it returns what it did."""

    name: str
    every: timedelta
    run: Callable[[datetime], Mapping[str, object]]

    @property
    def within(self) -> timedelta:
        """The time in which its next sign of life comes."""
        return self.every * 3 + timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _Due:
    """A slot that has come; `covered` counts the slots missed before it, which its run does with it."""

    job: str
    slot: str
    covered: Mapping[str, int]
    within: timedelta  # in which the next run of the job ends
    run: Callable[[datetime, RunLog], Mapping[str, object]]


class Timetable:
    """One scheduler among any number: polls for the lease, and as the leader runs each slot once.

    1. Gaining the lead, at start-up or by take-over, runs what the ledger shows as missed; a process that has not swept
       yet does so even when nothing was missed, as plans may have been loaded meanwhile.
    2. Missed slots are one run, for today: obligations keep what fell due in between. The run says how many they were.
    3. A run that failed is tried again after the retry; one that was cut short, by whoever leads next.
    4. Before each batch and before its outcome a run asks the database whether this process leads still.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        clock: Clock,
        *,
        intervals: Sequence[IntervalJob] | None = None,
        ttl: timedelta = leases.TTL,
        poll: timedelta = POLL,
        retry: timedelta = RETRY,
    ) -> None:
        """Prepare the timetable; nothing runs before `start`. `intervals` None: the jobs of an installation."""
        self._engine = engine
        self._clock = clock
        self._scan_at = settings.scan_at
        self._poll_every = poll
        self._retry = retry
        self.holder = f"{socket.gethostname()[:40]}/{os.getpid()}/{secrets.token_hex(4)}"
        self._lead = Lead(engine, self.holder, ttl)
        self._intervals = _interval_jobs(engine, settings, self.holder) if intervals is None else intervals
        self._swept = False
        self._one_at_a_time = Lock()
        self._scheduler = BackgroundScheduler(
            timezone=SHANGHAI,
            executors={"default": ThreadPoolExecutor(_THREADS + len(self._intervals))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Start polling and keeping time, in threads of its own."""
        self._scheduler.add_job(self.poll)
        seconds = self._poll_every.total_seconds()
        self._scheduler.add_job(self.poll, IntervalTrigger(seconds=seconds, timezone=SHANGHAI))
        at = self._scan_at
        for name, trigger in (
            ("hourly", CronTrigger(minute=0, timezone=SHANGHAI)),  # midnight, and with it the day roll, among them
            ("daily", CronTrigger(hour=at.hour, minute=at.minute, second=at.second, timezone=SHANGHAI)),
        ):
            self._scheduler.add_job(self.run_due, trigger, id=name)
        for job in self._intervals:
            every = IntervalTrigger(seconds=job.every.total_seconds(), timezone=SHANGHAI)
            self._scheduler.add_job(self.run_interval, every, args=[job], id=job.name)
        self._scheduler.start()

    def stop(self) -> None:
        """Let running jobs end at their next check, then hand the lead to whoever asks first."""
        self._lead.stop()
        self._scheduler.shutdown(wait=True)
        self.stop_leading()

    def stop_leading(self) -> None:
        """Give up the lead, if it is ours."""
        self._lead.release()

    def poll(self) -> None:
        """Take or renew the lease; on gaining the lead run what is due, in another thread: the lease must not wait."""
        if self._lead.ask():
            _log.info("leads the timetable", holder=self.holder)
            self._scheduler.add_job(self.run_due, id="catch-up", replace_existing=True)

    def run_due(self) -> None:
        """Run each job whose slot has come and is not in the ledger; without the lead do nothing."""
        if not self._lead.held:
            return
        try:
            with self._one_at_a_time:
                patiently(self._tidy)
                rolled = self._run(self._due_roll)
                swept = self._run(self._due_sweep)
                self._swept = self._swept or swept
                drafted = self._run(self._due_drafts)
            if rolled and swept and drafted:
                return
        except LeadLostError:
            _log.warning("lost the lead, leaving the rest to whoever has it", holder=self.holder)
            self._lead.leave()
            return
        except Exception:
            _log.exception("timetable failed")
        retry_at = SystemClock().now() + self._retry
        self._scheduler.add_job(self.run_due, "date", run_date=retry_at, id="retry", replace_existing=True)

    def run_interval(self, job: IntervalJob) -> None:
        """Run an interval job once and show a sign of its life; without the lead do nothing."""
        if not self._lead.held:
            return
        try:
            detail = job.run(self._clock.now())
        except Exception as error:
            _log.exception("interval job failed", job=job.name)
            detail = {"error": said(error)[:500]}
        self._beat(job.name, job.within, detail)

    def _beat(self, name: str, within: timedelta, detail: Mapping[str, object]) -> None:
        try:
            with write_session(self._engine) as session:
                self._lead.check(session)
                heartbeats.beat(session, name, self.holder, within=within, detail=detail)
        except Exception:
            _log.warning("heartbeat failed", job=name, exc_info=True)

    def _tidy(self) -> None:
        """Close what was left unfinished, forget old runs and processes."""
        now = self._clock.now()
        with write_session(self._engine) as session:
            self._lead.check(session)
            if interrupted := job_runs.close_interrupted(session, holder=self.holder, now=now):
                _log.warning("runs were left unfinished", runs=interrupted)
            job_runs.prune(session, now=now)
            heartbeats.prune(session)

    def _due_roll(self, session: Session, now: datetime) -> _Due | None:
        """Return the day roll that has not been done for its newest day; None: it has."""
        day = slots.last_due(now, time())
        missed = slots.missed_days(jobs.last_day_done(session, jobs.DAY_ROLL, day), day)
        covered = {"covered_days": missed - 1} if missed > 1 else {}
        return _Due(jobs.DAY_ROLL, day.isoformat(), covered, ROLL_WITHIN, self._roll) if missed else None

    def _due_sweep(self, session: Session, now: datetime) -> _Due | None:
        """Return the sweep that is due: the day's, the hour's, or that of a process which has not swept yet."""
        day = slots.last_due(now, self._scan_at)
        days = slots.missed_days(jobs.last_day_done(session, jobs.OVERDUE_SCAN, day), day)
        hours = slots.missed_hours(jobs.last_sweep_began(session, now), now)
        if days:
            slot = day.isoformat()
        elif hours:
            slot = slots.hour_slot(now)
        elif not self._swept:
            slot = f"{now:%Y-%m-%dT%H:%M:%S} start {secrets.token_hex(4)}"
        else:
            return None
        missed = {"covered_days": days - 1, "covered_hours": hours - 1}
        covered = {name: count for name, count in missed.items() if count > 0}
        return _Due(jobs.OVERDUE_SCAN, slot, covered, jobs.STALE_AFTER, self._scan)

    def _due_drafts(self, session: Session, now: datetime) -> _Due | None:
        """Return the drafting of circulars that has not been looked for on its newest day; None: it has."""
        day = slots.last_due(now, self._scan_at)
        missed = slots.missed_days(jobs.last_day_done(session, jobs.QUARTER_DRAFTS, day), day)
        return _Due(jobs.QUARTER_DRAFTS, day.isoformat(), {}, ROLL_WITHIN, self._draft) if missed else None

    def _run(self, find: Callable[[Session, datetime], _Due | None]) -> bool:
        """Run a job for its slot, if one has come and is ours; False: it failed. Raises: LeadLostError."""
        now = self._clock.now()
        with read_session(self._engine) as session:
            due = find(session, now)
        if due is None:
            return True
        run_id = patiently(partial(self._claim, due, now))
        if run_id is None:
            return True
        log = RunLog(self._engine, self._clock, run_id, due.job, self.holder, lead=self._lead, within=due.within)
        result, failed = self._attempt(due, now, log)
        if not log.finish({**result, **due.covered}, failed=failed):
            raise LeadLostError
        return not failed

    def _claim(self, due: _Due, now: datetime) -> int | None:
        with write_session(self._engine) as session:
            self._lead.check(session)
            return job_runs.claim(session, due.job, due.slot, holder=self.holder, now=now)

    def _attempt(self, due: _Due, now: datetime, log: RunLog) -> tuple[Mapping[str, object], bool]:
        try:
            result = due.run(now, log)
        except LeadLostError:
            raise
        except Exception as error:
            _log.exception("job failed", job=due.job)
            return {"error": said(error)[:500]}, True
        _log.info("job done", job=due.job, **result)
        return result, False

    def _roll(self, now: datetime, log: RunLog) -> Mapping[str, object]:
        return asdict(day_roll.roll(self._engine, now=now, log=log))

    def _scan(self, now: datetime, log: RunLog) -> Mapping[str, object]:
        return asdict(overdue_scan.scan(self._engine, on=local_day(now), now=now, actor=SCHEDULER, log=log))

    def _draft(self, now: datetime, log: RunLog) -> Mapping[str, object]:
        return asdict(quarter_drafts.draft(self._engine, now=now, actor=SCHEDULER, log=log))


def _interval_jobs(engine: Engine, settings: Settings, holder: str) -> Sequence[IntervalJob]:
    """Return what the leader runs again and again beside its slots."""
    return (IntervalJob(jobs.DELIVER, DELIVER_EVERY, partial(_deliver, engine, settings, holder)),)


def _deliver(engine: Engine, settings: Settings, holder: str, now: datetime) -> Mapping[str, object]:
    return deliver.deliver(engine, settings, now=now, holder=holder)
