"""The five real plans as an installation loads them, on both engines."""

import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col

from app.core.clock import local_day
from app.core.database import write_session
from app.core.files import project_dir
from app.models import Plan
from app.queries.audit import verify_chain
from app.services import plans, standards, standings
from app.services.installation import install
from app.services.plan_files import PlanFile, read_plan
from tests.support.facts import SYSTEM, counted, noon

NOW = noon("2026-11-22")
SEEDS = project_dir("seeds")
FILES = sorted((SEEDS / "plans").glob("*.yaml"))


def contents(session: Session) -> dict[str, str]:
    """Return a digest of every table's rows, whatever their order."""
    return {
        table.name: hashlib.sha256(
            "\n".join(sorted(str(tuple(row)) for row in session.execute(sa.select(table)))).encode()
        ).hexdigest()
        for table in SQLModel.metadata.sorted_tables
    }


def loaded(session: Session, plan_id: int | None) -> dict[str, int]:
    tables = {"milestones": "milestone", "projects": "project", "stages": "stage", "ladder": "ladder_rung"}
    found: dict[str, int] = {}
    for name, table_name in tables.items():
        table = SQLModel.metadata.tables[table_name]
        query = sa.select(sa.func.count()).select_from(table).where(table.c.plan_id == plan_id)
        found[name] = session.scalar(query) or 0
    return found


def written(file: PlanFile) -> dict[str, int]:
    milestones = sum(len(part.repeat.years) if part.repeat else 1 for part in file.milestones)
    return {
        "milestones": milestones,
        "projects": len(file.projects),
        "stages": len(file.stages),
        "ladder": len(file.ladder),
    }


def test_there_are_five_plans():
    assert [path.stem for path in FILES] == [
        "jiyuan-2022",
        "kashgar-2022",
        "luoyang-2025",
        "nantong-2017",
        "shizhu-2021",
    ]


def test_an_installation_holds_what_the_files_say_and_a_second_one_changes_nothing(engine: Engine):
    with write_session(engine) as session:
        found = install(session, SEEDS, SYSTEM, NOW)
    assert found.password
    assert len(found.plans_loaded) == len(FILES)
    with write_session(engine) as session:
        for path in FILES:
            file = read_plan(path)
            plan = session.scalars(sa.select(Plan).where(col(Plan.slug) == file.slug)).one()
            assert loaded(session, plan.id) == written(file), file.slug
        assert standings.differences(session, local_day(NOW)) == []
        assert verify_chain(session).broken_at is None
        before = contents(session)
    with write_session(engine) as session, counted(engine) as statements:
        assert install(session, SEEDS, SYSTEM, NOW).password is None
    assert len(statements) < 44
    with write_session(engine) as session:
        assert contents(session) == before


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_plan_loaded_anew_keeps_every_milestone_and_target(engine: Engine, path: Path):
    with write_session(engine) as session:
        install_standards_and(session, path)
        before = contents(session)
        plans.load_plan(session, path, SYSTEM, NOW, again=True)
        after = contents(session)
    assert {name for name in before if before[name] != after[name]} <= {"audit_entry", "audit_head", "threshold"}


def install_standards_and(session: Session, path: Path) -> None:
    for standard in sorted((SEEDS / "standards").glob("*.yaml")):
        standards.load_standard(session, standard)
    plans.load_plan(session, path, SYSTEM, NOW)
