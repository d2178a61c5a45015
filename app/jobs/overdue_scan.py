"""The overdue scan: what is due and near raises its alert, what is overdue beyond grace its case (DESIGN.md law 5)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import perf_counter
from typing import Any

from app.core.clock import day_end, local_day
from app.core.database import Engine, Session, read_session
from app.core.logging import get_logger
from app.core.outages import is_outage
from app.domain.access import Actor
from app.domain.ladder import opens_case
from app.domain.standing import judge
from app.domain.vocabulary import Standing
from app.jobs import batches, day_roll
from app.jobs.run_log import UNRECORDED, Unrecorded
from app.queries import expected_answers, facts, missing_reports, scans
from app.services import alerts, case_openings
from app.services import expected_answers as unanswered
from app.services import missing_reports as silence

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


@dataclass(frozen=True, slots=True)
class _Step:
    """A kind of thing to write: `gather` narrows to the keys due, `write` judges some again and writes them."""

    phase: str
    gather: Callable[[Session], Sequence[Any]]
    write: Callable[[Session, Sequence[Any]], int]


def scan(engine: Engine, *, on: date, now: datetime, actor: Actor, log: Unrecorded = UNRECORDED) -> ScanFinding:
    """Scan for a day; today's moves the projection to today first, another day's leaves it alone.

    1. Each step gathers and writes by itself: what one cannot write, or gather, keeps no other from its turn.
    2. An item that cannot be written is put on record; a step that cannot be gathered fails the scan at its end.
    3. A scan of today that came to its end closes what was on record and was not met again.
    """
    started = perf_counter()
    today = local_day(now)
    failed = day_roll.judge(engine, now=now, log=log).failed if on == today else 0
    log.begin("survey", 0)
    with read_session(engine) as session:
        survey = _projected(session, on) if on == today else _judged(session, on, past=on < today)
    written = {"alert": 0, "case": 0}
    broken: list[Exception] = []
    for step in _steps(survey, on=on, now=now, actor=actor):
        try:
            with read_session(engine) as session:
                keys = step.gather(session)
        except Exception as error:
            if is_outage(error):
                raise
            _log.exception("scan step cannot be gathered, going on with the next", phase=step.phase)
            broken.append(error)
            continue
        tally = batches.apply(engine, keys, step.phase, step.write, log)
        written["case" if step.phase == "case" else "alert"] += tally.written
        failed += tally.failed
    if broken:
        raise broken[0]
    if on == today:
        log.settle()
    seconds = round(perf_counter() - started, 3)
    return ScanFinding(on, survey.examined, survey.overdue, written["alert"], written["case"], failed, seconds)


def _steps(survey: _Survey, *, on: date, now: datetime, actor: Actor) -> Iterator[_Step]:
    """Yield what a scan writes, in this order; everything but cases counts as alerts."""
    yield _Step(
        "alert",
        lambda session: scans.due_milestones(session, on),
        lambda session, ids: alerts.raise_due(session, actor, ids, on=on, now=now),
    )
    yield _Step(
        "missing report",
        lambda session: missing_reports.due(session, on),
        lambda session, keys: silence.raise_due(session, actor, keys, on=on, now=now),
    )
    yield _Step(
        "unanswered",
        lambda session: expected_answers.due(session, on),
        lambda session, keys: unanswered.raise_due(session, actor, keys, on=on, now=now),
    )
    yield _Step(
        "case",
        lambda _session: survey.past_grace,
        lambda session, ids: case_openings.open_due(session, actor, ids, on=on, now=now),
    )


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
