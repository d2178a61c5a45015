"""Fill a database with the real seeds and an invented ledger around them: `python -m benchmarks.generate --help`."""

import argparse
import sys
from datetime import date, datetime, time
from pathlib import Path
from random import Random
from time import perf_counter

import sqlalchemy as sa
from sqlmodel import col

from app.core.clock import SHANGHAI
from app.core.database import Engine, Session, make_engine, write_session
from app.core.files import project_dir
from app.core.migrations import upgrade
from app.domain.access import Actor
from app.domain.vocabulary import Role
from app.models import Account, Indicator, Milestone, Organization, Standard
from app.services import accounts, standings
from app.services.installation import install
from benchmarks import bulk
from benchmarks.invented import COLUMNS, Ids, World

TODAY = date(2026, 11, 22)
SYSTEM = Actor(None, "benchmark", None)


def main() -> None:
    """Read the command line, generate, and print what it took."""
    parser = argparse.ArgumentParser(description="Fill a database with an invented ledger.")
    parser.add_argument("--database-url", required=True, help="SQLAlchemy address of an empty or missing database")
    parser.add_argument("--milestones", type=int, default=200_000, help="milestones in all, real ones included")
    parser.add_argument("--plans", type=int, default=100, help="invented plans")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same rows")
    parser.add_argument("--today", type=date.fromisoformat, default=TODAY, help="day the projection is built for")
    given = parser.parse_args()
    generate(given.database_url, given.milestones, given.plans, given.seed, given.today)


def generate(url: str, milestones: int, plans: int, seed: int, today: date) -> None:
    """Migrate, load the seeds, invent the rest and build the projection; refuses a database that holds reports."""
    upgrade(url)
    engine = make_engine(url)
    now = datetime.combine(today, time(12), SHANGHAI)
    with write_session(engine) as session:
        install(session, project_dir("seeds"), SYSTEM, now)
        if session.scalar(sa.select(col(Account.id)).where(col(Account.name) == "bench-office")):
            sys.exit("this database was generated before: start from an empty one")
    started = perf_counter()
    with write_session(engine) as session:
        _invent(session, milestones, plans, seed, today, now)
    print(f"rows written in {perf_counter() - started:.1f} s")
    _analyze(engine)
    _rebuild(engine, today)
    _analyze(engine)
    engine.dispose()


def _invent(session: Session, milestones: int, plans: int, seed: int, today: date, now: datetime) -> None:
    ids = _ids(session, _account(session, "bench-leader", Role.LEADER, None, None, now))
    real = session.scalar(sa.select(sa.func.count()).select_from(Milestone)) or 0
    first_plan = ids.plan
    world = World(Random(seed), today, ids)
    for rows in world.plans(plans, max(0, milestones - real)):
        for table, values in rows.items():
            bulk.insert(session, table, COLUMNS[table], values)
    bulk.move_sequences(session)
    unit = session.scalar(
        sa.select(col(Organization.id)).where(col(Organization.name).like("%虚构第01局")).order_by(col(Organization.id))
    )
    _account(session, "bench-office", Role.OFFICE, first_plan, None, now)
    _account(session, "bench-unit", Role.UNIT, first_plan, unit, now)


def _ids(session: Session, author: int) -> Ids:
    place, organization, plan, milestone, target, report = (
        bulk.next_id(session, table) for table in ("place", "organization", "plan", "milestone", "target", "report")
    )
    standards = sa.select(col(Standard.id)).order_by(col(Standard.id))
    indicators = sa.select(col(Indicator.id)).where(col(Indicator.plan_id).is_(None)).order_by(col(Indicator.id))
    return Ids(
        place=place,
        organization=organization,
        plan=plan,
        milestone=milestone,
        target=target,
        report=report,
        standard=session.scalars(standards).first() or 0,
        indicators=[key for key in session.scalars(indicators) if key],
        author=author,
    )


def _account(
    session: Session, name: str, role: Role, plan_id: int | None, organization_id: int | None, now: datetime
) -> int:
    account = accounts.create_account(
        session,
        SYSTEM,
        name=name,
        display_name=name,
        role=role,
        password=accounts.new_one_time_password(),
        plan_id=plan_id,
        organization_id=organization_id,
        must_change_password=False,
        now=now,
    )
    assert account.id is not None
    return account.id


def _analyze(engine: Engine) -> None:
    """Gather statistics where the server does so by itself in time; SQLite is left as an installation has it."""
    if engine.dialect.name != "sqlite":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def _rebuild(engine: Engine, today: date) -> None:
    before = _peak_mib(reset=True)
    started = perf_counter()
    with write_session(engine) as session:
        count = standings.rebuild(session, today)
    seconds = perf_counter() - started
    print(f"projection of {count} milestones: {seconds:.1f} s, peak memory {before:.0f} → {_peak_mib():.0f} MiB")


def _peak_mib(*, reset: bool = False) -> float:
    """Return the highest resident memory so far in MiB (Linux); with `reset` from now on."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
