"""A plan on record comes out as a plan file that loads again to the same rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col

from app.core.database import make_engine, write_session
from app.core.files import project_dir
from app.core.migrations import upgrade
from app.models import Plan
from app.services import plans, standards
from app.services.plan_exports import plan_file, plan_yaml
from app.services.plan_files import PlanFile, read_plan
from tests.support.facts import SYSTEM, noon

NOW = noon("2026-11-22")
SLUGS = sorted(path.stem for path in (project_dir("seeds") / "plans").glob("*.yaml"))
# What is about the loading itself, and what depends on it.
NOT_COMPARED = {"plan_revision", "plan_change", "audit_entry", "audit_head", "projection_day"}


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with write_session(engine) as session:
        standards.load_standard(session, project_dir("seeds") / "standards" / "national.yaml")
        yield session


def seed(slug: str) -> Path:
    return project_dir("seeds") / "plans" / f"{slug}.yaml"


def exported(session: Session, slug: str, folder: Path) -> Path:
    plan = session.scalars(sa.select(Plan).where(col(Plan.slug) == slug)).one()
    path = folder / f"{slug}.yaml"
    path.write_text(plan_yaml(plan_file(session, plan)), encoding="utf-8")
    return path


def rows(session: Session) -> dict[str, list[str]]:
    """Return every table's rows without the hash of the file."""
    session.flush()
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name not in NOT_COMPARED:
            columns = [column for column in table.columns if column.name != "source_sha256"]
            found[table.name] = sorted(map(repr, session.execute(sa.select(*columns)).all()))
    return found


@pytest.mark.parametrize("slug", SLUGS)
def test_an_exported_plan_says_what_its_file_said_and_loads_again_to_the_same_rows(
    session: Session, slug: str, tmp_path: Path
):
    plans.load_plan(session, seed(slug), SYSTEM, NOW)
    path = exported(session, slug, tmp_path)
    says_the_same(read_plan(seed(slug)), read_plan(path))
    before = rows(session)
    finding = plans.load_plan(session, path, SYSTEM, NOW)
    assert finding.revision is not None
    assert finding.revision.changes == ()
    assert rows(session) == before
    assert loaded_elsewhere(path, tmp_path) == without_ids(session)


def says_the_same(wrote: PlanFile, read: PlanFile) -> None:
    assert {part.key for part in read.milestones} == {part.key for part in wrote.milestones}
    assert {part.name for part in read.organizations} == {part.name for part in wrote.organizations}
    assert {part.name for part in read.places} == {part.name for part in wrote.places}
    assert read.groups == tuple(sorted(wrote.groups, key=lambda part: part.name))


def loaded_elsewhere(path: Path, folder: Path) -> dict[str, list[str]]:
    """Load a plan file into an empty ledger and return its rows with names in place of ids."""
    url = f"sqlite:///{folder / 'other.db'}"
    upgrade(url)
    engine = make_engine(url)
    with write_session(engine) as session:
        standards.load_standard(session, project_dir("seeds") / "standards" / "national.yaml")
        plans.load_plan(session, path, SYSTEM, NOW)
        found = without_ids(session)
    engine.dispose()
    return found


def without_ids(session: Session) -> dict[str, list[str]]:
    """Return every table's rows with the names in place of ids, so that two databases can be compared."""
    session.flush()
    names = _names(session)
    found = {}
    for table in SQLModel.metadata.sorted_tables:
        if table.name in NOT_COMPARED:
            continue
        columns = [column for column in table.columns if column.name not in ("source_sha256", "added_by_id")]
        own_id = {column.name for column in table.primary_key} == {"id"}
        found[table.name] = sorted(
            repr(
                [
                    _named(names, column, value)
                    for column, value in zip(columns, row, strict=True)
                    if not (own_id and column.name == "id")
                ]
            )
            for row in session.execute(sa.select(*columns))
        )
    return found


def _names(session: Session) -> dict[str, dict[int, str]]:
    natural = {
        "place": "path",
        "organization": "name",
        "plan": "slug",
        "standard": "slug",
        "milestone": "key",
        "stage": "key",
        "project": "key",
        "ladder_rung": "key",
        "unit_group": "name",
        "indicator": "code",
    }
    tables = SQLModel.metadata.tables
    return {
        name: {row[0]: row[1] for row in session.execute(sa.select(tables[name].c.id, tables[name].c[column]))}
        for name, column in natural.items()
    }


def _named(names: dict[str, dict[int, str]], column: sa.Column[Any], value: Any) -> object:
    for key in column.foreign_keys:
        if value is not None and key.column.table.name in names:
            return names[key.column.table.name][value]
    return value
