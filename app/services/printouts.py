"""Print documents: gather facts, compose, set, keep the bytes by their hash, and register what was printed."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from sqlmodel import Session

from app.core.files import store
from app.core.settings import Settings
from app.domain.access import Actor
from app.domain.documents import FileFormat
from app.domain.quarters import Quarter, parse_quarter
from app.models import Plan, Printout
from app.printouts.circulars import compose
from app.printouts.documents import Stamp
from app.queries import circulars
from app.services import audit
from app.services.document_files import render
from app.services.errors import InputError, NotFoundError, msg

QUARTERLY = "quarterly_circular"


class PrintFormat(StrEnum):
    """The file formats of a printed document."""

    PDF = "pdf"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class DrawnCircular:
    """A circular's bytes and what they were made of; not yet on record."""

    plan_id: int
    quarter: Quarter
    file_format: PrintFormat
    cut_off_on: date
    content: bytes


def draw_circular(
    session: Session,
    actor: Actor,
    *,
    plan_id: int,
    quarter: str,
    file_format: PrintFormat,
    settings: Settings,
    now: datetime,
) -> DrawnCircular:
    """Set a plan's circular for a quarter (2026Q3); nothing is written.

    Raises: InputError for a quarter that cannot be told of, NotFoundError for a plan out of reach,
    MissingGlyphError, NoFontError and TypesettingError when the PDF cannot be set.
    """
    plan = session.get(Plan, plan_id)
    if plan is None or not actor.scope.holds_plan(plan_id):
        raise NotFoundError(msg("no such plan"))
    wanted = _quarter(quarter)
    at = circulars.cut_off(plan, wanted, now)
    if at is None:
        problem = msg(
            "%(quarter)s has not begun yet, or lies before the plan was issued (%(issued_on)s)",
            quarter=wanted,
            issued_on=plan.issued_on,
        )
        raise InputError({"quarter": problem})
    document = compose(circulars.gather(session, plan, wanted, at))
    return DrawnCircular(
        plan_id, wanted, file_format, at.on, render(document, FileFormat(file_format), settings, Stamp())
    )


def keep_circular(session: Session, actor: Actor, drawn: DrawnCircular, *, folder: Path, now: datetime) -> Printout:
    """Store a drawn circular under its hash and enter it in the register."""
    printout = Printout(
        plan_id=drawn.plan_id,
        kind=QUARTERLY,
        quarter=str(drawn.quarter),
        format=drawn.file_format,
        cut_off_on=drawn.cut_off_on,
        sha256=store(folder, drawn.content),
        size=len(drawn.content),
        author_id=actor.account_id,
        printed_at=now,
    )
    session.add(printout)
    session.flush()
    audit.record(
        session,
        actor,
        "printouts:create",
        f"printouts/{printout.id}",
        now=now,
        plan_id=drawn.plan_id,
        kind=QUARTERLY,
        quarter=printout.quarter,
        format=printout.format,
        sha256=printout.sha256,
    )
    return printout


def _quarter(text: str) -> Quarter:
    try:
        return parse_quarter(text)
    except ValueError:
        raise InputError({"quarter": msg("%(text)s is not a quarter; write it as 2026Q3", text=text)}) from None
