"""Reads of imports: those of a plan, one with what was found in it, and what it would change."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.imports import ImportState, ProblemLevel
from app.domain.vocabulary import ChangeSubject
from app.models import Account, ImportPart, ImportProblem, Plan, PlanImport, PlanRevision

PAGE = 50


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import in the list of a plan."""

    id: int
    filename: str
    size: int
    state: ImportState
    added: int
    changed: int
    removed: int
    errors: int
    author: str
    created_at: datetime
    heartbeat_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportHead:
    """One import with its plan; `number` and `undo_number` are those of the revisions that wrote it and undid it."""

    item: PlanImport
    plan_slug: str
    plan_title: str
    author: str
    number: int | None
    undo_number: int | None


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """One problem at its cell; `msgid` with `values` is the sentence."""

    level: ProblemLevel
    sheet: str
    cell: str
    heading: str
    value: str
    msgid: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What would happen to one part of the plan, as JSON before and after; `row` None: the file lacks it."""

    subject: ChangeSubject
    key: str
    sheet: str
    row: int | None
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of rows by their position; `next`: the position to go on from, None: the last page."""

    rows: Sequence[Any]
    next: int | None


def list_imports(session: Session, plan_id: int, *, below: int | None = None) -> Page:
    """Return a page of a plan's imports below an id (None: from the start), the latest first."""
    query = (
        sa.select(*(col(getattr(PlanImport, name)) for name in _LISTED), col(Account.display_name).label("author"))
        .join(Account, col(Account.id) == col(PlanImport.author_id))
        .where(col(PlanImport.plan_id) == plan_id)
        .order_by(col(PlanImport.id).desc())
        .limit(PAGE + 1)
    )
    if below is not None:
        query = query.where(col(PlanImport.id) < below)
    found = [ImportRow(**row._mapping) for row in session.execute(query)]
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


_LISTED = (
    "id",
    "filename",
    "size",
    "state",
    "added",
    "changed",
    "removed",
    "errors",
    "created_at",
    "heartbeat_at",
)


def find_import(session: Session, scope: Scope, import_id: int) -> ImportHead | None:
    """Return one import; None: not there, or not in scope."""
    wrote, undid = aliased(PlanRevision), aliased(PlanRevision)
    row = session.execute(
        sa.select(
            PlanImport,
            col(Plan.slug),
            col(Plan.short_title),
            col(Account.display_name),
            col(wrote.number),
            col(undid.number),
        )
        .join(Plan, col(Plan.id) == col(PlanImport.plan_id))
        .join(Account, col(Account.id) == col(PlanImport.author_id))
        .join(wrote, col(wrote.id) == col(PlanImport.revision_id), isouter=True)
        .join(undid, col(undid.id) == col(PlanImport.undo_revision_id), isouter=True)
        .where(col(PlanImport.id) == import_id)
    ).first()
    if row is None or not scope.holds_plan(row[0].plan_id):
        return None
    return ImportHead(*row)


def list_problems(session: Session, import_id: int, start: int = 0, limit: int = PAGE) -> Page:
    """Return a page of problems from a position on, errors first."""
    query = (
        sa.select(ImportProblem)
        .where(col(ImportProblem.import_id) == import_id, col(ImportProblem.position) >= start)
        .order_by(col(ImportProblem.position))
        .limit(limit + 1)
    )
    rows = session.scalars(query).all()
    found = [
        ProblemRow(row.level, row.sheet, row.cell, row.heading, row.value, row.msgid, json.loads(row.message_values))
        for row in rows[:limit]
    ]
    return Page(found, start + limit if len(rows) > limit else None)


def list_changes(session: Session, import_id: int, start: int = 0) -> Page:
    """Return a page of what an import would change; once it is written its revision tells that."""
    names = ("subject", "key", "sheet", "row", "before", "after")
    query = (
        sa.select(*(col(getattr(ImportPart, name)) for name in names))
        .where(col(ImportPart.import_id) == import_id, col(ImportPart.position) >= start)
        .order_by(col(ImportPart.position))
        .limit(PAGE + 1)
    )
    found = [ChangeRow(**row._mapping) for row in session.execute(query)]
    return Page(found[:PAGE], start + PAGE if len(found) > PAGE else None)
