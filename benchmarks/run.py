"""Measure the pages, the interface, a write and the scan on a generated ledger: `python -m benchmarks.run --help`."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import sqlalchemy as sa
from fastapi import FastAPI
from sqlmodel import col

from app.core.clock import SHANGHAI, FixedClock
from app.core.database import Engine, Session, make_engine, read_session, write_session
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.vocabulary import DecisionKind, Standing
from app.jobs.overdue_scan import scan
from app.main import create_app
from app.models import Account, Milestone, MilestoneDecision, MilestoneStanding, MilestoneUnit, Plan, Report
from app.services import accounts
from benchmarks.caller import Answer, Call, answer, calling
from benchmarks.measure import Figures, figures

HEAD = "| page | wall ms | CPU ms | server CPU ms | statements | bare SQL ms | KiB |\n| --- " + "| ---: " * 6 + "|"


def main() -> None:
    """Read the command line, measure, and print one table."""
    parser = argparse.ArgumentParser(description="Measure pages on a generated ledger.")
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--today", type=date.fromisoformat, default=date(2026, 11, 22), help="the projection's day")
    parser.add_argument("--only", default="", help="measure only pages whose name contains this")
    parser.add_argument("--scan", action="store_true", help="scan instead; it changes the database, so give it a copy")
    parser.add_argument("--json", action="store_true", help="figures as JSON lines")
    given = parser.parse_args()
    now = datetime.combine(given.today, time(12), SHANGHAI)
    if given.scan:
        _scan(given.database_url, given.today, now)
        return
    if not given.json:
        print(HEAD)
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=given.database_url, data_dir=Path(folder), log_level="ERROR")
        for row in _measured(create_app(settings, FixedClock(now)), now, given.only):
            print(json.dumps(asdict(row)) if given.json else _line(row), flush=True)


def _line(row: Figures) -> str:
    return (
        f"| {row.name} | {row.wall_ms:.1f} | {row.cpu_ms:.1f} | {row.server_ms:.1f} "
        f"| {row.statements} | {row.bare_ms:.1f} | {row.kib:.0f} |"
    )


def _measured(app: FastAPI, now: datetime, only: str) -> Iterator[Figures]:
    engine: Engine = app.state.engine
    tokens = _tokens(engine, now)
    with read_session(engine) as session:
        calls, reportable = _calls(session, tokens), _reportable(session)
    with calling(app) as portal:

        def run(call: Call) -> Answer:
            return portal.call(answer, app, call)

        def run_again(call: Call, _turn: int) -> Answer:
            return run(call)

        for name, call in calls.items():
            if only in name and run(call).status != 404:  # 404: the installation has no such page
                yield figures(engine, name, partial(run_again, call))
        if only in "report submitted":
            form = (("reported_on", f"{now:%Y-%m-%d}"), ("share_pct", "60"), ("summary", "进展（虚构）"))
            yield figures(
                engine,
                "report submitted",
                lambda turn: run(Call(f"/milestones/{reportable[turn]}/reports", tokens["bench-office"], form)),
                writes=True,
            )


def _tokens(engine: Engine, now: datetime) -> dict[str, str]:
    with write_session(engine) as session:
        people = session.scalars(sa.select(Account).where(col(Account.name).startswith("bench-"))).all()
        return {person.name: accounts.sign_in(session, person, hours=24, now=now) for person in people}


def _calls(session: Session, tokens: dict[str, str]) -> dict[str, Call]:
    """Return the pages by name: the leader sees every plan, the office one, the unit its own milestones."""
    plan_id, slug = session.execute(
        sa.select(col(Plan.id), col(Plan.slug)).where(col(Plan.slug).startswith("invented-")).order_by(col(Plan.id))
    ).first() or (0, "")
    unit, big = _busiest(session, plan_id), _longest(session, plan_id)
    middle = session.scalars(
        sa.select(col(MilestoneStanding.effective_due_on))
        .order_by(col(MilestoneStanding.effective_due_on))
        .offset((session.scalar(sa.select(sa.func.count()).select_from(MilestoneStanding)) or 2) // 2)
    ).first()
    leader = Call("/milestones", tokens["bench-leader"])
    filters = {
        "ledger, first page": "",
        "ledger, page in the middle": f"?at={middle}.1",
        "ledger, backwards from the middle": f"?at=-{middle}.1",
        "ledger, last due first": "?sort=-due",
        "ledger of a plan": f"?plan={slug}",
        "ledger, overdue": f"?standing={Standing.OVERDUE.value}",
        "ledger of a plan, overdue": f"?plan={slug}&standing={Standing.OVERDUE.value}",
        "ledger of a unit": f"?unit={unit}",
        "ledger of a unit, overdue": f"?unit={unit}&standing={Standing.OVERDUE.value}",
        "ledger, year and kind": "?year=2028&kind=quantity",
        "ledger, place": f"?place={_place(session, plan_id)}",
        "ledger, text often found": "?q=宿舍",
        "ledger, text found in one plan": f"?plan={slug}&q=宿舍",
        "ledger, text never found": "?q=天文台",
    }
    pages = {name: replace(leader, path=f"/milestones{query}") for name, query in filters.items()}
    pages["ledger, first page, part"] = replace(leader, part=True)
    pages["ledger, overdue, as the office"] = Call("/milestones?standing=overdue", tokens["bench-office"])
    pages["ledger, as a unit"] = Call("/milestones", tokens["bench-unit"])
    pages["milestone"] = Call(f"/milestones/{big}", tokens["bench-leader"])
    pages["milestone, as the office"] = Call(f"/milestones/{big}", tokens["bench-office"])
    pages["overview"] = Call("/", tokens["bench-leader"])
    pages["overview, as the office"] = Call("/", tokens["bench-office"])
    pages["plan"] = Call(f"/plans/{slug}", tokens["bench-leader"])
    pages["plan, 12 counties (real)"] = Call("/plans/kashgar-2022", tokens["bench-leader"])
    pages |= _past_pages(leader, slug, big)
    pages["alerts"] = Call("/alerts", tokens["bench-leader"])
    pages["cases"] = Call("/cases", tokens["bench-leader"])
    pages["projects"] = Call("/projects", tokens["bench-leader"])
    pages["JSON, 100 milestones"] = Call("/api/v1/milestones?limit=100", tokens["bench-leader"])
    pages["JSON, 100 overdue milestones"] = Call(
        "/api/v1/milestones?limit=100&standing=overdue", tokens["bench-leader"]
    )
    return pages


def _past_pages(leader: Call, slug: str, milestone: int) -> dict[str, Call]:
    """Return the pages of a past day (the quarter before, and years before) and the comparison with today."""
    on = "on=2026-09-30"
    paths = {
        "as of a quarter before: ledger": f"/milestones?{on}",
        "as of years before: ledger": "/milestones?on=2024-12-31",
        "as of a quarter before: ledger, overdue": f"/milestones?{on}&standing=overdue",
        "as of a quarter before: ledger of a plan": f"/milestones?{on}&plan={slug}",
        "as of a quarter before: ledger of a plan, overdue": f"/milestones?{on}&plan={slug}&standing=overdue",
        "as of years before: ledger of a plan, overdue": f"/milestones?on=2024-12-31&plan={slug}&standing=overdue",
        "as of a quarter before: milestone": f"/milestones/{milestone}?{on}",
        "as of a quarter before: plan": f"/plans/{slug}?{on}",
        "as of a quarter before: JSON, 100 milestones": f"/api/v1/milestones?limit=100&{on}",
        "compare a plan, a quarter before with today": f"/compare?plan={slug}&from=2026-09-30&to=2026-11-22",
        "compare all plans, a quarter before with today": "/compare?from=2026-09-30&to=2026-11-22",
    }
    return {name: replace(leader, path=path) for name, path in paths.items()}


def _busiest(session: Session, plan_id: int) -> int:
    """Return the unit of a plan with the most milestones."""
    query = (
        sa.select(col(MilestoneUnit.organization_id))
        .join(Milestone, col(Milestone.id) == col(MilestoneUnit.milestone_id))
        .where(col(Milestone.plan_id) == plan_id)
        .group_by(col(MilestoneUnit.organization_id))
        .order_by(sa.func.count().desc(), col(MilestoneUnit.organization_id))
    )
    return session.scalars(query).first() or 0


def _place(session: Session, plan_id: int) -> int:
    query = sa.select(col(Milestone.place_id)).where(col(Milestone.plan_id) == plan_id).order_by(col(Milestone.id))
    return session.scalars(query).first() or 0


def _longest(session: Session, plan_id: int) -> int:
    """Return the milestone of a plan with most reports and units."""
    query = (
        sa.select(col(Report.milestone_id))
        .join(Milestone, col(Milestone.id) == col(Report.milestone_id))
        .join(MilestoneUnit, col(MilestoneUnit.milestone_id) == col(Report.milestone_id))
        .where(col(Milestone.plan_id) == plan_id)
        .group_by(col(Report.milestone_id))
        .order_by(sa.func.count().desc(), col(Report.milestone_id))
    )
    return session.scalars(query).first() or 0


def _reportable(session: Session) -> list[int]:
    """Return open milestones of the office's plan, one for each run."""
    closed = sa.exists().where(
        col(MilestoneDecision.milestone_id) == col(Milestone.id), col(MilestoneDecision.kind) == DecisionKind.CLOSE_OUT
    )
    query = (
        sa.select(col(Milestone.id))
        .join(Account, col(Account.plan_id) == col(Milestone.plan_id))
        .where(col(Account.name) == "bench-office", ~closed)
        .order_by(col(Milestone.id))
    )
    return list(session.scalars(query.limit(100)))


def _scan(url: str, today: date, now: datetime) -> None:
    """Scan twice for the day: everything that is due at first, then nothing new."""
    engine = make_engine(url)
    for _ in range(2):
        started = process_time()
        found = asdict(scan(engine, on=today, now=now, actor=Actor(None, "benchmark", None)))
        print(json.dumps({**found, "cpu_seconds": round(process_time() - started, 2)}, default=str))
    engine.dispose()


if __name__ == "__main__":
    main()
