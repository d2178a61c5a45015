"""The overdue scan: what is due and near raises its alert, what is overdue beyond grace its case (DESIGN.md law 5)."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from time import perf_counter

from app.core.clock import day_end, local_day
from app.core.database import Engine, Session, read_session, write_session
from app.core.logging import get_logger
from app.domain.access import Actor
from app.domain.ladder import opens_case
from app.domain.standing import judge
from app.domain.vocabulary import Standing
from app.queries import facts, jobs, scans
from app.services import alerts, case_openings, job_runs, standings

BATCH = 200  # milestones written in one transaction
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ScanFinding:
    """What one scan did; `failed` counts items whose writing failed, `seconds` is its duration."""

    on: date
    examined: int
    overdue: int
    alerts_raised: int
    cases_opened: int
    failed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Survey:
    """What stands on the day of the scan; `past_grace` are the milestones that may need a case."""

    examined: int
    overdue: int
    past_grace: list[int]


def scan(engine: Engine, *, on: date, now: datetime, actor: Actor) -> ScanFinding:
    """Scan for a day; today's moves the projection to today first, another day's leaves it alone."""
    started = perf_counter()
    today = local_day(now)
    if on == today:
        with write_session(engine) as session:
            standings.roll(session, today)
    with read_session(engine) as session:
        due = scans.due_milestones(session, on)
        survey = _projected(session, on) if on == today else _judged(session, on, past=on < today)
    raised, unraised = _apply(
        engine, due, "alert", lambda session, ids: alerts.raise_due(session, actor, ids, on=on, now=now)
    )
    opened, unopened = _apply(
        engine,
        survey.past_grace,
        "case",
        lambda session, ids: case_openings.open_due(session, actor, ids, on=on, now=now),
    )
    seconds = round(perf_counter() - started, 3)
    return ScanFinding(on, survey.examined, survey.overdue, raised, opened, unraised + unopened, seconds)


def scan_by_hand(engine: Engine, *, on: date, now: datetime, actor: Actor) -> ScanFinding:
    """Scan because a person asked for it; a scan of today counts for the health of the timetable like its own."""
    finding = scan(engine, on=on, now=now, actor=actor)
    job = jobs.OVERDUE_SCAN if on == local_day(now) else jobs.OVERDUE_REPLAY
    slot = f"{now:%Y-%m-%dT%H:%M:%S} by hand {secrets.token_hex(4)}"
    ended = now + timedelta(seconds=finding.seconds)
    with write_session(engine) as session:
        job_runs.claim(session, job, slot, holder=actor.name, now=now)
        failed = finding.failed > 0
        job_runs.finish(session, job, slot, holder=actor.name, failed=failed, result=asdict(finding), now=ended)
    return finding


def _projected(session: Session, on: date) -> _Survey:
    """Survey today by the projection."""
    return _Survey(*scans.count_projected(session), scans.past_grace(session, on))


def _judged(session: Session, on: date, *, past: bool) -> _Survey:
    """Survey another day by its facts; a past day opens no case on what has been settled since."""
    policies, graces = facts.policies(session), scans.graces(session)
    examined = overdue = 0
    past_grace: list[int] = []
    for ids in facts.milestone_ids(session):
        late: dict[int, int] = {}  # due-date version by milestone id
        for item in facts.gather(session, ids, day_end(on) if past else None):
            finding = judge(item.facts, on, policies[item.plan_id])
            overdue += finding.standing is Standing.OVERDUE
            if opens_case(finding.standing, finding.days_late(on), graces[item.plan_id]):
                late[item.milestone_id] = finding.due_version
        examined += len(ids)
        past_grace += scans.without_case(session, late) if past else list(late)
    return _Survey(examined, overdue, past_grace)


def _apply(
    engine: Engine, ids: Sequence[int], what: str, write: Callable[[Session, Sequence[int]], int]
) -> tuple[int, int]:
    """Write in batches of one transaction each; a batch that fails goes item by item. Return (written, failed)."""
    written = failed = 0
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        try:
            with write_session(engine) as session:
                written += write(session, batch)
        except Exception:
            _log.exception("scan batch failed, going on item by item", what=what, items=len(batch))
            done, lost = _one_by_one(engine, batch, what, write)
            written, failed = written + done, failed + lost
    return written, failed


def _one_by_one(
    engine: Engine, ids: Sequence[int], what: str, write: Callable[[Session, Sequence[int]], int]
) -> tuple[int, int]:
    written = failed = 0
    for milestone_id in ids:
        try:
            with write_session(engine) as session:
                written += write(session, [milestone_id])
        except Exception:
            failed += 1
            _log.exception("scan item failed", what=what, milestone_id=milestone_id)
    return written, failed
