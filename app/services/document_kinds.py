"""Which function draws which kind of document: its facts gathered at a cut-off, composed as a document."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from importlib import import_module

from sqlmodel import Session

from app.core.clock import local_day
from app.domain.documents import DocumentKind, Subject, SubjectKind
from app.domain.quarters import parse_quarter, quarter_of
from app.models import Plan
from app.printouts.documents import Document
from app.queries import circulars
from app.queries.circulars import CutOff
from app.services.errors import InputError, msg

Draw = Callable[[Session, Plan, Subject, CutOff], Document]

# Modules are loaded when a document of theirs is drawn: they are many, and a page needs none.
_MODULES = {
    "document_circulars": (
        DocumentKind.QUARTERLY_CIRCULAR,
        DocumentKind.PROGRESS_REPORT,
        DocumentKind.MILESTONE_LEDGER,
        DocumentKind.OVERDUE_LIST,
        DocumentKind.PROJECT_TABLE,
    ),
    "document_sheets": (
        DocumentKind.COUNTY_SHEET,
        DocumentKind.UNIT_SHEET,
        DocumentKind.TWO_LEDGERS,
        DocumentKind.RECTIFICATION_LEDGER,
        DocumentKind.CLOSING_CERTIFICATE,
        DocumentKind.DOSSIER,
    ),
    "document_letters": (
        DocumentKind.SUPERVISION_NOTICE,
        DocumentKind.REMINDER_LETTER,
        DocumentKind.URGING_LETTER,
        DocumentKind.INTERVIEW_NOTICE,
        DocumentKind.INTERVIEW_MINUTES,
        DocumentKind.CRITICISM_CIRCULAR,
        DocumentKind.EXTENSION_REPLY,
    ),
}
_MODULE_OF = {kind: module for module, kinds in _MODULES.items() for kind in kinds}


def drawing(kind: DocumentKind) -> Draw:
    """Return the function that draws a kind of document; it is named as the kind is."""
    draw: Draw = getattr(import_module(f"app.services.{_MODULE_OF[kind]}"), kind.value)
    return draw


def cut_off(plan: Plan, subject: Subject, now: datetime, *, known_now: bool = False) -> CutOff:
    """Return when the facts of a document are cut off: a quarter's at its end, any other's now.

    With `known_now` a quarter is told of as of its end, by what is known of it now: what was recorded late counts.

    Raises: InputError for a quarter that cannot be told of.
    """
    if subject.kind is not SubjectKind.QUARTER:
        present = circulars.cut_off(plan, quarter_of(local_day(now)), now)
        return present or CutOff(local_day(now), now, None)
    quarter = parse_quarter(subject.key)
    found = circulars.cut_off(plan, quarter, now)
    if found is None:
        problem = msg(
            "%(quarter)s has not begun yet, or lies before the plan was issued (%(issued_on)s)",
            quarter=quarter,
            issued_on=plan.issued_on,
        )
        raise InputError({"subject": problem})
    return replace(found, at=now) if known_now else found
