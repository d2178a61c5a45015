"""The day roll and the scan at national scale: `python -m benchmarks.national --help`; see README.md."""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, event

from app.core.clock import SHANGHAI
from app.core.database import make_engine, read_session, write_session
from app.domain import alerts
from app.domain.access import Actor
from app.domain.ladder import NOTHING_FIRED
from app.domain.standing import judge
from app.jobs import day_roll, overdue_scan
from app.queries import facts, ladders, scans
from app.services import days, standings

YESTERDAY = date(2026, 11, 22)
TODAY = YESTERDAY + timedelta(days=1)
BEGIN, FIRE = 180_000, 20_000
WORKER = Actor(None, "benchmark", None)

_AHEAD = """
SELECT milestone_id FROM milestone_standing WHERE standing IN ('planned', 'on_track') AND reported_on IS NULL
  AND due_version = 1 AND effective_due_on > :far ORDER BY milestone_id LIMIT :count
"""
# What begins on the day, and what was due the day before: both change their standing, the second fires its first rung.
_BEGINNING = "UPDATE milestone SET start_on = :today WHERE id = :id"
_DUE = "UPDATE milestone SET due_on = :yesterday, start_on = :earlier WHERE id = :id"
# The ledger's older arrears have been dealt with: they would fire on the same day, and open cases.
_QUIET = (
    "DELETE FROM obligation WHERE fire_on <= :today AND milestone_id NOT IN "
    "(SELECT milestone_id FROM milestone_standing WHERE effective_due_on = :yesterday)",
    "UPDATE plan SET case_grace_days = 36500",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One phase: seconds by the clock, of this process's CPU and of its statements, and its highest memory in MiB."""

    phase: str
    items: int
    wall_s: float
    cpu_s: float
    reading_s: float
    writing_s: float
    bare_reading_s: float
    peak_mib: float


def main() -> None:
    """Read the command line; prepare a generated ledger, or measure on it."""
    parser = argparse.ArgumentParser(description="Measure a day on which 200,000 of 1,000,000 milestones change.")
    parser.add_argument("--database-url", required=True, help="a generated ledger; it is changed, so give it a copy")
    parser.add_argument(
        "--prepare", action="store_true", help="make the day out of the ledger; do it once, then measure"
    )
    parser.add_argument("--begin", type=int, default=BEGIN, help="milestones that begin on the day")
    parser.add_argument("--fire", type=int, default=FIRE, help="milestones that fire on the day")
    given = parser.parse_args()
    engine = make_engine(given.database_url)
    if given.prepare:
        prepare(engine, given.begin, given.fire)
    else:
        for found in measured(engine):
            print(json.dumps({name: _short(value) for name, value in asdict(found).items()}), flush=True)
    engine.dispose()


def prepare(engine: Engine, begin: int, fire: int) -> None:
    """Let so many milestones begin on the day, and so many be due the day before; judge the ledger for that day."""
    values = {"today": TODAY.isoformat(), "yesterday": YESTERDAY.isoformat(), "earlier": "2026-01-01"}
    far = (TODAY + timedelta(days=500)).isoformat()
    with write_session(engine) as session:
        ids = list(session.scalars(sa.text(_AHEAD), {"far": far, "count": begin + fire}))
        for statement, some in ((_DUE, ids[:fire]), (_BEGINNING, ids[fire:])):
            named = {name: value for name, value in values.items() if f":{name}" in statement}
            session.connection().execute(sa.text(statement), [{"id": key, **named} for key in some])
        standings.refresh(session, ids, YESTERDAY)
    with write_session(engine) as session:
        for statement in _QUIET:
            session.execute(sa.text(statement), {name: values[name] for name in values if f":{name}" in statement})


def measured(engine: Engine) -> Iterator[Measured]:
    """Yield the phases of the day, in the order in which the timetable runs them."""
    now = datetime.combine(TODAY, time(0, 10), SHANGHAI)
    yield _phase(engine, "day roll: find", lambda: len(_changing(engine)))
    yield _phase(engine, "day roll: find and judge, write nothing", lambda: _judge_all(engine, _changing(engine)))
    yield _phase(engine, "day roll", lambda: day_roll.judge(engine, now=now).written)
    yield _phase(engine, "scan: find", lambda: len(_due(engine)))
    yield _phase(engine, "scan: find and judge, write nothing", lambda: _judge_all(engine, _due(engine)))
    yield _phase(engine, "scan", lambda: overdue_scan.scan(engine, on=TODAY, now=now, actor=WORKER).alerts_raised)
    yield _phase(engine, "scan again", lambda: overdue_scan.scan(engine, on=TODAY, now=now, actor=WORKER).alerts_raised)


def _changing(engine: Engine) -> list[int]:
    with read_session(engine) as session:
        return days.pending(session, TODAY)


def _due(engine: Engine) -> list[int]:
    with read_session(engine) as session:
        return scans.due_milestones(session, TODAY)


def _judge_all(engine: Engine, ids: list[int]) -> int:
    """Judge milestones and their ladders as the day roll and the scan do, and return how many."""
    with read_session(engine) as session:
        policies, found = facts.policies(session), ladders.ladders(session)
        for start in range(0, len(ids), facts.CHUNK):
            chunk = ids[start : start + facts.CHUNK]
            before = ladders.fired_before(session, chunk, found)
            for item in facts.gather(session, chunk):
                finding = judge(item.facts, TODAY, policies[item.plan_id])
                alerts.coming(finding, found[item.plan_id], before.get(item.milestone_id, NOTHING_FIRED), TODAY)
    return len(ids)


def _phase(engine: Engine, name: str, run: Callable[[], int]) -> Measured:
    Path("/proc/self/clear_refs").write_text("5")
    with _recorded(engine) as (reads, spent):
        wall, cpu = perf_counter(), process_time()
        items = run()
        wall, cpu = perf_counter() - wall, process_time() - cpu
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return Measured(
        phase=name,
        items=items,
        wall_s=wall,
        cpu_s=cpu,
        reading_s=spent["reading"],
        writing_s=spent["writing"],
        bare_reading_s=_replayed(engine, reads),
        peak_mib=int(line.split()[1]) / 1024,
    )


@contextmanager
def _recorded(engine: Engine) -> Iterator[tuple[list[tuple[str, Any]], dict[str, float]]]:
    """Yield the reading statements that are sent, and the seconds that the driver spends reading and writing."""
    reads: list[tuple[str, Any]] = []
    spent = {"reading": 0.0, "writing": 0.0}
    started = [0.0]

    def before(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if _is_reading(statement):
            reads.append((statement, parameters))
        started[0] = perf_counter()

    def after(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        spent["reading" if _is_reading(statement) else "writing"] += perf_counter() - started[0]

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    try:
        yield reads, spent
    finally:
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "after_cursor_execute", after)


def _is_reading(statement: str) -> bool:
    return statement.lstrip().startswith(("SELECT", "WITH")) and "FOR UPDATE" not in statement


def _replayed(engine: Engine, statements: list[tuple[str, Any]]) -> float:
    """Return the seconds that the raw driver needs for the same reads with all their rows."""
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        started = perf_counter()
        for statement, parameters in statements:
            cursor = raw.cursor()
            cursor.execute(statement, parameters)
            cursor.fetchall()
            cursor.close()
        return perf_counter() - started


def _short(value: object) -> object:
    return round(value, 3) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
