"""One item that cannot be written stops no other: it is shown, tried again, and leaves the list when it succeeds."""

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import col

from app.core.clock import FixedClock
from app.core.database import read_session, write_session
from app.core.settings import Settings
from app.jobs.timetable import Timetable
from app.models import Alert, JobRun, MilestoneStanding
from app.queries import jobs, timetables
from app.queries.jobs import DAY_ROLL, OVERDUE_SCAN
from tests.jobs.ledger import TODAY, add_milestone, days, noon, report


def poison(engine: Engine, milestone_id: int, share: str) -> None:
    """Write past the guards what no form takes: a share of work that is no number."""
    with write_session(engine) as session:
        if engine.dialect.name == "sqlite":
            guard = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'report'"
            triggers = session.execute(sa.text(guard)).all()
            for name, _sql in triggers:
                session.execute(sa.text(f"DROP TRIGGER {name}"))
        else:
            triggers = []
            session.execute(sa.text("ALTER TABLE report DISABLE TRIGGER USER"))
        statement = "UPDATE report SET share_pct = :share WHERE milestone_id = :milestone_id"
        session.execute(sa.text(statement), {"share": share, "milestone_id": milestone_id})
        for _name, sql in triggers:
            session.execute(sa.text(sql))
        if engine.dialect.name != "sqlite":
            session.execute(sa.text("ALTER TABLE report ENABLE TRIGGER USER"))


def alerted(engine: Engine) -> set[int | None]:
    with read_session(engine) as session:
        return set(session.scalars(sa.select(col(Alert.milestone_id))))


def standing_of(engine: Engine, milestone_id: int) -> str:
    with read_session(engine) as session:
        return str(session.get_one(MilestoneStanding, milestone_id).standing)


def newest(engine: Engine, job: str) -> JobRun:
    with read_session(engine) as session:
        return next(run for run in timetables.latest_runs(session) if run.job == job)


def problems(engine: Engine) -> list[tuple[str, str, int]]:
    with read_session(engine) as session:
        found = timetables.open_problems(session)
    assert all("InvalidOperation" in item.error and item.title == "建成学校" for item in found)
    return sorted((item.phase, item.matter, item.times) for item in found)


def test_a_poisoned_item_is_shown_and_tried_again_while_the_rest_goes_on(ledger):
    clock = FixedClock(noon(TODAY))
    due = TODAY - days(1)
    good, bad, other = (add_milestone(ledger, due, today=due) for _ in range(3))
    for milestone_id in (good, bad, other):
        report(ledger, milestone_id, 40, now=noon(due))
    poison(ledger, bad, "forty")
    table = Timetable(ledger, Settings(), clock)
    table.poll()
    table.run_due()
    assert alerted(ledger) == {good, other}
    assert [standing_of(ledger, item) for item in (good, bad, other)] == ["overdue", "behind", "overdue"]
    assert problems(ledger) == [("alert", f"milestone/{bad}", 1), ("standing", f"milestone/{bad}", 2)]
    sweep, roll = newest(ledger, OVERDUE_SCAN), newest(ledger, DAY_ROLL)
    assert (sweep.failed, roll.failed) == (False, False)
    assert '"failed": 2' in sweep.result
    assert '"failed": 1' in roll.result
    with read_session(ledger) as session:
        health = jobs.health(session, clock.now())
        assert (health.fault, health.problems) == (None, 2)
    clock.advance(days(1) / 24)
    table.run_due()
    assert problems(ledger) == [("alert", f"milestone/{bad}", 2), ("standing", f"milestone/{bad}", 3)]
    poison(ledger, bad, "40")
    clock.advance(days(1) / 24)
    table.run_due()
    assert problems(ledger) == []
    assert alerted(ledger) == {good, bad, other}
    assert standing_of(ledger, bad) == "overdue"
