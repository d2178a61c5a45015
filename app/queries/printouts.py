"""Reads of the print register: what was printed, by whom, and which quarters can be told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.domain.access import Scope
from app.domain.documents import KINDS, DocumentKind
from app.domain.quarters import Quarter, quarter_of
from app.models import Account, Plan, Printout

PAGE = 30


@dataclass(frozen=True, slots=True)
class PrintoutRow:
    """One printed document; `size` in bytes, `author` None: the command line."""

    id: int
    kind: str
    plan_slug: str
    plan: str
    plan_title: str
    quarter: str
    format: str
    cut_off_on: date
    sha256: str
    size: int
    author: str | None
    printed_at: datetime

    @property
    def kind_name(self) -> str:
        """What kind of document it is, in Chinese; "" for a kind that is printed no more."""
        return KINDS[DocumentKind(self.kind)].name if self.kind in set(DocumentKind) else ""


@dataclass(frozen=True, slots=True)
class PrintoutPage:
    """One page of the register, the latest first; `next`: the id to go on below, None: the last page."""

    rows: tuple[PrintoutRow, ...]
    next: int | None


def list_printouts(session: Session, scope: Scope, *, below: int | None = None, limit: int = PAGE) -> PrintoutPage:
    """Return a page of what was printed beside the documents, below an id (None: from the start).

    Those are archives of sheets, and circulars that the command line wrote.
    """
    query = _rows(scope).where(col(Printout.document_id).is_(None)).order_by(col(Printout.id).desc()).limit(limit + 1)
    if below is not None:
        query = query.where(col(Printout.id) < below)
    found = [PrintoutRow(**row._mapping) for row in session.execute(query)]
    return PrintoutPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)


def find_printout(session: Session, scope: Scope, printout_id: int) -> PrintoutRow | None:
    """Return one printed document; None: not there, or not in scope."""
    row = session.execute(_rows(scope).where(col(Printout.id) == printout_id)).first()
    return PrintoutRow(**row._mapping) if row else None


def printable_quarters(session: Session, scope: Scope, today: date) -> Sequence[Quarter]:
    """Return the quarters that a plan in scope can be told of, the present one first.

    A plan's quarters begin where its tracking does, or its issue when that is later.
    """
    query: Any = sa.select(col(Plan.tracked_from), col(Plan.issued_on))
    if scope.plan_id is not None:
        query = query.where(col(Plan.id) == scope.plan_id)
    begins = [max(tracked_from, issued_on) for tracked_from, issued_on in session.execute(query)]
    quarters: list[Quarter] = []
    quarter = quarter_of(today)
    while begins and quarter.last_on >= min(begins):
        quarters.append(quarter)
        quarter = quarter.previous
    return quarters


def _rows(scope: Scope) -> sa.Select[*tuple[Any, ...]]:
    query: sa.Select[*tuple[Any, ...]] = (
        sa.select(
            col(Printout.id),
            col(Printout.kind),
            col(Plan.slug).label("plan_slug"),
            col(Plan.short_title).label("plan"),
            col(Plan.title).label("plan_title"),
            col(Printout.quarter),
            col(Printout.format),
            col(Printout.cut_off_on),
            col(Printout.sha256),
            col(Printout.size),
            col(Account.display_name).label("author"),
            col(Printout.printed_at),
        )
        .select_from(Printout)
        .join(Plan, col(Plan.id) == col(Printout.plan_id))
        .outerjoin(Account, col(Account.id) == col(Printout.author_id))
        .where(col(Printout.case_id).is_(None))  # dossiers stand with their cases
    )
    if scope.organization_id is not None:
        query = query.where(sa.false())  # the register is of the whole plan
    return query if scope.plan_id is None else query.where(col(Printout.plan_id) == scope.plan_id)
