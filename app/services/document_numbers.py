"""Take numbers from an organ's register: one after the other, each with the document or the reason it stands for."""

from datetime import datetime

from sqlmodel import Session

from app.core.clock import local_day
from app.core.database import upsert
from app.domain.access import Actor
from app.domain.documents import DocumentKind
from app.models import DocumentNumber, DocumentSeries, Plan
from app.queries import document_numbers
from app.services import audit
from app.services.document_words import series_problem
from app.services.errors import ConflictError, InputError, Message, NotFoundError, msg
from app.services.turns import take_turn

MOST_AT_ONCE = 200  # serials entered as given on paper
_SERIES = DocumentSeries.__table__  # type: ignore[attr-defined]  # SQLModel hides the Core table from mypy


class NumberTakenError(ConflictError):
    """Another document has taken a number meanwhile."""


def take(
    session: Session,
    actor: Actor,
    *,
    organization_id: int,
    series: str,
    year: int,
    serial: int,
    document_id: int,
    now: datetime,
) -> None:
    """Take a serial for a document; the caller holds the turn of writers.

    Raises: NumberTakenError when it is not the next one any more.
    """
    if document_numbers.next_serial(session, organization_id, series, year) != serial:
        raise NumberTakenError(msg("Another document has taken this number meanwhile."))
    session.add(
        DocumentNumber(
            organization_id=organization_id,
            series=series,
            year=year,
            serial=serial,
            document_id=document_id,
            author_id=actor.account_id,
            recorded_at=now,
        )
    )
    session.flush()


def settle_series(session: Session, organization_id: int, kind: DocumentKind, series: str) -> None:
    """Keep the code word under which an organ numbers a kind of documents from now on."""
    upsert(session, _SERIES, [{"organization_id": organization_id, "kind": kind, "series": series}], replace=True)


def enter_paper_numbers(
    session: Session, actor: Actor, plan_id: int, *, series: str, year: int, up_to: int, reason: str, now: datetime
) -> int:
    """Enter serials that the plan's office gave on paper or left out, up to one; return how many that were.

    Raises: InputError naming each field, NotFoundError out of scope.
    """
    plan = session.get(Plan, plan_id)
    if plan is None or not actor.scope.holds_plan(plan_id):
        raise NotFoundError(msg("no such plan"))
    take_turn(session)
    first = document_numbers.next_serial(session, plan.office_id, series, year)
    if problems := _problems(series, year, up_to, first, reason, local_day(now).year):
        raise InputError(problems)
    session.add_all(
        DocumentNumber(
            organization_id=plan.office_id,
            series=series,
            year=year,
            serial=serial,
            reason=reason,
            author_id=actor.account_id,
            recorded_at=now,
        )
        for serial in range(first, up_to + 1)
    )
    session.flush()
    audit.record(
        session,
        actor,
        "document_numbers:enter",
        f"organizations/{plan.office_id}",
        now=now,
        plan_id=plan_id,
        series=series,
        year=year,
        first=first,
        last=up_to,
        reason=reason,
    )
    return up_to - first + 1


def _problems(series: str, year: int, up_to: int, first: int, reason: str, this_year: int) -> dict[str, Message]:
    problems: dict[str, Message] = {}
    if problem := series_problem(series):
        problems["series"] = problem
    if not this_year - 1 <= year <= this_year:
        problems["year"] = msg("this year or the last one")
    if not first <= up_to < first + MOST_AT_ONCE:
        problems["up_to"] = msg("from %(first)s to %(last)s", first=first, last=first + MOST_AT_ONCE - 1)
    if not reason:
        problems["reason"] = msg("fill in this field")
    return problems
