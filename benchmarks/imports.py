"""Import a large invented workbook: seconds of each step, and the highest memory of the program."""

import argparse
import resource
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from time import perf_counter, process_time

import sqlalchemy as sa
import xlsxwriter
from sqlmodel import col

from app.core.clock import SystemClock
from app.core.database import Engine, make_engine, write_session
from app.core.files import project_dir
from app.core.migrations import upgrade
from app.domain.access import Actor, Scope
from app.domain.vocabulary import Role
from app.jobs.imports import run_step
from app.models import Account, Plan, PlanImport
from app.services import accounts, installation, plan_imports

PLAN = "luoyang-2025"
PLACES = ("新安县", "宜阳县", "洛宁县", "嵩县", "栾川县", "汝阳县", "伊川县", "洛阳市")
UNITS = ("市教育局", "市财政局", "市教育局、市财政局", "各县区人民政府")
PHRASES = ("2026年底前", "2027年8月底前", "2028年上半年", "2030年", "2026年3月31日前")
HEADINGS = ("编号", "任务内容", "条款", "地区", "时限", "责任单位", "指标", "比较", "目标值", "单位", "说明")


def main() -> None:
    """Measure import, the same file again, one with changes, and undoing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--database-url", help="an empty PostgreSQL database; default a SQLite file of its own")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database_url or f"sqlite:///{folder}/junheng.db"
        upgrade(url)
        engine = make_engine(url)
        actor = _actor(engine)
        file = _workbook(given.rows, changed=0)
        print(f"{given.rows} rows, {len(file) / 1024 / 1024:.1f} MiB")
        import_id = _measure(engine, actor, Path(folder), "first import", file)
        _step(engine, actor, Path(folder), import_id, "undo", "undo")
        _measure(engine, actor, Path(folder), "import again after undoing", file)
        _measure(engine, actor, Path(folder), "the same file, nothing to do", file)
        _measure(engine, actor, Path(folder), "every tenth row changed", _workbook(given.rows, changed=10))
        print(f"highest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
        engine.dispose()


def _actor(engine: Engine) -> Actor:
    now, system = datetime.now(UTC), Actor(None, "benchmark", None)
    with write_session(engine) as session:
        installation.install(session, project_dir("seeds"), system, now)
        plan_id = session.execute(sa.select(col(Plan.id)).where(col(Plan.slug) == PLAN)).scalar_one()
        account: Account = accounts.create_account(
            session,
            system,
            name="office",
            display_name="office",
            role=Role.OFFICE,
            password="correct-horse-1",
            plan_id=plan_id,
            organization_id=None,
            must_change_password=False,
            now=now,
        )
        return Actor(account.id, "office", Role.OFFICE, Scope(plan_id))


def _workbook(rows: int, *, changed: int) -> bytes:
    """Return a workbook of invented milestones; of every `changed`th (0: none) the detail differs."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True})
    page = book.add_worksheet("里程碑")
    for column, heading in enumerate(HEADINGS):
        page.write_string(0, column, heading)
    for row in range(rows):
        figure = (row % 5) < 2
        page.write_row(
            row + 1,
            0,
            (
                f"invented-{row}",
                f"（虚构）第{row}项任务",
                f"虚构({row % 40})",
                PLACES[row % len(PLACES)],
                PHRASES[row % len(PHRASES)],
                UNITS[row % len(UNITS)],
                "G5" if figure else "",
                "≤" if figure else "",
                float(Decimal(30 + row % 20)) if figure else "",
                "人" if figure else "",
                "（虚构）修订" if changed and row % changed == 0 else "（虚构）",
            ),
        )
    book.close()
    return buffer.getvalue()


def _measure(engine: Engine, actor: Actor, folder: Path, words: str, content: bytes) -> int:
    print(words)
    started, cpu = perf_counter(), process_time()
    kept = plan_imports.keep_file(folder, "invented.xlsx", content, max_mb=100)
    assert actor.scope.plan_id is not None
    with write_session(engine) as session:
        item = plan_imports.create_import(session, actor, actor.scope.plan_id, kept, now=datetime.now(UTC))
    print(f"  hand in   {perf_counter() - started:6.1f} s, CPU {process_time() - cpu:6.1f} s")
    assert item.id is not None
    _step(engine, actor, folder, item.id, "check", "check")
    _step(engine, actor, folder, item.id, "write", "write")
    return item.id


def _step(engine: Engine, actor: Actor, folder: Path, import_id: int, words: str, step: str) -> None:
    started, cpu, now = perf_counter(), process_time(), datetime.now(UTC)
    with write_session(engine) as session:
        item = session.get_one(PlanImport, import_id)
        if step == "check":
            run = plan_imports.begin_check(session, actor, item, None, now=now)
        elif step == "write":
            run = plan_imports.begin_write(session, actor, item, now=now)
        else:
            run = plan_imports.begin_undo(session, actor, item, "benchmark", now=now)
    run_step(engine, folder, SystemClock(), import_id=import_id, run=run, actor=actor, reason="benchmark")
    with write_session(engine) as session:
        item = session.get_one(PlanImport, import_id)
        counts = f"{item.state}: +{item.added} ~{item.changed} -{item.removed} ={item.same}, {item.errors} errors"
    seconds = f"{perf_counter() - started:6.1f} s, CPU {process_time() - cpu:6.1f} s"
    print(f"  {words:9} {seconds}   {counts}  {item.message}", flush=True)


if __name__ == "__main__":
    main()
