"""Workbooks as offices hand them in, and the steps of an import run one after the other."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlmodel import Session, col

from app.core.clock import FixedClock
from app.core.database import read_session, write_session
from app.domain.access import Actor, Scope
from app.domain.vocabulary import Role
from app.jobs.imports import run_step
from app.models import ImportProblem, Milestone, Plan, PlanImport
from app.services import plan_imports
from app.services.errors import msg
from app.services.import_mapping import ImportMapping, mapping_of
from app.services.import_template import template
from app.services.plan_context import plan_context
from app.services.plan_files import MilestonePart
from app.services.plan_imports import ImportInput
from app.services.plan_milestone_parts import milestone_parts
from tests.support.facts import Office, noon, office

NOW = noon("2026-11-22")
HEADINGS = ("编号", "任务内容", "条款", "时限", "责任单位")


def workbook(
    *rows: Sequence[Any],
    sheet: str = "里程碑",
    merged: Sequence[str] = (),
    formats: Mapping[str, str] | None = None,
    more: Mapping[str, Sequence[Sequence[Any]]] | None = None,
    change: Callable[[Any], None] | None = None,
) -> bytes:
    """Return a workbook of the rows, blocks merged and cells formatted; `more` are further sheets."""
    book = openpyxl.Workbook()
    page: Any = book.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for block in merged:
        page.merge_cells(block)
    for cell, number_format in (formats or {}).items():
        page[cell].number_format = number_format
    for name, others in (more or {}).items():
        other = book.create_sheet(name)
        for row in others:
            other.append(list(row))
    if change is not None:
        change(page)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Desk:
    """An office at its desk: hands in workbooks and asks for the steps, which run at once."""

    engine: Engine
    folder: Path
    of: Office
    clock: FixedClock

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return Actor(self.of.account_id, "office", Role.OFFICE, Scope(self.of.plan_id))

    def hand_in(self, content: bytes, **given: Any) -> int:
        """Hand in a workbook and check it, with the columns as guessed; `given` goes into the form."""
        kept = plan_imports.keep_file(self.folder, "任务.xlsx", content, max_mb=20)
        with write_session(self.engine) as session:
            item = plan_imports.create_import(session, self.actor, self.of.plan_id, kept, now=self.clock.now())
        assert item.id is not None
        self.check(item.id, **given)
        return item.id

    def check(self, import_id: int, **given: Any) -> None:
        """Check a file."""
        with write_session(self.engine) as session:
            item = session.get_one(PlanImport, import_id)
            mapping = mapping_of(item.mapping)
            if "complete" in given:
                mapping = ImportMapping(mapping.sheets, given.pop("complete"))
            wanted = ImportInput(mapping, **{"title": "导入", **given})
            run = plan_imports.begin_check(session, self.actor, item, wanted, now=self.clock.now())
        self.run(import_id, run)

    def write(self, import_id: int) -> None:
        """Write a checked import."""
        with write_session(self.engine) as session:
            item = session.get_one(PlanImport, import_id)
            run = plan_imports.begin_write(session, self.actor, item, now=self.clock.now())
        self.run(import_id, run)

    def undo(self, import_id: int, reason: str = "传错了文件") -> None:
        """Take an import back."""
        with write_session(self.engine) as session:
            item = session.get_one(PlanImport, import_id)
            run = plan_imports.begin_undo(session, self.actor, item, reason, now=self.clock.now())
        self.run(import_id, run, reason=reason)

    def take_in(self, content: bytes, **given: Any) -> int:
        """Hand in, check and write."""
        import_id = self.hand_in(content, **given)
        self.write(import_id)
        return import_id

    def run(self, import_id: int, run: str, *, reason: str = "") -> None:
        """Run a step that was begun."""
        run_step(self.engine, self.folder, self.clock, import_id=import_id, run=run, actor=self.actor, reason=reason)

    def item(self, import_id: int) -> PlanImport:
        """Return an import as it stands."""
        with read_session(self.engine) as session:
            return session.get_one(PlanImport, import_id)

    def problems(self, import_id: int) -> list[tuple[str, str]]:
        """Return (cell, sentence) of each problem, errors first."""
        with read_session(self.engine) as session:
            query = sa.select(ImportProblem).where(col(ImportProblem.import_id) == import_id)
            rows = session.scalars(query.order_by(col(ImportProblem.position))).all()
        return [(row.cell, msg(row.msgid, **_values(row.message_values))) for row in rows]

    def milestones(self) -> dict[str, MilestonePart]:
        """Return the plan's milestones."""
        with read_session(self.engine) as session:
            plan = session.get_one(Plan, self.of.plan_id)
            return milestone_parts(session, plan_context(session, plan))

    def on_record(self) -> bytes:
        """Return the workbook with what is on record."""
        with read_session(self.engine) as session:
            return template(session, session.get_one(Plan, self.of.plan_id), filled=True, now=self.clock.now())

    def id_of(self, session: Session, key: str) -> int:
        """Return a milestone's id by its key."""
        query = sa.select(col(Milestone.id)).where(col(Milestone.plan_id) == self.of.plan_id, col(Milestone.key) == key)
        found: int = session.execute(query).scalar_one()
        return found


def _values(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def desk(engine: Engine, folder: Path) -> Desk:
    """Return the desk of a small plan's office."""
    with write_session(engine) as session:
        of = office(session)
    return Desk(engine, folder, of, FixedClock(NOW))
